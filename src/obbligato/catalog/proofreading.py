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
from obbligato.catalog.models import Booklet, Picture, Recording, Release, Track
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
    sounds = _sounds(content)
    for line in content.lines:
        found += [Problem(f"line.{line.key}.{name}", sentence) for name, sentence in _line(line)]
        found += [Problem(f"line.{line.key}.isrc", sentence) for sentence in _isrc(line, content, sounds)]
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


def _isrc(line: Line, content: Content, sounds: dict[int, str]) -> Iterator[str]:
    """What is wrong with a line's ISRC: its letters, or that it names another sound, here or elsewhere."""
    if not line.isrc:
        return
    if _is_no(checked_isrc, line.isrc):
        yield "This is not an ISRC: its length or its letters are wrong."
        return
    isrc = checked_isrc(line.isrc)
    for other in content.lines:
        if other is not line and other.isrc == line.isrc and sounds.get(other.track_id) != sounds.get(line.track_id):
            yield f"“{other.title}” has the same ISRC; each recording has its own."
            return
    known = Recording.objects.filter(key=f"isrc:{isrc}").first()
    if known is None or known.tracks.filter(pk=line.track_id).exists():
        return
    if not known.tracks.filter(master__pcm_md5=sounds.get(line.track_id, "")).exists():
        yield f"This ISRC is that of another recording, “{known.title}”."


def _sounds(content: Content) -> dict[int, str]:
    """The MD5 of its samples, by the track a line has its sound from."""
    found = Track.objects.filter(pk__in={line.track_id for line in content.lines})
    return dict(found.values_list("pk", "master__pcm_md5"))


def _is_no(check: Callable[[str], object], text: str) -> bool:
    try:
        check(text)
    except ValueError:
        return True
    return False
