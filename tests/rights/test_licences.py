"""A recording is sold only under a recorded basis, in its territory and term; what replaced what stays known."""

from datetime import date, timedelta

import pytest

from obbligato.catalog.models import Artist, Recording
from obbligato.kernel import clock
from obbligato.rights import licences, splits
from obbligato.rights.licences import LicenceTerms
from obbligato.rights.models import Licence, Party, SplitSheet
from obbligato.rights.splits import SharesNotWhole, ShareTerms

pytestmark = pytest.mark.django_db
TERMS = LicenceTerms("own", "We made it.", ("WORLD",), date(2020, 1, 1))
HALVES = [ShareTerms("Ada", "performer", 5000), ShareTerms("Ben", "composer", 5000)]


def a_recording(key: str = "pcm:1") -> Recording:
    artist, _ = Artist.objects.get_or_create(name="Someone", slug="someone")
    return Recording.objects.create(key=key, title="A Piece", artist=artist)


def refusal(recording: Recording, territory: str = "FR") -> str:
    return licences.refusals([recording.pk], territory=territory).get(recording.pk, "")


class TestLicence:
    def test_without_one_nothing_may_be_sold(self) -> None:
        assert "No licence basis" in refusal(a_recording())

    def test_the_world_is_everywhere(self) -> None:
        recording = a_recording()
        licences.declare(recording, TERMS, by="bob")
        assert refusal(recording, "FR") == refusal(recording, "") == ""

    def test_a_territory_is_only_itself(self) -> None:
        recording = a_recording()
        licences.declare(recording, LicenceTerms("licensed", "x", ("DE", "AT"), date(2020, 1, 1)), by="bob")
        assert refusal(recording, "AT") == ""
        assert refusal(recording, "FR") == "It is not licensed for FR."

    def test_it_begins_and_ends_by_itself(self) -> None:
        recording = a_recording()
        today = clock.today()
        term = LicenceTerms("licensed", "x", ("WORLD",), today, today + timedelta(days=2))
        licences.declare(recording, term, by="bob")
        moment = clock.now()
        with clock.stopped(moment - timedelta(days=1)):
            assert "from" in refusal(recording)
        with clock.stopped(moment):
            assert refusal(recording) == ""
            clock.advance(timedelta(days=2))
            assert "ended" in refusal(recording)

    def test_the_same_again_changes_nothing_and_another_replaces_it(self) -> None:
        recording = a_recording()
        first = licences.declare(recording, TERMS, by="bob")
        assert licences.declare(recording, TERMS, by="bob") == first
        second = licences.declare(
            recording, LicenceTerms("open_licence", "CC0", ("WORLD",), date(2020, 1, 1)), by="bob"
        )
        first.refresh_from_db()
        assert first.replaced_at is not None
        assert Licence.objects.filter(recording=recording, replaced_at__isnull=True).get() == second
        assert str(second) == "A Piece: Open licence"


class TestSplit:
    def test_shares_must_be_whole(self) -> None:
        with pytest.raises(SharesNotWhole, match="90 %"):
            splits.declare_split(a_recording(), [ShareTerms("Ada", "performer", 9000)])
        assert not SplitSheet.objects.exists()

    def test_the_same_again_makes_no_new_sheet_and_another_does(self) -> None:
        recording = a_recording()
        first = splits.declare_split(recording, HALVES)
        assert splits.declare_split(recording, HALVES) == first
        second = splits.declare_split(recording, [ShareTerms("Ada", "performer", 10_000)])
        assert second != first
        assert splits.shares_of([recording.pk]) == {recording.pk: [(Party.objects.get(name="Ada").pk, 10_000)]}
        assert [str(share) for share in second.shares.all()] == ["Ada: 100 %"]
        assert str(second).startswith("split of A Piece")
        assert str(Party.objects.get(name="Ada")) == "Ada"

    def test_a_recording_without_a_sheet_has_no_shares(self) -> None:
        one, other = a_recording("pcm:1"), a_recording("pcm:2")
        splits.declare_split(one, HALVES)
        assert set(splits.shares_of([one.pk, other.pk])) == {one.pk}
