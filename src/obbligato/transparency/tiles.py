"""The log in pieces of 256, as C2SP tlog-tiles has it: their names, their bytes, and any node read from them.

Full tiles are rows; a partial one is made of what lies below it each time. Nothing here writes.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass

from obbligato.kernel.refusals import Missing
from obbligato.transparency.models import Entry, Tile
from obbligato.transparency.tree import root_of

HEIGHT = 8
WIDTH = 1 << HEIGHT
HASH_BYTES = 32
NAME = re.compile(r"(entries|0|[1-9]\d?)/((?:x\d{3}/)*\d{3})(?:\.p/([1-9]\d{0,2}))?")
MOST_DIGITS = 15


class NoSuchTile(Missing):
    """There is no such tile, or not yet."""


@dataclass(frozen=True)
class Name:
    """Which tile: level None is the bundle of entries below level 0. Its width is 256 where it is full."""

    level: int | None
    index: int
    width: int = WIDTH

    def __str__(self) -> str:
        digits = f"{self.index:d}"
        digits = digits.zfill(-(-len(digits) // 3) * 3)
        groups = [digits[at : at + 3] for at in range(0, len(digits), 3)]
        number = "/".join([*(f"x{group}" for group in groups[:-1]), groups[-1]])
        part = f".p/{self.width}" if self.width < WIDTH else ""
        return f"{'entries' if self.level is None else self.level}/{number}{part}"


def named(path: str) -> Name:
    """The tile of a name such as `0/x001/234` or `entries/000.p/17`. Raises NoSuchTile."""
    found = NAME.fullmatch(path)
    digits = re.sub(r"\D", "", found[2]) if found else ""
    if found is None or len(digits) > MOST_DIGITS or int(found[3] or 1) >= WIDTH:
        raise NoSuchTile("There is no such tile of the log.")
    level = None if found[1] == "entries" else int(found[1])
    name = Name(level, int(digits), int(found[3] or WIDTH))
    if str(name) != f"{found[1]}/{path.split('/', 1)[1]}":
        raise NoSuchTile("There is no such tile of the log.")
    return name


def names(size: int) -> Iterable[Name]:
    """All tiles of a log of so many entries, full and partial: bundles of entries first, then level by level."""
    level: int | None = None
    while size:
        yield from (Name(level, index) for index in range(size // WIDTH))
        if size % WIDTH:
            yield Name(level, size // WIDTH, size % WIDTH)
        size, level = (size, 0) if level is None else (size // WIDTH, level + 1)


def content(name: Name) -> bytes:
    """The bytes of a tile as it is served. Raises NoSuchTile."""
    parts = _leaves(name) if name.level is None else hashes(name.level, name.index, name.width)
    if len(parts) < name.width:
        raise NoSuchTile("There is no such tile of the log yet.")
    return b"".join(parts)


def hashes(level: int, index: int, width: int = WIDTH) -> list[bytes]:
    """The first hashes of a tile: as many as there are, at most its width."""
    full = Tile.objects.filter(level=level, index=index).values_list("hashes", flat=True).first()
    if full is None:
        return hashes_between(level, index * WIDTH, index * WIDTH + width)
    stored = bytes(full)
    return [stored[at : at + HASH_BYTES] for at in range(0, width * HASH_BYTES, HASH_BYTES)]


def hashes_between(level: int, start: int, end: int) -> list[bytes]:
    """The hashes of a level from one place to another, from what is one level below: entries, or full tiles."""
    if level == 0:
        leaves = Entry.objects.filter(index__gte=start, index__lt=end).order_by("index")
        return [bytes(one) for one in leaves.values_list("leaf_hash", flat=True)]
    below = Tile.objects.filter(level=level - 1, index__gte=start, index__lt=end).order_by("index")
    return [bytes(one) for one in below.values_list("root", flat=True)]


class Nodes:
    """Gives the hash of any complete subtree of a log of so many entries, reading each tile once. A tree.Node."""

    def __init__(self, size: int) -> None:
        self._size = size
        self._read: dict[tuple[int, int], list[bytes]] = {}

    def __call__(self, level: int, index: int) -> bytes:
        """The hash of the subtree; its leaves must be in the log."""
        tile_level, height = divmod(level, HEIGHT)
        tile, first = divmod(index << height, WIDTH)
        if (tile_level, tile) not in self._read:
            is_full = (tile + 1) * WIDTH ** (tile_level + 1) <= self._size
            read = hashes if is_full else _partial  # What cannot be full is not looked for.
            self._read[tile_level, tile] = read(tile_level, tile)
        return root_of(self._read[tile_level, tile][first : first + (1 << height)])


def _partial(level: int, index: int) -> list[bytes]:
    return hashes_between(level, index * WIDTH, (index + 1) * WIDTH)


def _leaves(name: Name) -> list[bytes]:
    """Entries, each after its length in two bytes, the greater one first."""
    start = name.index * WIDTH
    rows = Entry.objects.filter(index__gte=start, index__lt=start + name.width).order_by("index")
    return [len(leaf).to_bytes(2, "big") + bytes(leaf) for (leaf,) in rows.values_list("leaf")]
