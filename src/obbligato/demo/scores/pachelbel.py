"""Johann Pachelbel (1653-1706): the opening of the Canon in D, as notes and never as sound.

The canon is one line; each voice plays it, two bars after the one before, over a ground of two bars.
"""

from fractions import Fraction

from obbligato.demo.notation import Piece, Section

_GROUND = "D3q A2 B F# | G2 D2 G A"
_LINE = (
    "F#5q E D C# | B4 A B C#5",
    "D5q C# B4 A | G F# G E",
    "D4e F# A G F# D F# E | D B3 D4 A G B A G",
    "F#4e D E C#5 D F# A A4 | B G A F# D D5 De. C#s",
    "D5s C# D D4 C# A E F# D D5 C# B4 C#5 F# A B | G F# E G F# E D C# B4 A G F# E G F# E",
    "D4s E F# G A E A G F# B A G A G F# E | D B3 B4 C#5 D C# B4 A G F# E B A B A G",
    "F#4e F#5 Eq re De F#q | B5 A B C#6",
    "D6e D5 C#q re B4e D5q | D5q. De D G E A",
    """A5s F#t G As F#t G A A4 B C#5 D E F# G F#s Dt E F#s F#4t G A B A G A F# G A
    | G4s Bt A Gs F#t E F# E D E F# G A B Gs Bt A Bs C#5t D A4 B C#5 D E F# G A""",
    """F#5s Dt E F#s Et D E C# D E F# E D C# Ds B4t C#5 Ds D4t E F# G F# E F# D5 C# D
    | B4s D5t C# B4s At G A G F# G A B C#5 D B4s D5t C# Ds C#t B4 C#5 D E D C# D B4 C#5""",
    "D5e r C# r B4 r D5 r | D4 r D r D r E r",
    "re A4 r A r F# r A | r G r F# r G r E5",
)


def _voice(waits: int, last: str) -> str:
    rests = ["rw | r"] * (1 + waits)
    return " | ".join([*rests, *_LINE[: len(_LINE) - waits], last])


CANON = Piece(
    title="Canon in D (opening)",
    composer="Johann Pachelbel",
    bar=Fraction(1),
    tempo=62,
    sections={
        "canon": Section(
            {
                "first": _voice(0, "F#5w"),
                "second": _voice(1, "A4w"),
                "third": _voice(2, "D5w"),
                "ground": " | ".join([_GROUND] * (1 + len(_LINE)) + ["D2+D3w"]),
            },
            loudness=((0, 0.4), (2, 0.42), (8, 0.5), (14, 0.62), (18, 0.72), (22, 0.7), (24, 0.52), (26, 0.4)),
        )
    },
    order=("canon",),
    slowing=0.3,
    slowing_wholes=Fraction(3, 2),
)
