"""Prove the log from its first byte to its last, and name what was altered. It reads only, and trusts no stored hash.

Entries are hashed again and compared with their hashes, tiles, tallies and every checkpoint; what is kept beside the
log is compared with its commitments.
"""

import json
from collections import Counter, deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from obbligato.transparency import keys, notes
from obbligato.transparency.announcing import written
from obbligato.transparency.appending import size
from obbligato.transparency.commitments import commitment
from obbligato.transparency.models import Announcement, Checkpoint, Entry, Sealed, Tally, Tile
from obbligato.transparency.tiles import WIDTH
from obbligato.transparency.tree import Growing, leaf_hash, root_of

ROWS_AT_ONCE = 2_000
Counted = Counter[tuple[date, str]]


@dataclass
class Findings:
    """What was read, and each difference as a sentence."""

    entries: int = 0
    tiles: int = 0
    checkpoints: int = 0
    differences: list[str] = field(default_factory=list)

    @property
    def is_clean(self) -> bool:
        return not self.differences


def verify() -> Findings:
    """Read the whole log as it is now; what is appended meanwhile is left for the next time."""
    found = Findings()
    sealed = {one.commitment: one for one in Sealed.objects.all()}
    signed = deque(Checkpoint.objects.order_by("size"))
    length, tallies = _length_and_tallies()
    log, tiles, counted = Growing(), _Tiles(found), Counted()
    for index, kind, subject, at, leaf, stored in _rows(length):
        if index != log.size:
            found.differences.append(f"Entry {log.size} is missing.")
            return found
        said, hashed = _read_leaf(bytes(leaf)), leaf_hash(bytes(leaf))
        if bytes(stored) != hashed:
            found.differences.append(f"Entry {index} was altered: its leaf does not have the hash that is stored.")
        if said.get("kind") != kind or said.get("subject") != subject or said.get("at") != written(at):
            found.differences.append(f"Entry {index} was altered: its kind, subject or time is not what its leaf says.")
        counted[_month(at), kind] += 1
        _meet_commitments(found, sealed, said)
        tiles.add(0, hashed)
        log.add(hashed)
        while signed and signed[0].size == log.size:
            _compare_checkpoint(found, signed.popleft(), log.root)
    found.entries = log.size
    _compare_rest(found, tiles, signed, tallies, counted)
    _compare_sealed(found, sealed, length)
    return found


def _length_and_tallies() -> tuple[int, Counted]:
    """Both of one moment."""
    while True:
        before = size()
        tallies = Counted({(one.month, one.kind): one.entries for one in Tally.objects.all()})
        if size() == before:
            return before, tallies


def _rows(length: int) -> Iterator[tuple[int, str, str, datetime, Any, Any]]:
    for start in range(0, length, ROWS_AT_ONCE):
        rows = Entry.objects.filter(index__gte=start, index__lt=min(length, start + ROWS_AT_ONCE)).order_by("index")
        yield from rows.values_list("index", "kind", "subject", "at", "leaf", "leaf_hash")


def _read_leaf(leaf: bytes) -> dict[str, Any]:
    try:
        said = json.loads(leaf)
    except ValueError:
        return {}
    return said if isinstance(said, dict) else {}


def _month(at: datetime) -> date:
    return date(at.year, at.month, 1)


def _meet_commitments(found: Findings, sealed: dict[str, Sealed], said: dict[str, Any]) -> None:
    """Take from `sealed` what this leaf commits to."""
    personal = said.get("personal")
    for name, number in personal.items() if isinstance(personal, dict) else ():
        kept = sealed.pop(number, None) if isinstance(number, str) else None
        if kept is None:
            continue  # It is forgotten.
        is_same = (kept.subject, kept.name) == (said.get("subject"), name)
        if not is_same or _commitment_of(kept) != number:
            found.differences.append(f"What is kept of {kept.subject} as {kept.name} does not open its commitment.")


def _commitment_of(kept: Sealed) -> str:
    """Of exactly what is kept; a salt that is written another way was altered."""
    try:
        is_plain = bytes.fromhex(kept.salt).hex() == kept.salt
    except ValueError:
        return ""
    return commitment(kept.salt, kept.value) if is_plain else ""


class _Tiles:
    """Fills tiles from hashes made anew and compares each full one with its row."""

    def __init__(self, found: Findings) -> None:
        self._found = found
        self._begun: dict[int, list[bytes]] = {}
        self._full: Counter[int] = Counter()

    def add(self, level: int, hashed: bytes) -> None:
        begun = self._begun.setdefault(level, [])
        begun.append(hashed)
        if len(begun) == WIDTH:
            above = root_of(begun)
            self._compare(level, self._full[level], begun, above)
            self._full[level] += 1
            self._found.tiles += 1
            begun.clear()
            self.add(level + 1, above)

    def _compare(self, level: int, index: int, hashes: list[bytes], root: bytes) -> None:
        row = Tile.objects.filter(level=level, index=index).first()
        if row is None:
            self._found.differences.append(f"Tile {level}/{index} is missing.")
            return
        stored = bytes(row.hashes)
        wrong = [place for place, one in enumerate(hashes) if stored[place * 32 : place * 32 + 32] != one]
        if wrong or len(stored) != WIDTH * 32:
            place = index * WIDTH + wrong[0] if wrong else (index + 1) * WIDTH
            what = f"entry {place}" if level == 0 else f"tile {level - 1}/{place}"
            self._found.differences.append(f"Tile {level}/{index} and {what} do not agree: one of them was altered.")
        if bytes(row.root) != root:
            self._found.differences.append(f"Tile {level}/{index} was altered: it does not have the root stored.")

    def superfluous(self, length: int) -> list[str]:
        rows = Tile.objects.order_by("level", "index").values_list("level", "index")
        return [f"{level}/{index}" for level, index in rows.iterator() if (index + 1) * WIDTH ** (level + 1) > length]


def _compare_checkpoint(found: Findings, row: Checkpoint, root: bytes) -> None:
    found.checkpoints += 1
    note = _read_note(row.note)
    if note is None or (note.size, note.root) != (row.size, bytes(row.root)):
        found.differences.append(f"Checkpoint {row.size} was altered: the log's key did not sign what it says.")
    elif note.root != root:
        found.differences.append(
            f"Checkpoint {row.size} is signed, but the first {row.size} entries have another root: an entry before it"
            " was altered, or there are two histories."
        )


def _read_note(note: str) -> notes.Signed | None:
    """What the log's key signed; None where it did not sign just this text."""
    if not keys.key_file().exists():
        return None
    key = keys.signing_key()
    try:
        said = notes.opened(note, key.verifier)
    except notes.BadNote:
        return None
    return said if notes.checkpoint(key, said.size, said.root) == note else None


def _compare_rest(
    found: Findings, tiles: _Tiles, signed: deque[Checkpoint], tallies: Counted, counted: Counted
) -> None:
    for row in signed:
        found.differences.append(f"Checkpoint {row.size} is signed, but the log has {found.entries} entries.")
    found.differences += [f"Tile {name} is of entries that there are not." for name in tiles.superfluous(size())]
    for month, kind in sorted(key for key in {*tallies, *counted} if tallies[key] != counted[key]):
        found.differences.append(
            f"The tally says {tallies[month, kind]} of {kind} in {month:%Y-%m}; the log has {counted[month, kind]}."
        )


def _compare_sealed(found: Findings, left: dict[str, Sealed], length: int) -> None:
    """What was kept and no entry commits to must wait with its announcement, or have been appended meanwhile."""
    later = [*Announcement.objects.values_list("leaf", flat=True)]
    later += Entry.objects.filter(index__gte=length).values_list("leaf", flat=True)
    for leaf in later if left else ():
        _meet_commitments(found, left, _read_leaf(bytes(leaf)))
    for kept in left.values():
        found.differences.append(f"What is kept of {kept.subject} as {kept.name} belongs to no commitment of the log.")
