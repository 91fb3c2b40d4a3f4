"""What is encoded is whole, exact and always the same, and what fails leaves nothing behind."""

import functools
import resource
import tempfile
from multiprocessing import get_context
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from obbligato.audio import copies
from obbligato.audio.encoding import EncodingCancelled, bind, encode_essence, encode_part
from obbligato.audio.errors import Damaged
from obbligato.audio.essence import Essence, Part, growing_path
from obbligato.audio.facts import MasterFacts
from obbligato.audio.formats import Format, Window
from obbligato.audio.masters import inspect
from obbligato.audio.recipes import Recipe
from obbligato.audio.tags import Tags
from tests.audio import makers, outside

ALL = (
    "mp3-320",
    "mp3-v0",
    "aac-128",
    "opus-96",
    "vorbis-q4",
    "flac-l5",
    "flac-16-44",
    "alac",
    "wavpack",
    "wav",
    "aiff",
)


def made_master(
    folder: Path, *, samples: int = 100_003, bits: int = 16, sample_rate: int = 44100, channels: int = 2
) -> tuple[Path, MasterFacts]:
    content, facts = _made(samples, bits, sample_rate, channels)
    master = folder / "master.flac"
    master.write_bytes(content)
    return master, facts


@functools.cache
def _made(samples: int, bits: int, sample_rate: int, channels: int) -> tuple[bytes, MasterFacts]:
    made = makers.sine(samples=samples, bits=bits, sample_rate=sample_rate, channels=channels)
    with tempfile.TemporaryDirectory() as folder:
        master = makers.write_master(Path(folder), "flac", made, bits=bits, sample_rate=sample_rate)
        return master.read_bytes(), inspect(master).facts


def recipe_of(folder: Path, name: str, **shape: int) -> Recipe:
    return Recipe(*made_master(folder, **shape), Format.parse(name))


def made_copy(folder: Path, recipe: Recipe) -> Path:
    with makers.audio_of(recipe.source, recipe.facts, recipe.format, folder / "e", window=recipe.window) as audio:
        target = folder / f"copy-{recipe.format.name}.{recipe.format.extension}"
        copies.write(copies.Copy(audio, Tags(title="Fuge"), None), target)
    return target


@pytest.mark.parametrize("name", ALL)
def test_the_same_master_gives_the_same_bytes_by_any_number_of_threads(name: str, tmp_path: Path) -> None:
    recipe = recipe_of(tmp_path, name, samples=1_100_000, bits=24, sample_rate=96000)
    for threads in (1, 3):
        encode_essence(recipe, tmp_path / f"by {threads}", threads=threads).close()
    assert (tmp_path / "by 1").read_bytes() == (tmp_path / "by 3").read_bytes()
    assert not list(tmp_path.glob("*.part-*"))


@pytest.mark.parametrize("kind", ["wav", "aiff", "alac"])
@pytest.mark.parametrize("name", ["flac", "alac", "wavpack", "wav", "aiff"])
def test_a_lossless_copy_has_the_checksum_of_a_master_of_another_kind(name: str, kind: str, tmp_path: Path) -> None:
    master = makers.write_master(tmp_path, kind, makers.noise(samples=30_001, bits=24), bits=24)
    facts = inspect(master).facts
    copy = inspect(made_copy(tmp_path, Recipe(master, facts, Format.parse(name)))).facts
    assert (copy.pcm_md5, copy.samples, copy.bits) == (facts.pcm_md5, facts.samples, 24)


@pytest.mark.parametrize("bits", [8, 12, 20])
def test_an_odd_depth_is_copied_in_flac_and_carried_in_wider_samples_elsewhere(bits: int, tmp_path: Path) -> None:
    samples = makers.noise(samples=5000, bits=bits)
    master = tmp_path / "master.flac"
    master.write_bytes(makers.verbatim_flac(samples, bits=bits))
    facts = inspect(master).facts
    assert inspect(made_copy(tmp_path, Recipe(master, facts, Format.parse("flac")))).facts.pcm_md5 == facts.pcm_md5
    wide = 16 if bits < 16 else 24
    for name in ("wav", "aiff", "alac", "wavpack", "flac-l8"):
        copy = inspect(made_copy(tmp_path, Recipe(master, facts, Format.parse(name)))).facts
        assert (copy.bits, copy.pcm_md5) == (wide, makers.md5_of(samples << (wide - bits), bits=wide))


@pytest.mark.parametrize("name", ["mp3-128", "aac-128", "opus-96", "vorbis-q4", "wav", "flac-l5"])
def test_a_window_fades_in_and_out(name: str, tmp_path: Path) -> None:
    window = Window(30_000, 48_000, 9_600)
    recipe = Recipe(*made_master(tmp_path, sample_rate=48000), Format.parse(name), window)
    found = outside.decode(made_copy(tmp_path, recipe), is_lossless=recipe.format.is_lossless)
    heard: NDArray[np.float64] = found.samples / 2.0 ** max(0, found.bits - 1)
    assert len(heard) == 48_000
    assert np.abs(heard[:100]).max() < 0.02
    assert np.abs(heard[-100:]).max() < 0.02
    assert np.abs(heard[24_000:30_000]).max() > 0.4


def test_readers_may_follow_a_part_of_known_length_while_it_is_written(tmp_path: Path) -> None:
    recipe, target, seen = recipe_of(tmp_path, "mp3-320"), tmp_path / "part", []

    def follow(written: int) -> None:
        with growing_path(target).open("rb") as file:
            seen.append(file.read()[:written])
        assert len(seen[-1]) == written

    with encode_part(recipe, 0, target, on_written=follow) as part:
        assert len(seen) > 3
        assert all(part.read(0, len(piece)) == piece for piece in seen)
        assert seen[-1] == part.read(0, part.audio_bytes)
    assert not growing_path(target).exists()


@pytest.mark.parametrize("name", ["flac-l5", "mp3-64", "opus-96", "vorbis-q4"])
def test_progress_ends_at_the_last_sample(name: str, tmp_path: Path) -> None:
    recipe, told = recipe_of(tmp_path, name, samples=900_001), list[tuple[int, int]]()
    encode_essence(recipe, tmp_path / "e", threads=2, progress=lambda *both: told.append(both)).close()
    assert told == sorted(told)
    assert told[-1] == (recipe.sound.samples, recipe.sound.samples)


@pytest.mark.parametrize("name", ["mp3-320", "aac-96", "flac-l5", "vorbis-q4"])
@pytest.mark.parametrize("threads", [1, 2])
def test_a_cancelled_encoding_leaves_nothing(name: str, threads: int, tmp_path: Path) -> None:
    recipe = recipe_of(tmp_path, name, samples=1_000_000)
    (tmp_path / "out").mkdir()
    with pytest.raises(EncodingCancelled):
        encode_essence(recipe, tmp_path / "out" / "essence", threads=threads, is_cancelled=lambda: True)
    assert not list((tmp_path / "out").iterdir())


@pytest.mark.parametrize("name", ["mp3-320", "flac-l5", "wav", "opus-256", "vorbis-q10"])
def test_a_full_disk_leaves_nothing(name: str, tmp_path: Path) -> None:
    """A limit on the size of files stands for the disk: the system answers each write in the same way."""
    master = makers.write_master(tmp_path, "flac", makers.noise(samples=60_000))
    recipe = Recipe(master, inspect(master).facts, Format.parse(name))
    (tmp_path / "out").mkdir()
    child = get_context("spawn").Process(target=encode_under_limit, args=(recipe, tmp_path / "out" / "e"))
    child.start()
    child.join(60)
    assert child.exitcode == 0
    assert not list((tmp_path / "out").iterdir())


def encode_under_limit(recipe: Recipe, target: Path) -> None:
    resource.setrlimit(resource.RLIMIT_FSIZE, (40_000, 40_000))
    with pytest.raises(OSError, match="File too large"):
        encode_essence(recipe, target)


def test_a_master_that_was_changed_is_found_out(tmp_path: Path) -> None:
    _, facts = made_master(tmp_path)
    other = makers.write_master(tmp_path, "flac", makers.noise(samples=facts.samples), name="other")
    shorter = makers.write_master(tmp_path, "wav", makers.noise(samples=70_000), name="shorter")
    for name in ("wav", "mp3-v2", "vorbis-q4", "flac-l5"):
        with pytest.raises(Damaged, match="changed since it was accepted"):
            encode_essence(Recipe(other, facts, Format.parse(name)), tmp_path / "e")
        with pytest.raises(Damaged, match="70000 samples where 100003"):
            encode_essence(Recipe(shorter, facts, Format.parse(name)), tmp_path / "e")
    assert not (tmp_path / "e").exists()


@pytest.mark.parametrize("change", ["cut", "flip", "empty", "other"])
def test_an_essence_that_is_not_whole_is_refused(change: str, tmp_path: Path) -> None:
    target = tmp_path / "essence"
    encode_essence(recipe_of(tmp_path, "mp3-64"), target).close()
    data = bytearray(target.read_bytes())
    if change == "flip":
        data[-60] ^= 1
    target.write_bytes({"cut": data[:-5], "flip": data, "empty": b"", "other": bytes(5000)}[change])
    with pytest.raises(Damaged):
        Essence.open(target)


def test_a_part_with_one_bit_changed_is_not_bound(tmp_path: Path) -> None:
    recipe, path = recipe_of(tmp_path, "mp3-64"), tmp_path / "part"
    encode_part(recipe, 0, path).close()
    data = bytearray(path.read_bytes())
    data[1000] ^= 1
    path.write_bytes(data)
    with pytest.raises(Damaged, match="changed on the disk"):
        Part.open(path)
    with pytest.raises(Damaged, match="changed on the disk"):
        bind(recipe, [path], tmp_path / "e")
    assert sorted(one.name for one in tmp_path.iterdir()) == ["master.flac", "part"]
