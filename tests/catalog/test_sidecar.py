"""A release.toml is followed to the letter or refused with a sentence that names what is wrong."""

import datetime
from pathlib import Path

import pytest

from obbligato.catalog.places import is_territory
from obbligato.catalog.sidecar import BadSidecar, Sidecar, read_sidecar
from tests.catalog.makers import UPC, Importer, put_album, put_sidecar

WHOLE = f"""
title = "Title"
artist = "Artist"
label = "Label"
upc = "{UPC}"
date = "2026-05-29"
genres = ["Choral", "Early"]
description = "Two\\nlines."
copyright = "2026 Label"
[licence]
basis = "licensed"
evidence = "Contract 7"
territories = ["FR", "de"]
from = 2026-01-01
until = 2030-01-01
[price]
currency = "EUR"
per_megabyte = "0.03"
track_minimum = "0.15"
track_maximum = "2"
album_maximum = 9
name_your_price = true
[[shares]]
party = "Ada"
role = "performer"
percent = "100"
[[credits]]
name = "Ada"
role = "piano"
tracks = [1, "2"]
[[tracks]]
file = "a.flac"
title = "A"
isrc = "qzabc2600001"
artist = "Ada"
disc = 1
position = 2
"""


def read(folder: Path, text: str) -> Sidecar:
    return read_sidecar(put_sidecar(folder, text))


def test_everything_a_release_toml_may_say_is_read(tmp_path: Path) -> None:
    said = read(tmp_path, WHOLE)
    assert (said.title, said.upc, said.date) == ("Title", UPC, datetime.date(2026, 5, 29))
    assert said.description == "Two\nlines."
    assert said.licence is not None
    assert said.licence.territories == ("FR", "DE")
    assert said.licence.valid_until == datetime.date(2030, 1, 1)
    assert said.price is not None
    assert (said.price.per_megabyte, said.price.album_maximum) == ("0.03", "9")
    assert said.price.name_your_price
    assert said.tracks[0].isrc == "QZABC2600001"
    assert said.credits[0].tracks == ("1", "2")


def test_an_empty_release_toml_says_nothing(tmp_path: Path) -> None:
    assert read(tmp_path, "") == Sidecar()


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ('titel = "x"', "“titel” is not a key"),
        ('[price]\nper_megabite = "1"', "“price.per_megabite” is not a key"),
        ('[licence]\nbases = "own"', "“licence.bases” is not a key"),
        ('[[tracks]]\nfile = "a"\nname = "b"', "“tracks.name” is not a key"),
        ("title = 3", "“title” must be text"),
        ("title = ", "is not TOML"),
        ('upc = "4006381333932"', "is not a UPC or EAN"),
        ('[[tracks]]\nfile = "a"\nisrc = "QZABC26"', "is not an ISRC"),
        ('[licence]\nterritories = ["XX"]', "“XX” is not a country"),
        ("[price]\nper_megabyte = 0.03", "must be in quotes"),
        ('[price]\nname_your_price = "yes"', "must be true or false"),
        ('date = "yesterday"', "“date” must be a day"),
        ("date = 2026-01-01T10:00:00", "“date” must be a day"),
        ('licence = "own"', "written [licence]"),
        ('shares = "Ada"', "written [[shares]]"),
        ('genres = "Choral"', "must be a list"),
        ('[[shares]]\nrole = "x"', "names no party"),
        ('[[tracks]]\ntitle = "x"', "names no file"),
        ('[[tracks]]\nfile = "x"\nposition = -1', "whole number"),
        (f'title = "{"x" * 301}"', "longer than 300"),
        ("#" * 1_000_001, "larger than 1 MB"),
        ("a = " + "[" * 5_000, "release.toml"),
    ],
)
def test_what_is_wrong_is_said_with_the_key_and_the_file(tmp_path: Path, text: str, sentence: str) -> None:
    with pytest.raises(BadSidecar) as refused:
        read(tmp_path, text)
    assert sentence in str(refused.value)
    assert "release.toml" in str(refused.value)


def test_a_release_toml_that_is_not_utf_8_is_refused(tmp_path: Path) -> None:
    (tmp_path / "release.toml").write_bytes('title = "Prélude"'.encode("latin-1"))
    with pytest.raises(BadSidecar, match="not UTF-8"):
        read_sidecar(tmp_path / "release.toml")


def test_a_bad_release_toml_refuses_its_release_alone(importer: Importer, label: Path) -> None:
    put_sidecar(put_album(label / "bad"), 'titel = "x"')
    put_album(label / "good", title="Good", tone=4)
    (done,) = importer(label)
    assert done.name == "good"
    assert "titel" in importer.reason("bad/01 Piece 1.flac")


@pytest.mark.parametrize("file", ["missing.flac", "../../etc/passwd", "/etc/passwd", "release.toml"])
def test_tracks_can_only_name_audio_of_the_folder(importer: Importer, label: Path, file: str) -> None:
    put_sidecar(put_album(label), f'[[tracks]]\nfile = "{file}"')
    assert importer(label) == []
    assert "is not an audio file of this folder" in importer.reason("01 Piece 1.flac")


def test_a_file_listed_twice_is_refused(importer: Importer, label: Path) -> None:
    put_sidecar(put_album(label), '[[tracks]]\nfile = "01 Piece 1.flac"\n' * 2)
    assert importer(label) == []
    assert "listed twice" in importer.reason("01 Piece 1.flac")


def test_a_release_toml_without_audio_is_refused(importer: Importer, label: Path) -> None:
    put_sidecar(label / "empty", 'title = "Nothing"')
    assert importer(label) == []
    assert importer.reason("empty") == "There is no audio beside it."


def test_territories_are_the_countries_of_iso_3166() -> None:
    assert all(map(is_territory, ("FR", "US", "WORLD")))
    assert not any(map(is_territory, ("EU", "XK", "ZZ", "fr", "", "FRA")))
