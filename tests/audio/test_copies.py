"""A copy is the same whole or in parts, and a plan is the copy before its audio exists."""

from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from obbligato.audio.copies import CopiedFrames, Copy, Plan, encode_file, write
from obbligato.audio.encoding import encode_essence, encode_part
from obbligato.audio.errors import NotAudio
from obbligato.audio.essence import Essence
from obbligato.audio.facts import MasterFacts
from obbligato.audio.formats import Format, Window
from obbligato.audio.masters import inspect
from obbligato.audio.reading_tags import read_tags
from obbligato.audio.recipes import Recipe
from obbligato.audio.sizes import copy_size
from obbligato.audio.tags import Picture, Tags
from obbligato.audio.writing_tags import tag_bytes
from tests.audio import makers

TAGS = Tags(title="Kanon", artists=("Johann Pachelbel",), album="Chaconne", track=1, track_total=2)
PICTURE = Picture("image/jpeg", b"\xff\xd8\xff" + bytes(range(256)) * 300, 10, 10)
NAMES = (
    "mp3-128", "mp3-v2", "aac-96", "opus-128", "opus-cbr-96", "opus-vbr-64", "vorbis-q3",
    "flac", "flac-16-44", "alac", "wav", "aiff",
)  # fmt: skip


@pytest.fixture(scope="module")
def master(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, MasterFacts]:
    path = makers.write_master(
        tmp_path_factory.mktemp("master"), "flac", makers.noise(samples=60_001, bits=24), bits=24
    )
    return path, inspect(path).facts


@pytest.fixture(scope="module")
def long_master(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, MasterFacts]:
    """Two parts of every codec, or more."""
    path = makers.write_master(
        tmp_path_factory.mktemp("long"), "flac", makers.sine(samples=32_000 * 60, sample_rate=32_000, bits=24),
        bits=24, sample_rate=32_000
    )  # fmt: skip
    return path, inspect(path).facts


@pytest.fixture(scope="module")
def essences(
    master: tuple[Path, MasterFacts], tmp_path_factory: pytest.TempPathFactory
) -> dict[str, Essence | CopiedFrames]:
    folder = tmp_path_factory.mktemp("essences")
    return {name: makers.audio_of(*master, Format.parse(name), folder / name) for name in NAMES}


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data(), name=st.sampled_from(NAMES), has_picture=st.booleans())
def test_any_part_is_that_part_of_the_whole(
    essences: dict[str, Essence | CopiedFrames], data: st.DataObject, name: str, has_picture: bool
) -> None:
    copy = Copy(essences[name], TAGS, PICTURE if has_picture else None)
    whole = copy.read(0, copy.size)
    assert len(whole) == copy.size
    for _ in range(5):
        offset = data.draw(st.integers(0, copy.size + 10))
        length = data.draw(st.integers(0, 100) | st.integers(0, copy.size + 10))
        assert copy.read(offset, length) == whole[offset : offset + length]


@pytest.mark.parametrize("name", NAMES)
def test_a_written_copy_is_the_copy(name: str, essences: dict[str, Essence | CopiedFrames], tmp_path: Path) -> None:
    copy = Copy(essences[name], TAGS, PICTURE)
    write(copy, tmp_path / "copy")
    assert (tmp_path / "copy").read_bytes() == copy.read(0, copy.size)
    assert [path.name for path in tmp_path.iterdir()] == ["copy"]


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("window", [None, Window(10_000, 30_000, 3_000)])
def test_a_plan_is_the_copy_as_far_as_it_is_known(
    name: str, window: Window | None, master: tuple[Path, MasterFacts], tmp_path: Path
) -> None:
    source, facts = master
    recipe = Recipe(source, facts, Format.parse(name), window)
    planned = Plan(recipe, TAGS, PICTURE)
    copy = Copy(makers.audio_of(source, facts, recipe.format, tmp_path / "e", window=window), TAGS, PICTURE)
    whole = copy.read(0, copy.size)
    assert planned.etag == copy.etag
    assert whole.startswith(planned.prefix)
    assert planned.is_prefix_whole == (len(planned.prefix) == len(copy.prefix))
    assert whole.endswith(planned.suffix)
    size = copy_size(recipe.format, facts, tag_bytes(recipe.format, TAGS, PICTURE), window=window)
    assert planned.size == (size.bytes if size.is_exact else None)
    assert copy.size == size.bytes if size.is_exact else copy.size <= size.bytes


@pytest.mark.parametrize("name", [name for name in NAMES if name != "flac"])
def test_the_parts_of_a_plan_are_the_copy(name: str, long_master: tuple[Path, MasterFacts], tmp_path: Path) -> None:
    recipe = Recipe(*long_master, Format.parse(name))
    planned = Plan(recipe, TAGS, PICTURE)
    with encode_essence(recipe, tmp_path / "e") as essence:
        copy = Copy(essence, TAGS, PICTURE)
        whole = copy.read(0, copy.size)
        place = len(copy.prefix)
    assert (recipe.parts.count == 1) == name.startswith("vorbis")
    for index in range(recipe.parts.count):
        with encode_part(recipe, index, tmp_path / "part") as part:
            data = planned.part_in_copy(index, part.read(0, part.audio_bytes))
        assert whole[place : place + len(data)] == data
        place += len(data)
    assert whole[place:] == planned.suffix


@pytest.mark.parametrize("name", NAMES)
def test_an_etag_changes_with_every_byte_and_only_then(name: str, essences: dict[str, Essence | CopiedFrames]) -> None:
    etag = Copy(essences[name], TAGS, PICTURE).etag
    assert etag == Copy(essences[name], replace(TAGS), PICTURE).etag
    others = {
        Copy(essences[name], replace(TAGS, title="Gigue"), PICTURE).etag,
        Copy(essences[name], TAGS, None).etag,
        Copy(essences["wav" if name != "wav" else "aiff"], TAGS, PICTURE).etag,
    }
    assert len({etag, *others}) == 4
    assert etag.isalnum()


def test_two_formats_never_share_an_etag(essences: dict[str, Essence | CopiedFrames]) -> None:
    assert len({Copy(essence, TAGS, None).etag for essence in essences.values()}) == len(
        {essence.sound.identity for essence in essences.values()}
    )


@pytest.mark.parametrize("name", ["flac", "alac", "wav", "aiff", "flac-16-44"])
def test_a_file_is_encoded_with_the_tags_of_its_source(
    name: str, essences: dict[str, Essence | CopiedFrames], tmp_path: Path
) -> None:
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
