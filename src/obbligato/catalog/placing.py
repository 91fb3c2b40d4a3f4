"""Put the lines of a content in the order that somebody asked for by numbers. Pure: no two lines share a place."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace

from obbligato.catalog.contents import Line

Place = tuple[int, int]


def placed(lines: Sequence[Line], wanted: Mapping[str, Place], *, without: Collection[str] = ()) -> tuple[Line, ...]:
    """The lines with those moved that want another place, by key, and some left out; each disc counts from 1.

    A line that is moved stands where it wants to stand, and the others make room. Where nothing is moved nor left
    out, even numbers with gaps stay as they are.
    """
    moved = {line.key: wanted.get(line.key, line.place) for line in lines}
    if not without and all(moved[line.key] == line.place for line in lines):
        return tuple(lines)
    staying = [line for line in lines if line.key not in without]
    discs: dict[int, list[Line]] = {}
    for line in sorted((one for one in staying if moved[one.key] == one.place), key=lambda one: one.place):
        discs.setdefault(line.disc, []).append(line)
    for line in sorted((one for one in staying if moved[one.key] != one.place), key=lambda one: moved[one.key]):
        disc, position = moved[line.key]
        discs.setdefault(disc, []).insert(max(0, position - 1), line)
    return tuple(
        replace(line, disc=disc, position=position)
        for disc in sorted(discs)
        for position, line in enumerate(discs[disc], 1)
    )


def appended(lines: Sequence[Line], line: Line) -> tuple[Line, ...]:
    """With one more at the end of the last disc, under a key of its own."""
    disc = max((one.disc for one in lines), default=1)
    position = max((one.position for one in lines if one.disc == disc), default=0) + 1
    key = free_key(line.key, {one.key for one in lines})
    return (*lines, replace(line, key=key, disc=disc, position=position))


def free_key(key: str, taken: Collection[str]) -> str:
    """The key itself where nobody has it, else with the first number that makes it one's own."""
    free, number = key, 2
    while free in taken:
        free, number = f"{key}-{number}", number + 1
    return free
