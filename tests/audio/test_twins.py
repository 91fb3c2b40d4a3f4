"""A master whose frames cannot be copied gets a FLAC of the same samples, whole or not at all."""

import resource
import struct
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest
from mutagen.flac import FLAC

from obbligato.audio.errors import AudioRefused, Damaged, UnsupportedAudio
from obbligato.audio.inspecting import Inspector
from obbligato.audio.masters import inspect
from obbligato.audio.pcm import Source
from tests.audio import makers
from tests.audio.makers import Samples

SAMPLES = 150_011
OTHER_KINDS = [kind for kind in makers.LOSSLESS_KINDS if kind != "flac"]


@pytest.fixture
def twin(tmp_path: Path) -> Path:
    return tmp_path / "twin"


def decoded(path: Path) -> Samples:
    return np.concatenate(list(Source(path).blocks()))


@pytest.mark.parametrize("kind", OTHER_KINDS)
@pytest.mark.parametrize("bits", [16, 24])
def test_a_master_that_is_no_flac_gets_a_twin_with_its_samples(
    kind: str, bits: int, tmp_path: Path, twin: Path
) -> None:
    samples = makers.noise(samples=SAMPLES, bits=bits)
    facts = inspect(makers.write_master(tmp_path, kind, samples, bits=bits), twin=twin).facts
    assert facts.has_twin
    assert facts.frames_offset == 42
    assert facts.flac_bytes == twin.stat().st_size - 42
    assert np.array_equal(decoded(twin), samples)
    info = FLAC(twin).info
    assert (info.total_samples, info.bits_per_sample, info.channels) == (SAMPLES, bits, 2)
    assert f"{info.md5_signature:032x}" == facts.pcm_md5 == makers.md5_of(samples, bits=bits)


def test_a_twin_is_itself_a_master_whose_frames_may_be_copied(tmp_path: Path, twin: Path) -> None:
    facts = inspect(makers.write_master(tmp_path, "wav", makers.sine(samples=SAMPLES)), twin=twin).facts
    own = inspect(twin, twin=tmp_path / "another").facts
    assert (own.frames_offset, own.flac_bytes, own.has_twin) == (42, facts.flac_bytes, False)
    assert not (tmp_path / "another").exists()


@pytest.mark.parametrize("channels", range(1, 9))
def test_twins_have_one_to_eight_channels(channels: int, tmp_path: Path, twin: Path) -> None:
    samples = makers.noise(samples=20_000, channels=channels, bits=24)
    assert inspect(makers.write_master(tmp_path, "wav", samples, bits=24), twin=twin).facts.has_twin
    assert np.array_equal(decoded(twin), samples)


@pytest.mark.parametrize("samples", [1, 2, 15, 16, 4607, 4608, 4609])
def test_very_short_masters_have_twins_too(samples: int, tmp_path: Path, twin: Path) -> None:
    made = makers.noise(samples=samples)
    assert inspect(makers.write_master(tmp_path, "wav", made), twin=twin).facts.samples == samples
    assert np.array_equal(decoded(twin), made)


def test_a_flac_with_foreign_bytes_around_it_gets_a_twin(tmp_path: Path, twin: Path) -> None:
    samples = makers.noise(samples=SAMPLES)
    plain = makers.write_master(tmp_path, "flac", samples)
    assert not inspect(plain, twin=twin).facts.has_twin
    assert not twin.exists()
    for before, behind in [(makers.id3v2(), b""), (b"", makers.id3v1()), (b"", b"x" * 9)]:
        facts = inspect(makers.surrounded(plain, before=before, behind=behind), twin=twin).facts
        assert facts.has_twin
        assert np.array_equal(decoded(twin), samples)
        twin.unlink()


def test_a_flac_that_does_not_say_how_large_its_frames_are_gets_a_twin(tmp_path: Path, twin: Path) -> None:
    samples = makers.noise(samples=10_000)
    data = bytearray(makers.verbatim_flac(samples, bits=16))
    data[12:18] = bytes(6)
    path = tmp_path / "silent.flac"
    path.write_bytes(data)
    assert inspect(path, twin=twin).facts.has_twin
    assert np.array_equal(decoded(twin), samples)


@pytest.mark.parametrize("bits", [8, 12, 20])
def test_depths_that_would_be_carried_wider_have_no_twin(bits: int, tmp_path: Path, twin: Path) -> None:
    path = tmp_path / "odd.flac"
    path.write_bytes(makers.id3v2() + makers.verbatim_flac(makers.noise(samples=5000, bits=bits), bits=bits))
    facts = inspect(path, twin=twin).facts
    assert (facts.bits, facts.frames_offset, facts.has_twin) == (bits, None, False)
    assert facts.flac_bytes > 0
    assert not twin.exists()


@pytest.mark.parametrize("kind", OTHER_KINDS)
def test_a_refused_master_leaves_no_twin(kind: str, tmp_path: Path, twin: Path) -> None:
    whole = makers.write_master(tmp_path, kind, makers.noise(samples=SAMPLES))
    with pytest.raises(AudioRefused):
        inspect(makers.truncated(whole, keep=0.7), twin=twin)
    assert not twin.exists()


def test_a_full_disk_is_told_as_such_and_leaves_no_twin(tmp_path: Path, twin: Path) -> None:
    path = makers.write_master(tmp_path, "wav", makers.noise(samples=SAMPLES))
    with files_no_larger_than(100_000), pytest.raises(AudioRefused, match="could not keep the recording as FLAC"):
        inspect(path, twin=twin)
    assert not twin.exists()
    with pytest.raises(AudioRefused, match="could not keep the recording as FLAC"):
        inspect(path, twin=tmp_path / "no folder" / "twin")


def test_a_child_process_writes_the_twin_and_takes_it_back_when_it_is_stopped(tmp_path: Path, twin: Path) -> None:
    samples = makers.sine(samples=SAMPLES)
    path = makers.write_master(tmp_path, "wav", samples)
    with Inspector() as inspector:
        assert inspector.inspect(path, twin=twin) == inspect(path, twin=tmp_path / "other")
        assert np.array_equal(decoded(twin), samples)
        with pytest.raises(AudioRefused, match="longer than"):
            inspector.inspect(path, twin=twin, timeout_seconds=0.01)
        assert not twin.exists()
        with pytest.raises(Damaged):
            inspector.inspect(path, twin=twin, memory_bytes=64 << 20)
        assert not twin.exists()


def floating(values: "np.ndarray[tuple[int, ...], np.dtype[np.float64]]", *, bits: int = 32) -> bytes:
    """A WAV of floating point, 32 or 64 bits."""
    data = values.astype(f"<f{bits // 8}").tobytes()
    channels, width = values.shape[1], bits // 8
    form = struct.pack("<HHIIHH", 3, channels, 44100, 44100 * channels * width, channels * width, bits)
    body = b"WAVEfmt " + struct.pack("<I", 16) + form + b"data" + struct.pack("<I", len(data)) + data
    return b"RIFF" + struct.pack("<I", len(body)) + body


@pytest.mark.parametrize("bits", [32, 64])
@pytest.mark.parametrize("true_bits", [16, 24])
def test_floating_point_that_24_bits_hold_exactly_is_a_24_bit_master(
    bits: int, true_bits: int, tmp_path: Path, twin: Path
) -> None:
    samples = makers.noise(samples=20_000, bits=true_bits) << (24 - true_bits)
    path = tmp_path / "float.wav"
    path.write_bytes(floating(samples / 2.0**23, bits=bits))
    facts = inspect(path, twin=twin).facts
    assert (facts.bits, facts.samples, facts.has_twin) == (24, 20_000, True)
    assert facts.pcm_md5 == makers.md5_of(samples, bits=24)
    assert np.array_equal(decoded(twin), samples)


@pytest.mark.parametrize(
    ("value", "sentence"),
    [
        (2.0**-24, "finer than 24 bits"), (0.1, "finer than 24 bits"), (1e-40, "finer than 24 bits"),
        (1.0, "beyond full scale"), (-1.25, "beyond full scale"), (1e30, "beyond full scale"),
        (float("nan"), "not numbers"), (float("inf"), "not numbers"), (float("-inf"), "not numbers"),
    ],
)  # fmt: skip
@pytest.mark.parametrize("bits", [32, 64])
def test_floating_point_that_no_24_bits_hold_is_refused_with_the_reason(
    value: float, sentence: str, bits: int, tmp_path: Path, twin: Path
) -> None:
    values = makers.noise(samples=20_000, bits=16) / 2.0**15
    values[12_345, 1] = value
    path = tmp_path / "float.wav"
    path.write_bytes(floating(values, bits=bits))
    with pytest.raises(UnsupportedAudio, match=sentence):
        inspect(path, twin=twin)
    assert not twin.exists()


def test_integers_of_32_bits_are_a_24_bit_master_where_they_use_no_more(tmp_path: Path, twin: Path) -> None:
    samples = makers.noise(samples=9000, bits=24)
    path = tmp_path / "wide.wav"
    path.write_bytes(makers.wav_bytes(samples << 8, bits=32))
    facts = inspect(path, twin=twin).facts
    assert (facts.bits, facts.pcm_md5) == (24, makers.md5_of(samples, bits=24))
    assert np.array_equal(decoded(twin), samples)
    twin.unlink()
    path.write_bytes(makers.wav_bytes((samples << 8) + 1, bits=32))
    with pytest.raises(UnsupportedAudio, match="all of their 32 bits"):
        inspect(path, twin=twin)


@contextmanager
def files_no_larger_than(size_bytes: int) -> Iterator[None]:
    """A disk that takes no more: the system itself refuses to write beyond this size."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size_bytes, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
