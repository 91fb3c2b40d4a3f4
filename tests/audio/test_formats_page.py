"""docs/formats.md says what copies hold: each table is compared with files of every container, in both directions."""

import json
import re
from collections.abc import Iterator
from dataclasses import replace
from io import BytesIO
from pathlib import Path
from typing import Any

import mutagen
import numpy as np
import pytest
from PIL import Image

from obbligato.audio import limits
from obbligato.audio.converting import mixing_matrix
from obbligato.audio.copies import Copy, write
from obbligato.audio.facts import MasterFacts
from obbligato.audio.formats import LABELS, Format, every_format
from obbligato.audio.masters import inspect
from obbligato.audio.sizes import quote_kind
from obbligato.audio.tag_names import musicbrainz
from obbligato.audio.tags import Picture, Tags
from tests.audio import makers, outside
from tests.audio.test_containers import FULL

PAGE = (Path(__file__).parents[2] / "docs" / "formats.md").read_text()
NAMES = ("mp3-128", "aac-128", "opus-96", "vorbis-q4", "flac", "flac-l5", "alac", "wavpack", "wav", "aiff")
EVERYTHING = replace(
    FULL,
    title="Three preludes",
    copyright="1845 Clara Schumann",
    album_artist="Friedrich Wieck",
    composer="Marie Wieck",
    musicbrainz={
        f"musicbrainz_{kind}id": f"{number}1111111-1111-4111-8111-111111111111"
        for number, kind in enumerate(
            ("track", "album", "artist", "albumartist", "releasegroup", "releasetrack", "work"), start=1
        )
    },
)
VALUES = {
    "Title": "Three preludes", "Artists": "Clara Schumann", "Album": "Opus 16", "Album artist": "Friedrich Wieck",
    "Track number": "3", "Tracks in all": "12", "Disc number": "1", "Discs in all": "2", "Date": "1845-05-29",
    "Genre": "Klassik", "ISRC": "ZZA001300001", "UPC": "4006381333931", "Composer": "Marie Wieck",
    "Lyrics": "Erste Zeile\nzweite Zeile", "Copyright": "1845 Clara Schumann", "Label": "Eigenverlag",
    "Comment": "Kommentar", "Track gain": "-6.54", "Track peak": "0.987654", "Album gain": "-7.00",
    "Album peak": "1.000000", "MusicBrainz recording": "11111111-1111-4111-8111-111111111111",
    "MusicBrainz release": "21111111-1111-4111-8111-111111111111",
    "MusicBrainz artist": "31111111-1111-4111-8111-111111111111",
    "MusicBrainz album artist": "41111111-1111-4111-8111-111111111111",
    "MusicBrainz release group": "51111111-1111-4111-8111-111111111111",
    "MusicBrainz track": "61111111-1111-4111-8111-111111111111",
    "MusicBrainz work": "71111111-1111-4111-8111-111111111111", "Cover": "",
}  # fmt: skip
R128 = {"Track gain": str(round(-11.54 * 256)), "Album gain": str(-12 * 256)}
COLUMNS = {"mp3": "MP3", "aiff": "AIFF", "wav": "WAV", "flac": "FLAC", "vorbis": "Vorbis", "opus": "Opus",
           "aac": "M4A", "alac": "M4A", "wavpack": "WavPack"}  # fmt: skip


def table(heading: str) -> list[dict[str, str]]:
    """The first table under a heading: a row is its cells by the names of the columns."""
    part = PAGE.split(f"\n## {heading}\n", 1)[1].split("\n## ", 1)[0]
    lines = [
        [cell.strip() for cell in line.strip("|").split("|")] for line in part.splitlines() if line.startswith("|")
    ]
    return [dict(zip(lines[0], row, strict=True)) for row in lines[2:]]


def column_of(rows: list[dict[str, str]], codec: str) -> str:
    """The column that names this codec's container; INFO of WAV is not one of them."""
    return next(name for name in rows[0] if COLUMNS[codec] in name.split(", "))


def picture(kind: str) -> Picture:
    noise = np.random.default_rng(3).integers(0, 256, (40, 30, 3), np.uint8)
    file = BytesIO()
    Image.fromarray(noise).save(file, kind)
    return Picture("image/jpeg", file.getvalue())


@pytest.fixture(scope="module")
def master(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, MasterFacts]:
    path = makers.write_master(tmp_path_factory.mktemp("master"), "flac", makers.sine(samples=20_011))
    return path, inspect(path).facts


@pytest.fixture(scope="module")
def files(master: tuple[Path, MasterFacts], tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    folder = tmp_path_factory.mktemp("copies")
    return {name: made(master, name, folder, EVERYTHING, picture("JPEG")) for name in NAMES}


def made(master: tuple[Path, MasterFacts], name: str, folder: Path, tags: Tags, cover: Picture | None) -> Path:
    format_ = Format.parse(name)
    target = folder / f"{name}.{format_.extension}"
    with makers.audio_of(*master, format_, folder / "essence") as audio:
        write(Copy(audio, tags, cover), target)
    return target


@pytest.mark.parametrize("name", NAMES)
def test_a_file_holds_the_names_of_its_column_and_no_others(name: str, files: dict[str, Path]) -> None:
    rows = table("Tags")
    codec = Format.parse(name).codec
    column = column_of(rows, codec)
    found = names_by_mutagen(files[name])
    for row in rows:
        if row[column] == "none":
            continue
        value = (R128 if codec == "opus" else {}).get(row["Field"], VALUES[row["Field"]])
        words = found[row[column].strip("`")]
        assert value in words, f"{row['Field']} is {words!r}"
    gapless = {"----:com.apple.iTunes:iTunSMPB"} if codec == "aac" else set()
    assert set(found) == {row[column].strip("`") for row in rows} - {"none"} | gapless


@pytest.mark.parametrize("name", NAMES)
def test_another_tool_reads_every_field_too(
    name: str, files: dict[str, Path], master: tuple[Path, MasterFacts], tmp_path: Path
) -> None:
    """FFmpeg's, which does not show the one identifier that is a UFID. Of a WAV it reads all where INFO is left out."""
    rows = table("Tags")
    codec = Format.parse(name).codec
    column = column_of(rows, codec)
    file = (
        made(master, name, tmp_path, replace(EVERYTHING, comment="Kömmentar"), None) if codec == "wav" else files[name]
    )
    heard = " ".join(words_of_ffprobe(file)).replace("ö", "o")
    for row in rows:
        if row["Field"] == "Cover" or row[column] == "none" or row[column].startswith("`UFID"):
            continue
        value = (R128 if codec == "opus" else {}).get(row["Field"], VALUES[row["Field"]])
        assert value in heard, row["Field"]


def test_the_first_names_of_a_column_are_those_of_the_code() -> None:
    for row in table("Tags"):
        if row["Field"].startswith("MusicBrainz"):
            number = int(VALUES[row["Field"]][0])
            names = musicbrainz(list(EVERYTHING.musicbrainz)[number - 1])
            cells = [row[column].strip("`") for column in ("MP3, AIFF, WAV", "FLAC, Vorbis", "M4A", "WavPack")]
            assert cells == [names.id3, names.vorbis, names.mp4, names.ape]


def test_the_info_of_a_wav_holds_what_its_column_says(files: dict[str, Path]) -> None:
    data = files["wav"].read_bytes()
    found = dict(information(data))
    named = {row["INFO of WAV"].strip("`"): VALUES[row["Field"]] for row in table("Tags")}
    named.pop("none")
    assert found == named | {"IART": "Clara Schumann; Robert Schumann"}


def information(data: bytes) -> Iterator[tuple[str, str]]:
    place = data.index(b"LIST")
    end, place = place + 8 + int.from_bytes(data[place + 4 : place + 8], "little"), place + 12
    while place < end:
        length = int.from_bytes(data[place + 4 : place + 8], "little")
        yield data[place : place + 4].decode(), data[place + 8 : place + 8 + length].rstrip(b"\0").decode("ascii")
        place += 8 + length + length % 2


def test_mediainfo_reads_a_wav_with_info_and_one_without_alike(
    files: dict[str, Path], master: tuple[Path, MasterFacts], tmp_path: Path
) -> None:
    without = made(master, "wav", tmp_path, replace(EVERYTHING, title="Präludium"), picture("JPEG"))
    assert b"INFO" not in without.read_bytes()
    for file, title in ((files["wav"], EVERYTHING.title), (without, "Präludium")):
        words = words_of_mediainfo(file)
        assert {title, "Marie Wieck", "12", EVERYTHING.isrc, EVERYTHING.upc, "image/jpeg"} <= {*words}


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("kind", ["JPEG", "PNG", "GIF", "WebP"])
def test_a_container_holds_the_covers_that_the_page_says(
    kind: str, name: str, master: tuple[Path, MasterFacts], tmp_path: Path
) -> None:
    rows = table("Covers")
    said = next(row for row in rows if row["Kind"] == kind)[column_of(rows, Format.parse(name).codec)]
    cover = picture(kind.upper())
    file = made(master, name, tmp_path, EVERYTHING, cover)
    if said == "no":
        assert not any("covr" in one or "APIC" in one for one in names_by_mutagen(file))
        return
    assert said == "yes"
    assert outside.cover_by_mutagen(file) == cover.data
    if kind in {"JPEG", "PNG"}:
        assert outside.words_by_ffprobe(file)["cover"] == {"JPEG": "mjpeg", "PNG": "png"}[kind]


def test_the_matrix_of_the_page_is_the_one_that_is_used() -> None:
    rows = table("Fewer channels")
    assert [int(row["Channels"].split(":")[0]) for row in rows] == list(range(1, 9))
    for channels, row in enumerate(rows, start=1):
        gains = np.array([[float(word) for word in row[side].split(",")] for side in ("Into left", "Into right")])
        scaled = (gains / gains.sum(axis=1, keepdims=True)).T
        assert np.allclose(mixing_matrix(from_channels=channels, to_channels=2), scaled, atol=1e-4)
        mono = gains.sum(axis=0) / gains.sum()
        assert np.allclose(mixing_matrix(from_channels=channels, to_channels=1)[:, 0], mono, atol=1e-4)


def test_the_page_says_how_well_each_size_is_known() -> None:
    rows = {row["Name"].strip("`"): row for row in table("How well the size is known")}
    assert {Format.parse(name).codec for name in rows} == set(LABELS)
    for one in every_format():
        kinds = (Format.parse(name) for name in rows)
        same = [known for known in kinds if kind_of(known) == kind_of(one)]
        assert [rows[known.name]["Size"] for known in same] == [quote_kind(one)], one.name
    assert f"{limits.AAC_OVER_NOMINAL:g} of the rate, and {limits.AAC_START_BYTES} bytes" in rows["aac-256"]["By what"]
    assert f"{limits.OPUS_VARIABLE_OVER_NOMINAL:g} of the rate" in rows["opus-vbr-128"]["By what"]
    assert f"{limits.VORBIS_OVER_NOMINAL:g} of libvorbis'" in rows["vorbis-q6"]["By what"]
    assert f"{limits.OPUS_RESERVOIR_PACKETS} packets in every 19.2 seconds" in rows["opus-128"]["By what"]
    assert limits.OPUS_PACKETS_IN_PART * 0.02 == 19.2
    assert round(limits.AAC_PACKETS_IN_PART * 1024 / 44100) == 40


def kind_of(one: Format) -> tuple[object, ...]:
    return one.codec, one.mode, one.quality is not None, one.level is not None


@pytest.mark.parametrize("name", ["flac", "flac-l5"])
def test_flacs_own_programs_find_count_checksum_and_nothing_to_complain_about(
    name: str, files: dict[str, Path], master: tuple[Path, MasterFacts]
) -> None:
    assert outside.run("flac", "--test", "--silent", "--warnings-as-errors", str(files[name])) == ""
    said = outside.run("metaflac", "--show-total-samples", "--show-md5sum", str(files[name])).split()
    assert said == ["20011", master[1].pcm_md5]
    blocks = outside.run("metaflac", "--list", "--block-type=PICTURE", str(files[name]))
    assert re.search(r"width: 30\s+height: 40\s+depth: 24\s+colors: 0", blocks)


def test_the_programs_of_opus_vorbis_and_wavpack_have_nothing_to_complain_about(
    files: dict[str, Path], master: tuple[Path, MasterFacts]
) -> None:
    for program, name in (("opusinfo", "opus-96"), ("ogginfo", "vorbis-q4")):
        said = outside.run(program, str(files[name]))
        assert "ARTIST=Clara Schumann\n\tARTIST=Robert Schumann" in said
        assert not re.search(r"(?i)warn|illegal|invalid|corrupt|missing", said)
    said = outside.run("wvunpack", "-q", "-m", "-v", str(files["wavpack"]))
    assert re.findall(r"(original|unpacked) md5: +([0-9a-f]{32})", said) == [
        ("original", master[1].pcm_md5), ("unpacked", master[1].pcm_md5)
    ]  # fmt: skip


def names_by_mutagen(path: Path) -> dict[str, str]:
    """What mutagen finds, by the names on the page, as one text each."""
    file = mutagen.File(path)
    found: dict[str, str] = {}
    for name, value in file.tags.items() if hasattr(file.tags, "keys") else []:
        found[_on_page(name, path.suffix)] = _text_of(value)
    if getattr(file, "pictures", None):
        found["METADATA_BLOCK_PICTURE"] = ""
    return found


def _on_page(name: str, suffix: str) -> str:
    if suffix in {".mp3", ".wav", ".aiff"}:
        return name if name.startswith(("TXXX:", "UFID:")) else name.split(":")[0]
    return name.upper() if suffix in {".flac", ".ogg", ".opus"} else name


def _text_of(value: Any) -> str:
    if hasattr(value, "owner"):
        return bytes(value.data).decode()
    if hasattr(value, "text"):
        return value.text if isinstance(value.text, str) else " ".join(map(str, value.text))
    if isinstance(value, list):
        return " ".join(bytes(one).decode("latin-1") if isinstance(one, bytes) else str(one) for one in value)
    return str(value)


def words_of_ffprobe(path: Path) -> list[str]:
    probed = outside.probe(path)
    return [word for one in (probed["format"], *probed["streams"]) for word in one.get("tags", {}).values()]


def words_of_mediainfo(path: Path) -> list[str]:
    tracks = json.loads(outside.run("mediainfo", "--Full", "--Output=JSON", str(path)))["media"]["track"]
    return [str(word) for track in tracks for word in (*track.values(), *track.get("extra", {}).values())]
