"""Vorbis by libvorbis inside libsndfile, given as Ogg pages numbered from 0; never Ogg's header pages.

How long a Vorbis packet lasts depends on all before it, so a whole copy is one part. libsndfile writes an Ogg file;
its packets are taken out as they come, and nothing of what it writes is kept longer than a page.
"""

import functools
from array import array

import soundfile

from obbligato.audio.codecs.encoder import Block, EncodedPart, Samples, Write
from obbligato.audio.containers import ogg
from obbligato.audio.essence import Sound
from obbligato.audio.limits import vorbis_limit_bytes, vorbis_quality

HEADER_PACKETS = 3
BLOCK_SAMPLES = 4096
"""libvorbis keeps a written block on its stack, which one of minutes would overflow."""
PAGE_SEGMENTS = 200
"""No page is begun beyond this, so that the last one has room for packets behind the last sample."""


def encode_packets(samples: Samples, sound: Sound, packets: range, write: Write) -> EncodedPart:
    """All pages of the copy, each written when it is whole; private is the first and the last of Vorbis' headers.

    They never take more bytes than limits says: a packet that would is cut, which takes the finest detail of the
    highest frequencies from it (Vorbis I, 8.6.2: the end of a packet among residue values is nominal). Only signals
    made for it come there.
    """
    assert packets == range(sound.packets), "Vorbis cannot be cut into parts"
    stream = _Stream(sound)
    pages = _Pages(sound, write)
    for block in samples.between(0, sound.samples):
        for start in range(0, len(block), BLOCK_SAMPLES):
            pages.add(stream.encode(block[start : start + BLOCK_SAMPLES]))
    pages.add(stream.finish())
    return EncodedPart(packet_sizes=pages.finish(), private=header_packets(sound))


def header_packets(sound: Sound) -> bytes:
    """The first header, of 30 bytes, and the set-up: what prefix() of Ogg must know, before anything is encoded."""
    return _header_packets(sound.sample_rate, sound.channels, vorbis_quality(sound))


@functools.lru_cache(maxsize=256)
def _header_packets(sample_rate: int, channels: int, quality: int) -> bytes:
    sink = _Packets()
    _opened(sink, sample_rate=sample_rate, channels=channels, quality=quality).close()
    head, _, setup = sink.taken()[:HEADER_PACKETS]
    assert len(head) == ogg.VORBIS_HEAD_BYTES, "Vorbis I, 4.2.2"
    assert len(setup) <= ogg.VORBIS_SETUP_BYTES, "libvorbis has no larger set-up"
    return head + setup


def _opened(sink: "_Packets", *, sample_rate: int, channels: int, quality: int) -> "soundfile.SoundFile":
    """libsndfile takes quality 0 to 10 as compression 1 to 0."""
    return soundfile.SoundFile(
        sink,
        "w",
        samplerate=sample_rate,
        channels=channels,
        format="OGG",
        subtype="VORBIS",
        compression_level=1 - quality / 10,
    )


class _Stream:
    """One encoder: blocks in, audio packets out."""

    def __init__(self, sound: Sound) -> None:
        self._sink = _Packets()
        self._headers_left = HEADER_PACKETS
        self._file = _opened(
            self._sink, sample_rate=sound.sample_rate, channels=sound.channels, quality=vorbis_quality(sound)
        )

    def encode(self, block: Block) -> list[bytes]:
        self._file.write(block)
        return self._audio_packets()

    def finish(self) -> list[bytes]:
        self._file.close()
        return self._audio_packets()

    def _audio_packets(self) -> list[bytes]:
        taken = self._sink.taken()
        headers = min(self._headers_left, len(taken))
        self._headers_left -= headers
        return taken[headers:]


class _Packets:
    """The file that libsndfile believes to write. It only ever appends, so packets can be taken out on the way.

    Its methods are called from C, where an exception would be lost: they only collect.
    """

    def __init__(self) -> None:
        self._pages = bytearray()
        self._packet = b""
        self._written = 0

    def write(self, data: bytes) -> int:
        self._pages += data
        self._written += len(data)
        return len(data)

    def seek(self, offset: int, whence: int = 0) -> int:
        """libsndfile asks for the end only to learn how long the file is."""
        return self._written

    def tell(self) -> int:
        return self._written

    def taken(self) -> list[bytes]:
        """The packets that became whole since the last time."""
        packets, position = [], 0
        for lacing, start in ogg.whole_pages(self._pages):
            position = start
            for segment in lacing:
                self._packet += self._pages[position : position + segment]
                position += segment
                if segment < ogg.SEGMENT_BYTES:
                    packets.append(self._packet)
                    self._packet = b""
        del self._pages[:position]
        return packets


class _Pages:
    """Puts packets into pages with exact positions, within the limit."""

    def __init__(self, sound: Sound, write: Write) -> None:
        self._sound, self._write = sound, write
        self._serial = ogg.serial_of(sound)
        # Vorbis I, 4.2.2: the two lengths of blocks are powers of two, in the low and the high half of this byte.
        lengths = header_packets(sound)[28]
        self._blocks = (1 << (lengths & 15), 1 << (lengths >> 4))
        self._last_block = 0
        self._position = 0
        self._taken_bytes = 0
        self._sizes: array[int] = array("I")
        self._waiting: list[bytes] = []
        self._waiting_segments = 0
        self._page_start = 0

    def add(self, packets: list[bytes]) -> None:
        for packet in packets:
            if self._is_full(packet):
                self._write_page(is_last=False)
            self._waiting.append(self._within_limit(packet))
            self._waiting_segments += ogg.segments(len(self._waiting[-1]))

    def finish(self) -> "array[int]":
        """Write the last page; the sizes of all."""
        assert self._position >= self._sound.samples, "libvorbis gives packets for every sample"
        self._write_page(is_last=True)
        return self._sizes

    def _is_full(self, next_packet: bytes) -> bool:
        """A page lasts a second. What is wholly behind the last sample must be on the last page, which trims it."""
        if self._position >= self._sound.samples or not self._waiting:
            return False
        is_long = self._position - self._page_start >= self._sound.sample_rate
        return is_long or self._waiting_segments + ogg.segments(len(next_packet)) > PAGE_SEGMENTS

    def _within_limit(self, packet: bytes) -> bytes:
        """The packet, shorter where its whole length would break the limit; the position moved on."""
        block = self._blocks[packet[0] >> 1 & 1]
        # Vorbis I, 4.3.8: the first packet gives no samples, each later one a quarter of it and of the one before.
        self._position += (self._last_block + block) // 4 if self._last_block else 0
        self._last_block = block
        self._taken_bytes += 0 if self._waiting else ogg.HEADER_BYTES
        limit = vorbis_limit_bytes(self._sound, until_sample=self._position)
        room = limit - self._taken_bytes
        kept = packet[: max(0, room - 1) * 255 // 256]
        assert kept, "every packet brings more samples, and so more bytes"
        self._taken_bytes += len(kept) + ogg.segments(len(kept))
        return kept

    def _write_page(self, *, is_last: bool) -> None:
        one_page = ogg.page(
            b"".join(self._waiting),
            [len(packet) for packet in self._waiting],
            flags=ogg.LAST if is_last else 0,
            granule=self._sound.samples if is_last else self._position,
            serial=self._serial,
            sequence=len(self._sizes),
        )
        self._sizes.append(len(one_page))
        self._waiting, self._waiting_segments, self._page_start = [], 0, self._position
        self._write(one_page)
