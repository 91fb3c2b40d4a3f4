"""MP3 by LAME's own C interface, at a constant rate or at V0 and V2; never LAME's tags or its Info frame."""

import ctypes
from array import array

import numpy as np

from obbligato.audio.codecs.encoder import Block
from obbligato.audio.containers.mp3 import frame_sizes
from obbligato.audio.libraries import preload

MONO = 3
VBR_OFF, VBR_NEW = 0, 4


class LameEncoder:
    """One stream of MP3 frames. The rate is kept: LAME never resamples here."""

    def __init__(self, *, sample_rate: int, channels: int, kbps: int | None, quality: int | None) -> None:
        """Either kbps (constant) or quality (0 is V0, 2 is V2); sample_rate in Hz."""
        assert (kbps is None) != (quality is None), "a rate is constant or variable"
        self.packet_sizes: array[int] = array("I")
        self.private = b""
        self._channels = channels
        self._uncut = b""
        self._lame = preload()
        self._lame.lame_init.restype = ctypes.c_void_p
        self._handle = ctypes.c_void_p(self._lame.lame_init())
        settings = {
            "num_channels": channels,
            "in_samplerate": sample_rate,
            "out_samplerate": sample_rate,
            "bWriteVbrTag": 0,
            "write_id3tag_automatic": 0,
            "VBR": VBR_OFF if kbps is not None else VBR_NEW,
        }
        settings |= {"brate": kbps} if kbps is not None else {"VBR_q": quality or 0}
        settings |= {"mode": MONO} if channels == 1 else {}
        for name, value in settings.items():
            self._check(getattr(self._lame, f"lame_set_{name}")(self._handle, ctypes.c_int(value)))
        self._check(self._lame.lame_init_params(self._handle))

    def encode(self, block: Block) -> bytes:
        samples = np.ascontiguousarray(block, np.float32)
        pointer = samples.ctypes.data_as(ctypes.c_void_p)
        space = len(samples) * 5 // 4 + 7200
        output = ctypes.create_string_buffer(space)
        if self._channels == 2:
            call = self._lame.lame_encode_buffer_interleaved_ieee_float
            written = call(self._handle, pointer, len(samples), output, space)
        else:
            call = self._lame.lame_encode_buffer_ieee_float
            written = call(self._handle, pointer, pointer, len(samples), output, space)
        return self._counted(output, self._check(written))

    def finish(self) -> bytes:
        output = ctypes.create_string_buffer(65536)
        data = self._counted(output, self._check(self._lame.lame_encode_flush(self._handle, output, 65536)))
        assert not self._uncut, "LAME ends with a whole frame"
        self._close()
        return data

    def __del__(self) -> None:
        self._close()

    def _counted(self, output: "ctypes.Array[ctypes.c_char]", written: int) -> bytes:
        """The bytes LAME gave, and the frames that became whole by them noted."""
        data = ctypes.string_at(output, written)
        self._uncut += data
        sizes, used = frame_sizes(self._uncut)
        self.packet_sizes.extend(sizes)
        self._uncut = self._uncut[used:]
        return data

    def _check(self, result: int) -> int:
        assert result >= 0, f"LAME answered {result} to settings that are always legal"
        return result

    def _close(self) -> None:
        if getattr(self, "_handle", None) is not None and self._handle.value:
            self._lame.lame_close(self._handle)
            self._handle = ctypes.c_void_p(None)
