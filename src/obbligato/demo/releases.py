"""What the demo label has in its catalogue: invented ensembles, real works, and how each is played; data only."""

from dataclasses import dataclass
from fractions import Fraction

from obbligato.demo.instruments import CELESTA, HARP, HARPSICHORD, MARIMBA, ORGAN, PIANO
from obbligato.demo.notation import Piece, section_length
from obbligato.demo.performance import Seat
from obbligato.demo.scores import bach, chopin, joplin, pachelbel, satie

LABEL = "Ninth Drawer Recordings"
TRIO = "The Paper Lantern Trio"
CONSORT = "Quillwood Consort"


@dataclass(frozen=True)
class Track:
    """A recording: the piece, who plays which voice, its ISRC, its loudness in LUFS and the seed of its player."""

    piece: Piece
    seats: dict[str, tuple[Seat, ...]]
    isrc: str
    seed: int
    target_lufs: float = -17.0

    @property
    def title(self) -> str:
        """The title as printed on the sleeve."""
        return self.piece.title


@dataclass(frozen=True)
class Release:
    """An album as the label delivers it: sleeve, licence, price, shares, and the room it was recorded in."""

    title: str
    artist: str
    upc: str
    date: str
    genres: tuple[str, ...]
    description: str
    cover: str
    tracks: tuple[Track, ...]
    shares: tuple[tuple[str, str, str], ...]
    prices: dict[str, str]
    sample_rate: int = 44_100
    bits: int = 16
    room_seconds: float = 1.9
    wet: float = 0.2
    territories: tuple[str, ...] = ("WORLD",)

    @property
    def year(self) -> str:
        """The year of release, four digits."""
        return self.date[:4]


def solo(piece: Piece, *seats: Seat) -> dict[str, tuple[Seat, ...]]:
    """The same seats for every voice of the piece."""
    return {voice: seats for section in piece.sections.values() for voice in section.voices}


_PIANO = Seat(PIANO)
_SHIMMER = frozenset({2, 3})
_MARIMBA = {
    "first": frozenset({3, 4, 7, 8, 9, 10}),
    "maple": frozenset({2, 5, 6, 7}),
}
_LUISANT = frozenset({2, 3, 6, 7, 10, 11, 13})

SMALL_HOURS = Release(
    title="Small Hours",
    artist=TRIO,
    upc="2009100026017",
    date="2026-03-06",
    genres=("Classical", "Piano"),
    description=(
        "Five pieces for the time when the house is asleep. Satie's slow dances frame three of Chopin's shortest "
        "preludes; the piano leads, and a harp and a celesta come in where the night gets thin. Recorded close, at "
        "the loudness of a quiet room."
    ),
    cover="lantern",
    tracks=(
        Track(
            satie.GYMNOPEDIE,
            {
                "melody": (_PIANO, Seat(CELESTA, gain=0.3, place=0.35, octaves=1, turns=_SHIMMER)),
                "chords": (Seat(PIANO, gain=0.8),),
                "bass": (Seat(PIANO, gain=0.95), Seat(HARP, gain=0.4, place=-0.3, turns=_SHIMMER)),
            },
            isrc="QZOB12600001",
            seed=101,
            target_lufs=-18.0,
        ),
        Track(
            chopin.PRELUDE_E_MINOR,
            {"melody": (Seat(PIANO, gain=1.25),), "chords": (Seat(PIANO, gain=0.72),)},
            isrc="QZOB12600002",
            seed=102,
            target_lufs=-17.5,
        ),
        Track(chopin.PRELUDE_A_MAJOR, solo(chopin.PRELUDE_A_MAJOR, _PIANO), "QZOB12600003", 103, -18.0),
        Track(chopin.PRELUDE_C_MINOR, solo(chopin.PRELUDE_C_MINOR, _PIANO), "QZOB12600004", 104, -15.5),
        Track(
            satie.GNOSSIENNE,
            {
                "melody": (Seat(PIANO, gain=1.15), Seat(HARP, gain=0.4, place=0.3, turns=_LUISANT)),
                "chords": (Seat(HARP, gain=0.62, place=-0.2),),
                "bass": (_PIANO,),
            },
            isrc="QZOB12600005",
            seed=105,
            target_lufs=-17.5,
        ),
    ),
    shares=((TRIO, "performer", "60"), (LABEL, "label", "30"), ("Ilse Vandermoor", "producer", "10")),
    prices={"per_megabyte": "0.030", "track_minimum": "0.15", "track_maximum": "0.99", "album_maximum": "3.90"},
    room_seconds=2.3,
    wet=0.24,
)

TWO_RAGS = Release(
    title="Two Rags, Not Fast",
    artist=TRIO,
    upc="2009100025027",
    date="2025-10-17",
    genres=("Ragtime", "Jazz"),
    description=(
        "“It is never right to play ragtime fast,” says the printed page, and the trio believes it. The first "
        "strains of Joplin's two best-loved rags, for an upright piano and a marimba that joins in on the repeats."
    ),
    cover="roll",
    tracks=(
        Track(
            joplin.ENTERTAINER,
            {
                "right": (Seat(PIANO, place=-0.1), Seat(MARIMBA, gain=0.6, place=0.4, turns=_MARIMBA["first"])),
                "left": (Seat(PIANO, gain=0.78, place=-0.1),),
            },
            isrc="QZOB12500001",
            seed=201,
            target_lufs=-16.0,
        ),
        Track(
            joplin.MAPLE_LEAF,
            {
                "right": (Seat(PIANO, place=-0.1), Seat(MARIMBA, gain=0.6, place=0.4, turns=_MARIMBA["maple"])),
                "left": (Seat(PIANO, gain=0.78, place=-0.1),),
            },
            isrc="QZOB12500002",
            seed=202,
            target_lufs=-16.0,
        ),
    ),
    shares=((TRIO, "performer", "70"), (LABEL, "label", "30")),
    prices={"per_megabyte": "0.030", "track_minimum": "0.15", "track_maximum": "0.99", "album_maximum": "1.80"},
    room_seconds=0.9,
    wet=0.14,
)

PLAIN_ROOM = Release(
    title="A Plain Room",
    artist=CONSORT,
    upc="2009100026024",
    date="2026-09-18",
    genres=("Classical", "Baroque", "Early Music"),
    description=(
        "Four pieces everybody knows, played in a room with nothing in it. A harp for Bach's first prelude, a "
        "harpsichord for Petzold's minuet, celesta and marimba for the first invention, and all of them over a small "
        "organ for the opening of Pachelbel's canon. Delivered as recorded, at 96 kHz and 24 bits."
    ),
    cover="room",
    tracks=(
        Track(bach.PRELUDE_C_MAJOR, solo(bach.PRELUDE_C_MAJOR, Seat(HARP)), "QZOB12600006", 301, -17.0),
        Track(bach.MINUET, solo(bach.MINUET, Seat(HARPSICHORD)), "QZOB12600007", 302, -17.5),
        Track(
            bach.INVENTION,
            {"right": (Seat(CELESTA, place=-0.25),), "left": (Seat(MARIMBA, gain=1.1, place=0.2),)},
            isrc="QZOB12600008",
            seed=303,
            target_lufs=-17.0,
        ),
        Track(
            pachelbel.CANON,
            {
                "first": (Seat(HARP, place=-0.5),),
                "second": (Seat(HARPSICHORD, gain=0.5, place=0.1),),
                "third": (Seat(CELESTA, gain=0.8, place=0.5),),
                "ground": (Seat(ORGAN, gain=0.42), Seat(HARP, gain=0.6, place=-0.15)),
            },
            isrc="QZOB12600009",
            seed=304,
            target_lufs=-16.5,
        ),
    ),
    shares=((CONSORT, "performer", "62.5"), (LABEL, "label", "25"), ("Oskar Tiefenbach", "arranger", "12.5")),
    prices={"per_megabyte": "0.030", "track_minimum": "0.20", "track_maximum": "1.29", "album_maximum": "4.50"},
    sample_rate=96_000,
    bits=24,
    room_seconds=1.7,
    wet=0.2,
    territories=("AT", "BE", "CH", "DE", "DK", "ES", "FR", "GB", "IE", "IT", "NL", "NO", "PL", "PT", "SE"),
)

RELEASES = (SMALL_HOURS, TWO_RAGS, PLAIN_ROOM)


def seconds_of(track: Track) -> float:
    """About how long a track plays, for sharing out the work."""
    lengths = (section_length(track.piece.sections[name], track.piece.bar) for name in track.piece.order)
    return float(sum(lengths, Fraction(0))) * 240.0 / track.piece.tempo
