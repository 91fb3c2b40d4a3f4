"""Ogg pages around Opus packets; never decodes one. Sources: RFC 3533 (pages), RFC 7845 (Opus in Ogg).

Audio pages are kept with numbers from 0; a copy renumbers them, because how many pages come before depends on the
cover. All numbers in a page are little-endian.
"""

import struct
import zlib
from collections.abc import Iterable, Sequence

from obbligato.audio.essence import Sound

HEADER_BYTES = 27
MAX_SEGMENTS = 255
SEGMENT_BYTES = 255
CONTINUED, FIRST, LAST = 1, 2, 4
NO_GRANULE = 2**64 - 1
SEQUENCE_OFFSET, CHECK_OFFSET = 18, 22
OPUS_HEAD_BYTES = 19
HEAD_PAGE_BYTES = HEADER_BYTES + 1 + OPUS_HEAD_BYTES
PACKETS_IN_PAGE = 50
"""One second of 20-ms packets, the usual length of a page (RFC 7845, 3)."""

OPUS_FRAME_SAMPLES = 960
"""20 ms at 48 kHz."""
OPUS_DELAY_SAMPLES = 312
"""libopus looks 6.5 ms ahead; checked when an encoder opens."""

REVERSED = bytes(int(f"{byte:08b}"[::-1], 2) for byte in range(256))


def prefix(sound: Sound, tag_block: bytes, packet_sizes: Sequence[int] = ()) -> bytes:
    """The page of OpusHead and the pages of OpusTags, whose packet is tag_block."""
    serial = serial_of(sound)
    head = page(opus_head(sound), [OPUS_HEAD_BYTES], flags=FIRST, granule=0, serial=serial, sequence=0)
    return head + b"".join(_tag_pages(tag_block, serial))


def tag_pages_bytes(packet_bytes: int) -> int:
    """What a tag packet of this length takes as pages."""
    segments = packet_bytes // SEGMENT_BYTES + 1
    return packet_bytes + segments + HEADER_BYTES * tag_pages(packet_bytes)


def tag_pages(packet_bytes: int) -> int:
    """Pages that a tag packet of this length takes."""
    return -(-(packet_bytes // SEGMENT_BYTES + 1) // MAX_SEGMENTS)


def opus_packets(samples: int) -> int:
    """Packets that cover the delay and every sample."""
    return -(-(samples + OPUS_DELAY_SAMPLES) // OPUS_FRAME_SAMPLES)


def serial_of(sound: Sound) -> int:
    """A stream number that is the same for the same audio."""
    return zlib.crc32(sound.identity.encode())


def opus_head(sound: Sound) -> bytes:
    """RFC 7845, 5.1: version 1, mapping family 0, output gain 0."""
    return struct.pack("<8sBBHIhB", b"OpusHead", 1, sound.channels, sound.delay, sound.sample_rate, 0, 0)


def page(body: bytes, packet_sizes: Iterable[int], *, flags: int, granule: int, serial: int, sequence: int) -> bytes:
    """One page of whole packets."""
    lacing = b"".join(b"\xff" * (size // SEGMENT_BYTES) + bytes([size % SEGMENT_BYTES]) for size in packet_sizes)
    return _page(body, lacing, flags=flags, granule=granule, serial=serial, sequence=sequence)


def renumbered(one_page: bytes, sequence: int) -> bytes:
    """The same page with another number and the check that belongs to it."""
    numbered = one_page[:SEQUENCE_OFFSET] + struct.pack("<II", sequence & 0xFFFFFFFF, 0) + one_page[HEADER_BYTES - 1 :]
    return _checked(numbered)


def crc(data: bytes) -> int:
    """Ogg's check: polynomial 0x04c11db7, from 0, most significant bit first.

    zlib's is the same polynomial with every bit mirrored, so mirrored bytes give it at zlib's speed.
    """
    mirrored = zlib.crc32(data.translate(REVERSED), 0xFFFFFFFF) ^ 0xFFFFFFFF
    return int.from_bytes(mirrored.to_bytes(4, "little").translate(REVERSED), "big")


def _tag_pages(packet: bytes, serial: int) -> list[bytes]:
    """The tag packet over as many pages as it needs; no page but the one where it ends has a granule."""
    lacing = b"\xff" * (len(packet) // SEGMENT_BYTES) + bytes([len(packet) % SEGMENT_BYTES])
    pages = []
    for number, start in enumerate(range(0, len(lacing), MAX_SEGMENTS)):
        part = lacing[start : start + MAX_SEGMENTS]
        body = packet[start * SEGMENT_BYTES : start * SEGMENT_BYTES + sum(part)]
        is_end = start + MAX_SEGMENTS >= len(lacing)
        flags, granule = (CONTINUED if number else 0), (0 if is_end else NO_GRANULE)
        pages.append(_page(body, part, flags=flags, granule=granule, serial=serial, sequence=1 + number))
    return pages


def _page(body: bytes, lacing: bytes, *, flags: int, granule: int, serial: int, sequence: int) -> bytes:
    assert len(lacing) <= MAX_SEGMENTS, "a page has at most 255 segments"
    header = struct.pack("<4sBBQIIIB", b"OggS", 0, flags, granule, serial, sequence, 0, len(lacing))
    return _checked(header + lacing + body)


def _checked(one_page: bytes) -> bytes:
    """The page with its check, which is counted over the page with zeros in its place."""
    return one_page[:CHECK_OFFSET] + struct.pack("<I", crc(one_page)) + one_page[CHECK_OFFSET + 4 :]
