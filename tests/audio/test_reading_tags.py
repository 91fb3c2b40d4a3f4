"""Tags of any master come out clean, short and in one form, and no tag can stop an import."""

import base64
import os
import struct
import tracemalloc
from collections.abc import Callable
from pathlib import Path
from typing import Any

import mutagen.aiff
import mutagen.flac
import mutagen.id3
import mutagen.mp4
import mutagen.oggflac
import mutagen.wave
import mutagen.wavpack
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from obbligato.audio.reading_tags import MAXIMUM_TAG_BYTES, clean, read_tags
from obbligato.audio.recognising import recognise
from obbligato.audio.tag_lengths import tag_length_bytes
from obbligato.audio.tags import Tags
from tests.audio import makers

PNG = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)
JPEG = b"\xff\xd8\xff\xe0 not decoded here"

WANTED = Tags(
    title="Prélude à l'après-midi d'un faune",
    artists=("Claude Debussy", "Claude Debussy; Orchestra"),
    album="Orchestral Works",
    album_artist="Orchestra",
    track=3,
    track_total=12,
    disc=1,
    disc_total=2,
    date="1894-12-22",
    genre="Classical",
    isrc="FRZ039800212",
    upc="4006381333931",
    composer="Claude Debussy",
    lyrics="one\ntwo",
    copyright="Public domain",
    label="Our Label",
    comment="<b>kept as text</b>",
    musicbrainz={"musicbrainz_albumid": "b1a9c0e9-d987-4042-ae91-78d6a3267d69"},
    track_gain_db=-7.03,
    track_peak=0.98,
)


def vorbis_tags(tags: Any) -> None:
    tags["title"] = WANTED.title
    tags["artist"] = list(WANTED.artists)
    tags["album"] = WANTED.album
    tags["albumartist"] = WANTED.album_artist
    tags["tracknumber"] = "3/12"
    tags["discnumber"] = "1"
    tags["disctotal"] = "2"
    tags["date"] = WANTED.date
    tags["genre"] = WANTED.genre
    tags["isrc"] = "FR-Z03-98-00212"
    tags["barcode"] = WANTED.upc
    tags["composer"] = WANTED.composer
    tags["lyrics"] = "one\r\ntwo\x00\x07"
    tags["copyright"] = WANTED.copyright
    tags["label"] = WANTED.label
    tags["comment"] = WANTED.comment
    tags["musicbrainz_albumid"] = WANTED.musicbrainz["musicbrainz_albumid"]
    tags["replaygain_track_gain"] = "-7.03 dB"
    tags["replaygain_track_peak"] = "0.980000"


def id3_tags(tags: Any) -> None:
    frames = mutagen.id3
    tags.add(frames.TIT2(text=WANTED.title))
    tags.add(frames.TPE1(text=list(WANTED.artists)))
    tags.add(frames.TALB(text=WANTED.album))
    tags.add(frames.TPE2(text=WANTED.album_artist))
    tags.add(frames.TRCK(text="03/12"))
    tags.add(frames.TPOS(text="1/2"))
    tags.add(frames.TDRC(text=WANTED.date))
    tags.add(frames.TCON(text="(32)"))
    tags.add(frames.TSRC(text=WANTED.isrc))
    tags.add(frames.TXXX(desc="BARCODE", text=WANTED.upc))
    tags.add(frames.TCOM(text=WANTED.composer))
    tags.add(frames.USLT(text=WANTED.lyrics))
    tags.add(frames.TCOP(text=WANTED.copyright))
    tags.add(frames.TPUB(text=WANTED.label))
    tags.add(frames.COMM(text=WANTED.comment))
    tags.add(frames.TXXX(desc="MusicBrainz Album Id", text=WANTED.musicbrainz["musicbrainz_albumid"]))
    tags.add(frames.TXXX(desc="REPLAYGAIN_TRACK_GAIN", text="-7.03 dB"))
    tags.add(frames.TXXX(desc="replaygain_track_peak", text="0.98"))
    tags.add(frames.APIC(mime="image/jpg", type=4, data=JPEG))
    tags.add(frames.APIC(mime="wrong", type=3, data=PNG))


def tag_flac(path: Path) -> None:
    file = mutagen.flac.FLAC(path)
    vorbis_tags(file)
    for kind, data in [(4, JPEG), (3, PNG)]:
        picture = mutagen.flac.Picture()
        picture.type, picture.data, picture.mime = kind, data, "image/unknown"
        file.add_picture(picture)
    file.save()


def tag_ogg(path: Path) -> None:
    file = mutagen.oggflac.OggFLAC(path)
    vorbis_tags(file)
    picture = mutagen.flac.Picture()
    picture.type, picture.data = 3, PNG
    file["metadata_block_picture"] = [base64.b64encode(picture.write()).decode()]
    file.save()


def tag_wav(path: Path) -> None:
    file = mutagen.wave.WAVE(path)
    file.add_tags()
    id3_tags(file.tags)
    file.save()


def tag_aiff(path: Path) -> None:
    file = mutagen.aiff.AIFF(path)
    file.add_tags()
    id3_tags(file.tags)
    file.save()


def tag_alac(path: Path) -> None:
    file = mutagen.mp4.MP4(path)
    for key, value in [
        ("\xa9nam", WANTED.title), ("\xa9ART", list(WANTED.artists)), ("\xa9alb", WANTED.album),
        ("aART", WANTED.album_artist), ("trkn", [(3, 12)]), ("disk", [(1, 2)]), ("\xa9day", WANTED.date),
        ("\xa9gen", WANTED.genre), ("\xa9wrt", WANTED.composer), ("\xa9lyr", WANTED.lyrics),
        ("cprt", WANTED.copyright), ("\xa9cmt", WANTED.comment),
    ]:  # fmt: skip
        file[key] = value
    for name, text in [
        ("ISRC", WANTED.isrc), ("BARCODE", WANTED.upc), ("LABEL", WANTED.label),
        ("MusicBrainz Album Id", WANTED.musicbrainz["musicbrainz_albumid"]),
        ("replaygain_track_gain", "-7.03 dB"), ("replaygain_track_peak", "0.98"),
    ]:  # fmt: skip
        file[f"----:com.apple.iTunes:{name}"] = [text.encode()]
    file["covr"] = [mutagen.mp4.MP4Cover(PNG, mutagen.mp4.MP4Cover.FORMAT_JPEG)]
    file.save()


def tag_wavpack(path: Path) -> None:
    file = mutagen.wavpack.WavPack(path)
    vorbis_tags(file)
    del file["albumartist"], file["tracknumber"], file["discnumber"], file["disctotal"], file["date"]
    file["Album Artist"], file["Track"], file["Disc"], file["Year"] = "Orchestra", "3/12", "1/2", WANTED.date
    file["Cover Art (Front)"] = mutagen.apev2.APEValue(b"cover.png\0" + PNG, mutagen.apev2.BINARY)
    file.save()


TAGGERS: dict[str, Callable[[Path], None]] = {
    "flac": tag_flac,
    "oggflac": tag_ogg,
    "wav": tag_wav,
    "aiff": tag_aiff,
    "alac": tag_alac,
    "wavpack": tag_wavpack,
}


@pytest.mark.parametrize("kind", list(TAGGERS))
def test_every_container_gives_the_same_tags_and_the_front_cover(kind: str, tmp_path: Path) -> None:
    path = makers.write_master(tmp_path, kind, makers.sine(samples=5000))
    TAGGERS[kind](path)
    tags, picture = read_tags(path)
    assert tags == WANTED
    assert picture is not None
    assert (picture.media_type, picture.data) == ("image/png", PNG)


@pytest.mark.parametrize("kind", makers.LOSSLESS_KINDS)
def test_a_master_without_tags_has_empty_ones(kind: str, tmp_path: Path) -> None:
    tags, picture = read_tags(makers.write_master(tmp_path, kind, makers.sine(samples=5000)))
    assert tags == Tags()
    assert picture is None


def test_huge_texts_are_cut_and_lyrics_later(tmp_path: Path) -> None:
    path = makers.write_master(tmp_path, "flac", makers.sine(samples=5000))
    file = mutagen.flac.FLAC(path)
    file["title"] = "x" * 1_000_000
    file["artist"] = ["y" * 10_000] * 500
    file["lyrics"] = "la " * 400_000
    file.save()
    tags, _ = read_tags(path)
    assert len(tags.title) == 4000
    assert [len(artist) for artist in tags.artists] == [4000]
    assert len(tags.lyrics) == 100_000


def test_a_picture_that_is_too_large_or_no_image_is_ignored(tmp_path: Path) -> None:
    path = makers.write_master(tmp_path, "alac", makers.sine(samples=5000))
    file = mutagen.mp4.MP4(path)
    file["covr"] = [mutagen.mp4.MP4Cover(b"<svg onload='x'/>"), mutagen.mp4.MP4Cover(PNG + bytes(20_000_000))]
    file.save()
    assert read_tags(path)[1] is None


@pytest.mark.parametrize(
    ("written", "number", "total"),
    [("3/12", 3, 12), ("03", 3, None), ("3 / 12", 3, 12), ("A2", None, None), ("0/0", None, None), ("-1", None, None),
     ("123456", None, None), ("/9", None, 9), ("3/twelve", 3, None), ("²", None, None), ("", None, None)],
)  # fmt: skip
def test_track_numbers_are_read_in_all_their_forms(
    written: str, number: int | None, total: int | None, tmp_path: Path
) -> None:
    path = makers.write_master(tmp_path, "flac", makers.sine(samples=500))
    file = mutagen.flac.FLAC(path)
    file["tracknumber"] = written
    file.save()
    tags, _ = read_tags(path)
    assert (tags.track, tags.track_total) == (number, total)


@pytest.mark.parametrize(
    ("written", "date"),
    [("1894-12-22", "1894-12-22"), ("1894-12", "1894-12"), ("c. 1720", "1720"), ("2003-01-02T03:04:05Z", "2003-01-02"),
     ("unknown", ""), ("22/12/1894", "1894"), ("123456789", "")],
)  # fmt: skip
def test_dates_are_read_as_far_as_they_are_dates(written: str, date: str, tmp_path: Path) -> None:
    path = makers.write_master(tmp_path, "flac", makers.sine(samples=500))
    file = mutagen.flac.FLAC(path)
    file["date"] = written
    file.save()
    assert read_tags(path)[0].date == date


def test_gains_that_are_no_numbers_are_not_read(tmp_path: Path) -> None:
    path = makers.write_master(tmp_path, "flac", makers.sine(samples=500))
    file = mutagen.flac.FLAC(path)
    file["replaygain_track_gain"], file["replaygain_album_gain"], file["replaygain_track_peak"] = "nan", "1e99", "9999"
    file.save()
    tags, _ = read_tags(path)
    assert (tags.track_gain_db, tags.album_gain_db, tags.track_peak) == (None, None, None)


@given(st.text())
def test_clean_text_has_no_control_characters_and_cleaning_twice_changes_nothing(text: str) -> None:
    cleaned = clean(text)
    assert clean(cleaned) == cleaned
    assert all(ord(character) >= 32 and not 0x7F <= ord(character) < 0xA0 for character in cleaned)
    assert cleaned.encode("utf-8").decode("utf-8") == cleaned


def test_mark_up_stays_as_it_was_written() -> None:
    assert clean("<script>alert('&amp;')</script>\x00") == "<script>alert('&amp;')</script>"
    assert clean("a\tb\r\nc\x1b[31m") == "a b c[31m"
    assert clean("a\r\nb\rc", keeps_lines=True) == "a\nb\nc"


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    kind=st.sampled_from(list(TAGGERS)),
    changes=st.lists(st.tuples(st.floats(0, 0.999), st.integers(0, 255)), min_size=1, max_size=20),
)
def test_changed_bytes_never_stop_the_reading_of_tags(
    kind: str, changes: list[tuple[float, int]], tmp_path: Path
) -> None:
    original = tmp_path / kind
    if not original.exists():
        path = makers.write_master(tmp_path, kind, makers.silence(samples=500))
        TAGGERS[kind](path)
        path.rename(original)
    data = bytearray(original.read_bytes())
    for part, value in changes:
        data[int(part * len(data))] = value
    changed = tmp_path / "changed"
    changed.write_bytes(data)
    tags, picture = read_tags(changed)
    assert isinstance(tags, Tags)
    assert picture is None or len(picture.data) <= 20_000_000


def test_nothing_at_all_has_no_tags(tmp_path: Path) -> None:
    assert read_tags(tmp_path / "absent.flac") == (Tags(), None)
    letter = tmp_path / "letter.flac"
    letter.write_text("Dear listener")
    assert read_tags(letter) == (Tags(), None)


HUGE_BYTES = 300 * 2**20


def huge_tags(path: Path, kind: str) -> None:
    """Put a cover of 300 MB into a file: all but its head is a hole, so it takes no room on the disk."""
    data = path.read_bytes()
    if kind == "flac":
        blocks = b"".join(b"\x06\xff\xff\xff" + bytes(2**24 - 1) for _ in range(5))
        path.write_bytes(data[:4] + b"\0" + data[5:42] + blocks + b"\x81\0\0\0" + data[42:])
        return
    if kind == "wavpack":
        os.truncate(path, len(data) + HUGE_BYTES)
        with path.open("ab") as file:
            file.write(struct.pack("<8sIIII8x", b"APETAGEX", 2000, HUGE_BYTES + 32, 1, 0))
        return
    head = {
        "wav": struct.pack("<4sI", b"id3 ", HUGE_BYTES),
        "aiff": struct.pack(">4sI", b"ID3 ", HUGE_BYTES),
        "alac": struct.pack(">I4s", HUGE_BYTES, b"moov"),
    }[kind]
    path.write_bytes(data + (b"" if kind == "alac" else b"\0" * (len(data) % 2)) + head)
    os.truncate(path, len(data) + HUGE_BYTES)


@pytest.mark.parametrize("kind", ["flac", "wav", "aiff", "alac", "wavpack"])
def test_a_cover_of_300_megabytes_is_not_taken_into_memory(kind: str, tmp_path: Path) -> None:
    path = makers.write_master(tmp_path, kind, makers.noise(samples=9000))
    assert 0 <= tag_length_bytes(path, recognise(path).container) < 20_000
    huge_tags(path, kind)
    container = recognise(path).container
    assert tag_length_bytes(path, container) > MAXIMUM_TAG_BYTES
    tracemalloc.start()
    try:
        assert read_tags(path) == (Tags(), None)
        assert tracemalloc.get_traced_memory()[1] < 10 * 2**20
    finally:
        tracemalloc.stop()


@given(container=st.sampled_from(["flac", "wav", "aiff", "mp4", "wv", "ogg", "tta"]), data=st.binary(max_size=200))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
def test_nonsense_has_tags_of_some_length_and_is_no_error(container: str, data: bytes, tmp_path: Path) -> None:
    marks = {"flac": b"fLaC", "wav": b"RIFF\0\0\0\0WAVE", "aiff": b"FORM\0\0\0\0AIFF"}
    (tmp_path / "file").write_bytes(marks.get(container, b"") + data)
    assert tag_length_bytes(tmp_path / "file", container) >= 0
