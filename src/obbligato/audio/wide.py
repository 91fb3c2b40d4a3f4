"""Brings samples of 32 or 64 bits into 24 where these hold them exactly, and refuses them otherwise; never rounds.

Many programs export 24-bit recordings as floating point. Those are what they were; anything finer would lose something
by becoming a master, and its owner is told.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from obbligato.audio.errors import UnsupportedAudio
from obbligato.audio.flacfile import LAYOUTS
from obbligato.audio.libraries import av

_FULL_SCALE = 1 << 23


def narrowed(frame: "av.AudioFrame") -> "av.AudioFrame":
    """The same samples at the top of 32 bits, the lowest eight of them zero. Raises UnsupportedAudio."""
    dtype = {"s32": "<i4", "flt": "<f4", "dbl": "<f8"}[frame.format.name]
    values = np.frombuffer(memoryview(frame.planes[0]), dtype, count=frame.samples * frame.layout.nb_channels)
    if frame.format.name == "s32":
        if (values & 0xFF).any():
            raise UnsupportedAudio("The samples use all of their 32 bits; export the master with 16 or 24.")
        return frame
    made = av.AudioFrame.from_ndarray(
        _as_integers(values).reshape(1, -1), format="s32", layout=LAYOUTS[frame.layout.nb_channels - 1]
    )
    made.sample_rate, made.pts, made.time_base = frame.sample_rate, frame.pts, frame.time_base
    return made


def _as_integers(values: NDArray[Any]) -> NDArray[np.int32]:
    """Floating point with full scale at 1.0 as 24-bit numbers at the top of 32 bits."""
    if not np.isfinite(values).all():
        raise UnsupportedAudio("Some samples are not numbers (NaN or infinite); export the master again.")
    scaled = values.astype(np.float64) * _FULL_SCALE
    if scaled.max() >= _FULL_SCALE or scaled.min() < -_FULL_SCALE:
        raise UnsupportedAudio("Some samples are beyond full scale; export the master as 24-bit FLAC or WAV.")
    whole = np.rint(scaled)
    if (whole != scaled).any():
        raise UnsupportedAudio(
            "The samples are floating point, finer than 24 bits can hold; export the master as 24-bit FLAC or WAV."
        )
    return whole.astype(np.int32) << 8
