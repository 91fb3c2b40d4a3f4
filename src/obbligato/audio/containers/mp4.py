"""MP4 (M4A) with everything that describes the audio before it; never the packets themselves.

Sources: ISO 14496-12 (boxes), 14496-14 and 14496-1, 7.2.6 (esds), Apple's ALAC magic cookie description, and
Apple's QuickTime documentation of gapless audio (edit list, roll group, iTunSMPB).
"""

import struct
from collections.abc import Sequence

from obbligato.audio.essence import Sound

PACKETS_IN_CHUNK = 20
MAX_32_BIT = 2**32 - 1
GAPLESS_PLACE = b" 00000000 00000000 00000000 0000000000000000" + b" 00000000" * 8
"""What the tag block holds where iTunSMPB's numbers belong: the same length, so no box moves."""
GAPLESS_NAME = b"name\0\0\0\0iTunSMPB"
"""The box before it. No text can hold it, for none has a zero in it."""
MATRIX = struct.pack(">9I", 0x10000, 0, 0, 0, 0x10000, 0, 0, 0, 0x40000000)
AAC_FRAME_SAMPLES = 1024
AAC_DELAY_SAMPLES = 1024
"""Priming that FFmpeg's encoder puts before the first sample."""
AAC_FRAME_BYTES = 768
"""6144 bits for each channel, ISO 14496-3, 4.5.3: the most a packet can have."""
ALAC_FRAME_SAMPLES = 4096
FIXED_BYTES = 1024
"""No less than all boxes that do not grow with the audio, save the tag block."""


def prefix(sound: Sound, tag_block: bytes, packet_sizes: Sequence[int]) -> bytes:
    """ftyp, moov and the head of mdat. tag_block is a whole udta box."""
    file_type = box(b"ftyp", b"M4A \0\0\2\0M4A mp42isom")
    before, name, after = tag_block.rpartition(GAPLESS_NAME)
    udta = before + name + after.replace(GAPLESS_PLACE, gapless_text(sound), 1) if name else tag_block
    data_head = _data_head(sound.audio_bytes)
    length = len(file_type) + len(data_head)
    is_wide = length + len(udta) + sound.audio_bytes + 16 * len(packet_sizes) + 4096 > MAX_32_BIT
    # The offsets' own size is known before their values, so the second pass only fills them in.
    moov_bytes = len(_moov(sound, udta, packet_sizes, first_offset=0, is_wide=is_wide))
    first_offset = length + moov_bytes
    return file_type + _moov(sound, udta, packet_sizes, first_offset=first_offset, is_wide=is_wide) + data_head


def box(kind: bytes, *contents: bytes) -> bytes:
    """A box with its length in front (ISO 14496-12, 4.2)."""
    body = b"".join(contents)
    return struct.pack(">I4s", 8 + len(body), kind) + body


def table_bytes(packets: int) -> int:
    """No less than what the sizes and offsets of so many packets take, with 64-bit offsets."""
    return 4 * packets + 8 * (packets // PACKETS_IN_CHUNK + 1)


def alac_overhead_bytes(channels: int) -> int:
    """The most an ALAC packet adds to samples that do not compress: each element's head, and the end mark."""
    return 16 * ((channels + 1) // 2 + 2)


def gapless_text(sound: Sound) -> bytes:
    """iTunSMPB: delay, padding and samples in hexadecimal, each after a space."""
    text = f" 00000000 {sound.delay:08X} {sound.padding:08X} {sound.samples:016X}".encode() + b" 00000000" * 8
    assert len(text) == len(GAPLESS_PLACE), "every number has its width"
    return text


def _full(kind: bytes, *contents: bytes, version: int = 0, flags: int = 0) -> bytes:
    return box(kind, struct.pack(">I", version << 24 | flags), *contents)


def _data_head(audio_bytes: int) -> bytes:
    if audio_bytes + 8 <= MAX_32_BIT:
        return struct.pack(">I4s", audio_bytes + 8, b"mdat")
    return struct.pack(">I4sQ", 1, b"mdat", audio_bytes + 16)


def _moov(sound: Sound, udta: bytes, packet_sizes: Sequence[int], *, first_offset: int, is_wide: bool) -> bytes:
    """One track; every time scale is the sample rate, so all durations are exact."""
    rate, heard = sound.sample_rate, sound.samples
    decoded = sound.delay + sound.samples
    movie = struct.pack(">IIIII", 0, 0, rate, heard, 0x10000) + struct.pack(">HH8x", 0x100, 0) + MATRIX
    track = struct.pack(">IIIII8xHHHH", 0, 0, 1, 0, heard, 0, 0, 0x100, 0) + MATRIX + bytes(8)
    edit = struct.pack(">IIiHH", 1, heard, sound.delay, 1, 0)
    media = struct.pack(">IIIIHH", 0, 0, rate, decoded, 0x55C4, 0)
    handler = struct.pack(">I4s12x", 0, b"soun") + b"\0"
    tables = _tables(sound, packet_sizes, first_offset=first_offset, is_wide=is_wide)
    data_place = box(b"dinf", _full(b"dref", struct.pack(">I", 1), _full(b"url ", flags=1)))
    return box(
        b"moov",
        _full(b"mvhd", movie, bytes(24), struct.pack(">I", 2)),
        box(
            b"trak",
            _full(b"tkhd", track, flags=3),
            box(b"edts", _full(b"elst", edit)),
            box(
                b"mdia",
                _full(b"mdhd", media),
                _full(b"hdlr", handler),
                box(b"minf", _full(b"smhd", bytes(4)), data_place, tables),
            ),
        ),
        udta,
    )


def _tables(sound: Sound, packet_sizes: Sequence[int], *, first_offset: int, is_wide: bool) -> bytes:
    """stbl: what each packet is, how long, how big and where."""
    count = len(packet_sizes)
    sizes = struct.pack(f">II{count}I", 0, count, *packet_sizes)
    offsets = _chunk_offsets(packet_sizes, first_offset)
    kind, letter = (b"co64", "Q") if is_wide else (b"stco", "I")
    places = _full(kind, struct.pack(f">I{len(offsets)}{letter}", len(offsets), *offsets))
    return box(
        b"stbl",
        _full(b"stsd", struct.pack(">I", 1), _sample_entry(sound, packet_sizes)),
        _full(b"stts", _durations(sound, count)),
        _full(b"stsc", _packets_per_chunk(count)),
        _full(b"stsz", sizes),
        places,
        _roll_group(count) if sound.codec == "aac" else b"",
    )


def _durations(sound: Sound, packets: int) -> bytes:
    """All packets have the same samples; the last lasts only as long as it is heard."""
    decoded = sound.delay + sound.samples
    last = decoded - (packets - 1) * sound.frame_samples
    if last == sound.frame_samples:
        return struct.pack(">III", 1, packets, sound.frame_samples)
    if packets == 1:
        # FFmpeg takes packets that all last one sample for plain PCM, so a single one says two; the edit list says one.
        return struct.pack(">III", 1, 1, max(2, last))
    return struct.pack(">IIIII", 2, packets - 1, sound.frame_samples, 1, last)


def _packets_per_chunk(packets: int) -> bytes:
    """Chunks of PACKETS_IN_CHUNK, the last with what is left."""
    whole, rest = divmod(packets, PACKETS_IN_CHUNK)
    entries = []
    if whole:
        entries.append(struct.pack(">III", 1, PACKETS_IN_CHUNK, 1))
    if rest:
        entries.append(struct.pack(">III", whole + 1, rest, 1))
    return struct.pack(">I", len(entries)) + b"".join(entries)


def _chunk_offsets(packet_sizes: Sequence[int], first_offset: int) -> list[int]:
    offsets = []
    for start in range(0, len(packet_sizes), PACKETS_IN_CHUNK):
        offsets.append(first_offset)
        first_offset += sum(packet_sizes[start : start + PACKETS_IN_CHUNK])
    return offsets


def _roll_group(packets: int) -> bytes:
    """Says that a packet decodes rightly only after the one before it (ISO 14496-12, 10.1)."""
    description = _full(b"sgpd", b"roll", struct.pack(">IIh", 2, 1, -1), version=1)
    return description + _full(b"sbgp", b"roll", struct.pack(">III", 1, packets, 1))


def _sample_entry(sound: Sound, packet_sizes: Sequence[int]) -> bytes:
    """mp4a with esds, or alac with its cookie; rates above 65535 do not fit and are 0 here, as the cookie has them."""
    rate = sound.sample_rate << 16 if sound.sample_rate < 65536 else 0
    fields = bytes(6) + struct.pack(">H8xHHHHI", 1, sound.channels, sound.bits or 16, 0, 0, rate)
    private = bytes.fromhex(sound.private)
    if sound.codec == "alac":
        return box(b"alac", fields, box(b"alac", bytes(4), private))
    return box(b"mp4a", fields, _full(b"esds", _elementary_stream(sound, private, packet_sizes)))


def _elementary_stream(sound: Sound, private: bytes, packet_sizes: Sequence[int]) -> bytes:
    """ES descriptor with decoder configuration: object type 0x40 (MPEG-4 audio), stream type 5 (audio)."""
    seconds = max(1, len(packet_sizes) * sound.frame_samples) / sound.sample_rate
    average = min(MAX_32_BIT, int(sound.audio_bytes * 8 / seconds))
    largest = max(packet_sizes, default=0)
    most = min(MAX_32_BIT, largest * 8 * sound.sample_rate // sound.frame_samples)
    numbers = struct.pack(">BB3sII", 0x40, 5 << 2 | 1, largest.to_bytes(3, "big"), most, average)
    configuration = _descriptor(4, numbers + _descriptor(5, private))
    return _descriptor(3, struct.pack(">HB", 0, 0) + configuration + _descriptor(6, b"\2"))


def _descriptor(tag: int, data: bytes) -> bytes:
    """A descriptor with its length in four bytes, as common writers give it."""
    length = len(data)
    return bytes([tag, *(0x80 | length >> shift & 0x7F for shift in (21, 14, 7)), length & 0x7F]) + data
