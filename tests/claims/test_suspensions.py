"""A supplier of much that is illegal is warned, then suspended for a time, by people, who hear her appeal."""

from datetime import timedelta

import pytest
from django.core import mail
from django.db import IntegrityError, transaction
from django.test import Client

from obbligato.catalog.models import Release
from obbligato.catalog.pauses import pausing
from obbligato.catalog.pauses.models import LabelPause
from obbligato.claims import deciding, hearing, reporting, stepping, telling
from obbligato.claims.models import Claim
from obbligato.claims.suspensions import appealing, suspending
from obbligato.claims.suspensions.models import SupplierWord
from obbligato.kernel import clock
from obbligato.sales.editing import issuing
from obbligato.transparency.models import Announcement
from tests import makers
from tests.claims.makers import a_supplier, about, closed, fresh, heard, large, reasons
from tests.makers import dana, signed_in
from tests.sales.editing.makers import rewrite
from tests.storefront.makers import a_silent_release

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("on_monday")]
JUDGED = {"gravity": "Whole albums.", "intent": "The covers name others.", "reason": "Two albums were copies."}


def restricted(release: Release, times: int = 2) -> Claim:
    """Closed by so many claims; gives the last."""
    for number in range(times):
        claim = heard(about(release, work=f"Work {number}"))
        deciding.restrict(claim, reasons(), by="dana")
    return fresh(claim)


def suspended() -> SupplierWord:
    large()
    release = a_silent_release()
    a_supplier(release)
    claim = restricted(release)
    suspending.warn(claim, by="dana", **JUDGED)
    return suspending.suspend(claim, days=30, by="dana", **JUDGED)


def test_nobody_is_suspended_without_a_warning_without_reasons_for_little_or_by_a_small_store() -> None:
    release = a_silent_release()
    claim = restricted(release, times=1)
    with pytest.raises(stepping.NotOffered):
        suspending.warn(claim, by="dana", **JUDGED)
    large()
    for name in JUDGED:
        with pytest.raises(suspending.BadWord):
            suspending.warn(claim, by="dana", **{**JUDGED, name: " "})
    for days in (0, 181):
        with pytest.raises(suspending.BadWord):
            suspending.suspend(claim, days=days, by="dana", **JUDGED)
    with pytest.raises(suspending.NotWarned):
        suspending.suspend(claim, days=30, by="dana", **JUDGED)
    suspending.warn(claim, by="dana", **JUDGED)
    with pytest.raises(suspending.NotOften):
        suspending.suspend(claim, days=30, by="dana", **JUDGED)
    deciding.act(claim, "restore", by="dana", reason="It was another song.")
    with pytest.raises(suspending.NotOften):
        suspending.warn(claim, by="dana", **JUDGED)
    assert not LabelPause.objects.exists()


def test_a_suspension_keeps_what_is_new_from_being_published_for_its_time_and_nothing_else() -> None:
    word = suspended()
    label, end = word.label, word.until
    assert (word.closed_count, word.share_per_mille, word.can_be_appealed) == (2, 1_000, True)
    assert str(word) == f"{word.number}: suspension of Quiet Label"
    assert str(LabelPause.objects.get()) == f"Quiet Label until {end:%Y-%m-%d}, {word.number}"
    other = about(a_silent_release())
    assert not closed(other)
    with pytest.raises(pausing.LabelPaused, match=word.number):
        pausing.refuse_paused([label.name])
    pausing.refuse_paused(["Another Label"])
    clock.advance(timedelta(days=30))
    pausing.refuse_paused([label.name])


def test_the_one_door_by_which_editions_come_out_is_shut_for_her() -> None:
    release = makers.a_release("Door", upc="", tracks=1, seconds=1.5)
    pausing.pause(release.label, until=clock.now() + timedelta(days=30), reference="S-1")
    draft = rewrite(release, title="Another Title")
    with pytest.raises(pausing.LabelPaused):
        issuing.issue(release, seen=draft.version, by="dana")
    assert Release.objects.get(pk=release.pk).edition == release.edition
    pausing.lift("S-1")
    assert issuing.issue(release, seen=draft.version, by="dana").edition.title == "Another Title"


def test_an_appeal_is_made_once_in_six_months_and_decided_by_somebody_else() -> None:
    word = suspended()
    with pytest.raises(appealing.NoAppeal):
        appealing.decide(word, is_lifted=True, by="erin", reason="x")
    with pytest.raises(appealing.NoSuchWord):
        appealing.appeal(word.claim, "S-OTHER", "No.")
    with pytest.raises(hearing.NothingSaid):
        appealing.appeal(word.claim, word.number, " ")
    appealing.appeal(word.claim, word.number, "They were ours.")
    with pytest.raises(appealing.NoAppealNow):
        appealing.appeal(word.claim, word.number, "They were ours.")
    with pytest.raises(deciding.SamePerson):
        appealing.decide(word, is_lifted=False, by="dana", reason="As before.")
    with pytest.raises(stepping.ReasonMissing):
        appealing.decide(word, is_lifted=False, by="erin", reason=" ")
    appealing.decide(word, is_lifted=False, by="erin", reason="They were not.")
    with pytest.raises(pausing.LabelPaused):
        pausing.refuse_paused(["Quiet Label"])
    warning = SupplierWord.objects.get(until__isnull=True)
    clock.advance(timedelta(days=200))
    with pytest.raises(appealing.NoAppealNow):
        appealing.appeal(warning.claim, warning.number, "Late.")
    said = [one.kind for one in Announcement.objects.filter(kind__startswith="supplier.").order_by("pk")]
    assert said == ["supplier.warned", "supplier.suspended", "supplier.appealed", "supplier.decided_again"]


def test_a_warning_that_was_taken_back_is_none() -> None:
    large()
    claim = restricted(a_silent_release())
    word = suspending.warn(claim, by="dana", **JUDGED)
    appealing.appeal(claim, word.number, "They were ours.")
    appealing.decide(word, is_lifted=True, by="erin", reason="They were.")
    with pytest.raises(suspending.NotWarned):
        suspending.suspend(claim, days=30, by="dana", **JUDGED)


def test_the_database_itself_wants_reasons_an_end_and_another_person() -> None:
    word = suspended()
    for changed in (
        {"reason": ""},
        {"until": word.at},
        {"is_lifted": True},
        {"decided_at": word.at, "decided_by": "erin", "decided_why": "x"},
        {"appealed_at": word.at, "decided_at": word.at, "decided_by": "dana", "decided_why": "x"},
    ):
        with pytest.raises(IntegrityError), transaction.atomic():
            SupplierWord.objects.filter(pk=word.pk).update(**changed)


def test_she_hears_of_it_in_her_language_and_appeals_on_her_page() -> None:
    word = suspended()
    telling.tell_due(20)
    assert "rien de nouveau de Quiet Label n’est publié" in mail.outbox[-1].body
    assert "Two albums were copies." in mail.outbox[-1].body
    page = f"/claims/{word.claim}/supplier/{word.claim.supplier_secret}"
    shown = Client().get(page).content.decode()
    assert f'<section id="{word.number}">' in shown
    assert shown.index("Nothing new of Quiet Label is published until") < shown.index("What is claimed")
    sent = Client().post(f"{page}/appeals/{word.number}", {"text": "They were ours."}, follow=True).content.decode()
    assert "Somebody else looks at it again." in sent
    appealing.decide(word, is_lifted=True, by="erin", reason="They were.")
    assert "it is taken back" in Client().get(page).content.decode()
    for language in ("en", "fr", "ru"):
        for kind in ("supplier_word", "supplier_appeal"):
            subject, body = telling.words_of(fresh(word.claim), kind, language, is_to_supplier=True)
            assert word.number in subject
            assert f"{page}#{word.number}" in body
            assert "{" not in body


def test_dana_says_it_from_a_claim_and_erin_decides_the_appeal_at_the_desk() -> None:
    large()
    claim, desk = restricted(a_silent_release()), signed_in(dana())
    address = f"/desk/claims/claim/{claim.pk}/supplier-misuse/"
    for days, words in ((30, "was not warned yet"), (0, "warning of Quiet Label"), (30, "suspension of Quiet Label")):
        values = {"key": desk.get(address).context["form"]["key"].value(), "days": days, **JUDGED}
        assert words in desk.post(address, values, follow=True).content.decode()
    word = SupplierWord.objects.get(until__isnull=False)
    appealing.appeal(claim, word.number, "They were ours.")
    address = f"/desk/suspensions/supplierword/{word.pk}/decide/"
    values = {"key": desk.get(address).context["form"]["key"].value(), "outcome": "lifted", "reason": "They were."}
    assert "somebody else has to look at it" in desk.post(address, values, follow=True).content.decode()
    SupplierWord.objects.filter(pk=word.pk).update(by="erin")
    assert "It is taken back." in desk.post(address, values, follow=True).content.decode()
    found = {one.what: one.number for one in reporting.figures_of(2026)}
    assert found["Suspensions for manifestly illegal content"] == found["Warnings for manifestly illegal content"] == 1
