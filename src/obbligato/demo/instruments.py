"""What each instrument is made of: the modes it rings with when struck, plucked or blown; it renders no sound.

Every instrument here is a sum of decaying sinusoids. Partials of stiff strings are stretched as Fletcher's law
says (f_n = n f sqrt(1 + B n^2)); bars ring at the ratios of tuned wood and metal.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

HIGHEST_HZ = 16_000.0
# What is 70 dB below the strongest mode is left out: nobody hears it, and it costs as much as the others.
WEAKEST = 3e-4


@dataclass(frozen=True)
class Modes:
    """Sinusoids that ring together: frequency in hertz, amplitude, seconds to fall to 1/e; arrays of one length."""

    frequency_hz: Floats
    amplitude: Floats
    decay_seconds: Floats


@dataclass(frozen=True)
class Instrument:
    """A way to make modes for (MIDI pitch, level 0..1), and how its tone begins and is stopped.

    `release_seconds` is the time constant after the key is let go; `None` means that it rings on by itself.
    `spread` is how far the keyboard reaches across the stereo field, from 0 to 1.
    """

    name: str
    modes: Callable[[float, float], Modes]
    attack_seconds: float
    release_seconds: float | None
    spread: float


def frequency_of(pitch: float) -> float:
    """Hertz of a MIDI pitch in equal temperament, A4 (69) at 440 Hz."""
    return float(440.0 * 2.0 ** ((pitch - 69) / 12))


def piano_modes(pitch: float, level: float) -> Modes:
    """Two slightly mistuned strings a partial: one loud and soon gone, one soft and lasting; and the hammer's knock."""
    base = frequency_of(pitch)
    stiffness = 1.1e-4 * float(np.exp(max(0.0, pitch - 45) * 0.062))
    number = _partials(base, most=38)
    tone = number * base * np.sqrt(1 + stiffness * number**2)
    brightness = 380.0 + 2600.0 * level**1.6 + 0.55 * base
    strength = np.abs(np.sin(np.pi * number / 8.3)) / number**0.65 * np.exp(-(tone - base) / brightness)
    lasting = 2.9 * 2.0 ** (-(pitch - 52) / 15) / (1 + tone / 2600)
    detune = 2.0 ** (0.55 / 1200)
    return _joined(
        Modes(tone, strength * 0.72, lasting * 0.42),
        Modes(tone * detune, strength * 0.34, lasting * 1.9),
        _knock(level, 0.16 * 2.0 ** ((pitch - 60) / 36), (92, 147, 211, 318, 467, 640, 905), 0.032),
    )


def harp_modes(pitch: float, level: float) -> Modes:
    """A gut string plucked near its third: round, each partial shorter than the one below."""
    base = frequency_of(pitch)
    number = _partials(base, most=30)
    tone = number * base * np.sqrt(1 + 2.5e-5 * number**2)
    strength = np.abs(np.sin(np.pi * number * 0.36)) / number ** (1.75 - 0.5 * level)
    lasting = 1.75 * 2.0 ** (-(pitch - 55) / 20) / (1 + 0.13 * (number - 1) + tone / 5200)
    body = _knock(level, 0.10, (104, 196, 287, 402, 583), 0.028)
    return _joined(Modes(tone, strength, lasting), Modes(tone * 1.0004, strength * 0.3, lasting * 1.5), body)


def harpsichord_modes(pitch: float, level: float) -> Modes:
    """A wire plucked by a quill close to its end, and the choir an octave above; loudness hardly follows the finger."""
    base = frequency_of(pitch)
    number = _partials(base, most=34)
    tone = number * base * np.sqrt(1 + 4e-5 * number**2)
    strength = np.abs(np.sin(np.pi * number * 0.13)) / number**0.95 * np.exp(-tone / 5200)
    lasting = 1.5 * 2.0 ** (-(pitch - 55) / 26) / (1 + tone / 6500)
    octave = Modes(tone[: len(tone) // 2] * 2.0011, strength[: len(tone) // 2] * 0.22, lasting[: len(tone) // 2] * 0.8)
    quill = _knock(0.4, 0.05, (730, 1180, 1910, 2740), 0.009)
    return _joined(Modes(tone, strength * (0.85 + 0.3 * level), lasting), octave, quill)


def marimba_modes(pitch: float, level: float) -> Modes:
    """A rosewood bar over its tube, tuned 1 : 4 : 9.2, with the thud of a yarn mallet."""
    base = frequency_of(pitch)
    ratio = np.array([1.0, 1.0015, 3.98, 9.2, 15.8])
    strength = np.array([0.75, 0.3, 0.22 * (0.4 + level), 0.1 * level, 0.04 * level])
    lasting = 0.62 * 2.0 ** (-(pitch - 60) / 14) * np.array([1.0, 1.25, 0.22, 0.08, 0.04])
    return _joined(_audible(base * ratio, strength, lasting), _knock(level, 0.12, (170, 310, 540), 0.014))


def celesta_modes(pitch: float, level: float) -> Modes:
    """A steel plate over a wooden box, struck by felt: a long pure tone and a short glint."""
    base = frequency_of(pitch)
    ratio = np.array([1.0, 1.0009, 2.0, 2.76, 5.40, 8.93])
    strength = np.array([0.7, 0.3, 0.06, 0.16 * (0.4 + level), 0.09 * level, 0.04 * level])
    lasting = 1.5 * 2.0 ** (-(pitch - 72) / 22) * np.array([1.0, 1.4, 0.5, 0.22, 0.09, 0.05])
    return _joined(_audible(base * ratio, strength, lasting), _knock(level, 0.05, (420, 860), 0.012))


def organ_modes(pitch: float, level: float) -> Modes:
    """A stopped flute, a principal and a soft octave, which sound as long as the key is held."""
    base = frequency_of(pitch)
    ratio = np.array([1.0, 1.0007, 2.0, 2.0013, 3.0, 4.0, 5.0, 6.0, 8.0])
    strength = np.array([0.7, 0.35, 0.26, 0.16, 0.2, 0.09, 0.06, 0.03, 0.02]) * (0.8 + 0.4 * level)
    return _audible(base * ratio, strength, np.full(len(ratio), 400.0))


PIANO = Instrument("piano", piano_modes, attack_seconds=0.0016, release_seconds=0.085, spread=0.3)
HARP = Instrument("harp", harp_modes, attack_seconds=0.0022, release_seconds=0.35, spread=0.45)
HARPSICHORD = Instrument("harpsichord", harpsichord_modes, attack_seconds=0.0009, release_seconds=0.06, spread=0.4)
MARIMBA = Instrument("marimba", marimba_modes, attack_seconds=0.0018, release_seconds=None, spread=0.6)
CELESTA = Instrument("celesta", celesta_modes, attack_seconds=0.0016, release_seconds=0.25, spread=0.35)
ORGAN = Instrument("organ", organ_modes, attack_seconds=0.055, release_seconds=0.05, spread=0.25)


def _partials(base: float, *, most: int) -> Floats:
    count = max(1, min(most, int(HIGHEST_HZ * 0.8 / base)))
    return np.arange(1, count + 1, dtype=np.float64)


def _knock(level: float, strength: float, frequencies: tuple[int, ...], decay_seconds: float) -> Modes:
    tone = np.array(frequencies, dtype=np.float64)
    amplitude = strength * (0.25 + 0.75 * level) / np.sqrt(np.arange(1, len(tone) + 1))
    return Modes(tone, amplitude, np.full(len(tone), decay_seconds) * (200 / (100 + tone)) ** 0.4)


def _audible(tone: Floats, strength: Floats, lasting: Floats) -> Modes:
    heard = (tone < HIGHEST_HZ) & (strength > WEAKEST * strength.max())
    return Modes(tone[heard], strength[heard], lasting[heard])


def _joined(*parts: Modes) -> Modes:
    tone = np.concatenate([part.frequency_hz for part in parts])
    strength = np.concatenate([part.amplitude for part in parts])
    return _audible(tone, strength, np.concatenate([part.decay_seconds for part in parts]))
