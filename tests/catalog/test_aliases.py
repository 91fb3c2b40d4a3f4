"""Whoever is known by other names is found by them too, below who has the name itself."""

from pathlib import Path

import pytest
from django.db import IntegrityError, transaction

from obbligato.catalog import indexing
from obbligato.catalog.aliases import MOST_ALIASES, BadAlias, aliases_of, know_as, line_of
from obbligato.catalog.models import Alias, Artist, Edition, Release
from obbligato.catalog.searching import search
from tests.catalog.test_searching import put_release


@pytest.fixture
def nocturnes(store: Path) -> Release:
    """Played by one Saint-Saëns, composed by the tests' usual composer; indexed."""
    release = put_release("Camille Saint-Saëns", "Nocturnes", ["Larghetto"])
    indexing.rebuild()
    return release


def lines_of(whose: str) -> list[str]:
    return [line_of(alias) for alias in aliases_of(whose)]


def found(text: str) -> list[tuple[str, str]]:
    return [(hit.kind, hit.title) for hit in search(text)]


def test_an_artist_her_releases_and_tracks_are_found_by_her_other_names(nocturnes: Release) -> None:
    assert found("Сен-Санс") == []
    know_as("Camille Saint-Saëns", ["ru: Камиль Сен-Санс"])
    all_of_hers = [("artist", "Camille Saint-Saëns"), ("release", "Nocturnes"), ("track", "Larghetto")]
    for typed in ("Сен-Санс", "камиль сен", "сен сан", "kamil sen-sans", "Сен-Санц"):
        assert found(typed) == all_of_hers, typed
    assert found("Сен-Санс larghetto") == [("track", "Larghetto")]


def test_a_composer_who_is_no_artist_is_found_by_other_names(nocturnes: Release) -> None:
    know_as("cosima COMPOSER", ["Козима Сочинитель"])
    assert found("сочинитель") == [("release", "Nocturnes"), ("track", "Larghetto")]
    know_as("Cosima Composer", [])
    assert found("сочинитель") == []


def test_of_several_who_are_credited_together_each_is_found(store: Path) -> None:
    release = put_release("Cosima Composer & Clara Player", "Duets", ["Song"])
    assert release.edition is not None
    release.edition.tracks.update(tags={"composer": "Ada Author; Cosima Composer"})
    indexing.rebuild()
    know_as("Ada Author", ["Адель"])
    know_as("Clara Player", ["Клара"])
    assert ("track", "Song") in found("Адель")
    assert found("Клара")[0] == ("artist", "Cosima Composer & Clara Player")


def test_what_has_the_name_itself_comes_first(store: Path) -> None:
    put_release("Frédéric Chopin", "Préludes", ["Prélude"])
    put_release("Шопен", "Песни", ["Песня"])
    indexing.rebuild()
    know_as("Frédéric Chopin", ["Шопен"])
    artists = [title for kind, title in found("шопен") if kind == "artist"]
    assert artists == ["Шопен", "Frédéric Chopin"]
    assert [title for kind, title in found("шоп") if kind == "artist"] == artists


def test_other_names_stay_when_the_index_is_built_anew_or_a_release_has_another_edition(nocturnes: Release) -> None:
    know_as("Camille Saint-Saëns", ["Сен-Санс"])
    indexing.rebuild()
    assert ("release", "Nocturnes") in found("сен-санс")
    nocturnes.edition = Edition.objects.create(release=nocturnes, number=2, digest="2", title="Evenings")
    nocturnes.save()
    indexing.refresh([nocturnes])
    assert found("сен-санс") == [("artist", "Camille Saint-Saëns"), ("release", "Evenings")]


def test_an_artist_without_a_letter_is_found_by_an_alias(store: Path) -> None:
    put_release("!!!", "Louden", ["Song"])
    indexing.rebuild()
    know_as("!!!", ["Chk Chk Chk"])
    assert found("chk chk chk")[0] == ("artist", "!!!")


def test_an_index_that_is_missing_or_broken_is_made_with_all_aliases(nocturnes: Release) -> None:
    folder = indexing.current_folder()
    assert folder is not None
    for file in folder.iterdir():
        file.unlink()
        file.write_bytes(b"garbage")
    know_as("Camille Saint-Saëns", ["Сен-Санс"])
    assert indexing.current_folder() not in (None, folder)
    (folder.parent / "current").unlink()
    know_as("Camille Saint-Saëns", ["Kamil"])
    assert (found("kamil")[0], found("сен-санс")) == (("artist", "Camille Saint-Saëns"), [])


def test_what_stays_is_the_same_row_and_what_changes_is_told(store: Path) -> None:
    first = know_as("Pyotr Tchaikovsky", ["ru: Чайковский", "", "  Tschaikowski ", "pt_BR: Tchaikóvski"])
    assert lines_of("Pyotr TCHAIKOVSKY") == ["ru: Чайковский", "Tschaikowski", "pt-BR: Tchaikóvski"]
    second = know_as("Pyotr Tchaikovsky", ["ru: Чайковский", "de: Tschaikowski"])
    assert [line_of(alias) for alias in second.added] == ["de: Tschaikowski"]
    assert [line_of(alias) for alias in second.removed] == ["Tschaikowski", "pt-BR: Tchaikóvski"]
    assert first.added[0].pk in {alias.pk for alias in aliases_of("Pyotr Tchaikovsky")}
    again = know_as("Pyotr Tchaikovsky", lines_of("Pyotr Tchaikovsky"))
    assert (again.added, again.removed) == ([], [])


@pytest.mark.parametrize(
    ("whose", "lines", "sentence"),
    [
        (" ", ["A"], "Say whose names these are."),
        ("Erik Satie", ["Érik SATIE"], "“Érik SATIE” is the name itself"),
        ("Erik Satie", ["Сати", "сати"], "“сати” is there twice"),
        ("Erik Satie", ["fr: –"], "“–” has no letter and no digit to search for."),
        ("Erik Satie", ["ru:"], "“” has no letter"),
        ("Erik Satie", ["a" * 201], "is longer than 200 letters."),
        ("Erik Satie", [f"S {number}" for number in range(MOST_ALIASES + 1)], "There are 51 names; 50 are the most."),
    ],
)  # fmt: skip
def test_what_is_no_other_name_is_refused_and_nothing_is_kept(
    store: Path, whose: str, lines: list[str], sentence: str
) -> None:
    with pytest.raises(BadAlias) as refused:
        know_as(whose, ["Кто-то", *lines] if len(lines) < MOST_ALIASES else lines)
    assert sentence in str(refused.value)
    assert not Alias.objects.exists()


@pytest.mark.parametrize("name_folded", ["", "erik satie", "сати"])
def test_the_database_keeps_no_empty_equal_or_second_one(store: Path, name_folded: str) -> None:
    know_as("Erik Satie", ["Сати"])
    with pytest.raises(IntegrityError), transaction.atomic():
        Alias.objects.create(whose="Erik Satie", whose_folded="erik satie", name="A", name_folded=name_folded)


def test_names_of_nobody_in_the_catalogue_wait_for_her(nocturnes: Release) -> None:
    know_as("Clara Schumann", ["Клара Шуман"])
    assert found("клара шуман") == []
    indexing.refresh([put_release("Clara Schumann", "Romances", ["Andante"])])
    assert found("клара шуман")[0] == ("artist", "Clara Schumann")
    assert Artist.objects.count() == 2


@pytest.mark.parametrize("name", ["Re:Prise", "Ad:Agio", "DJ:Largo"])
def test_a_colon_within_a_name_says_no_language(store: Path, name: str) -> None:
    assert lines_of("The Colon Quartet") == []
    [alias] = know_as("The Colon Quartet", [name]).added
    assert (alias.name, alias.locale) == (name, "")
