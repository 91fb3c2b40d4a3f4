"""What is encoded is whole, exact and always the same, and what fails leaves nothing behind."""

import resource
from multiprocessing import get_context
from pathlib import Path

import numpy as np
import pytest

from obbligato.audio import copies
from obbligato.audio.encoding import EncodingCancelled, Window, encode_essence, part_path
from obbligato.audio.errors import Damaged
from obbligato.audio.essence import Essence
from obbligato.audio.facts import MasterFacts
from obbligato.audio.formats import Format
from obbligato.audio.libraries import av
from obbligato.audio.masters import inspect
from obbligato.audio.tags import Tags
from tests.audio import makers

ALL = ("mp3-320", "mp3-v0", "aac-128", "opus-96", "flac", "flac-16-44", "alac", "wav", "aiff")


def made_master(
    folder: Path, *, bits: int = 16, sample_rate: int = 44100, channels: int = 2
) -> tuple[Path, MasterFacts]:
    samples = makers.sine(samples=100_003, bits=bits, sample_rate=sample_rate, channels=channels)
    master = makers.write_master(folder, "flac", samples, bits=bits, sample_rate=sample_rate)
    return master, inspect(master).facts


def decoded(path: Path) -> "np.ndarray":
    """All samples of a copy as floats of shape (samples, channels), by FFmpeg's demuxer and decoder."""
    with av.open(str(path)) as container:
        frames = [frame.to_ndarray() for frame in container.decode(audio=0)]
        planar = container.streams.audio[0].codec_context.format.is_planar
        channels = container.streams.audio[0].codec_context.channels
    return np.concatenate([frame.T if planar else frame.reshape(-1, channels) for frame in frames])


def made_copy(folder: Path, master: Path, facts: MasterFacts, name: str, window: Window | None = None) -> Path:
    format_ = Format.parse(name)
    with encode_essence(master, facts, format_, folder / "essence", window=window) as essence:
        target = folder / f"copy-{name}.{format_.extension}"
        copies.write(copies.Copy(essence, Tags(title="Fuge"), None), target)
    return target


@pytest.mark.parametrize("name", ALL)
def test_the_same_master_gives_the_same_bytes(name: str, tmp_path: Path) -> None:
    master, facts = made_master(tmp_path, bits=24, sample_rate=96000)
    for target in ("one", "two"):
        encode_essence(master, facts, Format.parse(name), tmp_path / target).close()
    assert (tmp_path / "one").read_bytes() == (tmp_path / "two").read_bytes()


@pytest.mark.parametrize("name", ["mp3-320", "mp3-v2", "mp3-96", "opus-128"])
@pytest.mark.parametrize(("sample_rate", "channels"), [(44100, 2), (48000, 1), (22050, 2), (96000, 6)])
def test_a_lossy_copy_decodes_to_the_exact_number_of_samples(
    name: str, sample_rate: int, channels: int, tmp_path: Path
) -> None:
    master, facts = made_master(tmp_path, sample_rate=sample_rate, channels=channels)
    format_ = Format.parse(name)
    with encode_essence(master, facts, format_, tmp_path / "essence") as essence:
        expected = essence.sound.samples
    heard = decoded(made_copy(tmp_path, master, facts, name))
    assert heard.shape == (expected, min(channels, 2))
    assert np.abs(heard).max() > 0.2


@pytest.mark.parametrize("name", ["aac-96", "aac-256"])
def test_an_aac_copy_starts_at_the_first_sample(name: str, tmp_path: Path) -> None:
    """FFmpeg obeys the start of the edit list and plays the last packet whole; players obey both ends."""
    master, facts = made_master(tmp_path)
    heard = decoded(made_copy(tmp_path, master, facts, name))
    assert len(heard) == -(-facts.samples // 1024) * 1024
    original = makers.sine(samples=facts.samples)[:, 0] / 32768
    assert np.corrcoef(heard[: facts.samples, 0], original)[0, 1] > 0.99


@pytest.mark.parametrize("name", ["mp3-320", "opus-192"])
def test_a_lossy_copy_is_not_shifted_in_time(name: str, tmp_path: Path) -> None:
    master, facts = made_master(tmp_path, sample_rate=48000)
    heard = decoded(made_copy(tmp_path, master, facts, name))
    original = makers.sine(samples=facts.samples, sample_rate=48000)[:, 0] / 32768
    assert np.corrcoef(heard[:, 0], original)[0, 1] > 0.999


@pytest.mark.parametrize("name", ["flac", "alac", "wav", "aiff"])
@pytest.mark.parametrize("kind", ["flac", "wav"])
@pytest.mark.parametrize(("bits", "channels"), [(16, 2), (24, 1), (24, 6)])
def test_a_lossless_copy_has_the_checksum_of_its_master(
    name: str, kind: str, bits: int, channels: int, tmp_path: Path
) -> None:
    samples = makers.noise(samples=30_001, bits=bits, channels=channels)
    master = makers.write_master(tmp_path, kind, samples, bits=bits)
    facts = inspect(master).facts
    copy = inspect(made_copy(tmp_path, master, facts, name)).facts
    assert (copy.pcm_md5, copy.samples, copy.bits) == (facts.pcm_md5, facts.samples, bits)


@pytest.mark.parametrize("bits", [8, 12, 20])
def test_an_odd_depth_is_copied_in_flac_and_carried_in_wider_samples_elsewhere(bits: int, tmp_path: Path) -> None:
    samples = makers.noise(samples=5000, bits=bits)
    master = tmp_path / "master.flac"
    master.write_bytes(makers.verbatim_flac(samples, bits=bits))
    facts = inspect(master).facts
    assert inspect(made_copy(tmp_path, master, facts, "flac")).facts.pcm_md5 == facts.pcm_md5
    wide = 16 if bits < 16 else 24
    copy = inspect(made_copy(tmp_path, master, facts, "wav")).facts
    assert (copy.bits, copy.pcm_md5) == (wide, makers.md5_of(samples << (wide - bits), bits=wide))


@pytest.mark.parametrize("name", ["flac-16-44", "wav-16-44", "alac-16-44", "aiff-16-48"])
def test_a_master_of_high_resolution_is_brought_down(name: str, tmp_path: Path) -> None:
    master, facts = made_master(tmp_path, bits=24, sample_rate=96000)
    copy = inspect(made_copy(tmp_path, master, facts, name)).facts
    rate = 48000 if name.endswith("48") else 44100
    assert (copy.bits, copy.sample_rate) == (16, rate)
    assert copy.samples == -(-facts.samples * rate // 96000)


@pytest.mark.parametrize("name", ["mp3-128", "opus-96", "wav"])
def test_a_window_fades_in_and_out(name: str, tmp_path: Path) -> None:
    master, facts = made_master(tmp_path, sample_rate=48000)
    heard = decoded(made_copy(tmp_path, master, facts, name, Window(30_000, 48_000, 9_600)))
    heard = heard / (1.0 if name != "wav" else 32768.0)
    assert len(heard) == 48_000
    assert np.abs(heard[:100]).max() < 0.02
    assert np.abs(heard[-100:]).max() < 0.02
    assert np.abs(heard[24_000:30_000]).max() > 0.4


def test_readers_may_follow_what_is_written(tmp_path: Path) -> None:
    master, facts = made_master(tmp_path)
    target, seen = tmp_path / "essence", []

    def follow(written: int) -> None:
        with part_path(target).open("rb") as file:
            seen.append(file.read()[:written])
        assert len(seen[-1]) == written

    essence = encode_essence(master, facts, Format.parse("mp3-320"), target, on_written=follow)
    assert len(seen) > 3
    assert all(essence.read(0, len(part)) == part for part in seen)
    assert seen[-1] == essence.read(0, essence.audio_bytes)


@pytest.mark.parametrize("name", ["flac", "mp3-64"])
def test_progress_ends_at_the_last_sample(name: str, tmp_path: Path) -> None:
    master, facts = made_master(tmp_path)
    told: list[tuple[int, int]] = []
    encode_essence(master, facts, Format.parse(name), tmp_path / "e", progress=lambda *both: told.append(both)).close()
    assert told == sorted(told)
    assert told[-1] == (facts.samples, facts.samples)


@pytest.mark.parametrize("name", ["mp3-320", "aac-96", "flac"])
def test_a_cancelled_encoding_leaves_nothing(name: str, tmp_path: Path) -> None:
    master, facts = made_master(tmp_path)
    (tmp_path / "out").mkdir()
    with pytest.raises(EncodingCancelled):
        encode_essence(master, facts, Format.parse(name), tmp_path / "out" / "essence", is_cancelled=lambda: True)
    assert not list((tmp_path / "out").iterdir())


@pytest.mark.parametrize("name", ["mp3-320", "flac", "wav", "opus-256"])
def test_a_full_disk_leaves_nothing(name: str, tmp_path: Path) -> None:
    """A limit on the size of files stands for the disk: the system answers each write in the same way."""
    master, facts = made_master(tmp_path)
    (tmp_path / "out").mkdir()
    child = get_context("spawn").Process(target=encode_under_limit, args=(master, facts, name, tmp_path / "out" / "e"))
    child.start()
    child.join(60)
    assert child.exitcode == 0
    assert not list((tmp_path / "out").iterdir())


def encode_under_limit(master: Path, facts: MasterFacts, name: str, target: Path) -> None:
    resource.setrlimit(resource.RLIMIT_FSIZE, (40_000, 40_000))
    with pytest.raises(OSError, match="File too large"):
        encode_essence(master, facts, Format.parse(name), target)


def test_a_master_that_was_changed_is_found_out(tmp_path: Path) -> None:
    master, facts = made_master(tmp_path)
    other = makers.write_master(tmp_path, "flac", makers.noise(samples=facts.samples), name="other")
    shorter = makers.write_master(tmp_path, "flac", makers.noise(samples=70_000), name="shorter")
    with pytest.raises(Damaged, match="changed since it was accepted"):
        encode_essence(other, facts, Format.parse("wav"), tmp_path / "e")
    with pytest.raises(Damaged, match="70000 samples where 100003"):
        encode_essence(shorter, facts, Format.parse("mp3-320"), tmp_path / "e")
    assert master.exists()
    assert not (tmp_path / "e").exists()


@pytest.mark.parametrize("change", ["cut", "flip", "empty", "other"])
def test_an_essence_that_is_not_whole_is_refused(change: str, tmp_path: Path) -> None:
    master, facts = made_master(tmp_path)
    target = tmp_path / "essence"
    encode_essence(master, facts, Format.parse("mp3-64"), target).close()
    data = bytearray(target.read_bytes())
    if change == "flip":
        data[-60] ^= 1
    target.write_bytes({"cut": data[:-5], "flip": data, "empty": b"", "other": bytes(5000)}[change])
    with pytest.raises(Damaged):
        Essence.open(target)
