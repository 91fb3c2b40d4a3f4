"""Read music written as text into notes; it never decides how they sound.

A voice is a line of bars parted by `|`. A note is pitch, octave and length: `F#4q`, `Bb3e.`. An octave or a
length left out is that of the note before. Lengths: `w h q e s t` (whole to thirty-second), dots after them,
`3` for a triplet. `+` joins a chord, `r` rests, `~` ties, `*4` repeats, `/B4` is a grace note before the next.
"""

import re
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction

WHOLES = {letter: Fraction(1, 2**power) for power, letter in enumerate("whqest")}
SEMITONES = {"C": 0, "D": 2, "E": 4, "F": 5, "G": 7, "A": 9, "B": 11}
SHIFTS = {"": 0, "#": 1, "##": 2, "b": -1, "bb": -2}

TOKEN = re.compile(r"(/?)(r|[A-G][#b\d+A-G]*)([whqest]\.?3?)?(~?)(?:\*(\d+))?$")
PITCH = re.compile(r"([A-G])(##|#|bb|b|)(\d?)$")


class UnreadableScore(ValueError):
    """The text is not music; the message names the token or the bar."""


@dataclass(frozen=True)
class Section:
    """Bars that belong together: one text per voice, and how loud they are.

    `loudness` pairs a bar number (from 0) with a level 0..1; between the pairs the level moves evenly.
    `upbeat` and `close` are the lengths in wholes of a first and a last bar that are not full.
    """

    voices: Mapping[str, str]
    loudness: tuple[tuple[float, float], ...] = ((0, 0.5),)
    upbeat: Fraction | None = None
    close: Fraction | None = None


@dataclass(frozen=True)
class Piece:
    """A work: its sections and the order in which they are played; times in whole notes, tempo in quarters a minute."""

    title: str
    composer: str
    bar: Fraction
    tempo: float
    sections: Mapping[str, Section]
    order: tuple[str, ...]
    # The pedal changes after each of these lengths, over and over; empty means no pedal.
    pedal: tuple[Fraction, ...] = ()
    # How far the last bars slow down, and over how many wholes: 0.3 is thirty per cent.
    slowing: float = 0.3
    slowing_wholes: Fraction = Fraction(2)


@dataclass(frozen=True)
class Note:
    """One sounding pitch (MIDI number); start and length in whole notes; level 0..1; `turn` counts sections played."""

    voice: str
    pitch: int
    start: Fraction
    length: Fraction
    level: float = 0.5
    is_grace: bool = False
    turn: int = 0


@dataclass
class _Pen:
    octave: int = 4
    length: Fraction = Fraction(1, 4)
    now: Fraction = Fraction(0)
    tied: dict[int, int] = field(default_factory=dict)
    notes: list[Note] = field(default_factory=list)


def notes_of(piece: Piece) -> list[Note]:
    """All notes of the piece as played, in order of start. Raises UnreadableScore with the voice and bar."""
    edges = [Fraction(0)]
    for name in piece.order:
        edges.append(edges[-1] + section_length(piece.sections[name], piece.bar))
    played: list[Note] = []
    for voice in dict.fromkeys(voice for name in piece.order for voice in piece.sections[name].voices):
        for note in read_voice([piece.sections[name].voices[voice] for name in piece.order], voice):
            turn = bisect_right(edges, note.start) - 1
            level = _level_at(piece.sections[piece.order[turn]], piece, note.start - edges[turn])
            played.append(replace(note, level=level, turn=turn))
    return sorted(played, key=lambda note: (note.start, note.voice, note.pitch))


def read_voice(texts: Sequence[str], voice: str = "") -> list[Note]:
    """The notes of one voice from time 0, text after text; a tie may lead from one text into the next."""
    pen = _Pen()
    for text in texts:
        pen.octave, pen.length = 4, Fraction(1, 4)
        for token in text.replace("|", " ").split():
            _write(pen, token, voice)
    if pen.tied:
        raise UnreadableScore(f"A tie at the end of {voice!r} leads nowhere.")
    return pen.notes


def bar_lengths(text: str) -> list[Fraction]:
    """The length of each bar in whole notes, for checking a score against its time signature."""
    pen = _Pen()
    lengths = []
    for bar in text.split("|"):
        start = pen.now
        for token in bar.split():
            # A tie may reach in from the section before, so ties are not this count's business.
            _write(pen, token.replace("~", ""), "")
        lengths.append(pen.now - start)
    return lengths


def section_length(section: Section, bar: Fraction) -> Fraction:
    """Length in wholes; every voice must fill the same bars or UnreadableScore names the one that does not."""
    totals = set()
    for voice, text in section.voices.items():
        lengths = bar_lengths(text)
        for number, (length, wanted) in enumerate(zip(lengths, _wanted(section, bar, len(lengths)), strict=True), 1):
            if length != wanted:
                raise UnreadableScore(f"Bar {number} of {voice} lasts {length}, not {wanted}.")
        totals.add(sum(lengths, Fraction(0)))
    if len(totals) != 1:
        raise UnreadableScore(f"The voices {', '.join(section.voices)} are not of one length.")
    return totals.pop()


def _wanted(section: Section, bar: Fraction, bars: int) -> Iterator[Fraction]:
    for number in range(bars):
        if number == 0 and section.upbeat is not None:
            yield section.upbeat
        elif number == bars - 1 and section.close is not None:
            yield section.close
        else:
            yield bar


def _level_at(section: Section, piece: Piece, start: Fraction) -> float:
    bar = float((start - (section.upbeat or 0)) / piece.bar)
    before = section.loudness[0]
    for after in section.loudness:
        if after[0] >= bar:
            span = after[0] - before[0]
            return before[1] if span <= 0 else before[1] + (after[1] - before[1]) * (bar - before[0]) / span
        before = after
    return before[1]


def _write(pen: _Pen, token: str, voice: str) -> None:
    match = TOKEN.match(token)
    if match is None:
        raise UnreadableScore(f"{token!r} is not a note.")
    grace, names, length, tie, times = match.groups()
    if grace:
        for pitch in _pitches(pen, names):
            pen.notes.append(Note(voice, pitch, pen.now, Fraction(0), is_grace=True))
        return
    if length:
        pen.length = _length(length)
    pitches = [] if names == "r" else list(_pitches(pen, names))
    for _ in range(int(times or 1)):
        _sound(pen, pitches, voice, is_tied=bool(tie))
        pen.now += pen.length


def _length(text: str) -> Fraction:
    length = WHOLES[text[0]]
    if "." in text:
        length = length * 3 / 2
    return length * 2 / 3 if text.endswith("3") else length


def _pitches(pen: _Pen, names: str) -> Iterable[int]:
    for name in names.split("+"):
        match = PITCH.match(name)
        if match is None:
            raise UnreadableScore(f"{name!r} is not a pitch.")
        letter, shift, octave = match.groups()
        pen.octave = int(octave) if octave else pen.octave
        yield 12 * (pen.octave + 1) + SEMITONES[letter] + SHIFTS[shift]


def _sound(pen: _Pen, pitches: list[int], voice: str, *, is_tied: bool) -> None:
    still_tied: dict[int, int] = {}
    for pitch in pitches:
        place = pen.tied.pop(pitch, None)
        if place is None:
            place = len(pen.notes)
            pen.notes.append(Note(voice, pitch, pen.now, Fraction(0)))
        pen.notes[place] = replace(pen.notes[place], length=pen.notes[place].length + pen.length)
        if is_tied:
            still_tied[pitch] = place
    if pen.tied:
        raise UnreadableScore(f"A tie at {pen.now} in {voice!r} leads nowhere.")
    pen.tied = still_tied
