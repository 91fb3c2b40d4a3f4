"""Ogg pages around Opus and Vorbis packets; never decodes one.

Sources: RFC 3533 (pages), RFC 7845 (Opus in Ogg), Vorbis I specification, 4.2 and A.2 (Vorbis and its place in Ogg).
Audio pages are kept with numbers from 0; a copy renumbers them, because how many pages come before depends on the
cover. All numbers in a page are little-endian.
"""

import struct
import zlib
from collections.abc import Iterable, Iterator, Sequence

from obbligato.audio.essence import Sound

HEADER_BYTES = 27
MAX_SEGMENTS = 255
SEGMENT_BYTES = 255
CONTINUED, FIRST, LAST = 1, 2, 4
NO_GRANULE = 2**64 - 1
SEQUENCE_OFFSET, CHECK_OFFSET = 18, 22
OPUS_HEAD_BYTES = 19
HEAD_PAGE_BYTES = HEADER_BYTES + 1 + OPUS_HEAD_BYTES
VORBIS_HEAD_BYTES = 30
VORBIS_SETUP_BYTES = 5120
"""No less than the third header of Vorbis."""
VORBIS_FIXED_BYTES = HEADER_BYTES + 1 + VORBIS_HEAD_BYTES + VORBIS_SETUP_BYTES + VORBIS_SETUP_BYTES // 255 + 1 + 27
"""No less than what Vorbis' own headers take as pages, the comment's pages not counted."""
PACKETS_IN_PAGE = 40
"""Opus packets have at most six segments of 255 bytes, so forty always fit: a page's number follows from a packet's."""

OPUS_FRAME_SAMPLES = 960
"""20 ms at 48 kHz."""
OPUS_DELAY_SAMPLES = 312
"""libopus looks 6.5 ms ahead; checked when an encoder opens."""

REVERSED = bytes(int(f"{byte:08b}"[::-1], 2) for byte in range(256))


def prefix(sound: Sound, tag_block: bytes, packet_sizes: Sequence[int] = ()) -> bytes:
    """All pages before the audio. tag_block is the OpusTags packet, or the comment packet of Vorbis."""
    head, *others = _header_packets(sound, tag_block)
    serial = serial_of(sound)
    first = page(head, [len(head)], flags=FIRST, granule=0, serial=serial, sequence=0)
    return first + b"".join(_header_pages(others, serial))


def pages_in(data: bytes) -> int:
    """How many pages a prefix has: the number of the first page of audio."""
    return sum(1 for _ in whole_pages(data))


def tag_pages_bytes(packet_bytes: int) -> int:
    """What a tag packet of this length takes as pages."""
    return packet_bytes + segments(packet_bytes) + HEADER_BYTES * tag_pages(packet_bytes)


def tag_pages(packet_bytes: int) -> int:
    """Pages that a tag packet of this length takes."""
    return -(-segments(packet_bytes) // MAX_SEGMENTS)


def segments(packet_bytes: int) -> int:
    """Segments of a packet: as many as it has full 255 bytes, and a shorter one that ends it."""
    return packet_bytes // SEGMENT_BYTES + 1


def audio_pages(packets: int) -> int:
    """Pages of so many Opus packets."""
    return -(-packets // PACKETS_IN_PAGE)


def opus_pages(packets: Sequence[bytes], numbers: range, sound: Sound) -> list[bytes]:
    """The pages of some packets and their numbers in the whole; they begin with a page's first packet."""
    assert numbers.start % PACKETS_IN_PAGE == 0, "a page is never made in two pieces"
    assert len(packets) == len(numbers), "every packet has its number"
    serial = serial_of(sound)
    made = []
    for start in numbers[::PACKETS_IN_PAGE]:
        stop = min(start + PACKETS_IN_PAGE, numbers.stop)
        in_page = packets[start - numbers.start : stop - numbers.start]
        is_last = stop == sound.packets
        made.append(
            page(
                b"".join(in_page),
                [len(packet) for packet in in_page],
                flags=LAST if is_last else 0,
                # RFC 7845, 4: the position after the page's last sample; the last one is smaller and trims the end.
                granule=OPUS_DELAY_SAMPLES + sound.samples if is_last else stop * OPUS_FRAME_SAMPLES,
                serial=serial,
                sequence=start // PACKETS_IN_PAGE,
            )
        )
    return made


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
    lacing = b"".join(_lacing(size) for size in packet_sizes)
    return _page(body, lacing, flags=flags, granule=granule, serial=serial, sequence=sequence)


def renumbered(one_page: bytes, sequence: int) -> bytes:
    """The same page with another number and the check that belongs to it."""
    numbered = one_page[:SEQUENCE_OFFSET] + struct.pack("<II", sequence & 0xFFFFFFFF, 0) + one_page[HEADER_BYTES - 1 :]
    return _checked(numbered)


def shifted(pages: bytes, by: int) -> bytes:
    """A run of whole pages, each with a number higher by so much: audio as it stands in a copy."""
    made, position = [], 0
    for lacing, body in whole_pages(pages):
        (number,) = struct.unpack_from("<I", pages, position + SEQUENCE_OFFSET)
        end = body + sum(lacing)
        made.append(renumbered(pages[position:end], number + by))
        position = end
    assert position == len(pages), "a page is never cut"
    return b"".join(made)


def whole_pages(data: bytes | bytearray) -> Iterator[tuple[bytes, int]]:
    """Of every page that is whole, pages from byte 0 on: the lengths of its segments, and where its body begins."""
    position = 0
    while position + HEADER_BYTES <= len(data):
        assert data[position : position + 4] == b"OggS", "pages follow each other without a gap"
        body = position + HEADER_BYTES + data[position + HEADER_BYTES - 1]
        lacing = bytes(data[position + HEADER_BYTES : body])
        if (position := body + sum(lacing)) > len(data):
            return
        yield lacing, body


def crc(data: bytes) -> int:
    """Ogg's check: polynomial 0x04c11db7, from 0, most significant bit first.

    zlib's is the same polynomial with every bit mirrored, so mirrored bytes give it at zlib's speed.
    """
    mirrored = zlib.crc32(data.translate(REVERSED), 0xFFFFFFFF) ^ 0xFFFFFFFF
    return int.from_bytes(mirrored.to_bytes(4, "little").translate(REVERSED), "big")


def _header_packets(sound: Sound, tag_block: bytes) -> list[bytes]:
    """Opus has two; Vorbis three, whose first and last only its encoder knows (Vorbis I, 4.2.1)."""
    if sound.codec == "opus":
        return [opus_head(sound), tag_block]
    private = bytes.fromhex(sound.private)
    assert private[1:7] == private[VORBIS_HEAD_BYTES + 1 : VORBIS_HEAD_BYTES + 7] == b"vorbis", "two Vorbis headers"
    return [private[:VORBIS_HEAD_BYTES], tag_block, private[VORBIS_HEAD_BYTES:]]


def _header_pages(packets: list[bytes], serial: int) -> list[bytes]:
    """Packets one behind the other over as many pages as they need; a page where none ends has no granule."""
    lacing, body = b"".join(_lacing(len(packet)) for packet in packets), b"".join(packets)
    pages, taken = [], 0
    for number, start in enumerate(range(0, len(lacing), MAX_SEGMENTS)):
        part = lacing[start : start + MAX_SEGMENTS]
        flags = CONTINUED if start and lacing[start - 1] == SEGMENT_BYTES else 0
        granule = 0 if min(part) < SEGMENT_BYTES else NO_GRANULE
        part_body = body[taken : taken + sum(part)]
        taken += len(part_body)
        pages.append(_page(part_body, part, flags=flags, granule=granule, serial=serial, sequence=1 + number))
    return pages


def _page(body: bytes, lacing: bytes, *, flags: int, granule: int, serial: int, sequence: int) -> bytes:
    assert len(lacing) <= MAX_SEGMENTS, "a page has at most 255 segments"
    header = struct.pack("<4sBBQIIIB", b"OggS", 0, flags, granule, serial, sequence, 0, len(lacing))
    return _checked(header + lacing + body)


def _lacing(packet_bytes: int) -> bytes:
    return b"\xff" * (packet_bytes // SEGMENT_BYTES) + bytes([packet_bytes % SEGMENT_BYTES])


def _checked(one_page: bytes) -> bytes:
    """The page with its check, which is counted over the page with zeros in its place."""
    return one_page[:CHECK_OFFSET] + struct.pack("<I", crc(one_page)) + one_page[CHECK_OFFSET + 4 :]
