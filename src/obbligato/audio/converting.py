"""Changes rate, channels and depth of samples, always to the same bits for the same input; never opens files.

Between the steps samples are float64 with full scale at 1.0, where 24-bit integers are exact. The order that
loses least is: to_float, downmix, resample, dither.
"""

from collections.abc import Iterable, Iterator
from fractions import Fraction
from math import ceil, gcd

import numpy as np
from numpy.typing import NDArray

from obbligato.audio.flacfile import LAYOUTS
from obbligato.audio.libraries import av
from obbligato.audio.pcm import Integers

Floats = NDArray[np.float64]

_HALF_POWER = 0.5**0.5

_STEREO_GAINS: dict[int, tuple[tuple[float, ...], tuple[float, ...]]] = {
    1: ((1.0,), (1.0,)),
    2: ((1.0, 0.0), (0.0, 1.0)),
    3: ((1.0, 0.0, _HALF_POWER), (0.0, 1.0, _HALF_POWER)),
    4: ((1.0, 0.0, _HALF_POWER, 0.0), (0.0, 1.0, 0.0, _HALF_POWER)),
    5: ((1.0, 0.0, _HALF_POWER, _HALF_POWER, 0.0), (0.0, 1.0, _HALF_POWER, 0.0, _HALF_POWER)),
    6: ((1.0, 0.0, _HALF_POWER, 0.0, _HALF_POWER, 0.0), (0.0, 1.0, _HALF_POWER, 0.0, 0.0, _HALF_POWER)),
    7: (
        (1.0, 0.0, _HALF_POWER, 0.0, 0.5, _HALF_POWER, 0.0),
        (0.0, 1.0, _HALF_POWER, 0.0, 0.5, 0.0, _HALF_POWER),
    ),
    8: (
        (1.0, 0.0, _HALF_POWER, 0.0, _HALF_POWER, 0.0, _HALF_POWER, 0.0),
        (0.0, 1.0, _HALF_POWER, 0.0, 0.0, _HALF_POWER, 0.0, _HALF_POWER),
    ),
}
"""Gains into left and right by the number of channels, in the channel orders of FLAC (RFC 9639, 9.1.3).

ITU-R BS.775-3, annex 4: front 1, centre and surrounds 0.7071 each, the low-frequency channel left out. The
single back centre of seven channels goes to both sides at 0.5."""


def to_float(blocks: Iterable[Integers], *, bits: int) -> Iterator[Floats]:
    """Integers of `bits` as floats with full scale at 1.0; exact."""
    scale = 0.5 ** (bits - 1)
    for block in blocks:
        yield np.multiply(block, scale, dtype=np.float64)


def downmix(blocks: Iterable[Floats], *, channels: int) -> Iterator[Floats]:
    """Mix blocks of 1 to 8 channels to `channels` (1 or 2) by ITU-R BS.775, scaled so that nothing can clip.

    Each output is divided by the sum of its gains: the same for every track, so albums keep their balance.
    """
    assert channels in (1, 2), "a down-mix is mono or stereo"
    for block in blocks:
        if block.shape[1] == channels:
            yield block
        else:
            yield _mixed(block, mixing_matrix(from_channels=block.shape[1], to_channels=channels))


def faded(blocks: Iterable[Floats], *, start: int, samples: int, fade_samples: int) -> Iterator[Floats]:
    """Half a cosine up from silence at the first of all samples and down to silence at the last.

    start is the number of the first sample in blocks. Gains come from one table, so that a sample's gain does not
    depend on the block it is in.
    """
    length = max(1, min(fade_samples, samples // 2))
    gains = 0.5 - 0.5 * np.cos(np.pi * (np.arange(length + 1, dtype=np.float64) / length))
    for block in blocks:
        places = np.arange(start, start + len(block))
        nearest_end = np.minimum(places, samples - 1 - places)
        start += len(block)
        yield block * gains[np.clip(nearest_end, 0, length)][:, None]


def mixing_matrix(*, from_channels: int, to_channels: int) -> Floats:
    """Gains of shape (from_channels, to_channels); every column sums to one."""
    stereo = np.array(_STEREO_GAINS[from_channels], np.float64)
    gains = stereo if to_channels == 2 else stereo.sum(axis=0, keepdims=True)
    scaled: Floats = (gains / gains.sum(axis=1, keepdims=True)).T
    return scaled


def _mixed(block: Floats, matrix: Floats) -> Floats:
    """Added up in one fixed order; a product of matrices may take another for another number of rows."""
    mixed = np.zeros((len(block), matrix.shape[1]))
    for channel, gains in enumerate(matrix):
        mixed += block[:, channel : channel + 1] * gains
    return mixed


def resample(
    blocks: Iterable[Floats], *, from_rate: int, to_rate: int, channels: int, is_quick: bool = False
) -> Iterator[Floats]:
    """Change the rate (Hz) by swresample, aligned in time: exactly ceil(n * to_rate / from_rate) samples.

    From 48,000 to 44,100 Hz it is flat to 20 kHz, its own errors lie below -135 dB, and 23 kHz folds back at -116.
    is_quick takes about a third of the time, for codecs that cut at 20 kHz themselves: flat there from 44,100 to
    48,000 Hz, 1.4 dB down from 48,000 to 44,100; it reckons in single precision, 150 dB below full scale.
    """
    if from_rate == to_rate:
        yield from blocks
        return
    counted = _Counted()
    produced = 0
    graph = _resampling_graph(from_rate=from_rate, to_rate=to_rate, layout=LAYOUTS[channels - 1], is_quick=is_quick)
    precision = _QUICK_PRECISION if is_quick else _FLAT_PRECISION
    for array in _swresampled(counted.through(blocks), graph, precision, from_rate=from_rate, channels=channels):
        # The tail of the filter is cut below: what is known to be wanted so far may be given at once.
        wanted = -(-counted.samples * to_rate // from_rate) - produced
        piece = array[: max(0, wanted)]
        produced += len(piece)
        if len(piece):
            yield piece
    missing = -(-counted.samples * to_rate // from_rate) - produced
    if missing > 0:
        yield np.zeros((missing, channels))


def period(*, from_rate: int, to_rate: int) -> tuple[int, int]:
    """After how many samples, in and out, both rates (Hz) meet again."""
    common = gcd(from_rate, to_rate)
    return from_rate // common, to_rate // common


def filter_samples(*, from_rate: int, to_rate: int, is_quick: bool) -> int:
    """How many samples of the input one sample of the output depends on, rounded up."""
    taps, cutoff = (_QUICK_TAPS, _QUICK_CUTOFF) if is_quick else (_FLAT_TAPS, _FLAT_CUTOFF)
    return ceil(taps / min(1.0, to_rate * cutoff / from_rate)) + 8


class _Counted:
    """Counts the samples that pass through."""

    def __init__(self) -> None:
        self.samples = 0

    def through(self, blocks: Iterable[Floats]) -> Iterator[Floats]:
        for block in blocks:
            self.samples += len(block)
            yield block


def _swresampled(
    blocks: Iterable[Floats], graph: "av.filter.Graph", precision: str, *, from_rate: int, channels: int
) -> Iterator[Floats]:
    layout = LAYOUTS[channels - 1]
    position = 0
    for block in blocks:
        packed = np.ascontiguousarray(block, _TYPES[precision]).reshape(1, -1)
        frame = av.AudioFrame.from_ndarray(packed, format=precision, layout=layout)
        frame.sample_rate = from_rate
        frame.time_base = Fraction(1, from_rate)
        frame.pts = position
        position += len(block)
        graph.push(frame)
        yield from _pulled(graph, channels)
    graph.push(None)
    yield from _pulled(graph, channels)


def _resampling_graph(*, from_rate: int, to_rate: int, layout: str, is_quick: bool) -> "av.filter.Graph":
    """A graph of its own, because PyAV's resampler knows only FFmpeg's default filter.

    That one loses 1.3 dB at 20 kHz and lets 22.5 kHz fold back at -14 dB.
    """
    graph = av.filter.Graph()
    precision = _QUICK_PRECISION if is_quick else _FLAT_PRECISION
    source = graph.add_abuffer(sample_rate=from_rate, format=precision, layout=layout, time_base=Fraction(1, from_rate))
    resampler = graph.add("aresample", f"{to_rate}:{_QUICK_FILTER if is_quick else _FLAT_FILTER}")
    sink = graph.add("abuffersink")
    source.link_to(resampler)
    resampler.link_to(sink)
    graph.configure()
    return graph


_FLAT_PRECISION, _QUICK_PRECISION = "dbl", "flt"
_TYPES = {"dbl": np.float64, "flt": np.float32}
_FLAT_TAPS, _FLAT_CUTOFF = 128, 0.97
_QUICK_TAPS, _QUICK_CUTOFF = 64, 0.94
_FLAT_FILTER = f"filter_size={_FLAT_TAPS}:cutoff={_FLAT_CUTOFF}:filter_type=kaiser:kaiser_beta=12"
_QUICK_FILTER = f"filter_size={_QUICK_TAPS}:cutoff={_QUICK_CUTOFF}:filter_type=kaiser:kaiser_beta=12"


def _pulled(graph: "av.filter.Graph", channels: int) -> Iterator[Floats]:
    while True:
        try:
            frame = graph.pull()
        except (av.BlockingIOError, av.EOFError):
            return
        assert isinstance(frame, av.AudioFrame)
        yield _unpacked(frame, channels)


def _unpacked(frame: "av.AudioFrame", channels: int) -> Floats:
    return frame.to_ndarray().astype(np.float64, copy=False).reshape(-1, channels)


def dither(blocks: Iterable[Floats], *, bits: int, seed: int = 0, start: int = 0) -> Iterator[Integers]:
    """Round to `bits` with triangular dither two steps wide, the same for the same seed on every machine.

    The noise comes from the raw output of PCG64, which numpy promises never to change (NEP 19), one draw per
    sample in reading order, so the result does not depend on how the samples were cut into blocks. start is how
    many samples, over all channels, were before the first of these.
    """
    generator = np.random.PCG64(seed).advance(start)
    full_scale = 2.0 ** (bits - 1)
    for block in blocks:
        drawn = generator.random_raw(block.size).reshape(block.shape)
        high = (drawn >> np.uint64(32)).astype(np.float64)
        low = (drawn & np.uint64(0xFFFFFFFF)).astype(np.float64)
        rounded = np.rint(block * full_scale + (high - low) * 2.0**-32)
        yield np.clip(rounded, -full_scale, full_scale - 1).astype(np.int32)
