"""Takes the fingerprint of a recording's first two minutes by Chromaprint, where the system has that library.

Chromaprint is no package of PyPI: Debian's is libchromaprint1. It is never required; without it there are no
fingerprints, and nobody is told that two recordings sound alike. likeness tells what fingerprints say of each other.
"""

import ctypes
import functools
from typing import Any

import numpy as np
from numpy.typing import NDArray

FINGERPRINT_SECONDS = 120
_LIBRARIES = ("libchromaprint.so.1", "libchromaprint.1.dylib")
_ALGORITHM = 1
"""CHROMAPRINT_ALGORITHM_TEST2, the default, which fpcalc and AcoustID use."""
_MAXIMUM_CHANNELS = 2
"""Chromaprint's own mixing of more channels is slow; the first two tell recordings apart."""


def is_available() -> bool:
    """Whether this system has the library."""
    return _library() is not None


class Fingerprint:
    """Takes blocks one after another; those behind the first two minutes cost nothing."""

    def __init__(self, *, sample_rate: int, channels: int) -> None:
        self._left = FINGERPRINT_SECONDS * sample_rate
        self._channels = min(channels, _MAXIMUM_CHANNELS)
        self._library = _library()
        self._context: int | None = None
        if self._library is not None:
            self._context = self._library.chromaprint_new(_ALGORITHM)
            if not self._library.chromaprint_start(self._context, sample_rate, self._channels):
                self._free()

    def add(self, samples: NDArray[Any]) -> None:
        """Samples of shape (samples, channels), signed, at the top of their 8, 16 or 32 bits."""
        if self._context is None or self._left <= 0:
            return
        assert self._library is not None, "a context is the library's"
        fed = _in_sixteen_bits(samples[: self._left, : self._channels])
        self._left -= len(fed)
        address = fed.ctypes.data_as(ctypes.POINTER(ctypes.c_int16))
        if not self._library.chromaprint_feed(self._context, address, fed.size):
            self._free()

    def text(self) -> str | None:
        """The compressed fingerprint in base64 as AcoustID takes it; None without the library. To be asked once.

        A recording of less than about three seconds has an empty one.
        """
        if self._context is None:
            return None
        assert self._library is not None, "a context is the library's"
        address = ctypes.c_void_p()
        self._library.chromaprint_finish(self._context)
        is_made = self._library.chromaprint_get_fingerprint(self._context, ctypes.byref(address))
        text = ctypes.string_at(address.value or 0).decode("ascii") if is_made and address else ""
        self._library.chromaprint_dealloc(address)
        self._free()
        return text

    def _free(self) -> None:
        assert self._library is not None, "only a context is freed"
        self._library.chromaprint_free(self._context)
        self._context = None


def _in_sixteen_bits(samples: NDArray[Any]) -> NDArray[np.int16]:
    """Interleaved; bits below the sixteenth are cut off."""
    if samples.dtype.itemsize == 1:
        return np.ascontiguousarray(samples.astype(np.int16) << 8)
    if samples.dtype.itemsize == 4:
        samples = (
            samples.view(np.int16).reshape(len(samples), -1)[:, 1::2]
            if samples.flags.c_contiguous
            else ((samples >> 16).astype(np.int16))
        )
    return np.ascontiguousarray(samples)


@functools.cache
def _library() -> ctypes.CDLL | None:
    for name in _LIBRARIES:
        try:
            library = ctypes.CDLL(name)
        except OSError:
            continue
        pointer, number = ctypes.c_void_p, ctypes.c_int
        library.chromaprint_new.restype, library.chromaprint_new.argtypes = pointer, [number]
        library.chromaprint_start.argtypes = [pointer, number, number]
        library.chromaprint_feed.argtypes = [pointer, ctypes.POINTER(ctypes.c_int16), number]
        library.chromaprint_finish.argtypes = [pointer]
        library.chromaprint_get_fingerprint.argtypes = [pointer, ctypes.POINTER(pointer)]
        library.chromaprint_dealloc.argtypes = [pointer]
        library.chromaprint_free.argtypes = [pointer]
        return library
    return None
