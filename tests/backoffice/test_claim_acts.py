"""What dana decides about a claim is asked first, done once, and only what its law allows now is offered."""

import pytest
from django.contrib.auth.models import Permission
from django.test import Client

from obbligato.catalog.restrictions.models import Restriction
from obbligato.claims import due, hearing, misuse, policies
from obbligato.claims.models import Claim, Policy
from obbligato.claims.regimes.steps import Who
from obbligato.people.models import Person
from tests.backoffice import acting
from tests.claims.makers import MANDATE, a_notice, a_supplier, about, large, received
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
    assert "somebody else has to look at it" in act(staff, claim, "uphold", reason="It is.")
    assert "Decided for good" in act(signed_in(erin()), claim, "uphold", reason="The contract was shown.")


def test_standing_an_award_and_a_warning_are_recorded_with_their_reasons(staff: Client) -> None:
    release = a_silent_release()
    a_paid_order(alice("10"), release)
    claim = about(release)
    assert "Standing: Proven" in act(staff, claim, "standing", standing="proven", reason="A registration.")
    act(staff, claim, "skip-hearing", reason="x")
    act(staff, claim, "restrict", **REASONS)
    assert "The shares are hers" in act(staff, claim, "award", winner="Carol", reason="A registration.")
    large()
    judged = {"gravity": "Grave.", "intent": "Unknown."}
    assert "pause of carol" not in act(staff, claim, "misuse", days="30", **judged)
    assert "warning of carol" in act(staff, claim, "misuse", days="0", **judged)
    assert "pause of carol" in act(staff, claim, "misuse", days="30", **judged)
    assert misuse.suspended_until("carol@example.org") is not None


def test_a_document_is_saved_and_never_shown(staff: Client) -> None:
    claim = received(a_notice("x"), sent=(MANDATE,))
    document = claim.documents.get()
    answer = staff.get(f"{DESK}/{claim.pk}/documents/{document.pk}")
    assert answer.headers["Content-Type"] == "application/octet-stream"
    assert answer.headers["Content-Disposition"].startswith("attachment")
    assert answer.content == MANDATE.content
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
