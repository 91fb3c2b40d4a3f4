"""Lists hold what they are told to, count right, and are read page by page without gaps."""

from datetime import date

import pytest

from obbligato.catalog.headings import filing, turning
from obbligato.catalog.headings.models import Entry, Heading
from obbligato.catalog.models import Artist, Edition, Label, Release

pytestmark = pytest.mark.django_db


def a_release(number: int, *, day: date | None = None, genres: tuple[str, ...] = ("Ambient",), by: str = "") -> Release:
    """A published release without tracks."""
    name = by or f"Artist {number}"
    artist, _ = Artist.objects.get_or_create(name=name, defaults={"slug": f"artist-{number}"})
    label, _ = Label.objects.get_or_create(name="Quiet Label", slug="quiet-label")
    release = Release.objects.create(key=str(number), slug=f"release-{number}", artist=artist, label=label)
    release.edition = Edition.objects.create(
        release=release, number=1, digest="", title=f"Title {number}", date=day, genres=list(genres)
    )
    release.save()
    return release


def counts() -> dict[str, int]:
    return dict(Heading.objects.values_list("slug", "releases_count"))


def under(kind: str, slug: str) -> list[int]:
    heading = turning.heading_of(kind, slug)
    return turning.releases_under(heading).keys if heading else []


def test_a_release_is_under_all_its_artist_its_label_and_each_genre_once() -> None:
    release = a_release(1, genres=("Ambient", "ambient", "Drone"))
    assert filing.file_as({release: True}) == 1
    assert counts() == {"all": 1, "artist-1": 1, "quiet-label": 1, "ambient": 1, "drone": 1}
    assert Heading.objects.get(slug="ambient").name == "Ambient", "as it was first written"


def test_what_is_filed_already_costs_no_write_and_counts_no_twice() -> None:
    release = a_release(1)
    filing.file_as({release: True})
    assert filing.file_as({release: True}) == 0
    assert counts()["all"] == 1


def test_what_is_taken_away_is_counted_no_more_and_its_headings_are_not_found() -> None:
    one, other = a_release(1), a_release(2, genres=("Drone",))
    filing.file_as({one: True, other: True})
    filing.file_as({one: False, other: True})
    assert counts() == {"all": 1, "artist-1": 0, "artist-2": 1, "quiet-label": 1, "ambient": 0, "drone": 1}
    assert turning.heading_of("genre", "ambient") is None
    assert [heading.slug for heading in turning.filed("artist")[0]] == ["artist-2"]


def test_a_new_edition_moves_a_release_to_its_new_genres_and_date() -> None:
    release = a_release(1, day=date(2020, 1, 1))
    filing.file_as({release: True})
    release.edition = Edition.objects.create(
        release=release, number=2, digest="", title="Again", date=date(2021, 1, 1), genres=["Drone"]
    )
    filing.file_as({release: True})
    assert under("genre", "drone") == [release.pk]
    assert under("genre", "ambient") == []
    assert set(Entry.objects.values_list("date", flat=True)) == {date(2021, 1, 1)}
    assert counts()["all"] == 1


def test_a_release_without_an_edition_is_under_nothing() -> None:
    release = a_release(1)
    release.edition = None
    assert filing.file_as({release: True}) == 0
    assert Entry.objects.count() == 0


def test_an_artist_who_changes_the_name_is_filed_under_the_new_one() -> None:
    release = a_release(1, by="The Zebras")
    filing.file_as({release: True})
    assert Heading.objects.get(kind="artist").letter == "z"
    release.artist.name = "Ants"
    filing.file_as({release: True, a_release(2, by="Bees"): True})
    filing.file_as({release: False})
    filing.file_as({release: True})
    assert [heading.name for heading in turning.filed("artist", letter="a")[0]] == ["Ants"]


@pytest.mark.parametrize(
    ("name", "letter"), [("The Zebras", "z"), ("Éluard", "e"), ("Чайковский", "c"), ("4 Hands", "#"), ("春の会", "#")]
)
def test_names_are_filed_without_article_and_accents_and_in_latin(name: str, letter: str) -> None:
    filing.file_as({a_release(1, by=name): True})
    assert Heading.objects.get(kind="artist").letter == letter
    assert [heading.name for heading in turning.filed("artist", letter=letter)[0]] == [name]


def test_pages_follow_each_other_newest_first_without_gaps_also_among_the_undated() -> None:
    days = [date(2020, 1, 1), None, date(2021, 5, 5), date(2020, 1, 1), None, date(2019, 2, 2), date(2020, 1, 1)]
    releases = [a_release(number, day=day) for number, day in enumerate(days)]
    filing.file_as(dict.fromkeys(releases, True))
    wanted = sorted(releases, key=lambda one: (one.edition.date or date.min, one.pk), reverse=True)  # type: ignore[union-attr]
    heading = turning.heading_of("all", "all")
    assert heading is not None
    leaf = turning.releases_under(heading, most=2)
    assert leaf.is_first
    seen = leaf.keys
    while leaf.after:
        leaf = turning.releases_under(heading, after=leaf.after, most=2)
        assert not leaf.is_first
        seen += leaf.keys
    assert seen == [one.pk for one in wanted]


@pytest.mark.parametrize("after", ["x", "2020-13-01.1", "2020-01-01", "0000-00-00.0", "2020-01-01." + "9" * 40, "١٢"])
def test_a_place_that_was_never_given_out_is_the_first_page(after: str) -> None:
    filing.file_as({a_release(1): True})
    heading = turning.heading_of("all", "all")
    assert heading is not None
    assert turning.releases_under(heading, after=after).is_first


def test_headings_come_in_pages_too_also_where_names_are_alike() -> None:
    filing.file_as({a_release(number, by=f"Same {'.' * number}") : True for number in range(5)})  # fmt: skip
    names, after = turning.filed("artist", most=2)
    seen = [heading.pk for heading in names]
    while after:
        names, after = turning.filed("artist", after=after, most=2)
        seen += [heading.pk for heading in names]
    assert len(seen) == len(set(seen)) == 5
    assert len(turning.filed("artist", after="nonsense")[0]) == 5


def test_the_largest_headings_come_first() -> None:
    filing.file_as({a_release(1): True, a_release(2): True, a_release(3, genres=("Drone",)): True})
    assert [heading.slug for heading in turning.largest("genre", most=5)] == ["ambient", "drone"]
