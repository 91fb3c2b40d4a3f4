"""The scores are music: every bar is full, every tie lands, and the notes that everybody knows are there."""

from fractions import Fraction

import pytest

from obbligato.demo.notation import (
    Note,
    Piece,
    Section,
    UnreadableScore,
    bar_lengths,
    notes_of,
    read_voice,
    section_length,
)
from obbligato.demo.releases import RELEASES
from obbligato.demo.scores import bach, chopin, joplin, pachelbel, satie

PIECES = [track.piece for release in RELEASES for track in release.tracks]
SECTIONS = [pytest.param(piece, name, id=f"{piece.title}: {name}") for piece in PIECES for name in piece.sections]
NAMES = ("C", "C#", "D", "Eb", "E", "F", "F#", "G", "Ab", "A", "Bb", "B")


@pytest.mark.parametrize(("piece", "name"), SECTIONS)
def test_every_bar_of_every_voice_is_full(piece: Piece, name: str) -> None:
    section = piece.sections[name]
    for voice, text in section.voices.items():
        lengths = bar_lengths(text)
        if section.upbeat is not None:
            assert lengths.pop(0) == section.upbeat
        if section.close is not None:
            assert lengths.pop() == section.close
        assert set(lengths) <= {piece.bar}, f"{voice}: {lengths}"


@pytest.mark.parametrize("piece", PIECES, ids=lambda piece: piece.title)
def test_every_note_is_within_a_keyboard_and_lasts(piece: Piece) -> None:
    notes = notes_of(piece)
    assert all(21 <= note.pitch <= 108 for note in notes)
    assert all(note.length > 0 or note.is_grace for note in notes)
    assert all(0.1 <= note.level <= 1 for note in notes)


@pytest.mark.parametrize(
    ("piece", "bars"),
    [
        (satie.GYMNOPEDIE, 78),
        (bach.PRELUDE_C_MAJOR, 35),
        (bach.MINUET, 64),
        (bach.INVENTION, 22),
        (chopin.PRELUDE_C_MINOR, 13),
        (joplin.ENTERTAINER, 4 + 5 * 16),
        (pachelbel.CANON, 27),
    ],
    ids=lambda value: getattr(value, "title", value),
)
def test_a_piece_is_as_long_as_it_is_in_print(piece: Piece, bars: int) -> None:
    lengths = [section_length(piece.sections[name], piece.bar) for name in piece.order]
    assert sum(lengths) == piece.bar * bars


@pytest.mark.parametrize(
    ("piece", "voice", "tune"),
    [
        (satie.GYMNOPEDIE, "melody", "F# A G F# C# B C# D A F#"),
        (satie.GNOSSIENNE, "melody", "C Eb D C B B C Eb D C F F"),
        (chopin.PRELUDE_E_MINOR, "melody", "B B B C B C B C B Bb A B A B A B A A Ab A B D C E A F#"),
        (bach.MINUET, "right", "D G A B C D G G E C D E F# G G G C D C B A B C B A G"),
        (bach.INVENTION, "right", "C D E F D E C G C B C D G A B C A B G D G F G"),
        (joplin.ENTERTAINER, "left", "D E C A B G D E C A B G D E C A B A Ab G"),
        (pachelbel.CANON, "first", "F# E D C# B A B C# D C# B A G F# G E D F# A G F# D F# E"),
    ],
    ids=lambda value: getattr(value, "title", None),
)
def test_the_tune_everybody_knows_is_there(piece: Piece, voice: str, tune: str) -> None:
    notes = [note for note in notes_of(piece) if note.voice == voice and not note.is_grace]
    wanted = tune.split()
    assert [NAMES[note.pitch % 12] for note in notes[: len(wanted)]] == wanted


def test_the_three_voices_of_the_canon_play_the_same_line_two_bars_apart() -> None:
    notes = notes_of(pachelbel.CANON)

    def line(voice: str, waits: int) -> list[tuple[Fraction, int]]:
        end = pachelbel.CANON.bar * (20 + waits)
        return [(note.start - waits, note.pitch) for note in notes if note.voice == voice and note.start < end]

    assert line("first", 2) == line("second", 4) == line("third", 6)


def test_the_ground_repeats_under_the_canon() -> None:
    ground = [note.pitch for note in notes_of(pachelbel.CANON) if note.voice == "ground"]
    assert ground[:8] * 13 == ground[:104]


def test_a_length_and_an_octave_left_out_are_those_before() -> None:
    assert read_voice(["C4e D E5 F#q."]) == [
        Note("", 60, Fraction(0), Fraction(1, 8)),
        Note("", 62, Fraction(1, 8), Fraction(1, 8)),
        Note("", 76, Fraction(2, 8), Fraction(1, 8)),
        Note("", 78, Fraction(3, 8), Fraction(3, 8)),
    ]


def test_a_tie_makes_one_note_even_across_sections() -> None:
    assert read_voice(["C4q~", "C4h C4h"]) == [
        Note("", 60, Fraction(0), Fraction(3, 4)),
        Note("", 60, Fraction(3, 4), Fraction(1, 2)),
    ]


def test_a_chord_a_triplet_a_rest_and_a_repeat_are_read() -> None:
    notes = read_voice(["C4+Ee3*3 rq Gq"])
    assert [note.pitch for note in notes] == [60, 64] * 3 + [67]
    assert [note.start for note in notes][::2] == [0, Fraction(1, 12), Fraction(1, 6), Fraction(1, 2)]


def test_a_grace_note_takes_no_time_of_its_own() -> None:
    grace, main = read_voice(["/B4 A4q"])
    assert grace.is_grace
    assert (grace.pitch, grace.start, main.start) == (71, 0, 0)


@pytest.mark.parametrize("text", ["H4q", "C4z", "C4+q", "C4q~", "C4q~ D4q"])
def test_what_is_not_music_is_refused(text: str) -> None:
    with pytest.raises(UnreadableScore):
        read_voice([text])


def test_a_bar_that_is_not_full_is_named() -> None:
    piece = Piece("x", "y", Fraction(3, 4), 60, {"a": Section({"right": "C4h. | C4h"})}, ("a",))
    with pytest.raises(UnreadableScore, match="Bar 2 of right lasts 1/2, not 3/4"):
        notes_of(piece)


def test_loudness_moves_evenly_between_its_marks() -> None:
    section = Section({"right": "C4q*4 | C4q*4"}, loudness=((0, 0.2), (2, 0.6)))
    piece = Piece("x", "y", Fraction(1), 60, {"a": section}, ("a",))
    assert [round(note.level, 2) for note in notes_of(piece)] == [0.2, 0.25, 0.3, 0.35, 0.4, 0.45, 0.5, 0.55]
