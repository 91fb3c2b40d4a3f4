"""Measures the true peak, the highest point of the wave between the samples; never keeps more than a stretch of it.

ITU-R BS.1770-4, Annex 2: oversample at least four times by a polyphase filter of at least twelve taps a phase, and
take the largest magnitude. Here ten times and thirty-two taps, as far as a stretch of the recording can reach
above the peak that was found already; nearly all of the stretches of ordinary music cannot.
"""

from typing import Any

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

_OVERSAMPLING = 10
_TAPS = 32
_NEIGHBOURS = _TAPS - 1
_HALF = _TAPS // 2
_KAISER_BETA = 9.0
_ROW_SAMPLES = 48
_ROWS_AT_ONCE = 64


class TruePeak:
    """Takes blocks one after another, of any lengths, and holds the largest magnitude so far."""

    def __init__(self) -> None:
        self._waiting: NDArray[Any] | None = None
        self._largest = 0.0
        self._full_scale = 1.0

    def add(self, samples: NDArray[Any]) -> None:
        """Samples of shape (samples, channels), signed, at the top of their 8, 16 or 32 bits."""
        self._full_scale = 2.0 ** (samples.dtype.itemsize * 8 - 1)
        stretch = samples if self._waiting is None else np.concatenate((self._waiting, samples))
        rows = max(0, len(stretch) - _NEIGHBOURS) // _ROW_SAMPLES
        if rows:
            self._measure(stretch[: rows * _ROW_SAMPLES + _NEIGHBOURS], rows=rows)
        self._waiting = stretch[rows * _ROW_SAMPLES :].copy()

    def largest(self) -> float:
        """The true peak, 1.0 for full scale, when all samples were added; never below the sample peak.

        The first and last samples count as they are. Between them the wave depends on what comes before and
        behind the recording, and nobody knows that: silence, or the next track of the same concert.
        """
        if self._waiting is not None and len(self._waiting):
            rest = self._waiting.astype(np.float64)
            self._largest = max(self._largest, _magnitude(rest))
            if len(rest) >= _TAPS:
                self._largest = max(self._largest, _magnitude(sliding_window_view(rest, _TAPS, axis=0) @ _PHASES.T))
        return self._largest / self._full_scale

    def _measure(self, stretch: NDArray[Any], *, rows: int) -> None:
        """Rows of samples, with the neighbours before and behind them that the filter needs."""
        magnitudes = _largest_of_rows(stretch, rows=rows)
        self._largest = max(self._largest, float(magnitudes.max()))
        reach = _with_neighbours(magnitudes)
        if float(reach.max()) * _LARGEST_GAIN <= self._largest:
            return
        ends = np.maximum(magnitudes[1:-1], magnitudes[2:])
        bends = _largest_bends(stretch, rows=rows)
        bounds = np.minimum(reach * _LARGEST_GAIN, ends + reach * _SLOPE_GAIN + bends * _BEND_GAIN)
        order = np.argsort(-bounds)
        while len(order := order[bounds[order] > self._largest]):
            self._largest = max(self._largest, _largest_between(stretch, order[:_ROWS_AT_ONCE]))
            order = order[_ROWS_AT_ONCE:]


def _largest_of_rows(stretch: NDArray[Any], *, rows: int) -> NDArray[np.float64]:
    """The largest magnitude in the samples before the rows, in each row over all channels, and behind the rows."""
    end = _HALF - 1 + rows * _ROW_SAMPLES
    body = stretch[_HALF - 1 : end].reshape(rows, -1)
    highest, lowest = np.empty(rows + 2), np.empty(rows + 2)
    for values, of_rows, of_all in ((highest, body.max(axis=1), np.max), (lowest, body.min(axis=1), np.min)):
        values[0], values[1:-1], values[-1] = of_all(stretch[: _HALF - 1]), of_rows, of_all(stretch[end:])
    return np.maximum(highest, -lowest)


def _largest_bends(stretch: NDArray[Any], *, rows: int) -> NDArray[np.float64]:
    """For each row the largest second difference within reach of the filter."""
    values = stretch.astype(np.float32)
    bends = np.zeros((_ROW_SAMPLES * (rows + 2), stretch.shape[1]), np.float32)
    inner = bends[_ROW_SAMPLES - _HALF + 2 :][: len(values) - 2]
    np.subtract(values[2:], values[1:-1], out=inner)
    inner -= values[1:-1]
    inner += values[:-2]
    by_row = bends.reshape(rows + 2, -1)
    return _with_neighbours(np.maximum(by_row.max(axis=1), -by_row.min(axis=1)).astype(np.float64))


def _with_neighbours(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """For each but the first and last the largest of it and its two neighbours."""
    largest: NDArray[np.float64] = np.maximum(np.maximum(values[:-2], values[1:-1]), values[2:])
    return largest


def _largest_between(stretch: NDArray[Any], rows: NDArray[np.intp]) -> float:
    """The largest magnitude between the samples of some rows, by one product of matrices."""
    places = (rows * _ROW_SAMPLES)[:, None] + np.arange(_ROW_SAMPLES + _NEIGHBOURS)
    windows = stretch[places].astype(np.float32).transpose(0, 2, 1).reshape(-1, places.shape[1])
    between = windows @ _MATRIX
    return _magnitude(between)


def _magnitude(values: NDArray[np.floating[Any]]) -> float:
    return max(float(values.max()), -float(values.min()))


def _phases() -> NDArray[np.float64]:
    """Weights of the samples around each point between two of them: a sinc in a Kaiser window, one row a point."""
    fractions = np.arange(1, _OVERSAMPLING) / _OVERSAMPLING
    distances = np.arange(_TAPS) - (_HALF - 1) - fractions[:, None]
    window = np.i0(_KAISER_BETA * np.sqrt(1 - (distances / _HALF) ** 2))
    weights = np.sinc(distances) * window
    normalised: NDArray[np.float64] = weights / weights.sum(axis=1, keepdims=True)
    return normalised


def _matrix(phases: NDArray[np.float64]) -> NDArray[np.float32]:
    """Takes a row of samples with its neighbours to all points between them."""
    matrix = np.zeros((_ROW_SAMPLES + _NEIGHBOURS, len(phases), _ROW_SAMPLES), np.float32)
    for sample in range(_ROW_SAMPLES):
        matrix[sample : sample + _TAPS, :, sample] = phases.T
    return matrix.reshape(len(matrix), -1)


def _gains_beyond_line(phases: NDArray[np.float64]) -> tuple[float, float]:
    """How far a point can lie beyond the straight line between its two samples.

    Given per largest second difference, and per largest magnitude, of the samples within reach. The weights without
    those of the line sum to zero. So, summing by parts twice, the point is the line, and second differences weighted
    by the sums of the sums, and the last of those times the last first difference, at most twice the magnitude.
    """
    fractions = np.arange(1, _OVERSAMPLING) / _OVERSAMPLING
    rest = phases.copy()
    rest[:, _HALF - 1] -= 1 - fractions
    rest[:, _HALF] -= fractions
    sums = np.abs(rest.cumsum(axis=1).cumsum(axis=1))
    return float(sums[:, :-2].sum(axis=1).max()), float(2 * sums[:, -2].max())


_PHASES = _phases()
_MATRIX = _matrix(_PHASES)
_LARGEST_GAIN = float(np.abs(_PHASES).sum(axis=1).max())
_BEND_GAIN, _SLOPE_GAIN = _gains_beyond_line(_PHASES)
