"""Make entries of the announcements that wait, in the order of their numbers. It never changes what is there already.

One transaction appends a batch whole: entries, the tiles that became full, the tally, and the announcements' removal.
Whatever dies in between leaves a log that was never begun to be longer.
"""

from collections import Counter
from collections.abc import Sequence
from datetime import date

from django.db import connection, transaction
from django.db.models import F, Max

from obbligato.transparency.models import Announcement, Entry, Tally, Tile
from obbligato.transparency.tiles import WIDTH, hashes_between
from obbligato.transparency.tree import leaf_hash, root_of

BATCH = 1_000
BATCHES_AT_ONCE = 20
ONE_AT_A_TIME = {"postgresql": "LOCK TABLE transparency_entry IN EXCLUSIVE MODE", "sqlite": "SELECT 1"}
"""On SQLite a transaction that means to write is alone from its beginning."""


def append_waiting(batches: int = BATCHES_AT_ONCE, entries_a_batch: int = BATCH) -> int:
    """Append what waits, at most so many batches; gives the number of new entries."""
    appended = 0
    for _ in range(batches):
        taken = append_batch(entries_a_batch)
        appended += taken
        if taken < entries_a_batch:
            break
    return appended


@transaction.atomic
def append_batch(most: int = BATCH) -> int:
    """Append one batch; gives how many entries it has. Two at the same moment wait for each other."""
    if not Announcement.objects.exists():
        return 0
    with connection.cursor() as cursor:
        cursor.execute(ONE_AT_A_TIME[connection.vendor])
    waiting = list(Announcement.objects.order_by("pk")[:most])
    first = size()
    entries = [_entry(first + place, one) for place, one in enumerate(waiting)]
    Entry.objects.bulk_create(entries)
    Tile.objects.bulk_create(_full_tiles(first, [bytes(one.leaf_hash) for one in entries]))
    _tally(entries)
    Announcement.objects.filter(pk__in=[one.pk for one in waiting]).delete()
    return len(entries)


def size() -> int:
    """How many entries the log has, read at its end."""
    last = Entry.objects.aggregate(last=Max("index"))["last"]
    return 0 if last is None else int(last) + 1


def _entry(index: int, one: Announcement) -> Entry:
    leaf = bytes(one.leaf)
    return Entry(
        index=index, kind=one.kind, subject=one.subject, at=one.at, leaf=leaf, leaf_hash=leaf_hash(leaf)
    )  # fmt: skip


def _full_tiles(first: int, hashes: Sequence[bytes]) -> list[Tile]:
    """The tiles that new hashes at the end of level 0 fill, and those that these fill above."""
    full: list[Tile] = []
    level = 0
    while hashes:
        tile = first // WIDTH
        row = [*hashes_between(level, tile * WIDTH, first), *hashes]
        chunks = [row[at : at + WIDTH] for at in range(0, len(row) - WIDTH + 1, WIDTH)]
        filled = [
            Tile(level=level, index=tile + place, hashes=b"".join(chunk), root=root_of(chunk))
            for place, chunk in enumerate(chunks)
        ]
        full += filled
        first, hashes, level = tile, [bytes(one.root) for one in filled], level + 1
    return full


def _tally(entries: Sequence[Entry]) -> None:
    counted = Counter((date(one.at.year, one.at.month, 1), one.kind) for one in entries)
    for (month, kind), count in sorted(counted.items()):
        if not Tally.objects.filter(month=month, kind=kind).update(entries=F("entries") + count):
            Tally.objects.create(month=month, kind=kind, entries=count)
