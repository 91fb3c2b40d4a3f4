"""The label's folder is what a careful label would deliver; a small release stands in for the whole."""

import hashlib
import tomllib
from dataclasses import replace
from decimal import Decimal
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from mutagen.flac import FLAC
from PIL import Image
from stdnum import ean, isrc

from obbligato.audio.pcm import Source
from obbligato.catalog.aliases import know_as
from obbligato.demo.aliases import ALIASES
from obbligato.demo.instruments import CELESTA
from obbligato.demo.label import file_name, release_toml, write_label
from obbligato.demo.notation import Piece, Section
from obbligato.demo.performance import Seat
from obbligato.demo.releases import LABEL, RELEASES, SMALL_HOURS, TWO_RAGS, Release, Track, seconds_of

SCALE = Piece(
    "Scale: up?", "Anonymous", Fraction(1), 160, {"a": Section({"right": "C5e D E F G A B C6"})}, ("a",), slowing=0.0
)
TRACK = Track(SCALE, {"right": (Seat(CELESTA),)}, isrc="QZOB12600099", seed=9)
TINY = replace(SMALL_HOURS, tracks=(TRACK, replace(TRACK, seed=10)), room_seconds=0.4)
EVERY = pytest.mark.parametrize("release", RELEASES, ids=lambda release: release.title)


@pytest.fixture(scope="module")
def label(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("demo") / "label"
    write_label(folder, workers=1, releases=[TINY])
    return folder


def digests(folder: Path) -> dict[str, str]:
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    return {str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


def test_the_folder_is_laid_out_by_artist_and_album(label: Path) -> None:
    album = "The Paper Lantern Trio/2026 - Small Hours"
    assert list(digests(label)) == [
        f"{album}/01 Scale up.flac",
        f"{album}/02 Scale up.flac",
        f"{album}/cover.jpg",
        f"{album}/release.toml",
    ]
    assert not label.with_name("label.part").exists()


def test_two_runs_give_the_same_bytes_with_one_worker_or_two(label: Path, tmp_path: Path) -> None:
    write_label(tmp_path / "again", workers=2, releases=[TINY])
    assert digests(tmp_path / "again") == digests(label)


def test_progress_is_told_of_each_track(tmp_path: Path) -> None:
    told: list[tuple[str, int, int]] = []
    write_label(tmp_path / "label", progress=lambda *news: told.append(news), workers=1, releases=[TINY])
    assert told == [("Scale: up?", 1, 2), ("Scale: up?", 2, 2)]


def test_a_folder_that_is_there_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "label").mkdir()
    with pytest.raises(FileExistsError, match="exists already"):
        write_label(tmp_path / "label", workers=1, releases=[TINY])


def test_a_run_that_fails_leaves_nothing(tmp_path: Path) -> None:
    def stop(*_: object) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        write_label(tmp_path / "label", progress=stop, workers=1, releases=[TINY])
    assert list(tmp_path.iterdir()) == []


def test_the_tags_say_everything_a_label_knows(label: Path) -> None:
    audio = FLAC(next(label.rglob("02 *.flac")))
    tags = {key.upper(): values for key, values in audio.tags.as_dict().items()}
    assert tags == {
        "TITLE": ["Scale: up?"],
        "ARTIST": ["The Paper Lantern Trio"],
        "ALBUM": ["Small Hours"],
        "ALBUMARTIST": ["The Paper Lantern Trio"],
        "TRACKNUMBER": ["2"],
        "TRACKTOTAL": ["2"],
        "DISCNUMBER": ["1"],
        "DISCTOTAL": ["1"],
        "DATE": ["2026-03-06"],
        "GENRE": ["Classical", "Piano"],
        "COMPOSER": ["Anonymous"],
        "ISRC": ["QZOB12600099"],
        "COPYRIGHT": [f"℗ 2026 {LABEL}"],
        "LABEL": [LABEL],
        "BARCODE": [TINY.upc],
    }


def test_the_audio_is_whole_and_at_its_rate(label: Path) -> None:
    path = next(label.rglob("01 *.flac"))
    audio = FLAC(path)
    samples = np.concatenate(list(Source(path).blocks()))
    assert (audio.info.sample_rate, audio.info.bits_per_sample, audio.info.channels) == (44_100, 16, 2)
    assert len(samples) == audio.info.total_samples
    assert 3000 < np.abs(samples).max() < 32_767


@EVERY
def test_covers_are_square_sharp_and_small(release: Release, tmp_path: Path) -> None:
    from obbligato.demo.covers import write_cover

    paths = [tmp_path / "first.jpg", tmp_path / "second.jpg"]
    for path in paths:
        write_cover(path, design=release.cover, title=release.title, artist=release.artist, label=LABEL)
    assert paths[0].read_bytes() == paths[1].read_bytes()
    assert paths[0].stat().st_size <= 350_000
    with Image.open(paths[0]) as image:
        assert (image.format, image.size, image.mode) == ("JPEG", (1400, 1400), "RGB")


@EVERY
def test_the_release_file_is_strict_toml_and_complete(release: Release) -> None:
    data = tomllib.loads(release_toml(release))
    assert set(data) == {
        "title", "artist", "label", "upc", "date", "genres", "description", "copyright",
        "licence", "price", "shares", "credits", "tracks",
    }  # fmt: skip
    assert set(data["licence"]) == {"basis", "evidence", "territories", "from"}
    assert set(data["price"]) == {"currency", "per_megabyte", "track_minimum", "track_maximum", "album_maximum"}
    assert sum(Decimal(share["percent"]) for share in data["shares"]) == 100
    assert [track["file"] for track in data["tracks"]] == [
        file_name(number, track.title) for number, track in enumerate(release.tracks, 1)
    ]
    composers = {number for credit in data["credits"] if credit["role"] == "composer"
                 for number in credit.get("tracks", range(1, len(release.tracks) + 1))}  # fmt: skip
    assert composers == set(range(1, len(release.tracks) + 1))


@EVERY
def test_numbers_carry_their_right_check_digits(release: Release) -> None:
    assert ean.is_valid(release.upc)
    assert all(isrc.is_valid(track.isrc) for track in release.tracks)


def test_no_two_recordings_share_a_number_or_a_seed() -> None:
    tracks = [track for release in RELEASES for track in release.tracks]
    assert len({track.isrc for track in tracks}) == len({track.seed for track in tracks}) == len(tracks) == 11
    assert len({release.upc for release in RELEASES}) == len(RELEASES) == 3


@EVERY
def test_every_voice_has_a_player_and_every_track_a_fair_length(release: Release) -> None:
    for track in release.tracks:
        voices = {voice for section in track.piece.sections.values() for voice in section.voices}
        assert voices == set(track.seats)
        assert 50 <= seconds_of(track) <= 180


def test_one_release_is_in_high_resolution() -> None:
    assert [(release.sample_rate, release.bits) for release in RELEASES].count((96_000, 24)) == 1
    assert TWO_RAGS.bits == 16


@pytest.mark.django_db
def test_other_names_are_of_composers_whom_the_label_plays_and_can_be_kept() -> None:
    for composer, names in ALIASES.items():
        assert len(know_as(composer, names).added) == len(names)
    assert ALIASES.keys() <= {track.piece.composer for release in RELEASES for track in release.tracks}
