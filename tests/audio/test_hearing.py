"""What is heard of a recording while it is decoded is what is there, and quiet music is never called a copy."""

import os
from itertools import groupby
from pathlib import Path

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from obbligato.audio.copies import encode_file
from obbligato.audio.errors import AudioRefused
from obbligato.audio.flacfile import write_flac
from obbligato.audio.formats import Format
from obbligato.audio.hearing import LEAST_CLIPPED_SAMPLES, Heard, Hearing, silences
from obbligato.audio.libraries import av
from obbligato.audio.masters import inspect
from obbligato.audio.measuring import Waveform
from tests.audio import makers

RATE = 44_100
FOLDER = os.environ.get("OBBLIGATO_CONFORMANCE", "")
Wave = NDArray[np.float64]


def hear(samples: NDArray[np.int16], *, bits: int = 16, rate: int = RATE, block: int = 32_768) -> Heard:
    """What is heard of samples of 16 bits that come in blocks."""
    hearing, waveform = Hearing(sample_rate=rate, bits=bits, channels=samples.shape[1]), Waveform()
    for start in range(0, len(samples), block):
        hearing.add(samples[start : start + block])
        waveform.add(samples[start : start + block])
    return hearing.heard(waveform)


def bright(*, seconds: float = 12.0, rate: int = RATE, seed: int = 1) -> Wave:
    """Loud music with strokes of noise up to half the rate, as a drum kit has them."""
    random = np.random.default_rng(seed)
    wave = random.normal(0, 0.002, (int(seconds * rate), 2))
    for _ in range(int(seconds * 5)):
        start, length = random.integers(0, len(wave) - rate), rate
        fading = np.exp(-np.arange(length) / rate * 8)
        tone = np.sin(2 * np.pi * random.uniform(100, 900) * np.arange(length) / rate)
        wave[start : start + length] += ((tone + random.normal(0, 0.7, length)) * fading)[:, None] * [1, 0.7]
    scaled: Wave = wave / np.abs(wave).max() * 0.7
    return scaled


def sloping(*, corner_hz: float, slope_db: float, level: float, seed: int, seconds: float = 10.0) -> Wave:
    """Noise that comes and goes, flat up to a corner and falling from there by so many dB an octave."""
    random = np.random.default_rng(seed)
    count = int(seconds * RATE)
    bins = np.fft.rfft(random.normal(0, 1, (count, 2)), axis=0)
    octaves = np.log2(np.maximum(1, np.fft.rfftfreq(count, 1 / RATE) / corner_hz))
    wave = np.fft.irfft(bins * 10 ** (-octaves * slope_db / 20)[:, None], count, axis=0)
    swelling = 0.55 + 0.45 * np.sin(2 * np.pi * np.arange(count) / RATE / 1.7)[:, None]
    scaled: Wave = wave * swelling / np.abs(wave).max() * level
    return scaled


def in_bits(wave: Wave, bits: int = 16) -> makers.Samples:
    scaled: makers.Samples = np.rint(wave * (2 ** (bits - 1) - 1)).astype(np.int32)
    return scaled


def sixteen(wave: Wave) -> NDArray[np.int16]:
    return in_bits(wave).astype(np.int16)


def after(folder: Path, name: str, samples: makers.Samples, *, rate: int = RATE, bits: int = 16) -> Heard:
    """What is heard of a master that was encoded, decoded by FFmpeg at a rate and depth and called a master again."""
    original, format_ = folder / "original.flac", Format.parse(name)
    write_flac(original, samples, sample_rate=RATE, bits=16)
    copy = encode_file(original, folder / f"copy.{format_.extension}", format_)
    planes = []
    with av.open(str(copy)) as container:
        resampler = av.AudioResampler(format="s16p" if bits == 16 else "s32p", layout="stereo", rate=rate)
        for frame in container.decode(audio=0):
            planes += [made.to_ndarray() for made in resampler.resample(frame)]
    decoded = np.concatenate(planes, axis=1).T.astype(np.int32) >> (0 if bits == 16 else 8)
    write_flac(folder / "again.flac", decoded, sample_rate=rate, bits=bits)
    return inspect(folder / "again.flac").heard


@pytest.mark.parametrize("bits", [16, 24])
@pytest.mark.parametrize("name", ["mp3-128", "mp3-192", "mp3-320", "aac-128", "opus-128", "vorbis-q4"])
def test_what_was_compressed_once_is_found_out(tmp_path: Path, name: str, bits: int) -> None:
    heard = after(tmp_path, name, in_bits(bright()), rate=48_000 if name == "opus-128" else RATE, bits=bits)
    assert heard.edge_hz is not None
    assert 14_500 <= heard.edge_hz <= 20_800


def test_the_same_music_uncompressed_has_no_edge(tmp_path: Path) -> None:
    assert hear(sixteen(bright())).edge_hz is None
    assert after(tmp_path, "flac-16-44", in_bits(bright())).edge_hz is None


def test_a_higher_rate_without_more_sound_is_found_out(tmp_path: Path) -> None:
    heard = after(tmp_path, "flac-16-44", in_bits(bright()), rate=96_000, bits=24)
    assert heard.edge_hz is not None
    assert 20_400 <= heard.edge_hz <= 22_300


@settings(max_examples=25, deadline=None)
@given(
    corner_hz=st.floats(200, 16_000),
    slope_db=st.floats(3, 60),
    level=st.floats(0.002, 0.9),
    seed=st.integers(0, 1000),
    rate=st.sampled_from([44_100, 48_000, 88_200, 96_000]),
)
@example(corner_hz=1701.0, slope_db=26.0, level=0.5, seed=459, rate=96_000)
def test_music_that_fades_out_upward_is_never_called_a_copy(
    corner_hz: float, slope_db: float, level: float, seed: int, rate: int
) -> None:
    wave = sloping(corner_hz=corner_hz, slope_db=slope_db, level=level, seed=seed)
    assert hear(sixteen(wave), rate=rate).edge_hz is None


@pytest.mark.skipif(not FOLDER, reason="OBBLIGATO_CONFORMANCE names no folder of real FLACs")
def test_no_real_recording_is_suspected() -> None:
    for path in sorted(Path(FOLDER).rglob("*.flac")):
        try:
            heard = inspect(path).heard
        except AudioRefused:
            continue
        assert heard.edge_hz is None, path.name
        assert heard.sides_correlation is None or heard.sides_correlation > -0.7, path.name
        assert abs(heard.offset) < 0.01, path.name
        assert heard.clipped_runs == 0, path.name


LEVELS = st.sampled_from([-32_768, -32_767, -5, 0, 5, 32_766, 32_767])


@settings(deadline=None)
@given(samples=st.lists(st.tuples(LEVELS, LEVELS), min_size=1, max_size=120), block=st.integers(1, 130))
def test_clipping_is_counted_the_same_however_the_blocks_fall(samples: list[tuple[int, int]], block: int) -> None:
    runs = [
        len(list(run))
        for channel in zip(*samples, strict=True)
        for value, run in groupby(channel)
        if value in (-32_768, 32_767)
    ]
    heard = hear(np.array(samples, np.int16), block=block)
    assert heard.clipped_runs == sum(run >= LEAST_CLIPPED_SAMPLES for run in runs)
    assert heard.longest_clipped_samples == max(runs, default=0)


@given(used=st.integers(1, 16), seed=st.integers(0, 99), block=st.integers(50, 700))
def test_bits_that_are_never_used_are_counted(used: int, seed: int, block: int) -> None:
    values = np.random.default_rng(seed).integers(-(2 ** (used - 1)), 2 ** (used - 1), (500, 2)) | 1
    assert hear((values << (16 - used)).astype(np.int16), block=block).used_bits == used


def test_padding_is_heard_in_24_bits(tmp_path: Path) -> None:
    write_flac(tmp_path / "a.flac", in_bits(bright(seconds=2)) << 8, sample_rate=RATE, bits=24)
    write_flac(tmp_path / "b.flac", in_bits(bright(seconds=2), 24), sample_rate=RATE, bits=24)
    assert inspect(tmp_path / "a.flac").heard.used_bits == 16
    assert inspect(tmp_path / "b.flac").heard.used_bits == 24


def test_the_sides_are_told_apart() -> None:
    one, other = sixteen(bright(seed=2))[:, :1], sixteen(bright(seed=3))[:, :1]
    same = hear(np.hstack([one, one]))
    turned = hear(np.hstack([one, -one]))
    stereo = hear(np.hstack([one, other]))
    lonely = hear(np.hstack([one, one * 0]))
    assert (same.are_sides_same, same.sides_correlation) == (True, 1.0)
    assert (turned.are_sides_same, turned.sides_correlation) == (False, -1.0)
    assert stereo.sides_correlation == pytest.approx(0, abs=0.2)
    assert (lonely.silent_channels, lonely.sides_correlation) == (1, None)
    assert [heard.silent_channels for heard in (same, turned, stereo)] == [0, 0, 0]
    assert hear(one).sides_correlation is None


def test_an_offset_is_that_of_what_sounds() -> None:
    wave = bright(seconds=8) * 0.5
    wave[:, 1] -= 0.03
    wave[RATE : 7 * RATE] = 0
    assert hear(sixteen(wave)).offset == pytest.approx(-0.03, abs=0.003)
    assert abs(hear(sixteen(bright(seconds=8))).offset) < 0.003
    assert hear(np.zeros((100, 2), np.int16)).offset == 0.0


def test_silence_is_silence_only() -> None:
    heard = hear(np.zeros((3 * RATE, 2), np.int16))
    assert (heard.used_bits, heard.silent_channels, heard.are_sides_same) == (None, 0, False)
    assert (heard.silent_start_seconds, heard.silent_end_seconds, heard.longest_silence_seconds) == (0, 0, 0)


@given(sounding=st.lists(st.booleans(), min_size=1, max_size=60))
def test_silences_are_measured_at_both_ends_and_between(sounding: list[bool]) -> None:
    magnitudes = np.array([0.5 if one else 0.0001 for one in sounding])
    start, end, inside, at = silences(RATE, magnitudes, sample_rate=RATE)
    text = "".join("x" if one else "." for one in sounding)
    if "x" not in text:
        assert (start, end, inside, at) == (0, 0, 0, 0)
        return
    assert start == len(text) - len(text.lstrip("."))
    assert end == len(text) - len(text.rstrip("."))
    gaps = text.strip(".").split("x")
    assert inside == max(len(gap) for gap in gaps)
    assert not inside or text[int(at) : int(at + inside)] == "." * int(inside)


def test_what_was_heard_survives_being_written_down() -> None:
    heard = hear(sixteen(bright(seconds=2)))
    assert Heard.from_json({**heard.to_json(), "of tomorrow": 1}) == heard
