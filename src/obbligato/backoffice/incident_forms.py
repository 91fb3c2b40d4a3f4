"""What an operator fills in for each act on an incident. It checks that values can be read, and no rule."""

from typing import Any

from django import forms
from unfold.widgets import (
    UnfoldAdminFileFieldWidget,
    UnfoldAdminTextareaWidget,
    UnfoldAdminTextInputWidget,
)

from obbligato.backoffice.asking import Sure, WithAmount, WithReason, choice
from obbligato.standing import holding, ruling
from obbligato.standing.letters import LANGUAGES
from obbligato.standing.models import Incident, Letter, Question, RulingWord
from obbligato.standing.words import Basis, Due, Kind, Outcome, Paper, Role, Word

Form = type[Sure]


def line(label: str, *, needed: bool = False, length: int = 200, help_text: str = "") -> forms.CharField:
    """A text of one line."""
    return forms.CharField(
        max_length=length, required=needed, label=label, help_text=help_text, widget=UnfoldAdminTextInputWidget
    )


def lines(label: str, *, needed: bool = False, help_text: str = "") -> forms.CharField:
    """A text of several lines."""
    widget = UnfoldAdminTextareaWidget(attrs={"rows": 4})
    return forms.CharField(max_length=20_000, required=needed, label=label, help_text=help_text, widget=widget)


def day(label: str, *, needed: bool = False) -> forms.DateField:
    """A day, by the browser's own picker."""
    widget = UnfoldAdminTextInputWidget(attrs={"type": "date"})
    return forms.DateField(label=label, required=needed, widget=widget)


class LetterForm(Sure):
    """What a letter of a company says."""

    kind = choice(list(Kind.choices), "What they do")
    instructing_party = line("Who decided, by their word")
    basis = choice([(Basis.NONE_GIVEN.value, Basis.NONE_GIVEN.label), *Basis.choices[:-1]], "Basis they name")
    cited_text = lines("What they cite, word for word")
    received_on = day("Received on")
    effective_on = day("In effect from")
    agreed_days = forms.IntegerField(
        min_value=0,
        max_value=3_650,
        initial=0,
        label="Days of notice by the contract",
        widget=UnfoldAdminTextInputWidget,
    )
    methods = line("Methods withheld", help_text="Words such as card, separated by spaces; for a restriction.")
    countries = line("Countries withheld", help_text="Codes such as FR, separated by spaces; for a restriction.")


class ItemsForm(Sure):
    """Items, one in a line."""

    items = lines("Items", needed=True, help_text="One in a line: an ISRC, an EAN or UPC, or a title.")


class DocumentForm(Sure):
    """A file and what it is."""

    file = forms.FileField(label="File", widget=UnfoldAdminFileFieldWidget)
    kind = choice(list(Paper.choices), "It is")
    title = line("Title")


class ActorForm(Sure):
    """One more link of the chain."""

    name = line("Name", needed=True)
    role = choice(list(Role.choices), "Role")
    rule_cited = line("Rule cited", length=500)
    names_as_decider = line("Names as the one who decided")


class DayForm(Sure):
    """A day to be reminded of."""

    kind = choice(list(Due.choices), "For")
    day = day("Day", needed=True)
    note = line("Note", length=300)


class BasisForm(WithReason):
    """The basis that was named."""

    basis = choice(list(Basis.choices), "Basis")
    instructing_party = line("Who decided, by their word")
    cited_text = lines("What they cite, word for word")


class CaseForm(WithReason):
    """The number of our suit."""

    case_number = line("Case number", needed=True, length=100)


class SettleForm(WithReason):
    """How it ends."""

    ending = choice(
        [("restored", "The rails come back step by step"), ("over", "The contract is over")], "What follows"
    )


class DataDemandForm(Sure):
    """What was demanded."""

    what = line("What was demanded", needed=True, length=500)
    demanded_by = line("By whom", needed=True)
    basis = choice(list(Basis.choices), "Basis they name")


class WriteForm(Sure):
    """Whom a letter goes to."""

    language = choice(list(LANGUAGES.items()), "Language")
    to_name = line("To", needed=True)
    to_email = forms.EmailField(required=False, label="E-mail address", widget=UnfoldAdminTextInputWidget)
    answer_by = day("To be answered by", needed=True)


def write_demand(incident: Incident) -> Form:
    """By which ruling, and to whom."""
    rulings = [(str(one.pk), str(one)) for one in incident.rulings.order_by("-pk")]
    return _with(WriteForm, ruling=choice(rulings, "By the ruling"))


def new_letter() -> Form:
    """A letter that opens an incident."""
    subjects = [(one, one) for one in holding.subjects()]
    return _with(LetterForm, subject=choice(subjects, "Rail, or all rails of"))


def funds(incident: Incident) -> Form:
    """How much, at which rail."""
    rails = [(name, name) for name in incident.rails.order_by("provider").values_list("provider", flat=True)]
    return _with(WithAmount, provider=choice(rails, "Rail"), currency=line("Currency", needed=True, length=3))


def send_letter(incident: Incident) -> Form:
    """Which letter, and how."""
    found = Letter.objects.filter(incident=incident, sent_at=None).order_by("pk")
    ways = [("mail", "Send it now by the store's mail"), ("other", "I have sent it otherwise")]
    return _with(
        Sure, letter=choice([(str(one.pk), _addressed(one)) for one in found], "Letter"), way=choice(ways, "How")
    )


def ask(incident: Incident) -> Form:
    """Whom, and what."""
    return _with(Sure, actor=choice(_rows(incident.actors.order_by("pk")), "Whom"), text=line("Question", needed=True))


def answer(incident: Incident) -> Form:
    """Which question, and the answer."""
    found = Question.objects.filter(actor__incident=incident).select_related("actor").order_by("pk")
    pairs = [(str(one.pk), f"{one.actor}: {one}") for one in found]
    return _with(Sure, question=choice(pairs, "Question"), text=lines("Answer", needed=True))


def answer_demand(incident: Incident) -> Form:
    """Which demand, and what was answered."""
    return _with(
        Sure, demand=choice(_rows(incident.demands.order_by("pk")), "Demand"), text=line("Answer", needed=True)
    )


def record_ruling(incident: Incident) -> Form:
    """A whole ruling; the document must be there already."""
    names = ", ".join(incident.rails.order_by("provider").values_list("provider", flat=True))
    help_text = f"One in a line; where it is our counterparty for a rail, “Name = rail”. Rails: {names}."
    return _with(
        Sure,
        court=line("Court", needed=True),
        case_number=line("Case number", needed=True, length=100),
        decided_on=day("Decided on", needed=True),
        outcome=choice(list(Outcome.choices), "Its operative part"),
        operative_part=lines("Operative part, word for word", needed=True),
        obligations=lines("What it tells the addressees to do, until when"),
        party=choice([("yes", "Yes"), ("no", "No")], "Is this store's own legal entity a party to it"),
        addressees=lines("Addressees", needed=True, help_text=help_text),
        document=choice(_rows(incident.documents.order_by("-pk")), "Document"),
    )


def say_of_ruling(incident: Incident) -> Form:
    """What became of which ruling."""
    return _with(
        Sure,
        ruling=choice(_rows(incident.rulings.order_by("-pk")), "Ruling"),
        state=choice(list(Word.choices), "It is"),
        on=day("Since", needed=True),
        document=choice(_rows(incident.documents.order_by("-pk")), "Document"),
    )


def check_ruling(incident: Incident) -> Form:
    """Whether the second person believes it."""
    found = (
        RulingWord.objects.filter(ruling__incident=incident, checked_at=None).select_related("ruling").order_by("pk")
    )
    believed = [("yes", "It is so"), ("no", "I do not believe it")]
    return _with(
        Sure,
        word=choice([(str(one.pk), f"{one}, entered by {one.entered_by}") for one in found], "What was said"),
        believed=choice(believed, "I made sure"),
        remark=line("How", needed=True, length=500, help_text="Ask at the court itself, not by the mail it came with."),
    )


def addressees(text: str) -> list[tuple[str, str]]:
    """Legal entities and the rails they are our counterparties for, from lines “Name = rail”."""
    found = []
    for one in filter(None, (part.strip() for part in text.splitlines())):
        name, _, rail = one.partition("=")
        found.append((name.strip(), rail.strip()))
    return found


def has_unchecked(incident: Incident) -> bool:
    """Whether something said of a ruling waits for a second person."""
    return RulingWord.objects.filter(ruling__incident=incident, checked_at=None).exists()


def has_due(incident: Incident) -> bool:
    """Whether a ruling in force makes restoration due."""
    return bool(ruling.restored_rails(incident))


def _with(base: Form, **fields: forms.Field) -> Form:
    return type(base.__name__, (base,), fields)


def _rows(found: Any) -> list[tuple[str, str]]:  # noqa: ANN401 – rows of whichever model.
    return [(str(one.pk), str(one)) for one in found]


def _addressed(letter: Letter) -> str:
    return f"To {letter.to_name} ({letter.to_email or 'no e-mail address'}), {LANGUAGES[letter.language]}: {letter}"
