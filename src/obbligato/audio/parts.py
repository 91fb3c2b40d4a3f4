"""Cuts a sound into parts of ten to forty seconds that can be encoded alone; arithmetic only, never a file.

Where a part begins decides its bytes, so a change here raises planning.ESSENCE_VERSION.
"""

from functools import cached_property
from itertools import accumulate

from obbligato.audio.containers import mp3
from obbligato.audio.essence import Sound
from obbligato.audio.limits import AAC_PACKETS_IN_PART, opus_packets_in_part
from obbligato.audio.planning import limit_bytes

PART_SECONDS = 10
MAX_PART_PCM_BYTES = 8_000_000


class Parts:
    """The parts of one sound. Those of copied frames are none: nothing is encoded for them."""

    def __init__(self, sound: Sound) -> None:
        self.sound = sound
        self.packets_in_part = _packets_in_part(sound)
        self.count = -(-sound.packets // self.packets_in_part)
        self.is_exact = sound.audio_bytes > 0
        """Whether the bytes of every part are known before it is encoded."""

    def packets(self, index: int) -> range:
        """The numbers of the packets (for PCM: of the samples) in a part."""
        assert 0 <= index < self.count, "parts are counted from 0"
        start = index * self.packets_in_part
        return range(start, min(start + self.packets_in_part, self.sound.packets))

    def limit_bytes(self, index: int) -> int:
        """The most bytes that a part can have; exactly what it has where is_exact."""
        return limit_bytes(self.sound, self.packets(index))

    def start_bytes(self, index: int) -> int:
        """Where a part begins in the audio; index may be the count, for the end. Only where is_exact."""
        assert self.is_exact, "nobody knows before it is encoded"
        return self._starts[index]

    def at(self, offset: int) -> int:
        """The part that has this byte of the audio. Only where is_exact."""
        assert self.is_exact, "nobody knows before it is encoded"
        assert 0 <= offset < self._starts[-1], "the audio has no such byte"
        # All parts but the last have the same length to a byte or two: the guess is one off at the most.
        index = min(offset * self.count // self._starts[-1], self.count - 1)
        while self._starts[index] > offset:
            index -= 1
        while self._starts[index + 1] <= offset:
            index += 1
        return index

    @cached_property
    def _starts(self) -> list[int]:
        starts = [0, *accumulate(self.limit_bytes(index) for index in range(self.count))]
        assert self.count == 0 or starts[-1] == self.sound.audio_bytes, "the parts are the whole"
        return starts


def _packets_in_part(sound: Sound) -> int:
    match sound.codec:
        case "mp3":
            return mp3.FRAMES_IN_PART
        case "opus":
            return opus_packets_in_part(sound)
        case "aac":
            return AAC_PACKETS_IN_PART
        case "vorbis":
            return max(1, sound.packets)
    sample_bytes = sound.channels * max(1, sound.bits // 8)
    samples = min(PART_SECONDS * sound.sample_rate, MAX_PART_PCM_BYTES // sample_bytes)
    return max(1, samples // max(1, sound.frame_samples))
