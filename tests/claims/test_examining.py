"""What stands out about a claim is found at once, however many others there are."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from obbligato.catalog.models import Label, Release
from obbligato.claims import examining
from obbligato.claims.models import Claim
from tests.claims.makers import a_notice, about, received, recordings_of
from tests.storefront.makers import a_silent_release

pytestmark = pytest.mark.django_db


def remark(claim: Claim) -> str:
    return next((one for one in examining.remarks(claim) if one.startswith("Others claim")), "")


def test_rivals_are_found_with_one_question_and_not_all_of_them_are_named() -> None:
    release, other = a_silent_release(), a_silent_release()
    claim = about(release)
    about(other, name="Mallory")
    assert remark(claim) == ""
    first = about(release, name="Erin")
    with CaptureQueriesContext(connection) as few:
        assert remark(claim) == f"Others claim the same: {first.number}. Shares wait until all of them are decided."
    for number in range(22):
        about(release, name=f"Erin {number}")
    with CaptureQueriesContext(connection) as many:
        assert "and more" in remark(claim)
    assert len(many) == len(few)


def test_a_rival_who_claims_the_recording_at_another_label_is_seen() -> None:
    release = a_silent_release()
    claim = about(release)
    elsewhere = a_silent_release()
    Release.objects.filter(pk=elsewhere.pk).update(label=Label.objects.create(name="Other", slug="other"))
    track = elsewhere.edition.tracks.order_by("position").first() if elsewhere.edition else None
    assert track is not None
    track.recording_id = recordings_of(release)[0]
    track.save()
    rival = received(a_notice(f"/releases/{elsewhere.slug}#1", name="Erin"))
    assert rival.label != claim.label
    assert rival.number in remark(claim)
