"""Reads the kind and the size of a cover out of its first bytes; never decodes a pixel, never believes a tag.

Sources: ITU-T T.81, B.2.2 (JPEG); W3C's PNG, 11.2.1; CompuServe's GIF89a, 18; Google's WebP container; RFC 6386, 9.1.
"""

import struct
from dataclasses import dataclass

JPEG, PNG, GIF = b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n", b"GIF8"
PNG_SAMPLES = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}
"""Samples of a pixel by the type of colour."""
PNG_PALETTE = 3
JPEG_WITHOUT_LENGTH = frozenset({0x01, *range(0xD0, 0xD9)})
JPEG_FRAMES = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
"""Markers of a frame's head: the others in their midst are tables."""


@dataclass(frozen=True)
class Shape:
    """Width and height in pixels, bits of a pixel, colours in the palette: each 0 where it is not known, or none."""

    width: int = 0
    height: int = 0
    depth: int = 0
    colours: int = 0


def media_type_of(data: bytes) -> str | None:
    """The media type by a picture's own first bytes; None for what is no picture that a cover may be."""
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return "image/webp"
    kinds = {JPEG: "image/jpeg", PNG: "image/png", GIF: "image/gif"}
    return next((media_type for mark, media_type in kinds.items() if data.startswith(mark)), None)


def shape_of(data: bytes) -> Shape:
    """What a picture says of itself; nothing where its head is not whole."""
    readers = {"image/jpeg": _jpeg, "image/png": _png, "image/gif": _gif, "image/webp": _webp}
    media_type = media_type_of(data)
    try:
        return readers[media_type](data) if media_type else Shape()
    except (struct.error, IndexError):
        return Shape()


def _jpeg(data: bytes) -> Shape:
    """The first frame's head; markers follow one another, each with its length."""
    position = 2
    while data[position] == 0xFF:
        marker = data[position + 1]
        if marker == 0xFF:
            position += 1
        elif marker in JPEG_FRAMES:
            bits, height, width, components = struct.unpack_from(">BHHB", data, position + 4)
            return Shape(width, height, bits * components)
        elif marker in JPEG_WITHOUT_LENGTH:
            position += 2
        else:
            position += 2 + struct.unpack_from(">H", data, position + 2)[0]
    return Shape()


def _png(data: bytes) -> Shape:
    width, height, bits, colour = struct.unpack_from(">IIBB", data, 16)
    if colour not in PNG_SAMPLES:
        return Shape()
    place = data.find(b"PLTE", 33) if colour == PNG_PALETTE else -1
    colours = struct.unpack_from(">I", data, place - 4)[0] // 3 if place > 0 else 0
    return Shape(width, height, bits * PNG_SAMPLES[colour], min(colours, 256))


def _gif(data: bytes) -> Shape:
    width, height, packed = struct.unpack_from("<HHB", data, 6)
    bits = (packed & 7) + 1
    return Shape(width, height, bits, 1 << bits) if packed & 0x80 else Shape(width, height)


def _webp(data: bytes) -> Shape:
    """Lossy, lossless or extended; a pixel has 24 bits, and 8 more for what shines through."""
    kind = data[12:16]
    if kind == b"VP8 ":
        width, height = struct.unpack_from("<HH", data, 26)
        return Shape(width & 0x3FFF, height & 0x3FFF, 24)
    if kind == b"VP8L":
        (packed,) = struct.unpack_from("<I", data, 21)
        return Shape((packed & 0x3FFF) + 1, (packed >> 14 & 0x3FFF) + 1, 32 if packed >> 28 & 1 else 24)
    if kind == b"VP8X":
        sizes = int.from_bytes(data[24:27], "little"), int.from_bytes(data[27:30], "little")
        return Shape(sizes[0] + 1, sizes[1] + 1, 32 if data[20] & 0x10 else 24)
    return Shape()
