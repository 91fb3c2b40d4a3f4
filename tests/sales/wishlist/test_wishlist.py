"""What is kept for later stays kept, at today's prices, and only whoever has its link sees another's."""

from datetime import timedelta

import pytest

from obbligato.catalog.models import Edition, Release, Track
from obbligato.kernel import clock
from obbligato.people.models import Person
from obbligato.sales.quoting import format_named
from obbligato.sales.wishlist import keeping, looking, opening
from obbligato.sales.wishlist.keeping import Wished
from obbligato.sales.wishlist.models import Wish
from tests.makers import alice, bob
from tests.storefront.makers import a_silent_release, a_track

pytestmark = pytest.mark.django_db
MP3 = format_named("mp3-320")


def track_of(release: Release, position: int = 1) -> Track:
    return Track.objects.get(edition=release.edition, position=position)


def seen(person: Person, **others: int) -> looking.Page:
    return looking.page_of(person, MP3, for_whom=person, territory="FR", **others)


class TestKeeping:
    def test_is_done_once_for_a_release_and_for_each_track(self) -> None:
        person, release = alice(), a_silent_release()
        recording_id = track_of(release).recording_id
        for _ in range(2):
            keeping.keep(person, Wished(release.pk))
            keeping.keep(person, Wished(release.pk, recording_id))
        assert Wish.objects.count() == 2
        assert keeping.kept_of(person, release.pk) == {0, recording_id}
        assert {str(wish) for wish in Wish.objects.all()} == {
            "alice wishes for Nocturnes", f"alice wishes for {track_of(release).recording}",
        }  # fmt: skip
        keeping.drop(person, Wished(release.pk))
        keeping.drop(person, Wished(release.pk))
        assert keeping.kept_of(person, release.pk) == {recording_id}

    def test_of_what_is_not_there_is_refused(self) -> None:
        person, release, other = alice(), a_silent_release(), a_silent_release()
        for wished in (Wished(10**9), Wished(release.pk, 10**9), Wished(release.pk, track_of(other).recording_id)):
            with pytest.raises(keeping.NoSuchWish):
                keeping.keep(person, wished)

    @pytest.mark.parametrize("text", ["", "x", "0", "-1", "1-", "1-0", "1-2-3", "1" * 30, "١", "1 "])
    def test_goes_by_names_that_say_what_it_is(self, text: str) -> None:
        with pytest.raises(keeping.NoSuchWish):
            keeping.named(text)
        assert keeping.named(Wished(1, 2).name) == Wished(1, 2)
        assert keeping.named(Wished(1).name) == Wished(1)

    def test_has_an_end(self) -> None:
        person, release, other = alice(), a_silent_release(), a_silent_release()
        Wish.objects.bulk_create(Wish(person=person, release=release, recording_id=None) for _ in range(1))
        recording_id = track_of(release).recording_id
        filler = [Wished(release.pk, recording_id), Wished(other.pk)]
        keeping.adopt(person, [*filler, Wished(10**9)])
        assert Wish.objects.count() == 3
        tracks = [
            a_track(release.edition or Edition(), number, title="More") for number in range(10, 10 + keeping.MOST)
        ]
        Wish.objects.bulk_create(
            Wish(person=person, release=release, recording=track.recording) for track in tracks[: keeping.MOST - 3]
        )
        with pytest.raises(keeping.WishesTooMuch):
            keeping.keep(person, Wished(release.pk, tracks[-1].recording_id))
        keeping.adopt(person, [Wished(release.pk, tracks[-1].recording_id)])
        assert Wish.objects.count() == keeping.MOST


class TestLooking:
    def test_shows_prices_the_newest_first_and_why_something_cannot_be_had(self) -> None:
        person, release, elsewhere = alice(), a_silent_release(), a_silent_release(territories=("JP",))
        track = track_of(release, 2)
        for wished in (Wished(release.pk), Wished(release.pk, track.recording_id), Wished(elsewhere.pk)):
            keeping.keep(person, wished)
        nowhere, one, whole = seen(person).items
        assert nowhere.sentence
        assert (one.title, one.track, one.sentence) == (track.title, track, "")
        assert (whole.title, whole.track, whole.is_owned) == ("Nocturnes", None, False)
        assert whole.price_micro > one.price_micro > 0

    def test_goes_on_where_a_page_ended(self) -> None:
        person = alice()
        releases = [a_silent_release(tracks=1) for _ in range(looking.ON_A_PAGE + 1)]
        for release in releases:
            keeping.keep(person, Wished(release.pk))
        first = seen(person)
        assert len(first.items) == looking.ON_A_PAGE
        rest = seen(person, after=first.after)
        assert ([item.release for item in rest.items], rest.after) == ([releases[0]], 0)

    def test_finds_a_track_in_the_newest_edition_and_says_where_it_left(self) -> None:
        person, release = alice(), a_silent_release()
        stays, leaves = track_of(release, 1), track_of(release, 2)
        for track in (leaves, stays):
            keeping.keep(person, Wished(release.pk, track.recording_id))
        newer = Edition.objects.create(release=release, number=2, digest="n" * 64, title="Nocturnes, again")
        Track.objects.create(
            edition=newer, recording=stays.recording, master=stays.master, position=1, title="Piece anew",
            artist_credit="x", tag_bytes={"mp3": 40_000},
        )  # fmt: skip
        Release.objects.filter(pk=release.pk).update(edition=newer)
        kept, gone = seen(person).items
        assert (kept.title, kept.sentence) == ("Piece anew", "")
        assert (gone.title, gone.sentence) == (leaves.title, looking.NO_LONGER)

    def test_leaves_out_what_is_published_no_more(self) -> None:
        person, release = alice(), a_silent_release()
        keeping.keep(person, Wished(release.pk))
        Release.objects.filter(pk=release.pk).update(edition=None)
        assert seen(person).items == []


class TestOpening:
    def test_gives_a_link_under_a_name_until_it_is_closed(self) -> None:
        person = alice()
        opened = opening.open_to_all(person, " Alice   A. ")
        assert (opened.name, str(opened)) == ("Alice A.", "open list of alice")
        assert opening.open_to_all(person, "Alice A.") == opened
        assert opening.open_to_all(person, "").name == ""
        assert opening.list_with(opened.number).person == opening.open_list_of(person).person  # type: ignore[union-attr]
        opening.close(person)
        assert opening.open_list_of(person) is None
        with pytest.raises(opening.NoSuchList):
            opening.list_with(opened.number)
        assert opening.open_to_all(person, "x").number != opened.number

    def test_shows_nothing_of_who_is_no_longer_active(self) -> None:
        person = bob()
        opened = opening.open_to_all(person, "")
        Person.objects.filter(pk=person.pk).update(is_active=False)
        with clock.stopped(clock.now() + timedelta(days=1)), pytest.raises(opening.NoSuchList):
            opening.list_with(opened.number)
