"""Turn strokes on instruments into stereo sound; it reads no scores and writes no files.

A decaying sinusoid is a geometric series, so a whole note, with all its modes, is one product of two small
matrices: the series at the start of each block, times the series inside a block. That is what makes an album
a matter of seconds.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from obbligato.demo.instruments import Instrument, Modes

Samples = NDArray[np.float32]

# A note is over when it has fallen by 70 dB.
SILENCE_NEPERS = 8.05
FADE_SECONDS = 0.006
# Every piece begins after a breath, so that no stroke is cut.
LEAD_SECONDS = 0.12


@dataclass(frozen=True)
class Stroke:
    """One note as played: MIDI pitch, start and length held in seconds, level 0..1, place -1 (left) to 1 (right)."""

    instrument: Instrument
    pitch: int
    start_seconds: float
    hold_seconds: float
    level: float
    place: float = 0.0
    gain: float = 1.0


def render(strokes: Iterable[Stroke], *, sample_rate: int, seed: int) -> Samples:
    """Dry stereo sound of shape (samples, 2), not yet levelled; the same strokes and seed give the same bytes."""
    played = list(strokes)
    assert played, "there is nothing to play"
    chance = np.random.default_rng(seed)
    total_seconds = max(_end_seconds(stroke) for stroke in played) + LEAD_SECONDS
    mix = np.zeros((int(total_seconds * sample_rate) + 1, 2), dtype=np.float32)
    for stroke in played:
        sound = strike(stroke, sample_rate=sample_rate, chance=chance)
        start = round((stroke.start_seconds + LEAD_SECONDS) * sample_rate)
        end = min(start + len(sound), len(mix))
        mix[start:end] += sound[: end - start]
    return mix


def strike(stroke: Stroke, *, sample_rate: int, chance: np.random.Generator) -> Samples:
    """One note, of shape (samples, 2), from its first sound until it has died away or been stopped."""
    modes = stroke.instrument.modes(stroke.pitch, stroke.level)
    count = int((_end_seconds(stroke) - stroke.start_seconds) * sample_rate)
    phases = chance.uniform(0, 2 * np.pi, len(modes.frequency_hz))
    # The two microphones hear each mode at a slightly different moment of its turn.
    angles = np.stack([phases, phases + chance.uniform(-1.0, 1.0, len(phases))])
    loudness = stroke.gain * 0.9 * stroke.level**1.55 / (0.35 + float(np.sqrt(np.sum(modes.amplitude**2))))
    weights = loudness * _balance(stroke)[:, np.newaxis] * np.exp(1j * angles) * modes.amplitude
    envelope = _envelope(stroke, count, sample_rate)
    sound = np.empty((count, 2), dtype=np.float32)
    for channel, ringing in enumerate(_ring(modes, weights, count, sample_rate)):
        np.multiply(ringing, envelope, out=sound[:, channel])
    return sound


def _end_seconds(stroke: Stroke) -> float:
    modes = stroke.instrument.modes(stroke.pitch, stroke.level)
    weight = modes.amplitude / modes.amplitude.max()
    lasting = modes.decay_seconds * np.maximum(0.0, SILENCE_NEPERS + np.log(weight + 1e-9))
    by_itself = float(lasting.max())
    release = stroke.instrument.release_seconds
    if release is None:
        return stroke.start_seconds + by_itself
    return stroke.start_seconds + min(by_itself, stroke.hold_seconds + SILENCE_NEPERS * 0.85 * release)


def _ring(modes: Modes, weights: NDArray[np.complex128], count: int, sample_rate: int) -> Iterator[NDArray[np.float32]]:
    turn = (-1 / modes.decay_seconds + 2j * np.pi * modes.frequency_hz) / sample_rate
    # Blocks as long as there are many: the fewest exponentials.
    block = 1 << max(6, round(np.log2(count) / 2))
    blocks = -(-count // block)
    starts = np.exp(turn * (np.arange(blocks) * block)[:, np.newaxis])
    inside = np.exp(turn[:, np.newaxis] * np.arange(block))
    # Re(a b) = Re a Re b - Im a Im b: stacked, it is one real product.
    right = np.concatenate([inside.real, -inside.imag]).astype(np.float32)
    for weight in weights:
        rotated = starts * weight
        left = np.concatenate([rotated.real, rotated.imag], axis=1).astype(np.float32)
        yield (left @ right).reshape(-1)[:count]


def _balance(stroke: Stroke) -> NDArray[np.float64]:
    place = np.clip(stroke.place + stroke.instrument.spread * (stroke.pitch - 62) / 40, -0.9, 0.9)
    angle = (place + 1) * np.pi / 4
    # Equal power, and as loud as mono in the middle.
    return np.array([np.cos(angle), np.sin(angle)], dtype=np.float64) * 2**0.5


def _envelope(stroke: Stroke, count: int, sample_rate: int) -> NDArray[np.float32]:
    shape = np.ones(count, dtype=np.float32)
    rise = min(count, max(8, int(stroke.instrument.attack_seconds * (1.6 - stroke.level) * sample_rate)))
    shape[:rise] = np.sin(np.linspace(0, np.pi / 2, rise, endpoint=False)) ** 2
    release = stroke.instrument.release_seconds
    held = int(stroke.hold_seconds * sample_rate)
    if release is not None and held < count:
        shape[held:] *= np.exp(-np.arange(count - held) / (release * sample_rate)).astype(np.float32)
    fade = min(count, int(FADE_SECONDS * sample_rate))
    shape[count - fade :] *= np.linspace(1, 0, fade, dtype=np.float32)
    return shape
