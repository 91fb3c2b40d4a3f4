"""Measures decoded frames as they pass: loudness, waveform and MD5; never keeps the samples.

Every measure takes frames one after another and needs the same little memory for a minute and for eight hours.
"""

import hashlib
import math
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from obbligato.audio.libraries import av

WAVEFORM_COLUMNS = 800
QUIETEST_DBTP = -144.5
"""Given as the peak of digital silence: half of the least step of 24 bits."""

_ABSOLUTE_GATE_LUFS = -70.0
_PULLED_FRAMES = 8


@dataclass(frozen=True)
class Loudness:
    """Loudness by ITU-R BS.1770-4 and EBU R 128; integrated_lufs is None where nothing is above -70 LUFS."""

    integrated_lufs: float | None
    range_lu: float
    true_peak_dbtp: float


def raw_samples(frame: "av.AudioFrame") -> NDArray[Any]:
    """The samples of a frame at the top of 8, 16 or 32 bits, signed, of shape (samples, channels).

    They lie in the frame's own memory where it is packed.
    """
    channels = frame.layout.nb_channels
    dtype: np.dtype[Any] = np.dtype({1: "u1", 2: "<i2", 4: "<i4"}[frame.format.bytes])
    columns = 1 if frame.format.is_planar else channels
    planes = [
        np.frombuffer(memoryview(plane), dtype, count=frame.samples * columns).reshape(-1, columns)
        for plane in frame.planes
    ]
    samples = planes[0] if len(planes) == 1 else np.hstack(planes)
    # FFmpeg knows 8 bits as unsigned only.
    return (samples ^ 0x80).view(np.int8) if samples.dtype == np.uint8 else samples


class PcmDigest:
    """STREAMINFO's MD5 (RFC 9639, 8.2): interleaved, signed, little-endian, ceil(bits / 8) bytes a sample."""

    def __init__(self, *, bits: int) -> None:
        self._bits = bits
        self._md5 = hashlib.md5(usedforsecurity=False)

    def add(self, samples: NDArray[Any]) -> None:
        """Samples as raw_samples gives them."""
        surplus_bits = samples.dtype.itemsize * 8 - self._bits
        sample_bytes = (self._bits + 7) // 8
        if surplus_bits % 8:
            samples = samples >> surplus_bits
            first_byte = 0
        else:
            first_byte = surplus_bits // 8
        if sample_bytes == samples.dtype.itemsize:
            self._md5.update(np.ascontiguousarray(samples).data)
            return
        octets = np.ascontiguousarray(samples).view(np.uint8).reshape(-1, samples.dtype.itemsize)
        self._md5.update(np.ascontiguousarray(octets[:, first_byte : first_byte + sample_bytes]).data)

    def hexdigest(self) -> str:
        return self._md5.hexdigest()


class Waveform:
    """The largest magnitude of every stretch of samples, over all channels.

    Stretches begin short; whenever there are many they are joined in pairs, so the length need not be known.
    """

    _MAXIMUM_STRETCHES = 16_384

    def __init__(self) -> None:
        self._stretch_samples = 16
        self._largest = np.zeros(0, np.float64)
        self._pending: list[NDArray[np.float64]] = []
        self._pending_stretches = 0
        self._samples = 0

    def add(self, samples: NDArray[Any]) -> None:
        """Samples as raw_samples gives them."""
        into_stretch = self._samples % self._stretch_samples
        cuts = np.arange(self._stretch_samples - into_stretch, len(samples), self._stretch_samples)
        starts = np.concatenate(([0], cuts)) * samples.shape[1]
        flat = samples.reshape(-1)
        full_scale = 2.0 ** (samples.dtype.itemsize * 8 - 1)
        highest = np.maximum.reduceat(flat, starts).astype(np.float64)
        lowest = np.minimum.reduceat(flat, starts).astype(np.float64)
        magnitudes = np.maximum(highest, -lowest) / full_scale
        if into_stretch and self._pending:
            last = self._pending[-1]
            last[-1] = max(last[-1], magnitudes[0])
            magnitudes = magnitudes[1:]
        if len(magnitudes):
            self._pending.append(magnitudes)
            self._pending_stretches += len(magnitudes)
        self._samples += len(samples)
        while self._pending_stretches > self._MAXIMUM_STRETCHES:
            self._join_pairs()

    def stretches(self) -> tuple[int, NDArray[np.float64]]:
        """How many samples a stretch has, and the largest magnitude of each, 1.0 for full scale."""
        return self._stretch_samples, np.concatenate(self._pending) if self._pending else np.zeros(1)

    def columns(self, count: int = WAVEFORM_COLUMNS) -> bytes:
        """`count` columns of one unsigned byte, 255 for full scale; a short recording repeats its stretches."""
        _, stretches = self.stretches()
        edges = np.arange(count + 1) * len(stretches) // count
        largest = [stretches[a : max(b, a + 1)].max() for a, b in pairwise(edges)]
        return np.minimum(np.rint(np.array(largest) * 255.0), 255).astype(np.uint8).tobytes()

    def _join_pairs(self) -> None:
        stretches = np.concatenate(self._pending)
        if len(stretches) % 2:
            stretches = np.append(stretches, 0.0)
        joined = stretches.reshape(-1, 2).max(axis=1)
        self._pending = [joined]
        self._pending_stretches = len(joined)
        self._stretch_samples *= 2


class LoudnessMeter:
    """FFmpeg's ebur128 filter. Its true peaks would take it twice as long as all else; true_peak is faster."""

    def __init__(self) -> None:
        self._graph: av.filter.Graph | None = None
        self._latest: list[av.AudioFrame] = []
        self._waiting_frames = 0

    def add(self, frame: "av.AudioFrame") -> None:
        if self._graph is None:
            self._graph = _loudness_graph(frame)
        self._graph.push(frame)
        self._waiting_frames += 1
        if self._waiting_frames >= _PULLED_FRAMES:
            self._pull()

    def loudness(self, *, true_peak: float) -> Loudness:
        """The result after the last frame, beside the true peak that was measured (1.0: full scale)."""
        if self._graph is not None:
            self._graph.push(None)
            self._pull()
        # The filter measures whole tenths of a second; the rest at the end comes out without values.
        values = next((found for frame in reversed(self._latest) if (found := frame.metadata)), {})
        integrated = _finite(values.get("lavfi.r128.I"), otherwise=_ABSOLUTE_GATE_LUFS)
        return Loudness(
            integrated_lufs=round(integrated, 2) if integrated > _ABSOLUTE_GATE_LUFS else None,
            range_lu=round(_finite(values.get("lavfi.r128.LRA"), otherwise=0.0), 2),
            true_peak_dbtp=round(max(QUIETEST_DBTP, 20 * math.log10(true_peak)), 2) if true_peak > 0 else QUIETEST_DBTP,
        )

    def _pull(self) -> None:
        """Take what the filter has; each frame carries the values of the whole recording so far."""
        assert self._graph is not None
        self._waiting_frames = 0
        while True:
            try:
                frame = self._graph.pull()
            except (av.BlockingIOError, av.EOFError):
                return
            assert isinstance(frame, av.AudioFrame)
            self._latest = [*self._latest[-1:], frame]


def _loudness_graph(frame: "av.AudioFrame") -> "av.filter.Graph":
    graph = av.filter.Graph()
    source = graph.add_abuffer(
        sample_rate=frame.sample_rate,
        format=frame.format.name,
        layout=frame.layout.name,
        time_base=frame.time_base,
    )
    meter = graph.add("ebur128", "metadata=1")
    sink = graph.add("abuffersink")
    source.link_to(meter)
    meter.link_to(sink)
    graph.configure()
    return graph


def _finite(text: str | None, *, otherwise: float) -> float:
    value = float(text) if text is not None else otherwise
    return value if math.isfinite(value) else otherwise
