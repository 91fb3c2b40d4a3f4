"""A copy is the same whole or in parts, and a plan is the copy before its audio exists."""

from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from obbligato.audio.copies import Copy, encode_file, plan, write
from obbligato.audio.encoding import Window, encode_essence
from obbligato.audio.errors import NotAudio
from obbligato.audio.essence import Essence
from obbligato.audio.facts import MasterFacts
from obbligato.audio.formats import Format
from obbligato.audio.masters import inspect
from obbligato.audio.reading_tags import read_tags
from obbligato.audio.sizes import copy_size
from obbligato.audio.tags import Picture, Tags
from obbligato.audio.writing_tags import tag_bytes
from tests.audio import makers

TAGS = Tags(title="Kanon", artists=("Johann Pachelbel",), album="Chaconne", track=1, track_total=2)
PICTURE = Picture("image/jpeg", b"\xff\xd8\xff" + bytes(range(256)) * 300, 10, 10)
NAMES = ("mp3-128", "mp3-v2", "aac-96", "opus-128", "flac", "flac-16-44", "alac", "wav", "aiff")
PLANNED = ("mp3-64", "mp3-320", "wav", "aiff", "flac")


@pytest.fixture(scope="module")
def master(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, MasterFacts]:
    path = makers.write_master(
        tmp_path_factory.mktemp("master"), "flac", makers.noise(samples=60_001, bits=24), bits=24
    )
    return path, inspect(path).facts


@pytest.fixture(scope="module")
def essences(master: tuple[Path, MasterFacts], tmp_path_factory: pytest.TempPathFactory) -> dict[str, Essence]:
    folder = tmp_path_factory.mktemp("essences")
    return {name: encode_essence(*master, Format.parse(name), folder / name) for name in NAMES}


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data(), name=st.sampled_from(NAMES), has_picture=st.booleans())
def test_any_part_is_that_part_of_the_whole(
    essences: dict[str, Essence], data: st.DataObject, name: str, has_picture: bool
) -> None:
    copy = Copy(essences[name], TAGS, PICTURE if has_picture else None)
    whole = copy.read(0, copy.size)
    assert len(whole) == copy.size
    for _ in range(5):
        offset = data.draw(st.integers(0, copy.size + 10))
        length = data.draw(st.integers(0, 100) | st.integers(0, copy.size + 10))
        assert copy.read(offset, length) == whole[offset : offset + length]


@pytest.mark.parametrize("name", NAMES)
def test_a_written_copy_is_the_copy(name: str, essences: dict[str, Essence], tmp_path: Path) -> None:
    copy = Copy(essences[name], TAGS, PICTURE)
    write(copy, tmp_path / "copy")
    assert (tmp_path / "copy").read_bytes() == copy.read(0, copy.size)
    assert [path.name for path in tmp_path.iterdir()] == ["copy"]


@pytest.mark.parametrize("name", PLANNED)
@pytest.mark.parametrize("window", [None, Window(10_000, 30_000, 3_000)])
def test_a_plan_is_the_copy_before_it_exists(
    name: str, window: Window | None, master: tuple[Path, MasterFacts], tmp_path: Path
) -> None:
    source, facts = master
    format_ = Format.parse(name)
    planned = plan(format_, facts, TAGS, PICTURE, window=window, source=source)
    if name == "flac" and window is not None:
        assert planned is None
        return
    assert planned is not None
    essence = encode_essence(source, facts, format_, tmp_path / "e", window=window)
    copy = Copy(essence, TAGS, PICTURE)
    audio = essence.read(0, essence.audio_bytes)
    assert planned.prefix + audio + planned.suffix == copy.read(0, copy.size)
    assert (planned.size, planned.etag, planned.audio_bytes) == (copy.size, copy.etag, len(audio))
    size = copy_size(format_, facts, tag_bytes(format_, TAGS, PICTURE), window=window)
    assert (size.bytes, size.is_exact) == (copy.size, True)


@pytest.mark.parametrize("name", ["mp3-v0", "aac-96", "opus-128", "alac", "flac-16-44"])
def test_what_has_no_exact_size_has_no_plan(name: str, master: tuple[Path, MasterFacts]) -> None:
    assert plan(Format.parse(name), master[1], TAGS, None) is None


@pytest.mark.parametrize("name", NAMES)
def test_an_etag_changes_with_every_byte_and_only_then(name: str, essences: dict[str, Essence]) -> None:
    etag = Copy(essences[name], TAGS, PICTURE).etag
    assert etag == Copy(essences[name], replace(TAGS), PICTURE).etag
    others = {
        Copy(essences[name], replace(TAGS, title="Gigue"), PICTURE).etag,
        Copy(essences[name], TAGS, None).etag,
        Copy(essences["wav" if name != "wav" else "aiff"], TAGS, PICTURE).etag,
    }
    assert len({etag, *others}) == 4
    assert etag.isalnum()


def test_two_formats_never_share_an_etag(essences: dict[str, Essence]) -> None:
    assert len({Copy(essence, TAGS, None).etag for essence in essences.values()}) == len(
        {essence.sound.identity for essence in essences.values()}
    )


@pytest.mark.parametrize("name", ["flac", "alac", "wav", "aiff", "flac-16-44"])
def test_a_file_is_encoded_with_the_tags_of_its_source(name: str, essences: dict[str, Essence], tmp_path: Path) -> None:
    source, format_ = tmp_path / "source.m4a", Format.parse(name)
    write(Copy(essences["alac"], TAGS, PICTURE), source)
    target = encode_file(source, tmp_path / f"target.{format_.extension}", format_)
    tags, picture = read_tags(target)
    assert tags == TAGS
    assert picture is not None
    assert picture.data == PICTURE.data
    if name != "flac-16-44":
        assert inspect(target).facts.pcm_md5 == inspect(source).facts.pcm_md5
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted([source.name, target.name])


def test_a_source_that_is_no_music_leaves_no_file(tmp_path: Path) -> None:
    (tmp_path / "text.flac").write_bytes(b"no music at all" * 100)
    with pytest.raises(NotAudio):
        encode_file(tmp_path / "text.flac", tmp_path / "copy.mp3", Format.parse("mp3-320"))
    assert [path.name for path in tmp_path.iterdir()] == ["text.flac"]
