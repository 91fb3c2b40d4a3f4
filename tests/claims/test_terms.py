"""A supplier who is asked has a term, is reminded of it once, and after it things are decided on what there is."""

from datetime import UTC, datetime, timedelta

import pytest
from django.core import mail

from obbligato.catalog.models import Recording, Release
from obbligato.claims import deciding, due, hearing, stepping, telling
from obbligato.claims.models import Claim, Supplier
from obbligato.claims.regimes.steps import Who
from obbligato.kernel import clock
from obbligato.rights import licences
from obbligato.rights.licences import LicenceTerms
from tests.claims.makers import MONDAY, a_supplier, about, fresh, large, recordings_of
from tests.storefront.makers import a_silent_release

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("on_monday")]
DAY = timedelta(days=1)


def asked() -> Claim:
    """A claim under the law of the EU whose supplier is heard."""
    release = a_silent_release()
    a_supplier(release)
    claim = about(release)
    due.move_due(10)
    return fresh(claim)


def licensed() -> Release:
    """What the store sells itself."""
    release = a_silent_release()
    for one in Recording.objects.filter(pk__in=recordings_of(release)):
        licences.declare(one, LicenceTerms("licensed", "A contract.", ("WORLD",), MONDAY.date()), by="bob")
    return release


def acts(claim: Claim) -> list[str]:
    return list(claim.steps.values_list("act", flat=True))


def test_she_is_reminded_once_two_days_before_the_end_and_told_what_follows() -> None:
    claim = asked()
    clock.advance(5 * DAY - timedelta(seconds=1))
    assert due.remind_due(10) == 0
    clock.advance(timedelta(seconds=1))
    assert (due.remind_due(10), due.remind_due(10), due._reminded(claim)) == (1, 0, False)
    telling.tell_due(10)
    assert mail.outbox[-1].to == ["bob@label.example"]
    assert "Sans réponse d’ici là, la décision est prise sur ce qu’il y a" in mail.outbox[-1].body
    clock.advance(2 * DAY)
    assert due.remind_due(10) == 0
    due.move_due(10)
    assert acts(claim) == ["accept", "hear", "remind", "end_hearing"]


def test_who_answered_in_between_or_has_no_address_is_not_reminded() -> None:
    claim = asked()
    clock.advance(5 * DAY)
    hearing.answer(claim, "It is mine.")
    assert (due.remind_due(10), due._reminded(claim)) == (0, False)
    nobody = about(a_silent_release())
    due.move_due(10)
    Supplier.objects.all().delete()
    clock.advance(5 * DAY)
    assert due.remind_due(10) == 0
    assert "remind" not in acts(nobody)


def test_a_licensor_has_ten_business_days_and_is_then_waited_for_no_longer() -> None:
    release = licensed()
    a_supplier(release)
    claim = about(release)
    # Veterans Day is one of the days between, and counts for none.
    assert claim.deadline == datetime(2026, 11, 18, 10, tzinfo=UTC)
    clock.advance(15 * DAY)
    assert due.remind_due(10) == 1
    clock.advance(DAY)
    due.move_due(10)
    assert fresh(claim).state == "assess"
    deciding.act(claim, "answer_claimant", by="dana", reason="Our licence is of 2020.")
    with pytest.raises(hearing.AnsweredTooLate):
        hearing.answer(claim, "We never licensed it.")


def test_a_licensors_answer_ends_her_term() -> None:
    claim = about(licensed())
    hearing.answer(claim, "We licensed it in 2020.")
    assert (fresh(claim).state, fresh(claim).deadline) == ("assess", None)


def test_the_hearing_about_a_complaint_is_skipped_with_a_reason_and_not_by_who_decided_first() -> None:
    large()
    claim = about(a_silent_release())
    deciding.act(claim, "decline", by="dana", reason="The label showed its contract.")
    complaint = hearing.complain(claim, "It is a forgery.", who=Who.CLAIMANT)
    with pytest.raises(deciding.SamePerson):
        deciding.act(claim, "skip_hearing", by="dana", reason="It is one, as anybody sees.")
    with pytest.raises(stepping.ReasonMissing):
        deciding.act(claim, "skip_hearing", by="erin", reason=" ")
    deciding.act(claim, "skip_hearing", by="erin", reason="It is one, as anybody sees.")
    complaint.refresh_from_db()
    assert (fresh(claim).state, complaint.decided_at) == ("complained", None)
