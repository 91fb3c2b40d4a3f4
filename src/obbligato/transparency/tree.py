"""The arithmetic of a Merkle tree as RFC 6962, section 2.1, defines it. Pure functions; nodes are found by the caller.

A *node* is the root of a complete subtree, named by its level (0 is the leaves) and its place from the left.
"""

from collections.abc import Callable, Iterator, Sequence
from hashlib import sha256

Node = Callable[[int, int], bytes]
"""Gives the hash of a complete subtree, by its level and its place in that level."""
EMPTY_ROOT = sha256(b"").digest()


def leaf_hash(leaf: bytes) -> bytes:
    """The hash of a leaf: SHA-256 of 0x00 and its bytes."""
    return sha256(b"\x00" + leaf).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """The hash above two hashes: SHA-256 of 0x01 and both."""
    return sha256(b"\x01" + left + right).digest()


def root_of(hashes: Sequence[bytes]) -> bytes:
    """The root over so many hashes of one level: a power of two of them, at least one."""
    while len(hashes) > 1:
        hashes = [node_hash(hashes[at], hashes[at + 1]) for at in range(0, len(hashes), 2)]
    return hashes[0]


def root(node: Node, size: int) -> bytes:
    """The root of a tree of so many leaves."""
    return _over(node, 0, size) if size else EMPTY_ROOT


def inclusion(node: Node, index: int, size: int) -> list[bytes]:
    """The audit path of a leaf in a tree of so many, from its sibling to below the root (section 2.1.1)."""
    return [_over(node, *beside) for beside in reversed(list(_beside(index, size)))]


def consistency(node: Node, before: int, size: int) -> list[bytes]:
    """The proof that a tree of `size` leaves begins with the tree of `before` leaves, which is not empty (2.1.2)."""
    path = []
    start, end, left = 0, size, before
    while left != end - start:
        middle = start + _split(end - start)
        if start + left <= middle:
            path.append((middle, end))
            end = middle
        else:
            path.append((start, middle))
            left -= middle - start
            start = middle
    if start:
        path.append((start, end))
    return [_over(node, *stretch) for stretch in reversed(path)]


class Growing:
    """The roots of a tree while leaves are added one by one: keeps a hash for each bit of its size."""

    def __init__(self) -> None:
        self.size = 0
        self._peaks: list[bytes] = []

    def add(self, hashed: bytes) -> None:
        """The next leaf's hash."""
        place = self.size
        while place & 1:
            hashed = node_hash(self._peaks.pop(), hashed)
            place >>= 1
        self._peaks.append(hashed)
        self.size += 1

    @property
    def root(self) -> bytes:
        """Of the tree as it is now."""
        return _folded(self._peaks) if self._peaks else EMPTY_ROOT


def _beside(index: int, size: int) -> Iterator[tuple[int, int]]:
    """The stretches of leaves beside a leaf's way from the root down."""
    start, end = 0, size
    while end - start > 1:
        middle = start + _split(end - start)
        if index < middle:
            yield middle, end
            end = middle
        else:
            yield start, middle
            start = middle


def _split(count: int) -> int:
    """The greatest power of two below a number above one."""
    return 1 << ((count - 1).bit_length() - 1)


def _over(node: Node, start: int, end: int) -> bytes:
    """The hash over a stretch of leaves that begins where a subtree does."""
    peaks = []
    while start < end:
        level = (end - start).bit_length() - 1
        peaks.append(node(level, start >> level))
        start += 1 << level
    return _folded(peaks)


def _folded(peaks: Sequence[bytes]) -> bytes:
    made = peaks[-1]
    for left in reversed(peaks[:-1]):
        made = node_hash(left, made)
    return made
