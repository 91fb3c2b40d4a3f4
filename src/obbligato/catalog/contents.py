"""What an edition says, as plain values that a label may change: of an edition, or of a draft. It writes nothing."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from obbligato.catalog.models import Edition, Track
from obbligato.catalog.sidecar import CreditLine
from obbligato.catalog.tracklists import tracks_of


@dataclass(frozen=True)
class Line:
    """A track's line. `key` names it within its content, `track_id` the track whose sound and other tags it has.

    Neither counts where lines are compared: `master` (SHA-256) says which sound it is.
    """

    key: str = field(compare=False)
    track_id: int = field(compare=False)
    master: str
    disc: int
    position: int
    title: str
    artist: str
    isrc: str = ""
    composer: str = ""
    lyrics: str = ""

    @property
    def place(self) -> tuple[int, int]:
        """Disc and position: lines are in their order."""
        return self.disc, self.position


@dataclass(frozen=True)
class Content:
    """All that an edition holds, in order of its tracks. Cover and booklet are their SHA-256, or nothing."""

    title: str = ""
    artist: str = ""
    label: str = ""
    upc: str = ""
    date: str = ""
    """As precise as it is known: "1913", "1913-05" or "1913-05-29"."""
    genres: tuple[str, ...] = ()
    description: str = ""
    copyright: str = ""
    cover: str = ""
    booklet: str = ""
    credits: tuple[CreditLine, ...] = ()
    lines: tuple[Line, ...] = ()

    def to_json(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_json(cls, values: Mapping[str, Any]) -> "Content":
        """What to_json gave."""
        who = tuple(CreditLine(**{**one, "tracks": tuple(one["tracks"])}) for one in values["credits"])
        lines = tuple(Line(**one) for one in values["lines"])
        return cls(**{**values, "genres": tuple(values["genres"]), "credits": who, "lines": lines})


def content_of(edition: Edition) -> Content:
    """What an edition says. Artist, label and date stand in its tags, for a release may have others by now."""
    tracks = tracks_of(edition)
    said: Mapping[str, Any] = tracks[0].tags if tracks else {}
    return Content(
        title=edition.title,
        artist=said.get("album_artist") or edition.release.artist.name,
        label=said.get("label") or edition.release.label.name,
        upc=edition.upc,
        date=said.get("date") or (edition.date.isoformat() if edition.date else ""),
        genres=tuple(edition.genres),
        description=edition.description,
        copyright=edition.copyright,
        cover=edition.cover.sha256 if edition.cover else "",
        booklet=edition.booklet.sha256 if edition.booklet else "",
        credits=tuple(_credit(one) for one in edition.credits),
        lines=tuple(line_of(track) for track in tracks),
    )


def line_of(track: Track) -> Line:
    """The line of a track of an edition."""
    return Line(
        key=f"t{track.pk}",
        track_id=track.pk,
        master=track.master.sha256,
        disc=track.disc,
        position=track.position,
        title=track.title,
        artist=track.artist_credit,
        isrc=track.tags.get("isrc") or track.recording.isrc,
        composer=track.tags.get("composer", ""),
        lyrics=track.tags.get("lyrics", ""),
    )


def _credit(written: Mapping[str, Any]) -> CreditLine:
    return CreditLine(written["name"], written.get("role", ""), tuple(str(one) for one in written.get("tracks", ())))
