"""Compare two editions of a release: for who owns one, and to the letter for a label. Pure: it asks no database.

`applied` does to the first content what `difference` found, and gives the second; so nothing is left untold.
"""

from bisect import bisect_left
from collections.abc import Callable, Hashable, Iterable, Sequence
from dataclasses import dataclass, fields, replace
from typing import TypeVar

from obbligato.catalog.contents import Content, Line
from obbligato.catalog.models import Edition, Track
from obbligato.catalog.sidecar import CreditLine
from obbligato.kernel.sentences import Sentence

One = TypeVar("One")
Pair = tuple[Line | None, Line | None]
"""A line before and after; None before: it was added, None after: it was removed."""
NAMES = {
    "title": "Title",
    "artist": "Artist",
    "label": "Label",
    "upc": "UPC",
    "date": "Date",
    "genres": "Genres",
    "description": "Description",
    "copyright": "Copyright",
    "cover": "Cover",
    "booklet": "Booklet",
    "credits": "Credits",
}
LINE_NAMES = {
    "title": "title", "artist": "artist", "isrc": "ISRC", "composer": "composer", "lyrics": "lyrics", "master": "sound",
}  # fmt: skip
SHA256_SHOWN = 8
FIELDS = {
    "title": Sentence("the title"),
    "date": Sentence("the date"),
    "upc": Sentence("the UPC"),
    "genres": Sentence("the genres"),
    "description": Sentence("the description"),
    "copyright": Sentence("the copyright line"),
    "credits": Sentence("the credits"),
    "cover_id": Sentence("the cover"),
    "booklet_id": Sentence("the booklet"),
}
"""What an edition has beside its tracks, in words."""


@dataclass(frozen=True)
class Difference:
    """What makes one content another: its fields by name, and the lines that are not the same."""

    fields: dict[str, tuple[object, object]]
    lines: tuple[Pair, ...]

    @property
    def is_none(self) -> bool:
        return not self.fields and not self.lines


@dataclass(frozen=True)
class Change:
    """One change in words: what, and how it was and is. Empty: it was not there, or is not any more.

    A cover is told by its whole SHA-256, so that a page can show it.
    """

    what: str
    old: str
    new: str


@dataclass(frozen=True)
class Changes:
    """Tracks are told apart by their recordings; pairs are a track as it was and as it is. `others` are in words."""

    added: tuple[Track, ...]
    removed: tuple[Track, ...]
    sounds_new: tuple[tuple[Track, Track], ...]
    """The same recording from another master."""
    retitled: tuple[tuple[Track, Track], ...]
    moved: tuple[tuple[Track, Track], ...]
    others: tuple[str, ...]

    @property
    def to_fetch(self) -> tuple[Track, ...]:
        """The tracks that somebody with the edition before does not have as they are now, in order."""
        wanted = (*self.added, *(new for _, new in self.sounds_new))
        return tuple(sorted(wanted, key=lambda track: (track.disc, track.position)))

    @property
    def is_nothing(self) -> bool:
        """Whether only such things changed as tags, which no page shows."""
        return not (self.to_fetch or self.removed or self.retitled or self.moved or self.others)


def changes_between(
    before: Edition, tracks_before: Sequence[Track], after: Edition, tracks_after: Sequence[Track]
) -> Changes:
    """From one edition to another, with the tracks of each in order."""
    found = _paired(tracks_before, tracks_after, (lambda track: track.recording_id,))
    kept = [(was, now) for was, now in found if was and now]
    return Changes(
        added=tuple(now for was, now in found if now and not was),
        removed=tuple(was for was, now in found if was and not now),
        sounds_new=tuple((was, now) for was, now in kept if was.master_id != now.master_id),
        retitled=tuple((was, now) for was, now in kept if was.title != now.title),
        moved=tuple((was, now) for was, now in kept if (was.disc, was.position) != (now.disc, now.position)),
        others=tuple(words for name, words in FIELDS.items() if getattr(before, name) != getattr(after, name)),
    )


def difference(old: Content, new: Content) -> Difference:
    """All that is not the same in both."""
    names = [one.name for one in fields(Content) if one.name != "lines"]
    changed = {name: (getattr(old, name), getattr(new, name)) for name in names}
    return Difference(
        fields={name: both for name, both in changed.items() if both[0] != both[1]},
        lines=tuple(pair for pair in pairs(old.lines, new.lines) if pair[0] != pair[1]),
    )


def applied(old: Content, found: Difference) -> Content:
    """The first content, changed as was found."""
    gone = {before.place for before, _ in found.lines if before}
    kept = [line for line in old.lines if line.place not in gone]
    lines = sorted([*kept, *(after for _, after in found.lines if after)], key=lambda line: line.place)
    values = {name: new for name, (_, new) in found.fields.items()}
    return replace(old, lines=tuple(lines), **values)  # type: ignore[arg-type]


def pairs(old: Sequence[Line], new: Sequence[Line]) -> list[Pair]:
    """Each line of both once, beside the one it was or became: the same sound, else the same ISRC, else place."""
    by: tuple[Callable[[Line], Hashable], ...] = (
        lambda line: (line.master, line.isrc, line.place),
        lambda line: (line.master, line.isrc),
        lambda line: line.master,
        lambda line: line.isrc,
        lambda line: line.place,
    )
    return _paired(old, new, by)


def changes(found: Difference, all_pairs: Iterable[Pair] = ()) -> list[Change]:
    """The difference in words, in the order of the release's page. `all_pairs` tells real moves from mere shifts."""
    told = [Change(NAMES[name], _words(name, old), _words(name, new)) for name, (old, new) in found.fields.items()]
    moved = _moved(list(all_pairs) or list(found.lines))
    is_shifting = bool(moved) or any(None in pair for pair in found.lines)
    for before, after in sorted(found.lines, key=_order):
        if before is None or after is None:
            told.append(
                Change("Track added", "", _line(after)) if after else Change("Track removed", _line(before), "")
            )
            continue
        is_shifted = is_shifting and before.disc == after.disc and after.place not in moved
        if before.place != after.place and not is_shifted:
            told.append(Change(f"“{after.title}” moved", _place(before), _place(after)))
        told += _line_changes(before, after)
    return told


def told(old: Content, new: Content) -> list[Change]:
    """What makes one content the other, in words."""
    return changes(difference(old, new), pairs(old.lines, new.lines))


def _paired(
    old: Sequence[One], new: Sequence[One], by: Sequence[Callable[[One], Hashable]]
) -> list[tuple[One | None, One | None]]:
    """Each of both once: with the first of the other side that has the same key, by one kind of key after another."""
    before, after = list(old), list(new)
    found: list[tuple[One | None, One | None]] = []
    for key in by:
        waiting: dict[Hashable, list[One]] = {}
        for one in before:
            waiting.setdefault(key(one), []).append(one)
        for other in list(after):
            if key(other) and waiting.get(key(other)):
                one = waiting[key(other)].pop(0)
                found.append((one, other))
                _without(before, one)
                _without(after, other)
    return [*found, *((one, None) for one in before), *((None, one) for one in after)]


def _without(lines: list[One], one: One) -> None:
    del lines[next(place for place, line in enumerate(lines) if line is one)]


def _order(pair: Pair) -> tuple[int, int]:
    line = pair[1] or pair[0]
    assert line is not None, "a pair has one of the two"
    return line.place


def _moved(all_pairs: Sequence[Pair]) -> set[tuple[int, int]]:
    """New places of lines that changed their order among the others: those outside the longest run that kept it."""
    both = sorted(((one.place, two.place) for one, two in all_pairs if one and two))
    ends: list[tuple[int, int]] = []
    runs: list[list[tuple[int, int]]] = []
    for _, place in both:
        at = bisect_left(ends, place)
        run = [*(runs[at - 1] if at else []), place]
        ends[at : at + 1], runs[at : at + 1] = [place], [run]
    return {place for _, place in both} - set(runs[-1] if runs else [])


def _line_changes(before: Line, after: Line) -> list[Change]:
    named = f"{_place(after)} “{after.title}”"
    return [
        Change(f"{named}: {words}", _words(name, getattr(before, name)), _words(name, getattr(after, name)))
        for name, words in LINE_NAMES.items()
        if getattr(before, name) != getattr(after, name)
    ]


def _words(name: str, value: object) -> str:
    if name == "cover":
        return str(value)
    if name in {"booklet", "master"}:
        return f"{str(value)[:SHA256_SHOWN]} (SHA-256)" if value else ""
    if name == "genres":
        return "; ".join(value)  # type: ignore[arg-type]
    if name == "credits":
        return "\n".join(_credit(one) for one in value)  # type: ignore[attr-defined]
    return str(value)


def _credit(credit: CreditLine) -> str:
    of = f" ({', '.join(credit.tracks)})" if credit.tracks else ""
    return f"{credit.name}, {credit.role}{of}" if credit.role else f"{credit.name}{of}"


def _line(line: Line | None) -> str:
    return f"{_place(line)} “{line.title}” by {line.artist}" if line else ""


def _place(line: Line) -> str:
    return f"{line.disc}.{line.position}"
