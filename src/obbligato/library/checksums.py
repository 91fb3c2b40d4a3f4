"""Remember the CRC-32 of what was sent whole in a zip, so that the end of a zip is known without reading it again.

Kept in memory first and written by upkeep in one go: no download waits for the database's disk. What a crash
loses is found again by reading.
"""

import threading
from collections import OrderedDict
from collections.abc import Sequence

from obbligato.kernel import clock
from obbligato.library.models import MemberChecksum
from obbligato.library.threads import in_thread

KEPT_IN_MEMORY = 20_000
A_QUESTION = 500
POLYNOMIAL = 0xEDB88320
"""Of ISO-HDLC's CRC-32 as zip and zlib have it, lowest bit first."""

_recent: OrderedDict[str, int] = OrderedDict()
_unsaved: dict[str, int] = {}
_guard = threading.Lock()


class KeptChecksums:
    """The checksums that this store remembers: those of now in memory, all others in the database."""

    async def known(self, etags: Sequence[str]) -> dict[str, int]:
        """By validator, those that are remembered."""
        with _guard:
            found = {etag: _recent[etag] for etag in etags if etag in _recent}
        if missing := [etag for etag in etags if etag not in found]:
            found |= await in_thread(_stored, missing)
        return found

    def keep(self, etag: str, crc: int) -> None:
        """Remember a checksum from now on."""
        with _guard:
            if etag in _recent:
                return
            _unsaved[etag] = crc
            _remember(etag, crc)


def save_kept() -> int:
    """Write what was remembered since the last time; returns how many there were."""
    with _guard:
        rows = [MemberChecksum(etag=etag, crc32=crc, kept_at=clock.now()) for etag, crc in _unsaved.items()]
    MemberChecksum.objects.bulk_create(rows, ignore_conflicts=True)
    with _guard:
        for row in rows:
            _unsaved.pop(row.etag, None)
    return len(rows)


def forget_recent() -> None:
    """As after a restart: only what was saved is remembered."""
    with _guard:
        _recent.clear()
        _unsaved.clear()


def combined(first: int, second: int, second_bytes: int) -> int:
    """The CRC-32 of two pieces one after another, from those of each and the length of the second.

    Bytes of zeros after the first multiply it by a power of x modulo the polynomial, and CRC-32 is linear.
    """
    return _times(first, _power_of_x(8 * second_bytes)) ^ second


def _power_of_x(exponent: int) -> int:
    """x to that power modulo the polynomial, by squaring; bit 31 is x to the power 0."""
    power, square = 1 << 31, 1 << 30
    while exponent:
        if exponent & 1:
            power = _times(power, square)
        square = _times(square, square)
        exponent >>= 1
    return power


def _times(one: int, other: int) -> int:
    """The product of two polynomials over GF(2), modulo the polynomial."""
    product = 0
    for place in range(31, -1, -1):
        if one >> place & 1:
            product ^= other
        other = other >> 1 ^ (POLYNOMIAL if other & 1 else 0)
    return product


def _stored(etags: Sequence[str]) -> dict[str, int]:
    found: dict[str, int] = {}
    for first in range(0, len(etags), A_QUESTION):
        rows = MemberChecksum.objects.filter(etag__in=etags[first : first + A_QUESTION])
        found |= dict(rows.values_list("etag", "crc32"))
    with _guard:
        for etag, crc in found.items():
            _remember(etag, crc)
    return found


def _remember(etag: str, crc: int) -> None:
    _recent[etag] = crc
    while len(_recent) > KEPT_IN_MEMORY:
        _recent.popitem(last=False)
