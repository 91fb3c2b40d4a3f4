"""The acts on an incident, each with its words, its form, when it is possible, and the one verb it calls. No rules."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Any

from obbligato.backoffice import incident_forms as forms
from obbligato.backoffice.asking import WithReason
from obbligato.kernel.money import Money, parse_amount
from obbligato.standing import (
    chain,
    confirming,
    contesting,
    deadlines,
    demanding,
    detecting,
    documents,
    funds,
    naming_items,
    requesting_basis,
    restoring,
    ruling,
)
from obbligato.standing.detecting import Said
from obbligato.standing.models import Incident, Letter, Question, RulingWord
from obbligato.standing.ruling import Decided
from obbligato.standing.words import Basis, Due, Kind, Outcome, Paper, Role, State, Word

Values = dict[str, Any]
ALWAYS = frozenset(State)
SETTLEABLE = ALWAYS - {
    State.DETECTED, State.DISMISSED, State.SETTLED, State.CLOSED_RESTORED, State.CLOSED_UPHELD,
}  # fmt: skip
ASKING = frozenset({State.CONFIRMED, State.BASIS_REQUESTED, State.BASIS_REFUSED})
BEFORE_A_COURT = frozenset({State.PROCEEDINGS, *ruling.REOPENED_FROM})


@dataclass(frozen=True)
class Act:
    """One act: its address, its words, its verb, what to fill in, in which states it is shown, and what it needs."""

    slug: str
    title: str
    sentence: str
    verb: Callable[[Incident, Values, str], str]
    form: Callable[[Incident], forms.Form] = lambda _: WithReason
    states: frozenset[State] = ALWAYS
    needs: Callable[[Incident], bool] = lambda _: True

    def is_possible(self, incident: Incident) -> bool:
        """Whether it is shown on the page of the incident as it is now."""
        return State(incident.state) in self.states and self.needs(incident)


def possible(incident: Incident) -> list[Act]:
    """The acts that the page shows now."""
    return [act for act in ACTS.values() if act.is_possible(incident)]


def said_of(values: Values) -> Said:
    """What a letter says, from its form."""
    return Said(
        kind=Kind(values["kind"]),
        instructing_party=values["instructing_party"],
        basis=Basis(values["basis"]),
        cited_text=values["cited_text"],
        received_on=values["received_on"],
        effective_on=values["effective_on"],
        agreed_days=values["agreed_days"],
        methods=values["methods"].split(),
        countries=values["countries"].upper().split(),
    )


def _described(incident: Incident, values: Values, by: str) -> str:
    return f"Noted: {detecting.describe(incident, said_of(values), by=by)}."


def _stepped(verb: Callable[..., Incident]) -> Callable[[Incident, Values, str], str]:
    """An act that is a step with a reason and nothing more."""

    def act(incident: Incident, values: Values, by: str) -> str:
        return f"{verb(incident, by=by, why=values['reason']).get_state_display()}."

    return act


def _request_written(incident: Incident, values: Values, by: str) -> str:
    letter = requesting_basis.write(incident, by=by, **_addressed(values))
    return f"Written: “{letter}”. Please read it, then send it."


def _demand_written(incident: Incident, values: Values, by: str) -> str:
    letter = demanding.write(incident.rulings.get(pk=values["ruling"]), by=by, **_addressed(values))
    return f"Written: “{letter}”. Please read it, then send it."


def _addressed(values: Values) -> Values:
    return {name: values[name] for name in ("language", "to_name", "to_email", "answer_by")}


def _sent(incident: Incident, values: Values, by: str) -> str:
    letter = Letter.objects.select_related("incident", "document").get(incident=incident, pk=values["letter"])
    send = demanding.send if letter.kind == "restoration_demand" else requesting_basis.send
    send(letter, by=by, is_by_mail=values["way"] == "mail")
    return f"Sent to {letter.to_name}: {letter}."


def _basis_recorded(incident: Incident, values: Values, by: str) -> str:
    done = requesting_basis.record(
        incident,
        basis=Basis(values["basis"]),
        instructing_party=values["instructing_party"],
        cited_text=values["cited_text"],
        by=by,
        why=values["reason"],
    )
    return f"{done.get_state_display()}."


def _sued(incident: Incident, values: Values, by: str) -> str:
    done = contesting.sue(incident, case_number=values["case_number"], by=by, why=values["reason"])
    return f"{done.get_state_display()}."


def _settled(incident: Incident, values: Values, by: str) -> str:
    is_restored = values["ending"] == "restored"
    return f"{contesting.settle(incident, is_restored=is_restored, by=by, why=values['reason']).get_state_display()}."


def _ruling_recorded(incident: Incident, values: Values, by: str) -> str:
    decided = Decided(
        court=values["court"],
        case_number=values["case_number"],
        decided_on=values["decided_on"],
        outcome=Outcome(values["outcome"]),
        operative_part=values["operative_part"],
        obligations=values["obligations"],
        speaks_for_us=values["party"] == "yes",
        addressees=forms.addressees(values["addressees"]),
    )
    found = ruling.record(incident, decided, incident.documents.get(pk=values["document"]), by=by)
    return f"Recorded: {found}. It counts when a second person has checked it."


def _said_of_ruling(incident: Incident, values: Values, by: str) -> str:
    document, on = incident.documents.get(pk=values["document"]), values["on"]
    assert isinstance(on, date)
    word = ruling.say(incident.rulings.get(pk=values["ruling"]), Word(values["state"]), on=on, document=document, by=by)
    return f"Recorded: {word}. It counts when a second person has checked it."


def _ruling_checked(incident: Incident, values: Values, by: str) -> str:
    word = RulingWord.objects.get(ruling__incident=incident, pk=values["word"])
    verb = ruling.check if values["believed"] == "yes" else ruling.reject
    return f"{verb(word, by=by, remark=values['remark'])}: {'checked' if verb is ruling.check else 'not believed'}."


def _funds(verb: Callable[..., object]) -> Callable[[Incident, Values, str], str]:
    def act(incident: Incident, values: Values, by: str) -> str:
        currency = values["currency"].upper()
        money = Money(parse_amount(values["amount"], currency), currency)
        return f"{verb(incident, values['provider'], money, by=by, why=values['reason'])}."

    return act


def _named(incident: Incident, values: Values, by: str) -> str:
    found = naming_items.name(incident, values["items"].splitlines(), by=by)
    here = sum(row.recording_id is not None for row in found)
    return f"{len(found)} noted, {here} of them recordings of this store. Nothing was taken off sale."


def _actor_added(incident: Incident, values: Values, by: str) -> str:
    actor = chain.add_actor(
        incident,
        values["name"],
        role=Role(values["role"]),
        by=by,
        rule_cited=values["rule_cited"],
        names_as_decider=values["names_as_decider"],
    )
    return f"Noted: {actor}."


def _asked(incident: Incident, values: Values, by: str) -> str:
    return f"Noted: {chain.ask(incident.actors.get(pk=values['actor']), values['text'], by=by)}"


def _answered(incident: Incident, values: Values, by: str) -> str:
    found = Question.objects.get(actor__incident=incident, pk=values["question"])
    return f"Noted: {chain.answer(found, values['text'], by=by).answer}"


def _demand_noted(incident: Incident, values: Values, by: str) -> str:
    basis = Basis(values["basis"])
    demand = chain.note_demand(incident, values["what"], demanded_by=values["demanded_by"], basis=basis, by=by)
    return f"Noted: {demand}. Nothing was handed out."


def _demand_answered(incident: Incident, values: Values, by: str) -> str:
    demand = incident.demands.get(pk=values["demand"])
    return f"Noted: {chain.answer_demand(demand, values['text'], by=by).answer}"


def _document_kept(incident: Incident, values: Values, by: str) -> str:
    file = values["file"]
    content = file.read(documents.MOST_BYTES + 1)
    made = documents.keep(incident, content, kind=Paper(values["kind"]), title=values["title"], name=file.name, by=by)
    return f"Kept: {made}, SHA-256 {made.sha256}."


def _day_set(incident: Incident, values: Values, by: str) -> str:
    return f"Noted: {deadlines.set_day(incident, Due(values['kind']), values['day'], by=by, note=values['note'])}."


def _has_letters(incident: Incident) -> bool:
    return incident.letters.filter(sent_at=None).exists()


def _has_documents(incident: Incident) -> bool:
    return incident.documents.exists()


CLOSES = "Its rails are used again, unless another incident or a hand keeps payments from them."
STEPS = "Payments come back in steps: one per cent, ten, then all; after seven clean days the rail is active."
ACTS = {
    act.slug: act
    for act in (
        Act(
            "confirm", "Confirm", "It is an incident: its rails get the standing that it means.",
            _stepped(confirming.confirm), states=frozenset({State.DETECTED}),
        ),
        Act("dismiss", "Dismiss", CLOSES, _stepped(confirming.dismiss), states=frozenset({State.DETECTED})),
        Act(
            "describe", "Describe by a letter", "What the letter says that came. It changes no state.",
            _described, lambda _: forms.LetterForm, frozenset({State.DETECTED}),
        ),
        Act(
            "write-request", "Write the request for the legal basis",
            "Who decided, on what basis, which items, by which rule, and what appeal there is. It is not sent yet.",
            _request_written, lambda _: forms.WriteForm, ASKING,
        ),
        Act(
            "write-demand", "Write the demand to restore", "It says the operative part, no more. It is not sent yet.",
            _demand_written, forms.write_demand, frozenset(restoring.BY_RULING), forms.has_due,
        ),
        Act("send-letter", "Send a letter", "It goes out once.", _sent, forms.send_letter, needs=_has_letters),
        Act(
            "record-basis", "A basis was named", "What they answered.", _basis_recorded, lambda _: forms.BasisForm,
            frozenset({State.BASIS_REQUESTED, State.BASIS_REFUSED}),
        ),
        Act(
            "basis-refused", "No basis was named in time", "Possible when the day set for the answer is over.",
            _stepped(requesting_basis.refused), states=frozenset({State.BASIS_REQUESTED}),
        ),
        Act(
            "cure", "Cured by us", "What they asked for was done here, and they have to let us in again.",
            _stepped(contesting.cure), states=frozenset({State.BASIS_RECORDED, State.BASIS_REFUSED}),
        ),
        Act(
            "contest", "Contest", "We hold that there is no basis for it.", _stepped(contesting.contest),
            states=frozenset({State.BASIS_RECORDED, State.BASIS_REFUSED, State.CURED_PENDING}),
        ),
        Act(
            "sue", "Proceedings", "A court has it.", _sued, lambda _: forms.CaseForm, frozenset({State.CONTESTED})
        ),
        Act(
            "record-ruling", "Record a ruling",
            "As the document says it, which was added before. It changes nothing until a second person has checked it.",
            _ruling_recorded, forms.record_ruling, BEFORE_A_COURT, _has_documents,
        ),
        Act(
            "say-of-ruling", "What became of a ruling", "In force, appealed or reversed, by a document.",
            _said_of_ruling, forms.say_of_ruling, BEFORE_A_COURT, lambda incident: incident.rulings.exists(),
        ),
        Act(
            "check-ruling", "Check what was said of a ruling", "Only by somebody else than who entered it.",
            _ruling_checked, forms.check_ruling, needs=forms.has_unchecked,
        ),
        Act(
            "enforce", "Enforcement", "The ruling is in force and not obeyed: enforcement was asked for.",
            _stepped(contesting.enforce), states=frozenset({State.RESTORATION_DUE}),
        ),
        Act(
            "begin", "They let us in again", STEPS, _stepped(restoring.begin),
            states=frozenset({*restoring.BY_RULING, State.CURED_PENDING, State.RESTORED_CANARY}),
            needs=lambda incident: (
                incident.state != State.RESTORED_CANARY or bool(restoring.added_rails(incident))
            ),
        ),
        Act(
            "resume", "Begin the way back again", f"The no was nothing. {STEPS}", _stepped(restoring.resume),
            states=frozenset({State.RESTORED_CANARY}),
            needs=lambda incident: incident.rails.filter(is_stopped=True).exists(),
        ),
        Act(
            "suspend-again", "They suspended it again", "The rails on their way back are suspended.",
            _stepped(restoring.suspend_again), states=frozenset({State.RESTORED_CANARY}),
        ),
        Act("settle", "Settle", "Both sides agree.", _settled, lambda _: forms.SettleForm, SETTLEABLE),
        Act("hold-funds", "They hold funds back", "The books say the same.", _funds(funds.hold_back), forms.funds),
        Act("let-funds-go", "They let funds go", "The books say the same.", _funds(funds.let_go), forms.funds),
        Act(
            "name-items", "Note items they named",
            "Each is looked for in the catalogue, with its licence. Whatever they name stays on sale.",
            _named, lambda _: forms.ItemsForm,
        ),
        Act(
            "add-actor", "Add somebody to the chain",
            "A third party that complained is one, too: it is no claim. She can send one by the form for claims.",
            _actor_added, lambda _: forms.ActorForm,
        ),
        Act(
            "ask", "Note a question", "What somebody of the chain was asked.", _asked, forms.ask,
            needs=lambda incident: incident.actors.exists(),
        ),
        Act(
            "answer", "Note an answer", "What was answered.", _answered, forms.answer,
            needs=lambda incident: incident.actors.filter(questions__isnull=False).exists(),
        ),
        Act(
            "note-demand", "They demand data of customers", "It is written down. Nothing is handed out.",
            _demand_noted, lambda _: forms.DataDemandForm,
        ),
        Act(
            "answer-demand", "Note the answer to a demand", "What was answered to it.", _demand_answered,
            forms.answer_demand, needs=lambda incident: incident.demands.exists(),
        ),
        Act(
            "add-document", "Add a document",
            f"At most {documents.MOST_BYTES // 1_000_000} MB, kept as it is; a mail as .eml.",
            _document_kept, lambda _: forms.DocumentForm,
        ),
        Act("add-day", "Set a day", "People are reminded three days before, and when it is over.", _day_set,
            lambda _: forms.DayForm),
    )
}  # fmt: skip
