"""Bach's household (1722-1725): a prelude, an invention, and Petzold's minuet, as notes and never as sound."""

from fractions import Fraction

from obbligato.demo.notation import Piece, Section

# Each chord is played as bass, tenor and three notes that rise twice; twice a bar.
_CHORDS = """
C4 E4 G4 C5 E5|C4 D4 A4 D5 F5|B3 D4 G4 D5 F5|C4 E4 G4 C5 E5|C4 E4 A4 E5 A5|C4 D4 F#4 A4 D5|B3 D4 G4 D5 G5
B3 C4 E4 G4 C5|A3 C4 E4 G4 C5|D3 A3 D4 F#4 C5|G3 B3 D4 G4 B4|G3 Bb3 E4 G4 C#5|F3 A3 D4 A4 D5|F3 Ab3 D4 F4 B4
E3 G3 C4 G4 C5|E3 F3 A3 C4 F4|D3 F3 A3 C4 F4|G2 D3 G3 B3 F4|C3 E3 G3 C4 E4|C3 G3 Bb3 C4 E4|F2 F3 A3 C4 E4
F#2 C3 A3 C4 Eb4|Ab2 F3 B3 C4 D4|G2 F3 G3 B3 D4|G2 E3 G3 C4 E4|G2 D3 G3 C4 F4|G2 D3 G3 B3 F4|G2 Eb3 A3 C4 F#4
G2 E3 G3 C4 G4|G2 D3 G3 C4 F4|G2 D3 G3 B3 F4|C2 C3 G3 Bb3 E4
"""
_FIVES = [chord.split() for chord in _CHORDS.replace("\n", "|").strip("|").split("|")]


def _bars(half_bar: str) -> str:
    halves = (half_bar.format(*five) for five in _FIVES)
    return " | ".join(f"{half} {half}" for half in halves)


PRELUDE_C_MAJOR = Piece(
    title="Prelude in C major, BWV 846",
    composer="Johann Sebastian Bach",
    bar=Fraction(1),
    tempo=70,
    sections={
        "prelude": Section(
            {
                "right": _bars("re {2}s {3} {4} {2} {3} {4}")
                + """ | re F3s A C4 F C A3 C4 A3 F A F D F D
                    | re G4s B D5 F D B4 D5 B4 G B D F E D | E4+G+C5w""",
                "tenor": _bars("rs {1}e.~ {1}q") + " | rs C3e.~ Cq~ Ch | rs B2e.~ Bq~ Bh | C3w",
                "bass": _bars("{0}h") + " | C2w | C | C",
            },
            loudness=(
                (0, 0.42),
                (4, 0.52),
                (6, 0.5),
                (10, 0.42),
                (11, 0.48),
                (13, 0.46),
                (18, 0.36),
                (20, 0.44),
                (22, 0.56),
                (27, 0.66),
                (28, 0.68),
                (31, 0.52),
                (33, 0.42),
                (34, 0.34),
            ),
        )
    },
    order=("prelude",),
    pedal=(Fraction(1, 2),),
    slowing=0.4,
)

_MINUET_TUNE = """D5q G4e A B C5 | D5q G4 G | E5q C5e D E F# | G5q G4 G | C5q De C B4 A
    | B4q C5e B4 A G | """

MINUET = Piece(
    title="Minuet in G major, BWV Anh. 114",
    composer="Christian Petzold",
    bar=Fraction(3, 4),
    tempo=122,
    sections={
        "first": Section(
            {
                "right": _MINUET_TUNE + "F#4q Ge A B G | /B4 A4h. | " + _MINUET_TUNE + "A4q Be A G F# | G4h.",
                "left": """G3+B+D4h A3q | B3h. | C4 | B3 | A3 | G3 | D4q B3 G | D4q D3e C4 B3 A
                    | B3h Aq | G3 B G | C4h. | B3q C4e B3 A G | A3h F#q | G3h Bq | C4q D D3 | G3h G2q""",
                "alto": " | ".join(["rh."] * 16),
            },
            loudness=((0, 0.55), (4, 0.6), (7, 0.5), (8, 0.55), (12, 0.62), (15, 0.5)),
        ),
        "second": Section(
            {
                "right": """B5q Ge A B G | A5q De E F# D | G5q Ee F# G D | C#5q B4e C#5 A4q | A4e B C#5 D E F#
                    | G5q F# E | F# A4 C#5 | D5h. | D5q G4e F# Gq | E5 G4e F# Gq | D5q C B4 | A4e G F# G Aq
                    | D4e E F# G A B | C5q B4 A | B4e D5 G4q F# | B3+D4+Gh.""",
                "left": """G3h. | F# | E3q G E | A3h A2q | A3h. | B3q D4 C# | D4 F#3 A | D4 D3 C4
                    | B3h Bq | C4h Cq | B3q A G | D4h rq | D3h. | E3q G F# | G3 B2 D3 | G3 D G2""",
                "alto": """rh. | r | r | r | r | r | r | r | rq D4h | rq E4h | rh. | r | rh F#3q | rh. | r | r""",
            },
            loudness=((0, 0.6), (4, 0.55), (6, 0.66), (8, 0.5), (12, 0.55), (14, 0.62), (15, 0.5)),
        ),
    },
    order=("first", "first", "second", "second"),
    slowing=0.22,
    slowing_wholes=Fraction(3, 2),
)

INVENTION = Piece(
    title="Invention No. 1 in C major, BWV 772",
    composer="Johann Sebastian Bach",
    bar=Fraction(1),
    tempo=78,
    sections={
        "invention": Section(
            {
                "right": """rs C4 D E F D E C G4e C5 B4 C5 | D5s G4 A B C5 A4 B G D5e G F G
                    | E5s A G F E G F A G F E D C E D F | E5 D C B4 A C5 B4 D5 C B4 A G F# A G B
                    | A4e D C5e. Ds B4 A G F# E G F# A | G4 B A C5 B4 D5 C E D B4t C5 D5s G B4e As G
                    | G4e r rq rs G4 A B C5 A4 B G | F#4e r rq rs A4 B C5 D B4 C5 A4
                    | B4e r rq rs D5 C B4 A C5 B4 D5 | C5e r rq rs E5 D C B4 D5 C# E
                    | D5e C# D E F A4 B C#5 | D5 F#4 G# A B C5 Dq~
                    | D5s E4 F# G# A F# G# E E5 D C E D C B4 D5 | C5 A G# B A E F D G#4 F5 E D Ce B4s A
                    | A4 A5 G F E G F A Gh~ | G5s E F G A F G E Fh~ | F5s G F E D F E G Fh~
                    | F5s D E F G E F D Eh~ | E5s C D E F D E C D E F G A F G E
                    | F5 G A B C6 A5 B G C6e G5 E Ds C | C5 Bb4 A G F A G Bb A B C5 E4 D C5 F4 B
                    | E4+G+C5w""",
                "left": """rh rs C3 D E F D E C | G3e G2 rq rs G3 A B C4 A3 B G | C4e B3 C4 D E G3 A B
                    | C4 E3 F# G A B C4q~ | C4s D3 E F# G E F# D Ge B2 C3 D
                    | E3 F# G E B2e. C3s De D2 | rs G2 A B C3 A2 B G D3e G F# G
                    | A3s D E F# G E F# D Ae D4 C D | G3s G4 F E D F E G Fe E F D
                    | E4s A G F E G F A Ge F G E | F4s Bb A G F A G Bb A G F E D F E G
                    | F4 E D C B3 D4 C E D C B3 A G# B A C4 | B3e E D4e. Es C B3 A G F# A G# B
                    | A3 C4 B3 D4 C E D F Ee A3 E4 E3 | A3 A2 rq rs E4 D C B3 D4 C# E
                    | D4h~ Ds A3 B C4 D B3 C4 A3 | B3h~ Bs D4 C B3 A C4 B3 D4
                    | C4h~ Cs G3 A Bb C4 A3 Bb G | A3e Bb A G F D4 C Bb3 | A3 F4 E D Es D3 E F G E F D
                    | E3e C D E Fs D E F Ge G2 | C2+C3w""",
            },
            loudness=(
                (0, 0.55),
                (2, 0.6),
                (4, 0.66),
                (6, 0.55),
                (10, 0.64),
                (13, 0.68),
                (14, 0.56),
                (18, 0.68),
                (20, 0.72),
                (21, 0.66),
            ),
        )
    },
    order=("invention",),
    slowing=0.4,
    slowing_wholes=Fraction(3, 2),
)
