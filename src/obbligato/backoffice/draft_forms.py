"""Read the pages of a draft: what was typed, onto the content and terms that the page showed. It judges nothing.

What is wrong may be saved, and is told beside its field; only a place or a track that cannot be made out is left.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from django.http import QueryDict

from obbligato.catalog.arranging import LARGEST_NUMBER
from obbligato.catalog.contents import Content, Line
from obbligato.catalog.naming import clean, clean_lines
from obbligato.catalog.placing import placed
from obbligato.catalog.sidecar import CreditLine, checked_isrc, checked_upc
from obbligato.sales.editing.written import Group, WrittenPrice, WrittenRights, WrittenShare, WrittenTerms

LONGEST_LINE = 2_000
LONGEST_TEXT = 40_000
MOST_ROWS = 1_000
MOST_SHARES = 50
PLACES = re.compile(r"(?:(\d{1,3})\.)?(\d{1,3})(?:\s*[-–]\s*(?:(\d{1,3})\.)?(\d{1,3}))?", re.ASCII)
ALL = "all"


@dataclass
class Typed:
    """What a page said, and what of it could not be made out, by field."""

    content: Content
    terms: WrittenTerms
    unread: dict[str, str] = field(default_factory=dict)


def release(data: QueryDict, typed: Typed) -> None:
    """The page of the release itself. Files are taken in elsewhere; a box ticked removes one."""
    content = typed.content
    texts = {
        name: _line(data, name, getattr(content, name)) for name in ("title", "artist", "label", "date", "copyright")
    }
    # A browser sends an empty field for each file that nobody chose: what is kept has a name of its own.
    cover, booklet = _line(data, "kept_cover", content.cover), _line(data, "kept_booklet", content.booklet)
    typed.content = replace(
        content,
        **texts,  # type: ignore[arg-type]
        upc=_code(checked_upc, _line(data, "upc", content.upc)),
        genres=_genres(data.get("genres"), content.genres),
        description=_text(data, "description", content.description),
        cover="" if "remove_cover" in data else cover,
        booklet="" if "remove_booklet" in data else booklet,
    )
    typed.terms = replace(typed.terms, preview=_line(data, "preview", typed.terms.preview))


def tracks(data: QueryDict, typed: Typed) -> None:
    """The list of tracks: their places and first texts, and which are left out."""
    lines = tuple(_listed(data, line) for line in typed.content.lines)
    wanted = {line.key: _place(data, line, typed) for line in lines}
    out = set(data.getlist("out"))
    typed.content = replace(typed.content, lines=placed(lines, wanted, without=out & set(wanted)))


def track(data: QueryDict, typed: Typed, key: str) -> None:
    """One track's page."""
    typed.content = replace(
        typed.content,
        lines=tuple(
            replace(
                _listed(data, line),
                composer=_line(data, f"line.{key}.composer", line.composer),
                lyrics=_text(data, f"line.{key}.lyrics", line.lyrics),
            )
            if line.key == key
            else line
            for line in typed.content.lines
        ),
    )


def credits_(data: QueryDict, typed: Typed) -> None:
    """Who did what; rows without anything in them are left out."""
    rows = [
        CreditLine(
            _line(data, f"credit.{number}.name"),
            _line(data, f"credit.{number}.role"),
            tuple(one.strip() for one in _line(data, f"credit.{number}.tracks").split(",") if one.strip()),
        )
        for number in range(MOST_ROWS)
        if f"credit.{number}.name" in data
    ]
    typed.content = replace(typed.content, credits=tuple(row for row in rows if row != CreditLine("", "")))


def price(data: QueryDict, typed: Typed) -> None:
    """How it is sold."""
    names = ("kind", "per_megabyte", "track_minimum", "track_maximum", "track", "album_maximum")
    texts = {name: _line(data, f"price.{name}").replace(",", ".") for name in names}
    typed.terms = replace(typed.terms, price=WrittenPrice(**texts, takes_more="price.takes_more" in data))


def rights(data: QueryDict, typed: Typed) -> None:
    """Licences and shares, for the tracks that each group names by their numbers."""
    groups: list[Group] = []
    for number in range(MOST_ROWS):
        named = data.get(f"group.{number}.tracks")
        if named is None:
            continue
        written = _rights(data, f"group.{number}")
        try:
            keys = keys_named(clean(named, limit=LONGEST_LINE), typed.content.lines)
        except ValueError as error:
            typed.unread[f"group.{number}.tracks"] = str(error)
            keys = ()
        if any(key in group.keys for group in groups for key in keys):
            typed.unread[f"group.{number}.tracks"] = "A track stands in one group only."
        if not keys and written != WrittenRights() and f"group.{number}.tracks" not in typed.unread:
            typed.unread[f"group.{number}.tracks"] = "Of which tracks? Write their numbers, or “all”."
        if keys or written != WrittenRights():
            groups.append(Group(keys, written))
    typed.terms = replace(typed.terms, groups=tuple(groups))


def with_file(content: Content, kind: str, sha256: str) -> Content:
    """With another cover or booklet."""
    return replace(content, cover=sha256) if kind == "cover" else replace(content, booklet=sha256)


def with_lines(content: Content, lines: tuple[Line, ...]) -> Content:
    """With these tracks."""
    return replace(content, lines=lines)


def keys_named(text: str, lines: Sequence[Line]) -> tuple[str, ...]:
    """The lines of "all" or of numbers such as "1-3, 2.5". Raises ValueError with a sentence."""
    if text.strip().casefold() == ALL:
        return tuple(line.key for line in lines)
    by_place = {line.place: line.key for line in lines}
    found: dict[str, None] = {}
    for part in (one.strip() for one in text.replace(";", ",").split(",")):
        if not part:
            continue
        read = PLACES.fullmatch(part)
        if read is None:
            raise ValueError(f"“{part[:40]}” is no number of a track. Write them as in 1-3, 5 or 2.1-2.4.")
        disc = int(read[1] or 1)
        first, last = (disc, int(read[2])), (int(read[3] or disc), int(read[4] or read[2]))
        keys = [by_place[place] for place in sorted(by_place) if first <= place <= last]
        if first not in by_place or last not in by_place or not keys:
            raise ValueError(f"There is no track {part[:40]}.")
        found |= dict.fromkeys(keys)
    return tuple(found)


def numbers_of(keys: Sequence[str], lines: Sequence[Line]) -> str:
    """The other way round: "all", or numbers with runs drawn together."""
    wanted = set(keys)
    if lines and all(line.key in wanted for line in lines):
        return ALL
    is_one_disc = all(line.disc == 1 for line in lines)
    runs: list[list[Line]] = []
    before: Line | None = None
    for line in lines:
        if line.key in wanted:
            is_next = before is not None and before.key in wanted and before.disc == line.disc
            runs[-1].append(line) if is_next else runs.append([line])
        before = line

    def number(line: Line) -> str:
        return str(line.position) if is_one_disc else f"{line.disc}.{line.position}"

    return ", ".join(number(run[0]) if len(run) == 1 else f"{number(run[0])}-{number(run[-1])}" for run in runs)


def _listed(data: QueryDict, line: Line) -> Line:
    name = f"line.{line.key}"
    return replace(
        line,
        title=_line(data, f"{name}.title", line.title),
        artist=_line(data, f"{name}.artist", line.artist),
        isrc=_code(checked_isrc, _line(data, f"{name}.isrc", line.isrc)),
    )


def _place(data: QueryDict, line: Line, typed: Typed) -> tuple[int, int]:
    read: list[int] = []
    for name, now in (("disc", line.disc), ("position", line.position)):
        text = data.get(f"line.{line.key}.{name}", str(now)).strip()
        if not (text.isascii() and text.isdigit() and 1 <= int(text[:9]) <= LARGEST_NUMBER):
            typed.unread[f"line.{line.key}.position"] = f"Discs and tracks are numbered from 1 to {LARGEST_NUMBER}."
            return line.place
        read.append(int(text))
    return read[0], read[1]


def _rights(data: QueryDict, name: str) -> WrittenRights:
    shares = [
        WrittenShare(
            _line(data, f"{name}.share.{place}.party"),
            _line(data, f"{name}.share.{place}.role"),
            _line(data, f"{name}.share.{place}.percent").removesuffix("%").strip().replace(",", "."),
        )
        for place in range(MOST_SHARES)
        if f"{name}.share.{place}.party" in data
    ]
    return WrittenRights(
        basis=_line(data, f"{name}.basis"),
        evidence=_text(data, f"{name}.evidence"),
        territories=_line(data, f"{name}.territories"),
        valid_from=_line(data, f"{name}.valid_from"),
        valid_until=_line(data, f"{name}.valid_until"),
        shares=tuple(one for one in shares if one.party or one.percent),
    )


def _genres(text: str | None, now: tuple[str, ...]) -> tuple[str, ...]:
    if text is None:
        return now
    parts = (clean(part, limit=LONGEST_LINE) for part in re.split(r"[;\n]", text[:LONGEST_TEXT]))
    return tuple(dict.fromkeys(part for part in parts if part))


def _line(data: Mapping[str, str], name: str, now: str = "") -> str:
    text = data.get(name)
    return now if text is None else clean(text, limit=LONGEST_LINE)


def _text(data: Mapping[str, str], name: str, now: str = "") -> str:
    text = data.get(name)
    return now if text is None else clean_lines(text, limit=LONGEST_TEXT)


def _code(check: Callable[[str], str], text: str) -> str:
    """A code as it is kept, where it is right; else as it was typed."""
    try:
        return check(text) if text else ""
    except ValueError:
        return text
