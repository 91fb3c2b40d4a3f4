"""Makes little pieces of music for tests, each seed another one: tones of a scale, some noise for a drum."""

import numpy as np
from numpy.typing import NDArray

from tests.audio.makers import Samples

RATE = 22_050
_SCALES = ((0, 2, 4, 5, 7, 9, 11), (0, 2, 3, 5, 7, 8, 10))


def tune(seed: int, *, seconds: float = 40.0, level: float = 0.7, sample_rate: int = RATE) -> Samples:
    """A piece in two channels of 16 bits; `level` is the part of full scale that its peak reaches."""
    random = np.random.default_rng(seed)
    scale = np.array(_SCALES[seed % 2]) + random.integers(0, 12)
    beat_seconds = random.uniform(0.18, 0.45)
    wave = np.zeros(int(seconds * sample_rate))
    at_seconds = 0.0
    while at_seconds < seconds:
        lasting = beat_seconds * float(random.choice([1, 1, 2, 4]))
        for _ in range(random.integers(1, 4)):
            step = random.choice(scale) + 12 * random.integers(-2, 2) - 9
            tone = _tone(440 * 2 ** (step / 12), lasting * 1.5, sample_rate, random)
            _mix(wave, tone, int(at_seconds * sample_rate))
        drum = random.normal(0, 0.8, int(0.1 * sample_rate)) * np.exp(-np.arange(int(0.1 * sample_rate)) / 300)
        _mix(wave, drum, int(at_seconds * sample_rate))
        at_seconds += lasting
    stereo = np.stack([wave, np.roll(wave, 90) * 0.8], axis=1)
    scaled: Samples = np.rint(stereo / np.abs(stereo).max() * level * 32_767).astype(np.int32)
    return scaled


def _tone(hertz: float, seconds: float, sample_rate: int, random: np.random.Generator) -> NDArray[np.float64]:
    times = np.arange(int(seconds * sample_rate)) / sample_rate
    shape = np.exp(-times * random.uniform(1, 5)) * np.minimum(1, times / 0.01)
    brightness = random.uniform(1, 2)
    partials: NDArray[np.float64] = sum(
        (np.sin(2 * np.pi * hertz * part * times) / part**brightness for part in range(1, 6)), np.zeros(len(times))
    )
    return partials * shape


def _mix(wave: NDArray[np.float64], sound: NDArray[np.float64], start: int) -> None:
    stop = min(len(wave), start + len(sound))
    wave[start:stop] += sound[: stop - start]
