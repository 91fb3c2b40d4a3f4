"""Play a piece as a person would: breathing tempo, pedal, touch; it makes strokes, never samples."""

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from obbligato.demo.instruments import Instrument
from obbligato.demo.notation import Note, Piece, notes_of
from obbligato.demo.synth import Stroke

GRACE_SECONDS = 0.085
# Timing and touch wander this much (standard deviation).
TIMING_SECONDS = 0.006
TOUCH = 0.05
STEPS_PER_WHOLE = 64


@dataclass(frozen=True)
class Seat:
    """Who plays a voice: instrument, loudness as a factor, place -1..1, octaves up, and in which turns (none: all)."""

    instrument: Instrument
    gain: float = 1.0
    place: float = 0.0
    octaves: int = 0
    turns: frozenset[int] = frozenset()


@dataclass(frozen=True)
class TempoMap:
    """When each moment of the score sounds: seconds at every 64th of a whole note."""

    seconds: NDArray[np.float64]

    def at(self, wholes: float) -> float:
        """Seconds from the start at this many whole notes; linear in between."""
        steps = wholes * STEPS_PER_WHOLE
        return float(np.interp(steps, np.arange(len(self.seconds)), self.seconds))


def perform(piece: Piece, seats: Mapping[str, tuple[Seat, ...]], *, seed: int) -> list[Stroke]:
    """Strokes in order of time, the same for the same seed; every voice of the piece needs at least one seat."""
    notes = notes_of(piece)
    chance = np.random.default_rng(seed)
    tempo = tempo_map(piece, max(note.start + note.length for note in notes), chance)
    pedals = _pedal_changes(piece, max(note.start + note.length for note in notes))
    tops = _tops(notes)
    strokes = []
    for note in notes:
        drift = float(np.clip(chance.normal(0, TIMING_SECONDS), -0.015, 0.015))
        touch = float(np.clip(chance.normal(1, TOUCH), 0.85, 1.15)) * _accent(note, piece, tops)
        for seat in seats[note.voice]:
            if not seat.turns or note.turn in seat.turns:
                strokes.append(_stroke(note, seat, tempo, pedals, drift=drift, touch=touch))
    return sorted(strokes, key=lambda stroke: (stroke.start_seconds, stroke.pitch))


def tempo_map(piece: Piece, length: Fraction, chance: np.random.Generator) -> TempoMap:
    """Tempo that swells and relaxes over four bars, wanders a little, and slows down at the end."""
    steps = int(length * STEPS_PER_WHOLE) + 2
    wholes = np.arange(steps) / STEPS_PER_WHOLE
    phrase = 1 + 0.022 * np.sin(2 * np.pi * wholes / float(piece.bar * 4) - 0.6)
    knots = chance.normal(0, 0.012, steps // STEPS_PER_WHOLE + 3)
    wander = 1 + np.interp(wholes, np.arange(len(knots)), knots)
    left = np.clip((wholes - float(length - piece.slowing_wholes)) / float(piece.slowing_wholes), 0, 1)
    quarters_a_minute = piece.tempo * phrase * wander * (1 - piece.slowing * left**1.4)
    seconds = np.cumsum(60.0 * 4 / STEPS_PER_WHOLE / quarters_a_minute)
    return TempoMap(np.concatenate([[0.0], seconds[:-1]]))


def _pedal_changes(piece: Piece, length: Fraction) -> list[Fraction]:
    changes = [Fraction(0)]
    while piece.pedal and changes[-1] < length:
        changes.append(changes[-1] + piece.pedal[(len(changes) - 1) % len(piece.pedal)])
    return changes


def _tops(notes: list[Note]) -> dict[Fraction, int]:
    tops: dict[Fraction, int] = {}
    for note in notes:
        tops[note.start] = max(note.pitch, tops.get(note.start, 0))
    return tops


def _accent(note: Note, piece: Piece, tops: dict[Fraction, int]) -> float:
    # The first beat leans a little, and the highest note of a chord sings over the others.
    accent = 1.05 if note.start % piece.bar == 0 else 1.0
    if note.pitch < tops[note.start]:
        accent *= 0.86
    return accent * (0.72 if note.is_grace else 1.0)


def _stroke(note: Note, seat: Seat, tempo: TempoMap, pedals: list[Fraction], *, drift: float, touch: float) -> Stroke:
    start = tempo.at(float(note.start))
    if note.is_grace:
        start, hold = max(0.0, start - GRACE_SECONDS), GRACE_SECONDS * 1.2
    else:
        lifted = next((change for change in pedals if change > note.start), Fraction(0))
        hold = tempo.at(float(max(note.start + note.length, lifted))) - start
        hold = hold * 0.97 if lifted == 0 else hold
    return Stroke(
        instrument=seat.instrument,
        pitch=note.pitch + 12 * seat.octaves,
        start_seconds=max(0.0, start + drift),
        hold_seconds=max(0.05, hold),
        level=float(np.clip(note.level * touch, 0.08, 1.0)),
        place=seat.place,
        gain=seat.gain,
    )
