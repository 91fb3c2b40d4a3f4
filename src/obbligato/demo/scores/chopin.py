"""Frédéric Chopin (1810-1849): three of the Preludes Op. 28 (1839), as notes and never as sound."""

from fractions import Fraction

from obbligato.demo.notation import Piece, Section

PRELUDE_E_MINOR = Piece(
    title="Prelude in E minor, Op. 28 No. 4",
    composer="Frédéric Chopin",
    bar=Fraction(1),
    tempo=62,
    sections={
        "largo": Section(
            {
                "melody": """B3e. B4s | B4h. C5q | B4h. C5q | B4h. C5q | B4h. Bbq
                    | A4h. Bq | Ah. Bq | Ah. Be. As | Ah. G#q~ | G#4q A4e B D5 C E4 A
                    | F#4h. Aq | F#h. /B4 A4q | G4e F# C B3 D#4 F# D5e3 C B4
                    | B4h. C5q | B4h. C5q | B4h. C5q | B4e. A#s A#q G5 F#e. Es
                    | E5e D# C6 D#5 D# E G B4 | D5 C Ee3 E4 A F#q. Ae
                    | F#4h. /B4 A4q | F#4h.~ F#e. Es | E4h. F#q | Eh. F#q | Eh rh
                    | E4h D# | Ew""",
                "chords": """rq | G3+B+E4e*8 | F#3+A+E4*4 F#3+A+D#4*4 | F3+A+D#4*4 F3+A+D4*2 F3+G#+D4*2
                    | E3+G#+D4*4 E3+G+D4*2 E3+G+C#4*2 | E3+G+C4*4 E3+F#+C4*4 | E3+F#+C4*4 D#3+F#+C4*4
                    | D3+F#+C4*8 | D3+F+C4*4 D3+F+B3*4 | C3+E+B3*2 C3+E+A3*6
                    | B2+E3+A*2 B2+D#3+A*2 C3+E+A*4 | B2+D#3+A*4 C3+E+A*4 | B2+D#3+Aq r rh
                    | G3+B+E4e*8 | F#3+A+E4*4 F3+A+D#4*4 | F3+G#+D#4*2 F3+G#+D4*2 E3+G#+D4*4
                    | E3+G+D4*2 E3+G+C#4*2 C#3+E+A#3*2 C3+E+A3*2
                    | B1+B2 A3+C4+F#+A*3 G3+B+D#4+F# G3+B+E4*3
                    | A3+C4+E*2 A2 E3+F#+C4 B2+E3+B*2 C3+E+A*2
                    | B2+E3+B*4 C3+E+A*4 | B2+E3+B*4 B2+D#3+B*2 B2+D#3+A*2
                    | C3+G*4 C3+Bb*2 C3+E+A*2 | B2+E3+A*2 B2+E3+G#*2 B2+E3+G*4 | A#2+C3+Gh r
                    | B1+B2+E3+F#+B B1+B2+D#3+F#+B | E1+E2+E3+G+Bw""",
            },
            loudness=(
                (-1, 0.36),
                (0, 0.4),
                (4, 0.42),
                (8, 0.46),
                (9, 0.52),
                (10, 0.4),
                (12, 0.4),
                (15, 0.55),
                (16, 0.85),
                (17.5, 0.62),
                (18.5, 0.4),
                (20, 0.32),
                (22, 0.22),
                (23, 0.2),
                (24, 0.24),
                (25, 0.2),
            ),
            upbeat=Fraction(1, 4),
        )
    },
    order=("largo",),
    pedal=(Fraction(1, 4), *(Fraction(1, 2),) * 49, Fraction(9)),
    slowing=0.35,
    slowing_wholes=Fraction(4),
)

PRELUDE_A_MAJOR = Piece(
    title="Prelude in A major, Op. 28 No. 7",
    composer="Frédéric Chopin",
    bar=Fraction(3, 4),
    tempo=56,
    sections={
        "andantino": Section(
            {
                "melody": """E4q | C#5e. Ds D4+G#+Bq*2 | D4+G#+Bh D5+F#q | B#4+D#5e. C#5+Es C#5+Aq*2
                    | C#5+Ah E4+C#5q | C#4+A#e. D4+Bs F#4+D5q*2 | F#4+D5h D4+G#q
                    | D4+G#e. C#4+As C#4+C#5q*2 | C#4+C#5h E4q~ | E4q D4+G#+B D4+G#+B
                    | D4+G#+Bh D5+F#q | B#4+D#5e. C#5+Es~ C#5+Eh | A#4+C#5+E+A#+C#6h A#4+C#5q
                    | A#4+C#5e. B4+D5s B4+F#5q A4+F#5 | G#4+F#5h D4+G#q
                    | D4+Be. C#4+As C#5+Aq*2 | C#5+Ah rq""",
                "inner": """rq | rh. | r | r | r | re. D4s~ Dh~ | D4h rq | rh. | r
                    | C#5e. Ds rh | rh. | rq A5+C#6q*2 | rh. | r | r | rq /A3 A4h~ | A4h rq""",
                "bass": """rq | E2 E3+E4*2 | E3+E4h rq | A2 A3+E4*2 | A3+E4h rq | E2 E3+B*2 | E3+Bh rq
                    | A1 E3+A+E4*2 | E3+A+E4h rq | E2 E3+E4*2 | E3+E4h rq | A2 A3+E4+A*2 | F#3+C#4+E+F#h rq
                    | B1 F#3+D4 F#3+B+D4 | E3+B+D4h rq | A1 E3+A+E4 A3+E4 | A3+E4h rq""",
            },
            loudness=(
                (-1, 0.36),
                (1, 0.4),
                (3, 0.36),
                (4, 0.42),
                (7, 0.4),
                (8, 0.4),
                (10, 0.48),
                (11, 0.66),
                (12, 0.52),
                (14, 0.36),
                (16, 0.26),
            ),
            upbeat=Fraction(1, 4),
        )
    },
    order=("andantino",),
    # Held through two bars, lifted under each upbeat, as printed; bars 11 to 14 change with the harmony.
    pedal=(Fraction(1, 4), *(Fraction(5, 4), Fraction(1, 4)) * 5)
    + (Fraction(3, 4), Fraction(1, 2), Fraction(1, 4)) * 2
    + (Fraction(3),),
    slowing=0.35,
    slowing_wholes=Fraction(9, 4),
)

_SECOND_HALF = {
    "melody": """Eb4+G+Eb5q Eb4+Ab+Eb5 D4+D5 D4+G+D5 | C4+G+C5 C4+D+F#+D5 D4+G+Be. C4+As B3+D4+Gq
        | C4+G+C5 Ab3+C4+Ab Ge. Fs G3+C4+Ebq | Eb3+Ab+C4+Eb F3+Ab+Db4+F Ebe. Ds Eb3+G+C4q""",
    "inner": "rh Ab4e. F#s rq | rw | rh G3+D4q r | rh F3+G+Bq r",
    "bass": """C2+C3q C3+C4 B2+B3 Bb2+Bb3 | A2+A3 Ab2+Ab3 G2+G3 F2+F3
        | Eb2+Eb3 F2+F3 B1+B2 C2+C3 | Ab1+Ab2 Db1+Db2 G1+G2 C1+C2""",
}

PRELUDE_C_MINOR = Piece(
    title="Prelude in C minor, Op. 28 No. 20",
    composer="Frédéric Chopin",
    bar=Fraction(1),
    tempo=44,
    sections={
        "fortissimo": Section(
            {
                "melody": """G3+C4+Eb+Gq Ab3+C4+Eb+Ab Eb4+Ge. D4+Fs Eb3+G+C4+Ebq
                    | Eb3+Ab+C4+Eb F3+Ab+Db4+F C4+Ebe. Bb3+Db4s C3+Eb+Ab+C4q
                    | D3+F+B+D4 E3+G+Bb+C4+E G4e. Fs G3+C4+Ebq
                    | F#3+C4+D G3+B+D4+G B4e. As B3+D4+Gq""",
                "inner": "rh G3+Bq r | rh Db3+Eb+Gq r | rh Ab3+C4q r | rh C4+D+F#q r",
                "bass": """C2+C3q F1+F2 G1+G2 C2+G+C3 | Ab1+Ab2 Db1+Db2 Eb1+Eb2 Ab1+Ab2
                    | G1+G2 C1+C2 F1+F2 C2+C3 | D2+A+D3 G1+G2 D1+D2 G1+G2""",
            },
            loudness=((0, 0.82), (2, 0.8), (3, 0.92), (4, 0.8)),
        ),
        "piano": Section(_SECOND_HALF, loudness=((0, 0.4), (3, 0.34), (4, 0.3))),
        "pianissimo": Section(_SECOND_HALF, loudness=((0, 0.24), (2, 0.24), (4, 0.42))),
        "close": Section({"melody": "C4+Eb+G+C5w", "inner": "rw", "bass": "C3+Gw"}, loudness=((0, 0.4),)),
    },
    order=("fortissimo", "piano", "pianissimo", "close"),
    pedal=(Fraction(1, 4),),
    slowing=0.3,
)
