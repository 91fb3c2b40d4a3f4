"""What an operator does about incidents is asked first, done once, and possible only where it makes sense."""

from typing import Any

import pytest
from django.contrib.auth.models import Permission
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from obbligato.backoffice import incident_acts
from obbligato.backoffice.timeline import timeline
from obbligato.kernel import clock, kept_files
from obbligato.payments.models import RailBlock
from obbligato.people.models import Person
from obbligato.standing import contesting, documents, holding
from obbligato.standing.chronology import Event, Sort
from obbligato.standing.models import Document, Incident
from obbligato.standing.words import Standing, State
from tests import makers
from tests.backoffice import acting
from tests.makers import erin, signed_in
from tests.standing.makers import a_ruling, an_incident, before_a_court, confirmed, in_force, pay, rails

pytestmark = pytest.mark.django_db
DESK = "/desk/standing/incident"


@pytest.fixture
def staff() -> Any:
    client = Client()
    client.force_login(makers.dana())
    with rails():
        yield client


def act(client: Client, incident: Incident, slug: str, **values: Any) -> str:
    return acting.act(client, f"{DESK}/{incident.pk}/acts/{slug}", **values)


def test_what_is_not_possible_now_is_refused_with_a_sentence(staff: Client) -> None:
    incident = an_incident()
    page = staff.get(f"{DESK}/{incident.pk}/acts/contest/", follow=True).content.decode()
    assert "“Contest” is not possible now" in page
    for address in ("acts/nothing/", "documents/9/"):
        assert staff.get(f"{DESK}/{incident.pk}/{address}").status_code == 404
    assert staff.get(f"{DESK}/999/acts/confirm/").status_code == 404
    assert staff.get(f"{DESK}/nobody/change/").status_code == 404


def test_a_letter_that_makes_no_sense_opens_nothing(staff: Client) -> None:
    page = staff.get(f"{DESK}/enter-letter/")
    form = {
        "key": page.context["form"]["key"].value(), "subject": "rail:north", "kind": "restriction",
        "basis": "none_given", "agreed_days": "0", "methods": "cheque",
    }  # fmt: skip
    words = staff.post(f"{DESK}/enter-letter/", form, follow=True).content.decode()
    assert "no method “cheque”" in words
    assert not Incident.objects.exists()


def test_small_acts_leave_their_rows(staff: Client) -> None:
    incident = an_incident("rail:north")
    assert "Termination" in act(
        staff, incident, "describe", kind="termination", basis="scheme_rule", agreed_days="30", cited_text="Rule 5"
    )
    act(staff, incident, "add-actor", name="North Payments", role="processor")
    actor = incident.actors.get()
    act(staff, incident, "ask", actor=actor.pk, text="Who decided?")
    question = actor.questions.get()
    assert "The network." in act(staff, incident, "answer", question=question.pk, text="The network.")
    assert "Nothing was handed out" in act(
        staff, incident, "note-demand", what="All customers", demanded_by="North", basis="contract"
    )
    demand = incident.demands.get()
    act(staff, incident, "answer-demand", demand=demand.pk, text="Refused.")
    assert "Release of funds held" in act(staff, incident, "add-day", kind="funds", day="2027-06-01", note="180 days")
    assert "0 of them recordings" in act(staff, incident, "name-items", items="Their song")
    act(staff, incident, "dismiss", reason="A mistake of theirs.")
    incident.refresh_from_db()
    assert (incident.state, holding.state_of("north")) == (State.DISMISSED, Standing.ACTIVE)


def test_money_is_held_and_let_go_at_the_desk(staff: Client) -> None:
    pay(makers.alice(), "k", provider="north")
    incident = confirmed("rail:north")
    money = {"provider": "north", "currency": "eur", "reason": "They wrote so."}
    assert "north: €2.00" in act(staff, incident, "hold-funds", amount="2", **money)
    assert "so not €9.00" in act(staff, incident, "hold-funds", amount="9", **money)
    page = staff.get(f"{DESK}/{incident.pk}/change/").content.decode()
    assert "Suspended, funds held" in page
    assert "€3.00" in page
    act(staff, incident, "let-funds-go", amount="2", **money)
    assert not holding.present()["north"].holds_funds


def test_a_basis_a_cure_and_a_settlement(staff: Client) -> None:
    incident = confirmed("rail:north")
    Incident.objects.update(state=State.BASIS_REQUESTED)
    act(staff, incident, "record-basis", basis="risk", instructing_party="North", cited_text="", reason="A mail.")
    act(staff, incident, "settle", ending="over", reason="We part.")
    incident.refresh_from_db()
    assert (incident.state, incident.basis, holding.state_of("north")) == (State.SETTLED, "risk", Standing.TERMINATED)


def test_what_a_second_person_does_not_believe_was_never_said(staff: Client) -> None:
    incident = before_a_court()
    found = a_ruling(incident)
    client = signed_in(erin())
    looking = Person.objects.create_user("looking", password="a long password", is_staff=True)
    looking.user_permissions.add(Permission.objects.get(codename="view_incident"))
    reader = Client()
    reader.force_login(looking)
    page = reader.get(f"{DESK}/{incident.pk}/change/").content.decode()
    assert "not checked, so of no effect" in page
    assert "What can be done now" not in page
    words = act(client, incident, "check-ruling", word=found.words.get().pk, believed="no", remark="No such case.")
    assert "not believed by erin" in words
    assert incident_acts.ACTS["resume"].is_possible(incident) is False


def test_a_file_is_only_ever_saved_and_one_that_was_altered_is_told(staff: Client) -> None:
    incident = an_incident()
    empty = SimpleUploadedFile("a.html", b"")
    page = act(staff, incident, "add-document", file=empty, kind="other")
    assert "empty" in page
    assert not Document.objects.exists()
    bomb = SimpleUploadedFile("<b>a.html", b"<script>alert(1)</script>", content_type="text/html")
    act(staff, incident, "add-document", file=bomb, kind="other", title="")
    made = Document.objects.get()
    kept_files.path_of(documents.FOLDER, made.sha256).write_bytes(b"other")
    words = staff.get(f"{DESK}/{incident.pk}/documents/{made.pk}/", follow=True).content.decode()
    assert "was altered" in words
    assert "<script>alert(1)" not in words


def test_a_rail_that_an_incident_holds_is_not_let_loose_beside_it(staff: Client) -> None:
    incident = confirmed("rail:north")
    block = RailBlock.objects.get()
    page = staff.get(f"/desk/payments/railblock/{block.pk}/lift/")
    form = {"key": page.context["form"]["key"].value()}
    words = staff.post(f"/desk/payments/railblock/{block.pk}/lift/", form, follow=True).content.decode()
    assert f"Incident {incident.number} keeps payments from north" in words
    block.refresh_from_db()
    assert block.lifted_at is None


def test_every_rail_and_its_standing_on_one_page_and_a_contract_begins(staff: Client) -> None:
    incident = contesting.settle(confirmed("rail:elsewhere"), is_restored=False, by="dana", why="We part.")
    open_one = in_force(before_a_court("rail:south")).incident
    page = staff.get("/desk/standing/providerstanding/now/").content.decode()
    assert "network:one" in page
    assert open_one.number in page
    assert incident.number not in page
    assert "We part." in page
    assert staff.get("/desk/standing/providerstanding/glance/").status_code == 200
    asked = staff.get("/desk/standing/providerstanding/contract/")
    form = {"key": asked.context["form"]["key"].value(), "provider": "north", "state": "onboarding", "reason": "New."}
    staff.post("/desk/standing/providerstanding/contract/", form)
    assert holding.state_of("north") == Standing.ONBOARDING


def test_staff_without_the_right_sees_and_does_nothing() -> None:
    incident = an_incident("rail:north")
    client = Client()
    client.force_login(Person.objects.create_user("newcomer", password="a long password", is_staff=True))
    pages = [f"incident/{incident.pk}/{page}" for page in ("change", "acts/confirm", "documents/1")]
    for address in (*pages, "incident/enter-letter", "providerstanding/now"):
        assert client.get(f"/desk/standing/{address}/").status_code == 403, address


def test_a_picture_is_escaped_and_says_what_it_is_of() -> None:
    drawn = timeline([Event(clock.now(), sort, "<b>" + "x" * 60) for sort in Sort], of="It")
    assert 'aria-label="It: 8 moments in their order, listed below"' in drawn
    assert "<b>" not in drawn
    assert drawn.count("<text") == 16
    assert timeline([], of="It").startswith("<svg")
