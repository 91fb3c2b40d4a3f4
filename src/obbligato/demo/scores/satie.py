"""Erik Satie (1866-1925): Gymnopédie No. 1 (1888) and Gnossienne No. 1 (1890), as notes and never as sound."""

from fractions import Fraction

from obbligato.demo.notation import Piece, Section

_OPENING = """
    rh. | r | r | r | rq F#5 A | G F# C# | B4 C#5 D | A4h. | F#4~ | F#~ | F#~ | F#
    | rq F#5 A | G F# C# | B4 C#5 D | A4h. | C#5 | F#5 | E4~ | E~ | E
    | A4q B C5 | E D B4 | D5 C B4 | D5h.~ | D5h Dq | E F G | A C D | E D B4 | D5h.~ | D5h Dq
"""
_OPENING_CHORDS = (
    "rq B3+D4+F#h | rq A3+C#4+F#h |" * 8
    + """
    rq A3+C#4+F#h | rq B3+D4+F#h | rq G3+Bh | rq B3+D4+Gh | rq F3+A+D4h
    | rq A3+C4+Eh | rq G3+B+E4h | rq D3+G+B+E4h | rq C3+E+A+D4h | rq C3+F#+A+D4h
    | rq A3+C4+Fh | rq A3+C4+Eh | rq D3+G+B+E4h | rq C3+E+A+D4h | rq C3+F#+A+D4h
"""
)
_OPENING_BASS = "G2h. | D2 |" * 8 + "F#2 | B1 | E2 | E | D | A1 | D2 | D | D | D | D | D | D | D | D"

GYMNOPEDIE = Piece(
    title="Gymnopédie No. 1",
    composer="Erik Satie",
    bar=Fraction(3, 4),
    tempo=82,
    sections={
        "opening": Section(
            {"melody": _OPENING, "chords": _OPENING_CHORDS, "bass": _OPENING_BASS},
            loudness=(
                (0, 0.3),
                (4, 0.36),
                (6, 0.46),
                (9, 0.4),
                (12, 0.36),
                (18, 0.46),
                (21, 0.32),
                (27, 0.5),
                (31, 0.4),
            ),
        ),
        "to D major": Section(
            {
                "melody": "G5h. | F#5 | B4q A B | C#5 D E | C# D E | F#4h. | C4+E+A+C5 | D4+F#+A+D5",
                "chords": """rq B3+E4+Gh | rq A3+C#4+F#h | rq B3+D4+F#h | rq C#4+E+Ah | rq A3+C#4+F#+Ah
                    | rq A3+D4 B3+D4+G | rh. | r""",
                "bass": "E2h. | F#2 | B1 | E2 | E | E2q B2 E3 | A2+G3h. | D2+A2+D3",
            },
            loudness=((0, 0.42), (1, 0.52), (4, 0.42), (7, 0.3)),
        ),
        "to D minor": Section(
            {
                "melody": "G5h. | F5 | B4q C5 F | E D C | E D C | F4h. | C4+E+A+C5 | D4+F+A+D5",
                "chords": """rq B3+E4+Gh | rq A3+D4+F+Ah | rq A3+C4+Fh | rq C4+E+Ah | rq A3+C4+F+Ah
                    | rq A3+D4 B3+D4+G | rh. | r""",
                "bass": "E2h. | E | E | E | E | E2q B2 E3 | A2+G3h. | D2+A2+D3",
            },
            loudness=((0, 0.44), (1, 0.55), (4, 0.4), (7, 0.22)),
        ),
    },
    order=("opening", "to D major", "opening", "to D minor"),
    pedal=(Fraction(3, 4),),
)

_F_MINOR = "rq Ab3+C4+Fh Ab3+C4+Fq |"
_RETURN = "/Ab4 G4q /G4 F4q~ F4h~ | F4w"

GNOSSIENNE = Piece(
    title="Gnossienne No. 1",
    composer="Erik Satie",
    bar=Fraction(1),
    tempo=100,
    sections={
        "lent": Section(
            {
                "melody": """rq C5e Eb Dq C | /C5 B4h /C5 B4h | rq C5e Eb Dq C | /E5 F5h /E5 F5h
                    | rq C5e Eb Dq C | /C5 B4h /Ab4 G4h | /F4 G4q /F4 G4h~ G4e re | """
                + _RETURN,
                "chords": _F_MINOR * 6 + "rq Eb3+G+C4h Eb3+G+C4q |" + _F_MINOR + _F_MINOR.rstrip("|"),
                "bass": "F2w | F | F | F | F | F | C3 | F2 | F",
            },
            loudness=((0, 0.36), (3, 0.46), (6, 0.36), (7, 0.5), (8, 0.36)),
        ),
        "très luisant": Section(
            {
                "melody": "/Ab4 Bb4h /Ab4 G4h | /Ab4 Bb4h /Ab4 G4h | " + _RETURN,
                "chords": "rq F3+Bb+Db4h F3+Bb+Db4q |" * 2 + _F_MINOR + _F_MINOR.rstrip("|"),
                "bass": "Bb1w | Bb1 | F2 | F",
            },
            loudness=((0, 0.58), (2, 0.5), (3, 0.34)),
        ),
        "questionnez": Section(
            {
                "melody": """re C5 D E F G B G | F5q /G5 F5q~ Fh | /G5 F5h /F5 E5h | /Db5 C5h /C5 B4h | """ + _RETURN,
                "chords": _F_MINOR * 5 + _F_MINOR.rstrip("|"),
                "bass": "F2w | F | F | F | F | F",
            },
            loudness=((0, 0.38), (1, 0.52), (5, 0.3)),
        ),
        "du bout de la pensée": Section(
            {
                "melody": "rq C5e Eb Dq C | /C5 B4w | rq C5e Eb Dq C | /E5 F5w",
                "chords": _F_MINOR * 3 + _F_MINOR.rstrip("|"),
                "bass": "F2w | F | F | F",
            },
            loudness=((0, 0.3), (3, 0.4)),
        ),
    },
    # The printed order, without the last three repeats.
    order=("lent",) * 2
    + ("très luisant",) * 2
    + ("questionnez",) * 2
    + ("très luisant",) * 2
    + ("du bout de la pensée",) * 2
    + ("très luisant",) * 2
    + ("questionnez", "très luisant"),
    pedal=(Fraction(1),),
)
