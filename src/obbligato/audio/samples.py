"""Gives any stretch of a copy's samples, made from its master: the same bits however the stretches are cut.

Every step depends on a sample's own place alone: fades and dither by its number, the resampler by starting where
its phase begins anew, and early enough to have heard all that its filter reaches. It never encodes.
"""

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from obbligato.audio.converting import dither, downmix, faded, filter_samples, period, resample, to_float
from obbligato.audio.errors import Damaged
from obbligato.audio.flacmarks import promised_md5
from obbligato.audio.formats import LOSSLESS, windowed
from obbligato.audio.pcm import Integers, Source
from obbligato.audio.planning import is_unchanged
from obbligato.audio.recipes import Recipe
from obbligato.audio.recognising import recognise

Blocks = Iterator[NDArray[Any]]


class Converted:
    """The samples of the copy that a recipe names; threads may share it, for each call opens the master itself.

    Lossy copies are given as float64 with full scale at 1.0, lossless ones as integers in the copy's depth, of 16 bits
    where that holds them, else of 32.
    """

    def __init__(self, recipe: Recipe) -> None:
        self._sound, self._facts = recipe.sound, recipe.facts
        self._source = Source(recipe.source)
        self._first = recipe.window.start_samples if recipe.window else 0
        self._master_samples = windowed(recipe.facts, recipe.window).samples
        self._fade_samples = recipe.window.fade_samples if recipe.window else 0
        self._is_lossless = self._sound.codec in LOSSLESS
        self.is_unchanged = self._is_lossless and not self._fade_samples and is_unchanged(self._sound, self._facts)
        """Whether these are the master's very samples, perhaps in wider numbers."""

    def between(self, start: int, stop: int) -> Blocks:
        """Blocks of shape (samples, channels) that are together the samples [start, stop) of the copy.

        Raises Damaged where the master has fewer than it had when it was accepted, other AudioRefused, OSError.
        """
        assert 0 <= start <= stop <= self._sound.samples, "the copy has no such samples"
        self._refuse_another_master()
        given = 0
        for block in self._made(start, stop) if stop > start else ():
            block = block[: stop - start - given]
            given += len(block)
            yield block
            if given == stop - start:
                return
        if given != stop - start:
            raise Damaged(f"The master gives {start + given} samples where {self._sound.samples} belong.")

    def _refuse_another_master(self) -> None:
        """A FLAC says whose samples it has, and its decoder refuses frames that are not as they were written."""
        if recognise(self._source.path).container == "flac":
            md5 = promised_md5(self._source.path)
            if md5 and md5 != self._facts.pcm_md5:
                raise Damaged("The master has changed since it was accepted: its samples are others.")

    def _made(self, start: int, stop: int) -> Blocks:
        """The samples from start on; what is given beyond stop is cut off by the caller."""
        if self.is_unchanged:
            shift = self._sound.bits - self._facts.bits
            return (block.astype(np.int32) << shift if shift else block for block in self._of_master(start, stop))
        if self._sound.sample_rate == self._facts.sample_rate:
            floats = self._mixed(start, stop)
        else:
            floats = self._resampled(start)
        if not self._is_lossless:
            return floats
        return dither(floats, bits=self._sound.bits, start=start * self._sound.channels)

    def _of_master(self, start: int, stop: int) -> Iterator[Integers]:
        return self._source.blocks(self._first + start, self._first + stop)

    def _mixed(self, start: int, stop: int) -> Iterator[NDArray[np.float64]]:
        """Samples of the master in its own rate, faded, in the copy's channels."""
        floats = to_float(self._of_master(start, stop), bits=self._facts.bits)
        if self._fade_samples:
            floats = faded(floats, start=start, samples=self._master_samples, fade_samples=self._fade_samples)
        is_mixed = self._sound.channels != self._facts.channels
        return downmix(floats, channels=self._sound.channels) if is_mixed else floats

    def _resampled(self, start: int) -> Iterator[NDArray[np.float64]]:
        """The copy's samples from start to the end of the copy.

        The resampler begins at a sample that both rates share, before all that its filter reaches back to; what
        it gives before start is thrown away.
        """
        rates = {"from_rate": self._facts.sample_rate, "to_rate": self._sound.sample_rate}
        is_quick = self._sound.codec == "opus"  # Opus keeps nothing above 20 kHz, where alone the slow one is better.
        period_in, period_out = period(**rates)
        warm_up = 2 * filter_samples(**rates, is_quick=is_quick)
        periods = max(0, start // period_out - -(-warm_up // period_in))
        floats = self._mixed(periods * period_in, self._master_samples)
        surplus = start - periods * period_out
        for block in resample(floats, **rates, channels=self._sound.channels, is_quick=is_quick):
            if surplus < len(block):
                yield block[surplus:]
            surplus = max(0, surplus - len(block))
