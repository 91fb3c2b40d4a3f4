"""Looks at short windows of a recording for the edge above which there is nothing; never keeps more than 192 of them.

A lossy encoder leaves out all above a frequency that it chose by its bit rate, a converter of sample rates all above
half of the lower rate. Both end within some hundred hertz, while instruments, microphones and tape fall off gently.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Levels = NDArray[np.float32]

MOST_WINDOWS = 192
BANDS = 256
QUIETEST_DB = -140.0
"""Levels below are taken for this one: the arithmetic of single precision reaches no further down."""
LEAST_RATE_HZ = 44_100
LOSSY_HZ = (14_500, 20_800)
"""Where encoders end: 15 kHz at 96 kbit/s, 16 at 128, 19 at 192, 20 at 320, 20 in all of Opus. What ends lower may be
a synthesiser, and would fool nobody."""
LOSSY_FLOOR_DB = -120.0
"""What is quieter counts as silence there: quiet music just fades into it, and 16 bits have no more to tell."""
MARGIN_HZ = 350
"""On either side of the edge, left out: LAME's own filter takes 530 Hz, others up to 700."""
BESIDE_HZ = 1_000
"""So much below the margin is compared with all above it, and must fall far within so much above it: a gentle
slope adds up to a fall as well."""
HIGHEST = 0.975
"""Of half the sample rate; converters of analogue sound let through something of what lies above."""
LEAST_ABOVE = 5
"""Bands that must lie above an edge for it to be called one: 430 Hz at 44.1 kHz."""
LEAST_WINDOWS = 12
"""With fewer windows that reach the edge nobody can say that nothing goes beyond."""
LEAST_REACHING = 0.5
"""Of the windows that sound a little lower: an instrument ends now here, now there, a filter always at one place."""
SILENT_DB = -112.0
"""A bin of windows at most as loud is silent: 16 bits with dither have -122, shaped dither -115."""
STEADY_DB = 8.0
"""How far the level above may wander between windows: noise of 16 or 24 bits stays within 3, sound does not."""
HEARD_DB = 12.0
"""A window reaches the edge if it has as much more below it than above."""
LEAST_LOSSY_DROP_DB, LEAST_DROP_DB = 24.0, 18.0
"""From below to above. Nothing that vibrates falls by 3 within 700 Hz at 15 kHz; encoders were seen to fall by 33 and
more in music that reaches so far. The greater number is for the greater reproach."""

LEAST_LOSSY_BESIDE_DB, LEAST_BESIDE_DB = 12.0, 8.0
"""From below to beside. A slope of 60 dB an octave, steeper than anything in music, falls there by 10 at 15 kHz and by
7 at 22; a converter's soft filter by 9."""


@dataclass(frozen=True)
class Edge:
    """Where the sound ends, in Hz, and by how many dB it falls there."""

    hz: int
    drop_db: float


class Spectrum:
    """Takes blocks one after another and keeps levels of windows spread evenly over the recording so far."""

    def __init__(self, *, sample_rate: int) -> None:
        self._rate = sample_rate
        self._size = 2048
        while self._size < 2048 * sample_rate / 50_000:
            self._size *= 2
        self._stride = 4 * self._size
        self._window = np.hanning(self._size).astype(np.float32)
        self._scale = 4.0 / float(self._window.sum()) ** 2
        self._rows: list[Levels] = []
        self._position = 0
        self._next = 0

    def windows(self, samples: NDArray[Any]) -> NDArray[np.float32]:
        """The windows that begin in this block, as (windows, channels, samples) with 1.0 for full scale."""
        starts = []
        place = max(0, self._next - self._position)
        while place + self._size <= len(samples):
            starts.append(place)
            place += self._stride
        self._position += len(samples)
        if starts:
            self._next = self._position - len(samples) + place
        if not starts:
            return np.zeros((0, samples.shape[1], self._size), np.float32)
        found = np.stack([samples[start : start + self._size].T for start in starts]).astype(np.float32)
        found *= np.float32(2.0 ** (1 - samples.dtype.itemsize * 8))
        return found

    def add(self, windows: NDArray[np.float32], energies: NDArray[np.float32]) -> None:
        """Windows of windows(), and the energy of each of their channels: the loudest one is looked at."""
        if not len(windows):
            return
        loudest = windows[np.arange(len(windows)), energies.argmax(axis=1)] * self._window
        bins = np.fft.rfft(loudest, axis=1)[:, 1:]
        powers = bins.real**2 + bins.imag**2
        bands = powers.reshape(len(windows), BANDS, -1).mean(axis=2) * np.float32(self._scale)
        self._rows += list(10 * np.log10(np.maximum(bands, np.float32(10 ** (QUIETEST_DB / 10)))))
        while len(self._rows) > MOST_WINDOWS:
            self._rows = self._rows[::2]
            self._stride *= 2

    def edge(self) -> Edge | None:
        """The edge of what was added, None where there is none that is steep and the same throughout."""
        if len(self._rows) < LEAST_WINDOWS or self._rate < LEAST_RATE_HZ:
            return None
        levels, band_hz = np.stack(self._rows), self._rate / 2 / BANDS
        floored = np.maximum(levels, np.float32(LOSSY_FLOOR_DB))
        lossy = edge_of(floored, band_hz=band_hz, within_hz=LOSSY_HZ, least_beside_db=LEAST_LOSSY_BESIDE_DB)
        if lossy is not None and lossy.drop_db >= LEAST_LOSSY_DROP_DB:
            return lossy
        beyond = (LOSSY_HZ[1], self._rate // 2)
        return edge_of(levels, band_hz=band_hz, within_hz=beyond, least_beside_db=LEAST_BESIDE_DB)


def edge_of(levels: Levels, *, band_hz: float, within_hz: tuple[int, int], least_beside_db: float) -> Edge | None:
    """The edge in levels in dB of shape (windows, bands), if there is one between two frequencies."""
    top = int(levels.shape[1] * HIGHEST)
    if not _is_silence(levels[:, top - LEAST_ABOVE : top].mean(axis=1)):
        return None  # Whatever the edge, this would lie above it; for most music there is no more to do.
    sums = np.concatenate((np.zeros((len(levels), 1)), levels.cumsum(axis=1, dtype=np.float64)), axis=1)
    margin, width = max(1, round(MARGIN_HZ / band_hz)), max(2, round(BESIDE_HZ / band_hz))
    first, last = (int(hz / band_hz) for hz in within_hz)
    best: Edge | None = None
    for place in range(first, min(last, top - margin - LEAST_ABOVE) + 1):
        start, end = place - margin - width, place + margin
        above = (sums[:, top] - sums[:, end]) / (top - end)
        below = (sums[:, start + width] - sums[:, start]) / width
        lower = (sums[:, start] - sums[:, start - width]) / width
        reaching = _reaching(lower, below, above)
        if reaching is None:
            continue
        stop = min(top, end + width)
        beside = (sums[:, stop] - sums[:, end]) / (stop - end)
        drop = float(np.median((below - above)[reaching]))
        is_steep = drop >= LEAST_DROP_DB and np.median((below - beside)[reaching]) >= least_beside_db
        if is_steep and (best is None or drop > best.drop_db):
            best = Edge(round(place * band_hz), round(drop, 1))
    return best


def _reaching(
    lower: NDArray[np.float64], below: NDArray[np.float64], above: NDArray[np.float64]
) -> NDArray[np.bool_] | None:
    """Which windows reach the edge; None where they are few or anything goes beyond."""
    reaching = below - above >= HEARD_DB
    least = max(LEAST_WINDOWS, LEAST_REACHING * np.count_nonzero(lower - above >= HEARD_DB))
    return reaching if np.count_nonzero(reaching) >= least and _is_silence(above) else None


def _is_silence(above: NDArray[np.floating[Any]]) -> bool:
    """Whether there is the same quiet noise in nearly all windows. Clipping in the decoder may disturb a few."""
    low, high = np.quantile(above, (0.05, 0.95))
    return bool(high <= SILENT_DB and high - low <= STEADY_DB)
