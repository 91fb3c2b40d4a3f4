"""What dana decides about a claim is asked first, done once, and only what its law allows now is offered."""

import pytest
from django.contrib.auth.models import Permission
from django.test import Client

from obbligato.catalog.restrictions.models import Restriction
from obbligato.claims import due, hearing, misuse, policies
from obbligato.claims.awards.models import Award
from obbligato.claims.models import Claim, Policy
from obbligato.claims.regimes.steps import Who
from obbligato.kernel.kept_files import path_of
from obbligato.people.models import Person
from tests.backoffice import acting
from tests.claims.makers import (
    COUNTER,
    MANDATE,
    a_notice,
    a_supplier,
    about,
    in_escrow,
    in_the_us,
    large,
    received,
    recordings_of,
)
from tests.claims.orders.makers import verified
from tests.makers import alice, dana, erin, signed_in
from tests.sales.documents.makers import a_paid_order
from tests.storefront.makers import a_silent_release

pytestmark = pytest.mark.django_db
DESK = "/desk/claims/claim"
REASONS = {
    "ground": "illegal",
    "legal_ground": "Article 3",
    "facts": "It is the claimant's own.",
    "explanation": "Nobody allowed it.",
    "territories": "de",
    "effects": ["sell", "preview"],
    "ends_on": "2036-01-01",
}


@pytest.fixture
def staff() -> Client:
    return signed_in(dana())


def act(client: Client, claim: Claim, name: str, **values: object) -> str:
    return acting.act(client, f"{DESK}/{claim.pk}/{name}", **values)


def settle(client: Client, award: Award, name: str, **values: str) -> str:
    return acting.act(client, f"/desk/awards/award/{award.pk}/{name}", **values)


def page_of(client: Client, claim: Claim) -> str:
    return client.get(f"{DESK}/{claim.pk}/change/").content.decode()


def test_a_claim_is_decided_on_one_page_with_all_that_it_takes(staff: Client) -> None:
    release = a_silent_release()
    a_paid_order(alice("10"), release)
    claim = received(a_notice(f"/releases/{release.slug}", "nowhere"), sent=(MANDATE,))
    due.move_due(10)
    words = page_of(staff, claim)
    for part in ("16(2)(a)", "leads to nothing here", "Nocturnes", "To be saved", "Carol Claimant", "skip-hearing"):
        assert part in words
    assert "/restrict/" not in words
    assert "Restricted" not in act(staff, claim, "skip-hearing", reason="As its cover shows.")
    assert "/restrict/" in page_of(staff, claim)
    assert "e-mail address" in act(staff, claim, "restrict", **{**REASONS, "facts": "Ask x@example.org"})
    assert not Restriction.objects.exists()
    assert "is made and in effect" in act(staff, claim, "restrict", **REASONS)
    assert Restriction.objects.get().territories == ",DE,"
    assert "in effect" in page_of(staff, claim)
    assert "cannot be done now" in act(staff, claim, "decline", reason="No.")


def test_what_was_typed_stays_when_it_is_refused_and_nothing_typed_is_wherever_she_has_the_right(staff: Client) -> None:
    claim = about(a_silent_release(), territories=("DE",))
    act(staff, claim, "skip-hearing", reason="As its cover shows.")
    address = f"{DESK}/{claim.pk}/restrict/"
    key = staff.get(address).context["form"]["key"].value()
    typed = {**REASONS, "key": key, "facts": "A long story. Ask x@example.org", "territories": ""}
    answer = staff.post(address, typed)
    page = answer.content.decode()
    assert "holds something personal" in page
    for part in ("A long story.", "Nobody allowed it.", 'value="preview" checked'):
        assert part in " ".join(page.replace('id="id_effects_1"', "").split())
    assert answer.context["form"]["key"].value() not in {key, None}
    assert "is made and in effect" in act(staff, claim, "restrict", **{**typed, "facts": "A long story."})
    assert Restriction.objects.get().territories == ",DE,"


def test_who_may_only_look_sees_no_link_by_which_she_could_act(staff: Client) -> None:
    claim = about(a_silent_release())
    watcher = Person.objects.create_user("erin", password="a long password", is_staff=True)
    watcher.user_permissions.add(Permission.objects.get(codename="view_claim"))
    words = page_of(signed_in(watcher), claim)
    assert "Carol Claimant" in words
    for secret in (claim.secret, claim.supplier_secret):
        assert secret not in words
        assert secret in page_of(staff, claim)


def test_nobody_decides_a_complaint_about_her_own_decision(staff: Client) -> None:
    large()
    claim = about(a_silent_release())
    act(staff, claim, "decline", reason="It is licensed.")
    hearing.complain(claim, "It is not.", who=Who.CLAIMANT)
    hearing.answer(claim, "It is, and the contract shows it.")
    assert "somebody else has to look at it" in act(staff, claim, "uphold", reason="It is.")
    assert "Decided for good" in act(signed_in(erin()), claim, "uphold", reason="The contract was shown.")


def test_standing_an_award_and_a_warning_are_recorded_with_their_reasons(staff: Client) -> None:
    release = a_silent_release()
    a_paid_order(alice("10"), release)
    claim = about(release)
    assert "Standing: Proven" in act(staff, claim, "standing", standing="proven", reason="A registration.")
    act(staff, claim, "skip-hearing", reason="x")
    act(staff, claim, "restrict", **REASONS)
    decision = claim.statements.get()
    values = {"winner": "Carol", "ground": f"decision {decision}", "reason": "A registration."}
    assert "before a second person has confirmed it" in act(staff, claim, "award", **values)
    award = Award.objects.get()
    assert f"/desk/awards/award/{award.pk}/change/" in page_of(staff, claim)
    assert "waits for a second person already" in act(staff, claim, "award", **values)
    assert "somebody else has to approve it" in settle(staff, award, "approve")
    assert in_escrow() > 0
    erin = signed_in(Person.objects.create_user("erin", password="a long password", is_staff=True, is_superuser=True))
    assert "Confirmed." in settle(erin, award, "approve")
    assert in_escrow() == 0
    large()
    judged = {"gravity": "Grave.", "intent": "Unknown."}
    assert "pause of carol" not in act(staff, claim, "misuse", days="30", **judged)
    assert "warning of carol" in act(staff, claim, "misuse", days="0", **judged)
    assert "pause of carol" in act(staff, claim, "misuse", days="30", **judged)
    assert misuse.suspended_until("carol@example.org") is not None


def test_a_proposal_about_shares_is_rejected_with_a_reason(staff: Client) -> None:
    release = a_silent_release()
    a_paid_order(alice("10"), release)
    claim = about(release)
    act(staff, claim, "standing", standing="proven", reason="A registration.")
    act(staff, claim, "skip-hearing", reason="x")
    act(staff, claim, "restrict", **REASONS)
    act(staff, claim, "award", winner="Carol", ground=f"decision {claim.statements.get()}", reason="A registration.")
    award = Award.objects.get()
    assert "Rejected." in settle(staff, award, "reject", reason="It is of another song.")
    assert "What was proposed about the shares comes to nothing" in page_of(staff, claim)
    assert in_escrow() > 0


def test_a_claim_ends_by_an_order_that_is_chosen(staff: Client) -> None:
    release = a_silent_release()
    in_the_us()
    claim = about(release, asks_for_us=True)
    act(staff, claim, "restrict", **REASONS)
    hearing.counter(claim, COUNTER)
    hearing.tell_of_court(claim, court="District Court", case="1")
    assert "Select a valid choice" in act(staff, claim, "court-order", number="O-1", reason="x")
    order = verified(recordings_of(release)).order
    assert "A court has ordered." in act(staff, claim, "court-order", number=order.number, reason="It was for her.")


def test_a_document_is_saved_and_never_shown(staff: Client) -> None:
    claim = received(a_notice("x"), sent=(MANDATE,))
    document = claim.documents.get()
    answer = staff.get(f"{DESK}/{claim.pk}/documents/{document.pk}")
    assert answer.headers["Content-Type"] == "application/octet-stream"
    assert answer.headers["Content-Disposition"].startswith("attachment")
    assert answer.content == MANDATE.content
    path_of("claims", document.sha256).write_bytes(b"%PDF-another")
    answer = staff.get(f"{DESK}/{claim.pk}/documents/{document.pk}")
    assert (answer.status_code, b"was altered" in answer.content, b"another" in answer.content) == (404, True, False)
    newcomer = Person.objects.create_user("newcomer", password="a long password", is_staff=True)
    assert signed_in(newcomer).get(f"{DESK}/{claim.pk}/documents/{document.pk}").status_code == 403


def test_the_queue_has_trusted_flaggers_first_then_the_nearest_deadline(staff: Client) -> None:
    release = a_silent_release()
    late, early = received(a_notice("x")), about(release)
    Claim.objects.filter(pk=(last := received(a_notice("y"))).pk).update(is_trusted=True)
    words = staff.get(f"{DESK}/").content.decode()
    places = [words.index(one.number) for one in (last, early, late)]
    assert places == sorted(places)
    assert "Claims of rights-holders that a person has to decide" in staff.get("/desk/").content.decode()


def test_what_the_store_is_is_said_anew_and_never_edited(staff: Client) -> None:
    staff.post("/desk/claims/policy/add/", {"is_large": "on", "us_agent": " An  agent "})
    assert (policies.current().is_large, policies.current().us_agent) == (True, "An agent")
    assert Policy.objects.get().set_by == "dana"
    assert str(Policy.objects.get()).startswith("policy of ")
    assert str(a_supplier(a_silent_release())) == "bob@label.example of Quiet Label"
