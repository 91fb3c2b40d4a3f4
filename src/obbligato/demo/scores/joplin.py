"""Scott Joplin (1868-1917): the first strains of two rags, as notes and never as sound."""

from fractions import Fraction

from obbligato.demo.notation import Piece, Section

# Octaves and thirds that come back, named once: the brass-like answer of the first strain.
_HUSH = "E4s C5e E4s C5e E4s C5s~ | "
_ANSWER = """C5q~ Cs C5+E+C6 D5+F+D6 D#5+F#+D#6 | E5+G+E6 C5+E+C6 D5+F+D6 E5+G+E6~ E5+G+E6 B4+D5+B5
    D5+F+D6e | """
_STRIDE = """C3e E3+G+C4 G2+G3 G3+Bb+C4 | F2+F3 A3+C4 E2+E3 G3+C4 | G2 E3+G+C4 G2 F3+G+B | """

_FIRST_TUNE = (
    _HUSH
    + _ANSWER
    + "C5+E+C6q~ C5+E+C6e D4s D# | "
    + _HUSH
    + """C5q~ Ce A4+C5+A5s G4+C5+G5 | F#4+C5+F#5 A4+A5 C5+C6 E5+E6~ E5+E6 D5+D6 C5+C6 A4+A5
    | D5+F+D6q~ D5+F+D6e D4s D# | """
    + _HUSH
    + _ANSWER
    + """C5+E+C6q~ C5+E+C6e C5+C6s D5+D6 | E5+E6 C5+C6 D5+D6 E5+E6~ E5+E6 C5+C6 D5+D6 C5+C6
    | E5+E6 C5+C6 D5+D6 E5+E6~ E5+E6 C5+C6 D5+D6 C5+C6
    | E5+G+E6 C5+E+C6 D5+F+D6 E5+G+E6~ E5+G+E6 B4+D5+B5 D5+F+D6e | """
)
_FIRST_BASS = (
    _STRIDE
    + "C3 E3+G+C4 E3+G+C4 G3+B | "
    + """C3 E3+G+C4 G2+G3 G3+Bb+C4 | F2+F3 A3+C4 E2+E3 Eb2+Eb3 | D2+D3 D3+F#+A+C4 D3 F#3+A+C4
    | G3+B G2+G3 A2+A3 B2+B3 | """
    + _STRIDE
    + """C3 E3+G+C4 G3+C4+E r | C3+C4 G3+C4+E Bb2+Bb3 G3+C4+E | A2+A3 A3+C4+F Ab2+Ab3 Ab3+C4+F
    | G2+G3 G3+C4+E G2 G3+B | """
)
_STRUT = "G4+E5+Ge A4+E5+As G4+E5+G~ G4+E5+G "
_PICK_UP = "E4+C5+E F4+D5+F F#4+D#5+F#"
_SECOND_TUNE = (
    f"{_STRUT}{_PICK_UP} | {_STRUT}E5 C G4 | A4 B C5 D E D C D | G4 E5 F G A G E F"
    f" | {_STRUT}{_PICK_UP} | {_STRUT}G5 A A#"
    " | D5+G+B D5+G+Be C5+F#+Bs~ C5+F#+B A C5+F# D | B4+G5q~ B4+G5s "
    f"{_PICK_UP} | {_STRUT}{_PICK_UP} | {_STRUT}E5 C G4 | A4 B C5 D E D C D | C5q~ Cs G4 F# G"
    " | C5e A4s C5~ C A4 C5 A4 | G C5 E G~ G E C G4"
    " | F#4+Ae F#4+C5 F4+E5s F4+D5e E4+C5s~ | "
)
_OOM = "C3e G3+C4+E G2 G3+C4+E | "
_WALK = "F2 A3+C4+F F3 Ab3+C4+F | "
_SECOND_BASS = (
    "C2+C3e G3+C4+E G2 G3+C4+E | "
    + _OOM
    + _WALK
    + "E3 G3+C4+E G2 G3+C4+E | "
    + _OOM
    + "C3 G3+C4+E E3 Eb | D3 G3+B+D4 D3 A3+C4+D | G3+B+D4 F2+F3 E2+E3 D2+D3 | "
    + "C2+C3 G3+C4+E G2 G3+C4+E | "
    + _OOM
    + _WALK
    + """E3 G3+C4+E C3 Bb3+C4+E | F3+A+C4+F*2 F#3+A+C4+D#*2 | G3+C4+E*4 | D3+C4 D3+A G3+B*2 | """
)

ENTERTAINER = Piece(
    title="The Entertainer (first strains)",
    composer="Scott Joplin",
    bar=Fraction(1, 2),
    tempo=74,
    sections={
        "introduction": Section(
            {
                "right": """D6s E C A5~ A B Ge | D5s E C A4~ A B Ge | D4s E C A3~ A B A Ab
                    | G3e r G4+B+D5+G D4s D#""",
                "left": """D5s E C A4~ A B Ge | D4s E C A3~ A B Ge | D3s E C A2~ A B A Ab
                    | G2e r G1+G2 G3+B""",
            },
            loudness=((0, 0.66), (3, 0.7), (3.6, 0.45)),
        ),
        "first": Section(
            {"right": _FIRST_TUNE.rstrip(" |"), "left": _FIRST_BASS.rstrip(" |")},
            loudness=(
                (0, 0.42),
                (1.5, 0.5),
                (2, 0.66),
                (3.5, 0.6),
                (4, 0.42),
                (6, 0.66),
                (8, 0.42),
                (10, 0.66),
                (14, 0.7),
            ),
        ),
        "first, again": Section({"right": "C5+E+C6q~ C5+E+C6e D4s D#", "left": "C3+G+C4e G2+G3 A2+A3 B2+B3"}),
        "first, on": Section(
            {"right": "C5+E+C6q~ C5+E+C6s E4+C5+E F4+D5+F F#4+D#5+F#", "left": "C3+G+C4e G2+G3 C2+C3 r"},
        ),
        "second": Section(
            {"right": _SECOND_TUNE.rstrip(" |"), "left": _SECOND_BASS.rstrip(" |")},
            loudness=((0, 0.66), (7, 0.7), (8, 0.44), (12, 0.42), (13, 0.56), (15, 0.48)),
        ),
        "second, again": Section(
            {"right": f"E4+C5q~ E4+C5s {_PICK_UP}", "left": "C3+C4e G2+G3 E2+E3 D2+D3"}, loudness=((0, 0.55),)
        ),
        "second, on": Section(
            {"right": "E4+C5q~ E4+C5e D4s D#", "left": "C3+C4e G2+G3 C2+C3 r"}, loudness=((0, 0.44),)
        ),
        "close": Section({"right": "C5+E+C6q C5+E+C6e r", "left": "C3+G+C4e G2+G3 C2+C3 r"}, loudness=((0, 0.72),)),
    },
    order=(
        "introduction",
        "first",
        "first, again",
        "first",
        "first, on",
        "second",
        "second, again",
        "second",
        "second, on",
        "first",
        "close",
    ),
    slowing=0.18,
    slowing_wholes=Fraction(1, 2),
)

_CALL = "rs Ab4 Eb4+Eb5 Ab4 C5 Eb4+Eb5e G4s | Eb4+Eb5 G4 Bb Eb4+Eb5~ "
_LAUGH = "rs Ab4 Cb5 Fb4+Fb5 r Eb4+Eb5 r "
_BOUNCE = "Ab2+Ab3e Eb3+Ab+C4*2 A2+A3 | Bb2+Bb3 Eb3+G+Db4*2 Eb2+Eb3 | "
_MAPLE_TUNE = (
    f"{_CALL}Eb4+Eb5q | {_CALL}Eb4+Eb5e rs Eb4+Eb5 | {_LAUGH}Eb4+Eb5 | {_LAUGH.rstrip('r ')} re"
    """ | rs Ab2 Cb3 Ab r Ab Cb4 Ab | rs Ab4 Cb5 Ab r Ab Cb6 Ab
    | Ab5+Ab6e*3 Ab5+Ab6s Ab5+Ab6~ | Ab5+Ab6 Eb6 F C Eb Ab5+F6e Fb5+Abs~
    | Fb5+Ab Bb Fb5+Cb6 Ab5 Bb Eb5+C6e Ab5s | Eb5+C6 Ab5 Eb+Bbe Eb+Ab rs Ab4+Ab5~
    | Ab4+Ab5e Ab4+Ab5*2 Ab4+Ab5s Ab4+Ab5~ | Ab4+Ab5 Eb5 Ab4+F5 C Eb Ab4+F5e Fb4+Abs~
    | Fb4+Ab Bb Fb4+Cb5 Ab4 Bb Eb4+C5e Ab4s | Eb4+C5 Ab4 Eb+Bbe Eb+Ab re"""
)
_MAPLE_BASS = (
    _BOUNCE * 2
    + """Fb2+Fb3q Eb2+Eb3e*2 | Fb2+Fb3q Eb2+Eb3e r | Ab1 r Ab2 r | Ab3 r Ab4 r
    | D4+F+Ab+B*4 | Eb4+Ab+C5*4 | Fb4+Ab+Cb5*2 Eb4+Ab+C5*2 | Eb4+Ab+C5 Eb4+G+Db5 Ab4+C5 r
    | D3+F+Ab+B*4 | Eb3+Ab+C4*4 | Fb3+Ab+Cb4*2 Eb3+Ab+C4*2 | Eb3+Ab+C4 Eb3+G+Db4 Ab3+C4 """
)
_SPARKLE = """rs G5 Eb+Eb6 G5 Bb D+D6e G5s | Db5+Db6 G5 Bb C+C6~ C5+C6 Eb5 Bb4+Bb5 Eb5
    | rs C5 Ab4+Ab5 C5 Eb F4+F5e C5s | """
_GLINT = "Ab4+Ab5s C5 Eb F4+F5~ F4+F5 C5 F4+F5e | "
_SECOND_STRAIN = (
    _SPARKLE
    + _GLINT
    + """rs Eb5 G4+G5 Bb4 Db5 F4+F5e Eb5s | G4+G5 Bb4 Db5 F4+F5~ F4+F5 Db5 F4+F5e
    | rs C5 Ab4+Ab5 C5 Eb F4+F5e C5s | """
    + _GLINT
    + _SPARKLE
    + """Ab4+Ab5e Ab4+Ab5 G4+G5 Gb4+Gb5 | rs F4 A C5 F C A4 F | rs F4 Bb Db5 F4+F5e F4+Bb+Db5
    | D4+F+Ab+C5e rs D4+F+Ab+C5 r Db4+Bbe Eb4s"""
)
_ROCK = """Bb2+Bb3e Eb3+G+Db4 Eb2+Eb3 Eb3+G+Db4 | Bb2+Bb3 Eb3+G+Db4 Eb2+Eb3 G2+G3
    | Ab2+Ab3 Eb3+Ab+C4 Eb2+Eb3 Eb3+Ab+C4 | """
_SECOND_ROCK = (
    _ROCK
    + """Ab2+Ab3 Eb3+Ab+C4 Ab2+Ab3 A2+A3 | Bb2+Bb3 Eb3+G+Db4 Eb2+Eb3 Eb3+G+Db4
    | Bb2+Bb3 Eb3+G+Db4 Bb2+Bb3 B2+B3 | C3+C4 Eb3+Ab+C4 Eb2+Eb3 Eb3+Ab+C4
    | Ab2+Ab3 Eb3+Ab+C4 Ab2+Ab3 A2+A3 | """
    + _ROCK
    + """Ab2+Ab3 Ab2+Ab3 G2+G3 Gb2+Gb3 | F2+F3*2 A2+A3*2 | Bb2+Bb3 F3+Bb+Db4*3
    | Bb2+F3+Bb*2 Eb2+Eb3 G2+G3"""
)
_FIRST_LOUDNESS = ((0, 0.68), (4, 0.72), (6, 0.38), (8, 0.5), (9.5, 0.68), (12, 0.6), (16, 0.62))

MAPLE_LEAF = Piece(
    title="Maple Leaf Rag (first strains)",
    composer="Scott Joplin",
    bar=Fraction(1, 2),
    tempo=86,
    sections={
        "upbeat": Section({"right": "re", "left": "Eb2+Eb3e"}, loudness=((0, 0.62),), upbeat=Fraction(1, 8)),
        "first": Section({"right": _MAPLE_TUNE, "left": _MAPLE_BASS + "Eb2+Eb3"}, loudness=_FIRST_LOUDNESS),
        "first, on": Section({"right": _MAPLE_TUNE, "left": _MAPLE_BASS + "A2+A3"}, loudness=_FIRST_LOUDNESS),
        "second": Section(
            {"right": _SECOND_STRAIN, "left": _SECOND_ROCK}, loudness=((0, 0.58), (8, 0.54), (12, 0.7), (15, 0.6))
        ),
        "second, again": Section(
            {"right": "C4+Ab4e Eb4+Eb5*3", "left": "Ab2+Ab3e Eb3+Ab+C4*2 A2+A3"}, loudness=((0, 0.6),)
        ),
        "second, on": Section(
            {"right": "rs Ab4 C5 Eb Ab4+Ab5e r", "left": "Ab2+Ab3e Ab3+C4+Eb*2 Eb2+Eb3"}, loudness=((0, 0.66),)
        ),
        "close": Section({"right": _MAPLE_TUNE, "left": _MAPLE_BASS + "r"}, loudness=_FIRST_LOUDNESS),
    },
    order=(
        "upbeat",
        "first",
        "first, on",
        "second",
        "second, again",
        "second",
        "second, on",
        "close",
    ),
    slowing=0.16,
    slowing_wholes=Fraction(1, 2),
)
