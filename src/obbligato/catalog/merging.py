"""Carry what a draft changed over to an edition that came meanwhile. Pure; where both changed it, the draft stands."""

from collections.abc import Iterable
from dataclasses import fields, replace

from obbligato.catalog.comparing import pairs
from obbligato.catalog.contents import Content, Line
from obbligato.catalog.placing import free_key


def merged(base: Content, draft: Content, current: Content) -> Content:
    """What the draft makes of the current edition: changed as it changed the edition it began with."""
    names = [one.name for one in fields(Content) if one.name != "lines"]
    values = {name: _newest(getattr(base, name), getattr(draft, name), getattr(current, name)) for name in names}
    return Content(**values, lines=_lines(base, draft, current))  # type: ignore[arg-type]


def _newest(base: object, draft: object, current: object) -> object:
    return current if draft == base else draft


def _lines(base: Content, draft: Content, current: Content) -> tuple[Line, ...]:
    """In the draft's order, where it has one of its own: each line with the sound it has now."""
    if draft.lines == base.lines:
        return _with_keys(draft, current)
    if current.lines == base.lines:
        return draft.lines
    now = {before.place: after for before, after in pairs(base.lines, current.lines) if before}
    kept = [_line(was, line, now) for was, line in pairs(base.lines, draft.lines) if line]
    known = {after.place for after in now.values() if after}
    came = [line for line in current.lines if line.place not in known]
    return _apart([line for line in kept if line], came)


def _line(was: Line | None, line: Line, now: dict[tuple[int, int], Line | None]) -> Line | None:
    """The draft's line on the current edition; None where it is gone from there and the draft left it as it was."""
    if was is None:
        return line
    current = now[was.place]
    if current is None:
        return None if line == was else line
    if was.master != line.master:
        return line  # Another sound, put in its place.
    # Nobody changes a sound in a draft: what an import replaced stays replaced.
    names = [one.name for one in fields(Line) if one.compare and one.name != "master"]
    values = {name: _newest(getattr(was, name), getattr(line, name), getattr(current, name)) for name in names}
    return replace(line, **values, master=current.master, track_id=current.track_id)  # type: ignore[arg-type]


def _with_keys(draft: Content, current: Content) -> tuple[Line, ...]:
    """The current lines under the keys that the draft knows them by, for its terms hang on these."""
    keys = {after.place: before.key for before, after in pairs(draft.lines, current.lines) if before and after}
    return _apart([replace(line, key=keys.get(line.place, line.key)) for line in current.lines], ())


def _apart(kept: Iterable[Line], came: Iterable[Line]) -> tuple[Line, ...]:
    """No two in one place or under one key: who comes later takes the next free one of its disc."""
    taken: dict[tuple[int, int], Line] = {}
    keys: set[str] = set()
    for line in [*sorted(kept, key=lambda one: one.place), *came]:
        position = line.position
        while (line.disc, position) in taken:
            position += 1
        taken[line.disc, position] = replace(line, position=position, key=free_key(line.key, keys))
        keys.add(taken[line.disc, position].key)
    return tuple(taken[place] for place in sorted(taken))
