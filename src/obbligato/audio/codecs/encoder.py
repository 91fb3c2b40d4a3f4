"""What every codec offers, and the cutting of blocks into frames of one length; never encodes anything itself."""

from array import array
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

Block = NDArray[Any]
"""Samples of shape (samples, channels): float of full scale 1.0 for lossy codecs, int32 for lossless ones."""


Write = Callable[[bytes], None]
"""Where the bytes of packets go, in order; raises OSError where the disk is full."""


class Samples(Protocol):
    """The samples of a copy, at its own rate, channels and depth: the same bits however they are cut."""

    def between(self, start: int, stop: int) -> Iterator[Block]:
        """Blocks that together are the samples [start, stop), with 0 <= start <= stop <= the copy's samples."""


@dataclass(frozen=True)
class EncodedPart:
    """What is to be known of packets that were written; packet_sizes are of pages in Ogg, empty for plain PCM."""

    packet_sizes: "array[int]"
    private: bytes


class FrameCutter:
    """Cuts blocks of any length into runs of whole frames of one length."""

    def __init__(self, frame_samples: int) -> None:
        self._frame_samples = frame_samples
        self._waiting: list[Block] = []
        self._waiting_samples = 0

    def cut(self, block: Block) -> list[Block]:
        """The whole frames that this block completes, in one piece; nothing where it completes none."""
        self._waiting.append(block)
        self._waiting_samples += len(block)
        if self._waiting_samples < self._frame_samples:
            return []
        joined = np.concatenate(self._waiting) if len(self._waiting) > 1 else block
        whole = len(joined) // self._frame_samples * self._frame_samples
        self._waiting = [joined[whole:]] if whole < len(joined) else []
        self._waiting_samples = len(joined) - whole
        return [joined[:whole]]

    def rest(self) -> Block | None:
        """The last, short frame, or None when nothing is left."""
        return np.concatenate(self._waiting) if self._waiting_samples else None
