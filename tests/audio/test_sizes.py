"""The size that is quoted before encoding is the size that is written, or is never exceeded."""

import tempfile
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from obbligato.audio import copies
from obbligato.audio.flacfile import write_flac
from obbligato.audio.formats import Format, Window, fitted
from obbligato.audio.masters import inspect
from obbligato.audio.sizes import Size, copy_size
from obbligato.audio.tags import Tags
from obbligato.audio.writing_tags import tag_bytes
from tests.audio import makers

TAGS = Tags(title="Wer nur den lieben Gott", artists=("J. S. Bach",), track=1)
EXACT = ("mp3-64", "mp3-96", "mp3-128", "mp3-160", "mp3-192", "mp3-256", "mp3-320", "wav", "aiff", "flac")
BOUNDED = (
    "mp3-v0",
    "mp3-v2",
    "mp3-v5",
    "mp3-v9",
    "aac-96",
    "aac-256",
    "opus-64",
    "opus-256",
    "alac",
    "wav-16-44",
    "flac-16-44",
)
SIGNALS = ("noise", "silence", "square", "sine")


def signal(kind: str, *, samples: int, channels: int, bits: int = 16) -> makers.Samples:
    if kind == "noise":
        return makers.noise(samples=samples, channels=channels, bits=bits)
    if kind == "silence":
        return makers.silence(samples=samples, channels=channels)
    tone = makers.sine(samples=samples, channels=channels, bits=bits)
    return tone if kind == "sine" else np.where(tone < 0, -(2 ** (bits - 1)), 2 ** (bits - 1) - 1).astype(np.int32)


def quoted_and_written(
    name: str, samples: makers.Samples, *, sample_rate: int, bits: int = 16, kind: str = "flac"
) -> tuple[Size, int]:
    """What copy_size says, and the length of the file that is then made."""
    with tempfile.TemporaryDirectory() as name_of_folder:
        folder = Path(name_of_folder)
        master = makers.write_master(folder, kind, samples, sample_rate=sample_rate, bits=bits)
        facts, format_ = inspect(master).facts, Format.parse(name)
        size = copy_size(format_, facts, tag_bytes(format_, TAGS, None))
        with makers.audio_of(master, facts, format_, folder / "essence") as essence:
            copies.write(copies.Copy(essence, TAGS, None), folder / "copy")
        return size, (folder / "copy").stat().st_size


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    name=st.sampled_from(EXACT),
    kind=st.sampled_from(SIGNALS),
    samples=st.one_of(st.integers(1, 3000), st.sampled_from([1, 3, 575, 576, 577, 1151, 1152, 1153, 40_000])),
    channels=st.integers(1, 2),
    sample_rate=st.sampled_from([16000, 22050, 24000, 32000, 44100, 48000, 96000]),
    bits=st.sampled_from([16, 24]),
)
@example("mp3-320", "noise", 3, 2, 44100, 16)
@example("mp3-64", "square", 3, 1, 48000, 16)
@example("wav", "noise", 3, 1, 44100, 24)
@example("aiff", "noise", 3, 1, 44100, 24)
def test_an_exact_size_is_the_size_of_the_file(
    name: str, kind: str, samples: int, channels: int, sample_rate: int, bits: int
) -> None:
    made = signal(kind, samples=samples, channels=channels, bits=bits)
    size, written = quoted_and_written(name, made, sample_rate=sample_rate, bits=bits)
    assert size == Size(bytes=written, is_exact=True)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    name=st.sampled_from(BOUNDED),
    kind=st.sampled_from(SIGNALS),
    samples=st.one_of(st.integers(1, 5000), st.just(40_000)),
    channels=st.integers(1, 2),
    sample_rate=st.sampled_from([8000, 22050, 44100, 48000, 96000]),
    bits=st.sampled_from([16, 24]),
)
@example("flac-16-44", "noise", 50_000, 2, 96000, 24)
@example("alac", "noise", 50_000, 2, 44100, 24)
@example("alac", "noise", 3, 1, 44100, 16)
@example("mp3-v0", "noise", 50_000, 2, 48000, 16)
@example("aac-96", "noise", 3, 1, 16000, 16)
@example("opus-64", "noise", 1, 2, 48000, 16)
def test_a_bound_is_never_exceeded(
    name: str, kind: str, samples: int, channels: int, sample_rate: int, bits: int
) -> None:
    made = signal(kind, samples=samples, channels=channels, bits=bits)
    size, written = quoted_and_written(name, made, sample_rate=sample_rate, bits=bits)
    assert written <= size.bytes
    assert not size.is_exact or written == size.bytes


@pytest.mark.parametrize("name", ["aac-96", "aac-256", "opus-64", "opus-192", "opus-256", "mp3-v0", "mp3-v2"])
def test_hostile_noise_stays_below_the_bound(name: str) -> None:
    generator = np.random.default_rng(5)
    bursts = np.repeat(generator.integers(0, 2, 300), 1000)[:, None]
    made = (makers.noise(samples=300_000) * bursts).astype(np.int32)
    size, written = quoted_and_written(name, made, sample_rate=48000)
    assert written <= size.bytes < written * 2


@pytest.mark.parametrize("kind", ["noise", "sine", "silence"])
def test_a_flac_from_a_wav_stays_below_what_was_measured_at_import(kind: str) -> None:
    made = signal(kind, samples=50_000, channels=2)
    size, written = quoted_and_written("flac", made, sample_rate=44100, kind="wav")
    assert written <= size.bytes <= written * 1.05 + 4096
    assert not size.is_exact


def test_a_window_has_an_exact_size_too(tmp_path: Path) -> None:
    write_flac(tmp_path / "m.flac", makers.sine(samples=100_000), sample_rate=44100, bits=16)
    facts, format_ = inspect(tmp_path / "m.flac").facts, Format.parse("mp3-128")
    window = Window(20_000, 44_100, 4_410)
    size = copy_size(format_, facts, tag_bytes(format_, TAGS, None), window=window)
    with makers.audio_of(tmp_path / "m.flac", facts, format_, tmp_path / "e", window=window) as essence:
        assert size == Size(bytes=copies.Copy(essence, TAGS, None).size, is_exact=True)


def test_a_size_of_many_hours_takes_no_encoding_at_all() -> None:
    facts = inspect_free_facts(samples=44100 * 3600 * 9)
    assert copy_size(Format.parse("mp3-320"), facts, 2048).bytes == 1_296_004_659
    assert copy_size(Format.parse("wav"), facts, 2048).bytes == 44100 * 3600 * 9 * 4 + 2048 + 44 + 36
    assert fitted(Format.parse("wav"), facts).name == "wav-16-44"


def inspect_free_facts(*, samples: int) -> "copies.MasterFacts":
    return copies.MasterFacts("flac", "flac", 44100, 16, 2, samples, "0" * 32, samples, 8288)
