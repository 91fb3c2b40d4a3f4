"""Reads the samples of a master exactly, from any sample to any other, in the master's own depth.

It never converts: rate, channels and depth are changed in converting, on purpose.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import cast

import numpy as np
from numpy.typing import NDArray

from obbligato.audio.errors import Damaged
from obbligato.audio.libraries import av
from obbligato.audio.opening import DECODER_FAILURES, OpenMaster, open_master

Integers = NDArray[np.int16] | NDArray[np.int32]
BLOCK_SAMPLES = 8192
_SEEK_FROM_SECONDS = 1
_SEEK_BACK_SECONDS = (0, 1, 10)


@dataclass(frozen=True)
class Source:
    """A master on the disk. Each call of blocks opens the file for itself, so threads may share a Source."""

    path: Path

    def blocks(
        self, start_sample: int = 0, stop_sample: int | None = None, block_samples: int = BLOCK_SAMPLES
    ) -> Iterator[Integers]:
        """Yield samples start to stop (not included) as arrays (block_samples, channels), the last shorter.

        Values are signed, in the master's depth (-2**(bits-1) to 2**(bits-1)-1), of 16 bits where that holds them,
        else of 32. A range beyond the end yields what there is. Each array is new and may be kept. Raises
        AudioRefused when undecodable.
        """
        assert start_sample >= 0, "samples are counted from 0"
        assert block_samples > 0, "a block has samples"
        with open_master(self.path) as master:
            arrays = _from(master, start_sample)
            if stop_sample is not None:
                arrays = _at_most(arrays, max(0, stop_sample - start_sample))
            yield from _reblocked(arrays, block_samples=block_samples)


def samples_of(frame: "av.AudioFrame", *, bits: int) -> Integers:
    """A decoded frame as (samples, channels), moved down from the top of FFmpeg's 16 or 32 bits.

    Of 16 bits where that is what the frame has, else of 32.
    """
    planes = frame.to_ndarray()
    interleaved = planes.T if frame.format.is_planar else planes.reshape(frame.samples, -1)
    if frame.format.name in {"u8", "u8p"}:
        return (interleaved.astype(np.int16) - 128) >> (8 - bits)
    surplus_bits = frame.format.bits - bits
    kind = np.int16 if interleaved.dtype == np.int16 else np.int32
    samples = cast("Integers", interleaved.astype(kind, copy=False))
    return samples >> surplus_bits if surplus_bits else samples


def _from(master: OpenMaster, start_sample: int) -> Iterator[Integers]:
    """Decoded samples from start_sample on."""
    frames, position = _frames_before(master, start_sample)
    has_true_positions = master.has_true_positions
    for frame in frames:
        if has_true_positions and frame.pts is not None and frame.pts != position:
            raise Damaged("A part of the recording can no longer be decoded.")
        block = samples_of(frame, bits=master.bits)
        skipped = max(0, start_sample - position)
        position += len(block)
        if skipped < len(block):
            yield block[skipped:]


def _frames_before(master: OpenMaster, start_sample: int) -> "tuple[Iterator[av.AudioFrame], int]":
    """Frames from one at or before start_sample, and its position; from the beginning if no seek is exact.

    The last frame of a FLAC may come without a position, and FFmpeg may refuse to look for one of the last frames,
    therefore other seeks go further back.
    """
    if not _may_seek(master, start_sample):
        return _decoded(master), 0
    for seconds in _SEEK_BACK_SECONDS:
        try:
            master.container.seek(max(0, start_sample - seconds * master.sample_rate), stream=master.stream)
        except DECODER_FAILURES:
            continue
        frames = _decoded(master)
        first = next(frames, None)
        if first is not None and first.pts is not None and first.pts <= start_sample:
            return chain([first], frames), first.pts
    master.container.seek(0, stream=master.stream)
    return _decoded(master), 0


def _may_seek(master: OpenMaster, start_sample: int) -> bool:
    if master.has_large_frames:
        return False
    return master.has_true_positions and start_sample >= _SEEK_FROM_SECONDS * master.sample_rate


def _decoded(master: OpenMaster) -> "Iterator[av.AudioFrame]":
    try:
        for packet in master.packets():
            yield from packet.decode()
    except DECODER_FAILURES as error:
        raise Damaged("The file cannot be decoded to its end.") from error


def _at_most(arrays: Iterator[Integers], samples: int) -> Iterator[Integers]:
    left = samples
    while left > 0:
        array = next(arrays, None)
        if array is None:
            return
        yield array[:left]
        left -= len(array)


def _reblocked(arrays: Iterator[Integers], *, block_samples: int) -> Iterator[Integers]:
    """The same samples in arrays of block_samples, the last one shorter, never an empty one."""
    first = next(arrays, None)
    if first is None:
        return
    block = np.empty((block_samples, first.shape[1]), first.dtype)
    filled = 0
    for array in chain([first], arrays):
        taken = 0
        while taken < len(array):
            count = min(block_samples - filled, len(array) - taken)
            block[filled : filled + count] = array[taken : taken + count]
            filled += count
            taken += count
            if filled == block_samples:
                yield block
                block = np.empty_like(block)
                filled = 0
    if filled:
        yield block[:filled]
