"""The true peak is that of an oversampled wave, however the samples arrive, and agrees with FFmpeg's meter."""

import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from obbligato.audio.flacfile import LAYOUTS
from obbligato.audio.libraries import av
from obbligato.audio.true_peak import TruePeak

SAMPLES = 40_000
Samples = NDArray[Any]


@pytest.mark.parametrize("sample_rate", [44100, 48000, 88200])
@pytest.mark.parametrize("cycles", [0.003, 0.05, 0.11, 0.2, 0.25, 0.3, 0.35, 0.4])
def test_a_sine_between_the_samples_is_measured_as_ffmpeg_does_and_as_it_is(cycles: float, sample_rate: int) -> None:
    wave = 0.7 * np.sin(2 * np.pi * cycles * np.arange(SAMPLES) + math.pi / 4)
    samples = thirty_two_bits(faded(wave[:, None]))
    assert decibels(measured(samples)) == pytest.approx(decibels(0.7), abs=0.1)
    theirs = decibels(ffmpeg(samples, sample_rate=sample_rate))
    if sample_rate == 48000:
        # FFmpeg looks at four points a sample then, always the same of such a sine, and may miss its peak.
        assert decibels(measured(samples)) >= theirs - 0.1
    else:
        assert decibels(measured(samples)) == pytest.approx(theirs, abs=0.1)


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("sample_rate", [44100, 48000])
def test_noise_square_waves_and_chords_are_measured_as_ffmpeg_does(seed: int, sample_rate: int) -> None:
    generator = np.random.default_rng(seed)
    times = np.arange(SAMPLES) / sample_rate
    square = 0.8 * np.sign(np.sin(2 * np.pi * (100 + seed) * times))[:, None]
    for wave in (square, chord(times, generator), np.clip(chord(times, generator) * 4, -0.9, 0.9)):
        samples = thirty_two_bits(faded(wave))
        expected = decibels(ffmpeg(samples, sample_rate=sample_rate))
        assert decibels(measured(samples)) == pytest.approx(expected, abs=0.1)
    # FFmpeg looks at other points of the wave, about half as many, and noise has its peaks anywhere.
    noise = thirty_two_bits(faded(generator.uniform(-0.3, 0.3, (SAMPLES, 2))))
    found, expected = decibels(measured(noise)), decibels(ffmpeg(noise, sample_rate=sample_rate))
    assert expected - 0.1 <= found <= expected + 0.35
    assert found == pytest.approx(decibels(on_a_finer_grid(noise)), abs=0.1)


@pytest.mark.parametrize("channels", range(1, 9))
def test_the_loudest_channel_counts(channels: int) -> None:
    generator = np.random.default_rng(channels)
    wave = generator.normal(0, 0.02, (9000, channels))
    wave[4000:4010, channels - 1] = 0.5 * np.array([1, -1, 1, -1, 1, 1, -1, 1, -1, 1])
    samples = thirty_two_bits(wave)
    assert measured(samples) == pytest.approx(measured(samples[:, channels - 1 :]), rel=1e-6)
    assert decibels(measured(samples)) == pytest.approx(decibels(ffmpeg(samples, sample_rate=48000)), abs=0.1)


@settings(max_examples=60, deadline=None)
@given(
    seed=st.integers(0, 1000),
    length=st.integers(1, 3000),
    cuts=st.lists(st.integers(0, 3000), max_size=12),
    smoothing=st.integers(1, 40),
    bits=st.sampled_from([8, 16, 32]),
)
def test_no_skipped_row_and_no_border_of_blocks_hides_a_peak(
    seed: int, length: int, cuts: list[int], smoothing: int, bits: int
) -> None:
    generator = np.random.default_rng(seed)
    wave = generator.normal(0, 1, (length + smoothing - 1, 2)) * generator.uniform(0.05, 1)
    wave = np.stack([np.convolve(channel, np.ones(smoothing) / smoothing, "valid") for channel in wave.T], axis=1)
    largest = 2 ** (bits - 1) - 1
    samples = np.clip(np.rint(wave * largest / 2), -largest - 1, largest).astype(f"i{bits // 8}")
    peak = TruePeak()
    for block in np.split(samples, sorted(min(cut, length) for cut in cuts)):
        peak.add(block)
    assert peak.largest() == pytest.approx(every_point(samples), rel=2e-5)
    assert peak.largest() >= np.abs(samples.astype(np.int64)).max() / 2 ** (bits - 1)


def test_nothing_and_silence_have_no_peak_and_the_lowest_value_is_full_scale() -> None:
    assert TruePeak().largest() == 0.0
    assert measured(np.zeros((5000, 2), np.int16)) == 0.0
    assert measured(np.full((1, 1), -32768, np.int16)) == 1.0


def measured(samples: Samples) -> float:
    peak = TruePeak()
    for start in range(0, len(samples), 7001):
        peak.add(samples[start : start + 7001])
    return peak.largest()


def every_point(samples: Samples) -> float:
    """All points between samples that have sixteen on each side, none of them skipped; made the slow way."""
    values = samples.astype(np.float64)
    largest = float(np.abs(values).max())
    for phase in range(1, 10):
        distances = np.arange(-15, 17) - phase / 10
        weights = np.sinc(distances) * np.i0(9 * np.sqrt(1 - (distances / 16) ** 2))
        weights /= weights.sum()
        if len(values) >= 32:
            between = [np.convolve(channel, weights[::-1], "valid") for channel in values.T]
            largest = max(largest, float(np.abs(between).max()))
    return largest / 2 ** (samples.dtype.itemsize * 8 - 1)


def on_a_finer_grid(samples: Samples) -> float:
    """The same filter at six times as many points."""
    values = samples.astype(np.float64) / 2**31
    largest = 0.0
    for phase in range(1, 64):
        distances = np.arange(-15, 17) - phase / 64
        weights = np.sinc(distances) * np.i0(9 * np.sqrt(1 - (distances / 16) ** 2))
        between = [np.convolve(channel, weights[::-1] / weights.sum(), "valid") for channel in values.T]
        largest = max(largest, float(np.abs(between).max()))
    return largest


def ffmpeg(samples: Samples, *, sample_rate: int) -> float:
    """The true peak by FFmpeg's ebur128 filter, 1.0 for full scale."""
    layout = LAYOUTS[samples.shape[1] - 1]
    graph = av.filter.Graph()
    source = graph.add_abuffer(sample_rate=sample_rate, format="s32", layout=layout, time_base=f"1/{sample_rate}")
    meter, sink = graph.add("ebur128", "peak=true:metadata=1"), graph.add("abuffersink")
    source.link_to(meter)
    meter.link_to(sink)
    graph.configure()
    frame = av.AudioFrame.from_ndarray(np.ascontiguousarray(samples).reshape(1, -1), format="s32", layout=layout)
    frame.sample_rate = sample_rate
    frame.pts = 0
    graph.push(frame)
    graph.push(None)
    values: dict[str, str] = {}
    while True:
        try:
            values = graph.pull().metadata or values
        except (av.BlockingIOError, av.EOFError):
            return float(values["lavfi.r128.true_peak"])


def chord(times: NDArray[np.float64], generator: np.random.Generator) -> NDArray[np.float64]:
    """Some tones with their overtones, and a little noise."""
    wave = generator.normal(0, 0.01, (len(times), 2))
    for hertz in generator.uniform(60, 900, 5):
        for overtone in range(1, 8):
            wave += (0.08 / overtone * np.sin(2 * np.pi * hertz * overtone * times + generator.uniform(0, 7)))[:, None]
    return wave


def faded(wave: NDArray[np.float64]) -> NDArray[np.float64]:
    """Without a step at its ends, where the two meters think differently of what is beyond."""
    ramp = np.minimum(1.0, np.minimum(np.arange(len(wave)), np.arange(len(wave))[::-1]) / 5000)
    return wave * ramp[:, None]


def thirty_two_bits(wave: NDArray[np.float64]) -> Samples:
    return np.clip(np.rint(wave * 2**31), -(2**31), 2**31 - 1).astype(np.int32)


def decibels(value: float) -> float:
    return 20 * math.log10(value)
