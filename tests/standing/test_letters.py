"""Letters are written in three languages, kept as they were sent, and sent once by a person's act; days are watched."""

import io
from datetime import timedelta
from typing import Any

import pytest
from django.core import mail
from pypdf import PdfReader

from obbligato.kernel import clock
from obbligato.payments.models import Alert
from obbligato.people.mails.models import Mail
from obbligato.people.models import Person
from obbligato.standing import chain, deadlines, demanding, documents, letters, naming_items, requesting_basis
from obbligato.standing.demanding import NotInForce
from obbligato.standing.letters import BadLetter, MailRefused
from obbligato.standing.models import Deadline, Incident, Letter, Question
from obbligato.standing.requesting_basis import NotYet
from obbligato.standing.walking import NoSuchStep
from obbligato.standing.words import Basis, Due, State
from tests import makers
from tests.people.mails.servers import Killed, is_killed, put_in_place, refuses
from tests.standing.makers import a_ruling, an_incident, before_a_court, confirmed, in_force, rails

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def world(settings: Any) -> Any:
    settings.SELLER_NAME, settings.SELLER_ADDRESS = "Quiet Label", "1 Rue de la Paix; 75002 Paris"
    settings.SELLER_EMAIL = "desk@quiet.example"
    with rails() as both:
        yield both


def request(incident: Incident, language: str = "en", *, email: str = "legal@north.example", days: int = 14) -> Letter:
    return requesting_basis.write(
        incident,
        language=language,
        to_name="North Payments",
        to_email=email,
        answer_by=clock.today() + timedelta(days=days),
        by="dana",
    )


def text_of(letter: Letter) -> str:
    pages = PdfReader(io.BytesIO(documents.content_of(letter.document))).pages
    return " ".join(" ".join(page.extract_text() for page in pages).split())


@pytest.mark.parametrize(
    ("language", "subject", "question"),
    [
        ("en", "request for the legal basis", "Who made the decision"),
        ("fr", "demande du fondement juridique", "Qui a pris la décision"),
        ("ru", "запрос правового основания", "Кто принял решение"),
    ],
)
def test_the_request_asks_in_the_language_of_whom_it_goes_to(language: str, subject: str, question: str) -> None:
    incident = confirmed(
        received_on=clock.today(), effective_on=clock.today(), agreed_days=60, cited_text="Rule <b>5</b> & more"
    )
    naming_items.name(incident, ["A Forbidden Song"], by="dana")
    letter = request(incident, language)
    assert subject in letter.subject
    for text in (letter.text, text_of(letter)):
        assert question in text
        assert "Rule <b>5</b> & more" in text
        assert "– A Forbidden Song" in text
        assert "60" in text
        assert "&amp;" not in text
        assert ".." not in text
    assert "Quiet Label" in text_of(letter)
    assert (letter.sent_at, str(letter), len(mail.outbox)) == (None, letter.subject, 0)


def test_sent_once_its_questions_stand_open_and_its_day_is_watched() -> None:
    incident = confirmed()
    letter = request(incident)
    requesting_basis.send(letter, by="dana", is_by_mail=True)
    requesting_basis.send(Letter.objects.get(), by="erin", is_by_mail=True)
    [sent] = mail.outbox
    assert (sent.to, sent.reply_to, sent.body) == (["legal@north.example"], ["desk@quiet.example"], letter.text)
    [(name, content, kind)] = sent.attachments
    assert (kind, content) == ("application/pdf", documents.content_of(letter.document))
    assert name.startswith("I-")
    incident.refresh_from_db()
    letter.refresh_from_db()
    assert (incident.state, letter.sent_by, letter.is_by_mail) == (State.BASIS_REQUESTED, "dana", True)
    assert [str(one) for one in chain.unanswered(incident)] == list(requesting_basis.QUESTIONS)
    assert str(deadlines.next_of(incident)).startswith("Answer to the request")
    requesting_basis.send(request(incident, "fr", email=""), by="dana", is_by_mail=False)
    assert (Question.objects.count(), incident.actors.count(), len(mail.outbox)) == (10, 1, 1)


def test_a_letter_nobody_takes_is_not_sent(settings: Any) -> None:
    letter = request(confirmed())
    server = put_in_place(settings)
    server.answers = [refuses()]
    with pytest.raises(MailRefused, match="It said: 550 No such user here"):
        requesting_basis.send(letter, by="dana", is_by_mail=True)
    letter.refresh_from_db()
    assert (letter.sent_at, letter.incident.state, Question.objects.count()) == (None, State.CONFIRMED, 0)
    assert letters.mail_of(letter) is None
    requesting_basis.send(letter, by="dana", is_by_mail=True)
    assert len(server.taken) == 1


def test_a_letter_that_was_broken_off_is_sent_by_upkeep(settings: Any) -> None:
    letter = request(confirmed())
    server = put_in_place(settings)
    server.answers = [is_killed]
    with pytest.raises(Killed):
        requesting_basis.send(letter, by="dana", is_by_mail=True)
    assert letters.mail_of(letter) is not None
    assert letters.send_due(10) == 0
    clock.advance(timedelta(minutes=5))
    assert letters.send_due(10) == 1
    assert server.taken[0].to == ["legal@north.example"]


def test_a_refused_address_keeps_no_other_reader_of_a_reminder_waiting(settings: Any) -> None:
    makers.dana()
    Person.objects.create_superuser("erin", "erin@example.org", "a long password")
    deadlines.set_day(an_incident(), Due.FUNDS, clock.today(), by="dana")
    met = deadlines.set_day(an_incident(), Due.BASIS, clock.today(), by="dana")
    server = put_in_place(settings)
    server.answers = [refuses(), refuses(450), None, refuses(450)]
    assert deadlines.remind() == 2
    assert len(server.taken) == 1
    deadlines.meet(met.incident, Due.BASIS)
    clock.advance(timedelta(minutes=5))
    assert deadlines.remind() == 0
    assert len(server.taken) + Mail.objects.count() == 3
    assert [one.said for one in Mail.objects.all()] == ["550 No such user here"]


def test_what_makes_no_sense_is_not_written_or_sent(settings: Any) -> None:
    incident = confirmed()
    settings.SELLER_EMAIL = settings.SELLER_ADDRESS = ""
    with pytest.raises(BadLetter, match="English, French, Russian"):
        request(incident, "de")
    with pytest.raises(BadLetter, match="to come"):
        request(incident, days=0)
    with pytest.raises(BadLetter, match="somebody"):
        letters.write(
            incident, letters.words.Letter.BASIS, language="en", to_name=" ", to_email="",
            answer_by=clock.today() + timedelta(days=1), by="dana",
        )  # fmt: skip
    with pytest.raises(BadLetter, match="no e-mail"):
        requesting_basis.send(request(incident, email=""), by="dana", is_by_mail=True)
    requesting_basis.send(request(incident), by="dana", is_by_mail=True)
    assert mail.outbox[0].reply_to == []
    with pytest.raises(NoSuchStep, match="confirmed"):
        requesting_basis.send(request(an_incident("rail:north")), by="dana", is_by_mail=False)


def test_people_are_reminded_before_the_day_and_told_when_it_is_over(settings: Any) -> None:
    makers.dana()
    Person.objects.create_user("newcomer", "n@example.org", "a long password", is_staff=True)
    incident = confirmed()
    requesting_basis.send(request(incident), by="dana", is_by_mail=False)
    incident.refresh_from_db()
    assert deadlines.remind() == 0
    clock.advance(timedelta(days=11))
    assert (deadlines.remind(), deadlines.remind()) == (1, 0)
    assert (mail.outbox[0].to, "due on" in mail.outbox[0].body) == (["dana@example.org"], True)
    with pytest.raises(NotYet):
        requesting_basis.refused(incident, by="dana", why="Nothing came.")
    clock.advance(timedelta(days=4))
    assert (deadlines.remind(), deadlines.remind(), len(mail.outbox)) == (1, 0, 2)
    assert "please confirm that the basis was refused" in mail.outbox[1].body
    assert Alert.objects.filter(kind="incident_deadline").count() == 2
    incident.refresh_from_db()
    assert incident.state == State.BASIS_REQUESTED
    incident = requesting_basis.refused(incident, by="dana", why="Nothing came.")
    assert (incident.state, deadlines.next_of(incident)) == (State.BASIS_REFUSED, None)
    late = requesting_basis.record(
        incident, basis=Basis.SCHEME_RULE, instructing_party="A network", cited_text="Rule 5", by="dana", why="A mail."
    )
    assert (late.state, late.basis, late.cited_text) == (State.BASIS_RECORDED, Basis.SCHEME_RULE, "Rule 5")


def test_whoever_is_told_by_another_process_is_not_told_again() -> None:
    made = deadlines.set_day(an_incident(), Due.FUNDS, clock.today() - timedelta(days=1), by="dana", note="180 days")
    Deadline.objects.update(overdue_told_at=clock.now())
    assert deadlines._told(made, "overdue_told_at", "x") == 0
    Deadline.objects.update(overdue_told_at=None)
    assert deadlines.remind() == 1
    assert "confirm" not in Alert.objects.get().sentence
    assert not mail.outbox


@pytest.mark.parametrize("language", ["en", "fr", "ru"])
def test_the_demand_says_the_operative_part_and_nothing_beyond(language: str) -> None:
    incident = before_a_court()
    found = a_ruling(incident)
    asked = {"language": language, "to_name": "North Payments Ltd", "to_email": "", "by": "dana"}
    day = clock.today() + timedelta(days=7)
    with pytest.raises(NotInForce):
        demanding.write(found, answer_by=day, **asked)
    found = in_force_after(found)
    letter = demanding.write(found, answer_by=day, **asked)
    assert "The defendants shall perform the contract." in letter.text
    assert ".." not in letter.text
    assert not any(word in letter.text.lower() for word in ("lawful", "légal", "законна", "законен"))
    demanding.send(letter, by="dana", is_by_mail=False)
    demanding.send(letter, by="dana", is_by_mail=False)
    assert Deadline.objects.filter(kind=Due.RESTORATION).count() == 1
    Incident.objects.update(state=State.PROCEEDINGS)
    with pytest.raises(NotInForce):
        demanding.send(Letter.objects.select_related("incident").get(pk=letter.pk), by="dana", is_by_mail=False)


def in_force_after(found: Any) -> Any:
    from obbligato.standing.words import Word
    from tests.standing.makers import said

    said(found, Word.DECIDED, Word.IN_FORCE)
    found.incident.refresh_from_db()
    return found


def test_a_ruling_that_restores_none_of_ours_is_nothing_to_demand_by() -> None:
    incident = before_a_court()
    found = in_force(incident, addressees=(("Another Bank", ""),))
    with pytest.raises(NotInForce):
        demanding.write(
            found, language="en", to_name="x", to_email="", answer_by=clock.today() + timedelta(days=1), by="dana"
        )
