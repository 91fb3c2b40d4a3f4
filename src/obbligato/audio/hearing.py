"""Hears what is odd about a recording while it is decoded: clipping, offset, sides, unused bits; it judges nothing.

Whole blocks are looked at only as far as that is nearly free; all else is taken from windows spread over the recording.
"""

from dataclasses import MISSING, asdict, dataclass, fields
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from obbligato.audio.measuring import Waveform
from obbligato.audio.spectrum import Spectrum

SILENT = 2.0**-12
"""Of full scale, -72 dB: below it a room is silent, while reverberation that dies away is mostly above."""
LEAST_CLIPPED_SAMPLES = 3
"""At full scale in a row. A wave touches it with one or two; three are what meters of mastering rooms call an over."""


@dataclass(frozen=True)
class Heard:
    """What was heard. Times are in seconds; 1.0 is full scale."""

    used_bits: int | None
    """Bits that are not zero in all samples, None where all are silent."""
    clipped_runs: int
    """Stretches of at least LEAST_CLIPPED_SAMPLES at full scale, of all channels."""
    longest_clipped_samples: int
    silent_start_seconds: float
    silent_end_seconds: float
    longest_silence_seconds: float
    """Between the first and the last sound."""
    longest_silence_at_seconds: float
    offset: float
    """Of the channel that has the largest, as a part of full scale; the median over what sounds."""
    are_sides_same: bool
    """Left and right have the very same samples throughout."""
    sides_correlation: float | None
    """From -1, one side is the other turned over, to 1; None where there are not two sides that sound."""
    silent_channels: int
    """Channels without any sample but zero beside others that have some."""
    edge_hz: int | None
    """Above it there is nothing, and it is steep; None where the sound has no such edge. See spectrum."""
    edge_drop_db: float | None

    def to_json(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_json(cls, values: dict[str, Any]) -> Self:
        """What to_json gave; keys of a newer program are ignored."""
        return cls(
            **{item.name: values[item.name] for item in fields(cls) if item.name in values or item.default is MISSING}
        )


class Hearing:
    """Takes blocks one after another and needs the same little memory for a minute and for eight hours."""

    def __init__(self, *, sample_rate: int, bits: int, channels: int) -> None:
        self._rate, self._bits, self._channels = sample_rate, bits, channels
        self._spectrum = Spectrum(sample_rate=sample_rate)
        self._clipping = _Clipping(bits=bits, channels=channels)
        self._are_same = channels == 2
        self._has_sound = np.zeros(channels, bool)
        self._all_bits = 0
        self._surplus_bits = 0
        self._offsets: list[NDArray[np.float32]] = []
        self._products = np.zeros(3)

    def add(self, samples: NDArray[Any]) -> None:
        """Samples of shape (samples, channels), signed, at the top of their 8, 16 or 32 bits."""
        self._surplus_bits = samples.dtype.itemsize * 8 - self._bits
        if not self._has_lowest_bit():
            self._all_bits |= int(np.bitwise_or.reduce(samples, axis=None)) & 0xFFFFFFFF
        self._clipping.add(samples)
        if self._are_same:
            self._are_same = bool(np.array_equal(samples[:, 0], samples[:, 1]))
        if not self._has_sound.all():
            self._has_sound |= samples.any(axis=0)
        self._look(self._spectrum.windows(samples))

    def heard(self, waveform: Waveform) -> Heard:
        """What was heard when all was added, beside the waveform of the same samples."""
        start, end, longest, longest_at = silences(*waveform.stretches(), sample_rate=self._rate)
        edge = self._spectrum.edge()
        has_sound = bool(self._has_sound.any())
        return Heard(
            used_bits=self._used_bits() if has_sound else None,
            clipped_runs=self._clipping.runs,
            longest_clipped_samples=self._clipping.longest,
            silent_start_seconds=start,
            silent_end_seconds=end,
            longest_silence_seconds=longest,
            longest_silence_at_seconds=longest_at,
            offset=self._offset(),
            are_sides_same=self._are_same and has_sound,
            sides_correlation=self._correlation(),
            silent_channels=int(np.count_nonzero(~self._has_sound)) if has_sound else 0,
            edge_hz=edge.hz if edge else None,
            edge_drop_db=edge.drop_db if edge else None,
        )

    def _look(self, windows: NDArray[np.float32]) -> None:
        if not len(windows):
            return
        energies = np.einsum("wcs,wcs->wc", windows, windows)
        self._spectrum.add(windows, energies)
        sounding = energies.max(axis=1) >= SILENT**2 * windows.shape[2]
        self._offsets.append(windows[sounding].mean(axis=2))
        if self._channels == 2:
            both = np.einsum("ws,ws->w", windows[:, 0], windows[:, 1])
            self._products += [energies[:, 0].sum(), energies[:, 1].sum(), both.sum()]

    def _has_lowest_bit(self) -> bool:
        return bool(self._all_bits >> self._surplus_bits & 1)

    def _used_bits(self) -> int:
        values = self._all_bits >> self._surplus_bits
        unused = (values & -values).bit_length() - 1 if values else 0
        return self._bits - unused

    def _offset(self) -> float:
        offsets = np.concatenate([np.zeros((0, self._channels), np.float32), *self._offsets])
        if not len(offsets):
            return 0.0
        middles = np.median(offsets, axis=0)
        return round(float(middles[np.abs(middles).argmax()]), 6)

    def _correlation(self) -> float | None:
        left, right, both = self._products
        return round(float(both / np.sqrt(left * right)), 4) if left > 0 and right > 0 else None


class _Clipping:
    """Counts runs of samples at full scale, of each channel and each direction, also across blocks."""

    def __init__(self, *, bits: int, channels: int) -> None:
        self._bits = bits
        self._channels = channels
        self._open = {(channel, is_high): (-2, 0) for channel in range(channels) for is_high in (True, False)}
        """Where the latest run ended, and its length so far."""
        self._position = 0
        self.runs = 0
        self.longest = 0

    def add(self, samples: NDArray[Any]) -> None:
        flat = samples.reshape(-1)
        unit = 1 << (samples.dtype.itemsize * 8 - self._bits)
        highest, lowest = ((1 << self._bits - 1) - 1) * unit, -(1 << self._bits - 1) * unit
        if flat.max(initial=0) >= highest:
            self._find(np.flatnonzero(flat >= highest), is_high=True)
        if flat.min(initial=0) <= lowest:
            self._find(np.flatnonzero(flat <= lowest), is_high=False)
        self._position += len(samples)

    def _find(self, places: NDArray[np.intp], *, is_high: bool) -> None:
        for channel in range(self._channels):
            own = places[places % self._channels == channel] // self._channels + self._position
            if len(own):
                self._count(own, (channel, is_high))

    def _count(self, places: NDArray[np.intp], key: tuple[int, bool]) -> None:
        """Runs of consecutive places; the last may go on in the next block, the first may have begun before."""
        breaks = np.flatnonzero(np.diff(places) != 1) + 1
        lengths = np.diff(np.concatenate(([0], breaks, [len(places)])))
        end, before = self._open[key]
        if end + 1 == places[0]:
            self.runs -= before >= LEAST_CLIPPED_SAMPLES
            lengths[0] += before
        self.runs += int(np.count_nonzero(lengths >= LEAST_CLIPPED_SAMPLES))
        self.longest = max(self.longest, int(lengths.max()))
        self._open[key] = (int(places[-1]), int(lengths[-1]))


def silences(
    stretch_samples: int, largest: NDArray[np.float64], *, sample_rate: int
) -> tuple[float, float, float, float]:
    """Seconds of silence at the start and at the end, the longest in between and where it begins; zeros if all is.

    `largest` are the magnitudes of stretches of so many samples.
    """
    sounding = np.flatnonzero(largest >= SILENT)
    if not len(sounding):
        return 0.0, 0.0, 0.0, 0.0
    seconds = stretch_samples / sample_rate
    gaps = np.diff(sounding) - 1
    longest = int(gaps.argmax()) if len(gaps) else 0
    inside = (float(gaps[longest]), float(sounding[longest] + 1)) if len(gaps) and gaps[longest] else (0.0, 0.0)
    counts = (float(sounding[0]), float(len(largest) - 1 - sounding[-1]), *inside)
    start, end, length, begin = (round(count * seconds, 2) for count in counts)
    return start, end, length, begin
