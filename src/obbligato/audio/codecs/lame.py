"""MP3 by LAME's own C interface, at a constant rate or at V0 to V9, in parts; never LAME's tags or its Info frame.

A part is encoded by a LAME that began PRE_ROLL_FRAMES earlier. Where the part begins and where it ends the bit
reservoir is emptied (lame_encode_flush_nogap), so that its frames need no others; inside it the reservoir lives.
"""

import ctypes
import functools
from collections.abc import Iterator
from typing import Self

import numpy as np

from obbligato.audio.codecs.encoder import Block, EncodedPart, Samples, Write
from obbligato.audio.containers.mp3 import (
    LAME_BYTES,
    PRE_ROLL_FRAMES,
    XING_QUALITY_BYTES,
    frame_sizes,
    tag_fields_offset,
)
from obbligato.audio.essence import Sound
from obbligato.audio.formats import Format
from obbligato.audio.libraries import preload

MONO = 3
VBR_OFF, VBR_NEW = 0, 4
LOOK_AHEAD_SAMPLES = 224
"""LAME gives a frame when it has heard so much more than the frame itself: it holds 528 samples of silence at first,
and encodes while it holds a frame, 1024 samples for its Fourier transform, and 272 fewer."""


def encode_packets(samples: Samples, sound: Sound, packets: range, write: Write) -> EncodedPart:
    """Write the frames with these numbers; at a constant rate each byte is final as soon as it is written."""
    before = min(packets.start, PRE_ROLL_FRAMES)
    start = (packets.start - before) * sound.frame_samples
    edge = _samples_for(before, sound)
    stop = _samples_for(before + len(packets), sound)
    data = bytearray()
    with _Lame(_settings_of(sound), sound.channels) as lame:
        fed = 0
        for block in _lengthened(samples, start, start + stop, sound):
            unheard = min(max(0, edge - fed), len(block))
            if unheard:
                lame.encode(block[:unheard])
                if fed + unheard == edge:
                    lame.empty_reservoir()
            fed += len(block)
            if unheard == len(block):
                continue
            ready = lame.encode(block[unheard:])
            data += ready
            write(ready)
        rest = lame.empty_reservoir()
        data += rest
        write(rest)
    sizes, used = frame_sizes(data)
    assert (len(sizes), used) == (len(packets), len(data)), "LAME gave exactly these frames"
    return EncodedPart(packet_sizes=sizes, private=tag_fields(sound))


def tag_fields(sound: Sound) -> bytes:
    """What LAME says of itself in its tag with this sound's settings, for mp3.info_frame: it depends on nothing else.

    LAME gives its tag only for something encoded; a few frames of silence, encoded once, are enough.
    """
    quality = Format.parse(sound.format_name).quality
    return _tag_fields(sound.sample_rate, sound.channels, sound.bitrate_kbps, quality)


@functools.lru_cache(maxsize=256)
def _tag_fields(sample_rate: int, channels: int, kbps: int, quality: str | None) -> bytes:
    with _Lame(_settings(sample_rate, channels, kbps, quality, has_tag=True), channels) as lame:
        lame.encode(np.zeros((4 * 1152, channels)))
        tag = lame.tag()
    return tag[tag_fields_offset(tag) :][: XING_QUALITY_BYTES + LAME_BYTES]


def _samples_for(frames: int, sound: Sound) -> int:
    """How many samples LAME must be given to encode so many frames and not one more."""
    return frames * sound.frame_samples + LOOK_AHEAD_SAMPLES if frames else 0


def _lengthened(samples: Samples, start: int, stop: int, sound: Sound) -> Iterator[Block]:
    """The samples [start, stop) with silence after the last one."""
    yield from samples.between(min(start, sound.samples), min(stop, sound.samples))
    silent = stop - max(start, sound.samples)
    if silent > 0:
        yield np.zeros((silent, sound.channels))


class _Lame:
    """One encoder. The rate is kept: LAME never resamples here."""

    def __init__(self, settings: dict[str, int], channels: int) -> None:
        self._lame = preload()
        self._lame.lame_init.restype = ctypes.c_void_p
        self._handle = ctypes.c_void_p(self._lame.lame_init())
        self._channels = channels
        self._output = ctypes.create_string_buffer(1 << 16)
        for name, value in settings.items():
            self._check(getattr(self._lame, f"lame_set_{name}")(self._handle, ctypes.c_int(value)))
        self._check(self._lame.lame_init_params(self._handle))

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._lame.lame_close(self._handle)

    def encode(self, block: Block) -> bytes:
        """The bytes that these samples make ready."""
        samples = np.ascontiguousarray(block, np.float64)
        pointer = ctypes.c_void_p(samples.ctypes.data)
        # By lame.h: 1.25 bytes for each sample, and 7200.
        if (wanted := len(samples) * 5 // 4 + 7200) > len(self._output):
            self._output = ctypes.create_string_buffer(wanted)
        space = len(self._output)
        if self._channels == 2:
            call = self._lame.lame_encode_buffer_interleaved_ieee_double
            written = call(self._handle, pointer, len(samples), self._output, space)
        else:
            call = self._lame.lame_encode_buffer_ieee_double
            written = call(self._handle, pointer, pointer, len(samples), self._output, space)
        return ctypes.string_at(self._output, self._check(written))

    def empty_reservoir(self) -> bytes:
        """The rest of all frames begun; the next frame then needs none before it."""
        written = self._lame.lame_encode_flush_nogap(self._handle, self._output, len(self._output))
        return ctypes.string_at(self._output, self._check(written))

    def tag(self) -> bytes:
        """The frame with LAME's tag, as far as it is known by now."""
        call = self._lame.lame_get_lametag_frame
        call.restype = ctypes.c_size_t
        return ctypes.string_at(self._output, call(self._handle, self._output, ctypes.c_size_t(len(self._output))))

    def _check(self, result: int) -> int:
        assert result >= 0, f"LAME answered {result} to settings that are always legal"
        return result


def _settings_of(sound: Sound) -> dict[str, int]:
    quality = Format.parse(sound.format_name).quality
    return _settings(sound.sample_rate, sound.channels, sound.bitrate_kbps, quality, has_tag=False)


def _settings(sample_rate: int, channels: int, kbps: int, quality: str | None, *, has_tag: bool) -> dict[str, int]:
    """By LAME's own names; a quality is 'v0' to 'v9'."""
    return {
        "num_channels": channels,
        "in_samplerate": sample_rate,
        "out_samplerate": sample_rate,
        "bWriteVbrTag": int(has_tag),
        "write_id3tag_automatic": 0,
        **({"VBR": VBR_NEW, "VBR_q": int(quality[1:])} if quality else {"VBR": VBR_OFF, "brate": kbps}),
        **({"mode": MONO} if channels == 1 else {}),
    }
