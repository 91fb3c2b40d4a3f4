"""Read a QR code out of the SVG a page shows, as a telephone would of a clean picture (ISO/IEC 18004, level M)."""

import re
from itertools import count

ALIGNMENT = {2: (6, 18), 3: (6, 22), 4: (6, 26), 5: (6, 30), 6: (6, 34), 7: (6, 22, 38), 8: (6, 24, 42), 9: (6, 26, 46)}
BLOCKS = {2: (28,), 3: (44,), 4: (32,) * 2, 5: (43,) * 2, 6: (27,) * 4, 7: (31,) * 4, 8: (38, 38, 39, 39)}
MASKS = (
    lambda row, col: (row + col) % 2 == 0,
    lambda row, col: row % 2 == 0,
    lambda row, col: col % 3 == 0,
    lambda row, col: (row + col) % 3 == 0,
    lambda row, col: (row // 2 + col // 3) % 2 == 0,
    lambda row, col: row * col % 2 + row * col % 3 == 0,
    lambda row, col: (row * col % 2 + row * col % 3) % 2 == 0,
    lambda row, col: ((row + col) % 2 + row * col % 3) % 2 == 0,
)
FORMAT = [
    (8, 0),
    (8, 1),
    (8, 2),
    (8, 3),
    (8, 4),
    (8, 5),
    (8, 7),
    (8, 8),
    (7, 8),
    *[(row, 8) for row in range(5, -1, -1)],
]
BYTES = 0b0100


def content_of(svg: str) -> str:
    """The text in the first code of the page."""
    dark = _dark(svg)
    size = max(row for row, _ in dark) + 1
    version = (size - 17) // 4
    form = int("".join(str(int(place in dark)) for place in FORMAT), 2) ^ 0b101010000010010
    assert form >> 13 == 0, "not of level M"
    mask = MASKS[form >> 10 & 7]
    bits = [int(((row, col) in dark) ^ mask(row, col)) for row, col in _data_places(size, version)]
    words = [int("".join(map(str, bits[start : start + 8])), 2) for start in range(0, len(bits) - 7, 8)]
    stream = "".join(f"{word:08b}" for word in _blocks_in_order(words, BLOCKS[version]))
    assert int(stream[:4], 2) == BYTES
    length = int(stream[4:12], 2)
    return bytes(int(stream[12 + 8 * place : 20 + 8 * place], 2) for place in range(length)).decode()


def _dark(svg: str) -> set[tuple[int, int]]:
    """Row and column of each dark module, without the quiet border."""
    match = re.search(r'stroke="#000"[^>]*\bd="([^"]+)"', svg) or re.search(r'\bd="([^"]+)"[^>]*stroke="#000"', svg)
    assert match is not None
    x, y, found = 0.0, 0.0, set()
    for mark, numbers in re.findall(r"([Mmh])([-\d. ]+)", match[1]):
        values = [float(one) for one in numbers.split()]
        if mark == "h":
            found |= {(int(y), int(x) + step) for step in range(int(values[0]))}
            x += values[0]
        else:
            x, y = (values[0], values[1]) if mark == "M" else (x + values[0], y + values[1])
    border = min(col for _, col in found)
    return {(row - border, col - border) for row, col in found}


def _data_places(size: int, version: int) -> list[tuple[int, int]]:
    """Where data stands, in its order: up and down in pairs of columns from the right."""
    found, is_up = [], True
    for right in [*range(size - 1, 6, -2), *range(5, 0, -2)]:
        rows = range(size - 1, -1, -1) if is_up else range(size)
        found += [(row, col) for row in rows for col in (right, right - 1) if not _is_pattern(row, col, size, version)]
        is_up = not is_up
    return found


def _is_pattern(row: int, col: int, size: int, version: int) -> bool:
    is_corner = (row < 9 and (col < 9 or col >= size - 8)) or (row >= size - 8 and col < 9)
    is_version = version >= 7 and ((row < 6 and col >= size - 11) or (col < 6 and row >= size - 11))
    centers = ALIGNMENT[version]
    corners = {(6, 6), (6, centers[-1]), (centers[-1], 6)}
    is_alignment = any(
        abs(row - one) <= 2 and abs(col - other) <= 2
        for one in centers
        for other in centers
        if (one, other) not in corners
    )
    return is_corner or is_version or is_alignment or row == 6 or col == 6


def _blocks_in_order(words: list[int], sizes: tuple[int, ...]) -> list[int]:
    """Words of several blocks stand one of each in turn."""
    blocks: list[list[int]] = [[] for _ in sizes]
    stream = iter(words)
    for place in count():
        if place >= max(sizes):
            return [word for block in blocks for word in block]
        for block, length in zip(blocks, sizes, strict=True):
            if place < length:
                block.append(next(stream))
    raise AssertionError
