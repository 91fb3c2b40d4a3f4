"""Writes samples into a complete FLAC file; for the store's own masters, never for copies that are sold."""

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from obbligato.audio.libraries import av

LAYOUTS = ("mono", "stereo", "3.0", "quad", "5.0", "5.1", "6.1", "7.1")
"""FFmpeg's names of the channel orders that FLAC gives to 1 to 8 channels (RFC 9639, 9.1.3)."""

BLOCK_SAMPLES = 8192


def write_flac(path: Path, samples: NDArray[np.int32], *, sample_rate: int, bits: int, compression: int = 5) -> None:
    """Write samples, of shape (samples, channels) and in the range of `bits`, as FLAC with its count and MD5.

    `bits` is 16 or 24, the depths that FFmpeg's encoder knows; sample_rate in Hz; compression 0 to 12.
    """
    assert bits in (16, 24), "FFmpeg's FLAC encoder writes 16 or 24 bits"
    assert samples.ndim == 2, "samples come as (samples, channels)"
    assert 1 <= samples.shape[1] <= len(LAYOUTS), "FLAC holds 1 to 8 channels"
    assert samples.shape[0] > 0, "a FLAC without samples cannot be told from a damaged one"
    layout = LAYOUTS[samples.shape[1] - 1]
    frame_format = "s16" if bits == 16 else "s32"
    options = {"compression_level": str(compression), "bits_per_raw_sample": str(bits)}
    with av.open(str(path), "w", format="flac") as container:
        stream = container.add_stream("flac", rate=sample_rate, layout=layout, format=frame_format, options=options)
        assert isinstance(stream, av.AudioStream)
        for start in range(0, samples.shape[0], BLOCK_SAMPLES):
            packed = _packed(samples[start : start + BLOCK_SAMPLES], bits=bits)
            frame = av.AudioFrame.from_ndarray(packed, format=frame_format, layout=layout)
            frame.sample_rate = sample_rate
            frame.pts = start
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))


def _packed(block: NDArray[np.int32], *, bits: int) -> NDArray[Any]:
    """One interleaved row in FFmpeg's form: 16 bits as they are, 24 bits in the upper three bytes of 32."""
    if bits == 16:
        return block.astype(np.int16).reshape(1, -1)
    return (block << 8).astype(np.int32).reshape(1, -1)
