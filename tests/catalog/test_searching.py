"""People find what they mean, however they write it; and never what is not published."""

from collections import Counter
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from obbligato.catalog import indexing
from obbligato.catalog.headings import filing
from obbligato.catalog.models import Artist, Edition, Label, Master, Recording, Release, Track, Withdrawal
from obbligato.catalog.searching import search

SHELF = [
    ("Erik Satie", "Trois Gymnopédies", ["Gymnopédie n° 1", "Gymnopédie n° 2"]),
    ("Scott Joplin", "Piano Rags", ["The Entertainer", "Maple Leaf Rag"]),
    ("Johann Sebastian Bach", "Das Wohltemperierte Klavier", ["Prelude in C", "Fugue in C"]),
    ("Antonín Dvořák", "Rusalka", ["Měsíčku na nebi hlubokém"]),
    ("Bach Choir", "Evening Songs", ["Abendlied"]),
    ("Пётр Чайковский", "Времена года", ["Подснежник", "Баркарола"]),
    ("Modest Mussorgsky", "Pictures", ["Promenade"]),
    ("春の会", "さくら", ["東京の夜"]),
]


@pytest.fixture
def shelf(store: Path) -> list[Release]:
    """Eight published releases, not indexed yet."""
    return [put_release(*row) for row in SHELF]


def put_release(artist_name: str, title: str, track_titles: list[str]) -> Release:
    """Rows of a published release, without files."""
    number = Release.objects.count()
    artist = Artist.objects.create(name=artist_name, slug=f"artist-{number}")
    label, _ = Label.objects.get_or_create(name="Quiet Label", slug="quiet-label")
    release = Release.objects.create(key=f"name:{number}", slug=f"release-{number}", artist=artist, label=label)
    edition = Edition.objects.create(release=release, number=1, digest=str(number), title=title, genres=["Ragtime Era"])
    for position, track_title in enumerate(track_titles, 1):
        put_song(edition, artist, position, track_title)
    release.edition = edition
    release.save()
    return release


def put_song(edition: Edition, artist: Artist, position: int, title: str) -> None:
    recording = Recording.objects.create(key=f"pcm:{edition.pk}-{position}", title=title, artist=artist)
    master, _ = Master.objects.get_or_create(
        sha256=f"{edition.pk}-{position}", size_bytes=1, facts_json={}, range_lu=0, true_peak_dbtp=0, peaks=b""
    )
    Track.objects.create(
        edition=edition,
        recording=recording,
        master=master,
        position=position,
        title=title,
        artist_credit=artist.name,
        tags={"composer": "Cosima Composer"},
    )


def titles(text: str) -> list[str]:
    return [hit.title for hit in search(text)]


@pytest.mark.parametrize(
    ("typed", "first"),
    [
        ("gymnopedie", "Gymnopédie n° 1"),
        ("Gymnopédies", "Trois Gymnopédies"),
        ("gimnopedie", "Gymnopédie n° 1"),
        ("satei", "Erik Satie"),
        ("entertaner", "The Entertainer"),
        ("bach prelud", "Prelude in C"),
        ("the entertainer", "The Entertainer"),
        ("dvorak", "Antonín Dvořák"),
        ("mesicku hlubok", "Měsíčku na nebi hlubokém"),
        ("東京", "東京の夜"),
        ("maple joplin", "Maple Leaf Rag"),
        ("Чайковский", "Пётр Чайковский"),
        ("Tchaikovsky", "Пётр Чайковский"),
        ("Chaikovskii", "Пётр Чайковский"),
        ("tschaikow", "Пётр Чайковский"),
        ("petr chaikovsky", "Пётр Чайковский"),
        ("vremena goda", "Времена года"),
        ("podsnezhnik", "Подснежник"),
        ("podsnezik", "Подснежник"),
        ("Мусоргский", "Modest Mussorgsky"),
        ("мусорг", "Modest Mussorgsky"),
    ],
)
def test_what_is_meant_comes_first(shelf: list[Release], typed: str, first: str) -> None:
    assert titles(typed)[0] == first


def test_exact_words_come_before_beginnings_and_slips_only_where_neither_is_met(store: Path) -> None:
    for name in ("Lamba", "Lambada", "Lamb", "Limb"):
        put_release(f"Band {name}", name, ["Song"])
    assert [hit.title for hit in search("lamb") if hit.kind == "release"] == ["Lamb", "Lambada", "Lamba"]
    assert [hit.title for hit in search("lymb") if hit.kind == "release"] == ["Limb", "Lamb"]


@pytest.mark.parametrize("typed", ["la", "lam", "band la", "ча", "чаи"])
def test_two_or_three_letters_find_what_begins_with_them_in_either_script(store: Path, typed: str) -> None:
    put_release("Band Lamba", "Lamba", ["Song"])
    put_release("Pyotr Tchaikovsky", "Seasons", ["Tchaikovsky Road"])
    titles_found = {hit.title for hit in search(typed)}
    assert ("Lamba" in titles_found) != ("Pyotr Tchaikovsky" in titles_found)


def test_an_artist_comes_before_what_only_mentions_the_name(shelf: list[Release]) -> None:
    assert search("erik satie")[0].kind == "artist"


def test_label_genre_and_composer_find_releases(shelf: list[Release]) -> None:
    for typed in ("quiet label", "ragtime", "cosima"):
        assert "Piano Rags" in titles(typed), typed


def test_a_label_is_found_once_by_its_name(shelf: list[Release]) -> None:
    hits = [hit for hit in search("quiet") if hit.kind == "label"]
    assert [(hit.title, hit.url) for hit in hits] == [("Quiet Label", "/labels/quiet-label")]


def test_a_genre_is_found_where_something_is_listed_under_it(shelf: list[Release]) -> None:
    assert [hit for hit in search("ragtime") if hit.kind == "genre"] == []
    filing.file_as({shelf[1]: True})
    hits = [hit for hit in search("ragtime") if hit.kind == "genre"]
    assert [(hit.title, hit.url) for hit in hits] == [("Ragtime Era", "/genres/ragtime-era")]


def test_an_artist_a_label_and_a_genre_are_indexed_once_also_after_refreshes(shelf: list[Release]) -> None:
    indexing.rebuild()
    indexing.refresh([put_release("Clara Schumann", "Nocturne", ["Larghetto"])])
    filing.file_as({shelf[1]: True})
    kinds = Counter(hit.kind for hit in search("quiet label") + search("ragtime era"))
    assert (kinds["label"], kinds["genre"]) == (1, 1)


def test_a_label_all_of_whose_releases_are_withdrawn_is_not_found(shelf: list[Release]) -> None:
    for release in shelf:
        Withdrawal.objects.create(release=release, by="dana", reason="The label asked.")
    assert search("quiet label") == []


def test_a_withdrawn_release_is_not_found_though_it_is_indexed(shelf: list[Release]) -> None:
    assert titles("entertainer")
    Withdrawal.objects.create(release=shelf[1], by="dana", reason="The label asked.")
    assert titles("entertainer") == []
    assert titles("joplin") == []


def test_a_new_release_is_found_after_a_refresh(shelf: list[Release]) -> None:
    assert titles("nocturne") == []
    indexing.refresh([put_release("Clara Schumann", "Nocturne", ["Larghetto"])])
    assert "Nocturne" in titles("nocturne")
    assert "The Entertainer" in titles("entertainer")


def test_a_new_edition_replaces_the_old_words(shelf: list[Release]) -> None:
    indexing.rebuild()
    release = shelf[1]
    release.edition = Edition.objects.create(release=release, number=2, digest="2", title="Stomps")
    release.save()
    indexing.refresh([release])
    assert "Stomps" in titles("stomps")
    assert titles("entertainer") == []


def test_a_missing_index_is_built_when_somebody_searches(shelf: list[Release]) -> None:
    assert indexing.current_folder() is None
    assert titles("satie")
    assert indexing.current_folder() is not None


@pytest.mark.parametrize("pattern", ["*.term", "*.store", "meta.json", "*"])
def test_a_corrupt_index_is_built_anew(shelf: list[Release], pattern: str) -> None:
    indexing.rebuild()
    folder = indexing.current_folder()
    assert folder is not None
    for file in folder.glob(pattern):
        file.unlink()
        file.write_bytes(b"garbage")
    assert titles("satie")
    assert indexing.current_folder() != folder


def test_a_rebuild_replaces_the_index_and_removes_the_old_one(shelf: list[Release], store: Path) -> None:
    indexing.rebuild()
    assert titles("satie")
    indexing.rebuild()
    assert titles("satie")
    assert sum(path.is_dir() for path in (store / "search").iterdir()) == 1


@pytest.mark.parametrize(
    "typed",
    [
        "",
        " ",
        "*",
        '"',
        "((((",
        "a AND",
        "title:x",
        "\\",
        "\x00",
        "x" * 100_000,
        "-" * 50,
        "🎻",
        "' OR 1=1 --",
        ".*",
        "[a-",
    ],
)
def test_hostile_text_finds_nothing_and_breaks_nothing(shelf: list[Release], typed: str) -> None:
    assert all(hit.url for hit in search(typed))


@given(typed=st.text(max_size=300))
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_no_text_makes_search_raise(shelf: list[Release], typed: str) -> None:
    search(typed)


def test_a_word_of_many_titles_gives_the_same_first_as_one_of_few(store: Path) -> None:
    """Where headings alone fill a short list, no track is looked at; a long one has room for all."""
    for number in range(40):
        put_release(f"Quartet {number}", f"Quiet Prelude {number}", ["Prayer", "Quiet Prelude"])
    put_release("Anna Prelude", "Quiet", ["Prelude Prayer", "A Prelude, Prelude", "Prelude"])
    for typed in ("prelude", "pr", "pre", "quiet prelude", "prelude pr", "прелюде"):
        few, many = search(typed, limit=1), search(typed, limit=50)
        assert (few[0].kind, few[0].title) == (many[0].kind, many[0].title), typed
        assert len(many) == 50


def test_an_artist_comes_before_all_tracks_that_begin_so(store: Path) -> None:
    put_release("Clara Schumann", "Evening", [f"Preludium {number}" for number in range(80)])
    put_release("Preluders", "Morning", ["Dawn"])
    assert [(hit.kind, hit.title) for hit in search("pre", limit=1)] == [("artist", "Preluders")]


def test_never_more_hits_than_asked_for(shelf: list[Release]) -> None:
    assert len(search("bach", limit=2)) == 2
    assert search("bach", limit=0) == []
