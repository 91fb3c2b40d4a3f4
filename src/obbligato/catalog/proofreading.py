"""Say everything that is wrong with what a label wants a release to say, each beside its field. It changes nothing.

The same rules as for a release.toml: check digits of UPC (GS1) and ISRC (ISO 3901), dates by ISO 8601.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date

from django.db.models import Q

from obbligato.catalog.arranging import LARGEST_NUMBER, MOST_GENRES
from obbligato.catalog.contents import Content, Line
from obbligato.catalog.models import Booklet, Picture, Release, Track
from obbligato.catalog.sidecar import checked_isrc, checked_upc

LONGEST = {"title": 300, "artist": 200, "label": 200, "copyright": 300, "description": 20_000}
LONGEST_OF_A_LINE = {"title": 300, "artist": 300, "composer": 300, "lyrics": 20_000}
LONGEST_GENRE = 100
DATE = re.compile(r"\d{4}(-\d{2}(-\d{2})?)?", re.ASCII)


@dataclass(frozen=True)
class Problem:
    """One thing that keeps a draft from being published: the field it is about, and a sentence."""

    field: str
    sentence: str


def problems(content: Content, *, release: Release) -> list[Problem]:
    """All of them, in the order of the fields; a line's field is called `line.<key>.<name>`."""
    found = [*_texts(content), *_codes(content, release), *_files(content), *_credits(content)]
    if not content.lines:
        found.append(Problem("lines", "A release has at least one track."))
    if len(content.lines) > LARGEST_NUMBER:
        found.append(Problem("lines", f"A release has at most {LARGEST_NUMBER} tracks."))
    wrong_isrcs = dict(_isrcs(content))
    for line in content.lines:
        found += [Problem(f"line.{line.key}.{name}", sentence) for name, sentence in _line(line)]
        if line.key in wrong_isrcs:
            found.append(Problem(f"line.{line.key}.isrc", wrong_isrcs[line.key]))
    return found


def day_of(text: str) -> date | None:
    """The first day of a year, a month or a day as ISO 8601 writes them; None for nothing. Raises ValueError."""
    if not text:
        return None
    if not DATE.fullmatch(text):
        raise ValueError(text)
    return date.fromisoformat(text + "-01-01"[len(text) - 4 :])


def _texts(content: Content) -> Iterator[Problem]:
    needed = {"title": "A release needs a title.", "artist": "Who plays?", "label": "Who publishes it?"}
    for name, sentence in needed.items():
        if not getattr(content, name):
            yield Problem(name, sentence)
    for name, most in LONGEST.items():
        if len(getattr(content, name)) > most:
            yield Problem(name, f"This is longer than {most:,} characters.")
    if _is_no(day_of, content.date):
        yield Problem("date", "Write a day, a month or a year: 2026-03-01, 2026-03 or 2026.")
    if len(content.genres) > MOST_GENRES:
        yield Problem("genres", f"At most {MOST_GENRES} genres.")
    if any(len(genre) > LONGEST_GENRE for genre in content.genres):
        yield Problem("genres", f"A genre is at most {LONGEST_GENRE} characters long.")


def _codes(content: Content, release: Release) -> Iterator[Problem]:
    if not content.upc:
        return
    if _is_no(checked_upc, content.upc):
        yield Problem("upc", "This is not a UPC or EAN: its length or check digit is wrong.")
        return
    upc = checked_upc(content.upc)
    others = Release.objects.exclude(pk=release.pk).select_related("edition")
    other = others.filter(Q(key=f"upc:{upc}") | Q(edition__upc=upc)).first()
    if other is not None:
        yield Problem("upc", f"This UPC is that of another release, “{other}”.")


def _files(content: Content) -> Iterator[Problem]:
    if content.cover and not Picture.objects.filter(sha256=content.cover).exists():
        yield Problem("cover", "The cover is gone. Upload it again.")
    if content.booklet and not Booklet.objects.filter(sha256=content.booklet).exists():
        yield Problem("booklet", "The booklet is gone. Upload it again.")


def _credits(content: Content) -> Iterator[Problem]:
    for number, credit in enumerate(content.credits):
        if not credit.name:
            yield Problem(f"credit.{number}.name", "Whose credit is this?")
        if len(credit.name) > 200 or len(credit.role) > 100:
            yield Problem(f"credit.{number}.name", "A name has at most 200 characters, a role at most 100.")


def _line(line: Line) -> Iterator[tuple[str, str]]:
    if not line.title:
        yield "title", "A track needs a title."
    if not line.artist:
        yield "artist", "Who plays this track?"
    for name, most in LONGEST_OF_A_LINE.items():
        if len(getattr(line, name)) > most:
            yield name, f"This is longer than {most:,} characters."
    if not 1 <= line.disc <= LARGEST_NUMBER or not 1 <= line.position <= LARGEST_NUMBER:
        yield "position", f"Discs and tracks are numbered from 1 to {LARGEST_NUMBER}."


def _isrcs(content: Content) -> Iterator[tuple[str, str]]:
    """By the key of a line, what is wrong with its ISRC: its letters, or that it names another sound.

    Two queries, however many tracks there are.
    """
    right = {line.key: checked_isrc(line.isrc) for line in content.lines if not _is_no(checked_isrc, line.isrc)}
    sources = Track.objects.filter(pk__in={line.track_id for line in content.lines})
    sounds = dict(sources.values_list("pk", "master__pcm_md5"))
    known: dict[str, tuple[str, set[str]]] = {}
    named = Track.objects.filter(recording__key__in={f"isrc:{isrc}" for isrc in right.values()})
    for key, title, sound in named.values_list("recording__key", "recording__title", "master__pcm_md5"):
        known.setdefault(key.removeprefix("isrc:"), (title, set()))[1].add(sound)
    first: dict[str, Line] = {}
    for line in (one for one in content.lines if one.isrc):
        isrc, sound = right.get(line.key, ""), sounds.get(line.track_id, "")
        same = first.setdefault(isrc, line)
        title, elsewhere = known.get(isrc, ("", {sound}))
        if not isrc:
            yield line.key, "This is not an ISRC: its length or its letters are wrong."
        elif sounds.get(same.track_id, "") != sound:
            yield line.key, f"“{same.title}” has the same ISRC; each recording has its own."
        elif sound not in elsewhere:
            yield line.key, f"This ISRC is that of another recording, “{title}”."


def _is_no(check: Callable[[str], object], text: str) -> bool:
    try:
        check(text)
    except ValueError:
        return True
    return False
