"""Any stretch of a copy's samples is the same bits as in the whole, wherever it begins and ends."""

import functools
import tempfile
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from obbligato.audio.errors import Damaged
from obbligato.audio.formats import Format, Window
from obbligato.audio.masters import inspect
from obbligato.audio.recipes import Recipe
from obbligato.audio.samples import Converted
from tests.audio import makers

CASES: dict[str, tuple[str, int, int, int, Window | None]] = {
    "44.1 to 48": ("opus-128", 44100, 16, 2, None),
    "48 to 44.1": ("mp3-128-44", 48000, 16, 2, None),
    "96 to 44.1": ("flac-16-44", 96000, 24, 2, None),
    "88.2 to 44.1": ("wav-24-44", 88200, 24, 1, None),
    "192 to 48": ("aac-128-48", 192000, 24, 2, None),
    "8 to 16": ("mp3-64", 8000, 16, 1, None),
    "two rates that hardly ever meet": ("opus-96", 44099, 16, 1, None),
    "24 to 16 bits": ("wav-16", 44100, 24, 3, None),
    "six channels to two": ("mp3-192", 44100, 16, 6, None),
    "eight channels of another rate": ("opus-192", 96000, 24, 8, None),
    "fades": ("mp3-128", 44100, 16, 2, Window(3_001, 50_000, 20_000)),
    "fades that meet": ("flac", 44100, 16, 2, Window(1, 30_001, 44_100)),
    "fades of another rate": ("opus-64", 44100, 24, 2, Window(777, 60_000, 9_000)),
    "unchanged": ("alac", 44100, 24, 2, None),
    "wider": ("wav-16", 44100, 12, 2, None),
}
SAMPLES = 90_001


@functools.cache
def converted(case: str) -> tuple[Converted, NDArray[np.generic]]:
    """The samples of a copy, and all of them in one piece."""
    name, sample_rate, bits, channels, window = CASES[case]
    folder = Path(tempfile.mkdtemp(prefix="obbligato-samples-"))
    made = makers.noise(samples=SAMPLES, channels=channels, bits=bits)
    if bits in (16, 24):
        path = makers.write_master(folder, "flac", made, sample_rate=sample_rate, bits=bits)
    else:
        path = folder / "master.flac"
        path.write_bytes(makers.verbatim_flac(made, sample_rate=sample_rate, bits=bits))
    recipe = Recipe(path, inspect(path).facts, Format.parse(name), window)
    samples = Converted(recipe)
    return samples, joined(samples, 0, recipe.sound.samples)


def joined(samples: Converted, start: int, stop: int) -> NDArray[np.generic]:
    blocks = list(samples.between(start, stop))
    return np.concatenate(blocks) if blocks else np.zeros((0, 0))


@pytest.mark.parametrize("case", CASES)
@settings(max_examples=12, deadline=None)
@given(data=st.data())
def test_a_stretch_has_the_same_bits_as_in_the_whole(case: str, data: st.DataObject) -> None:
    samples, whole = converted(case)
    places = st.one_of(st.integers(0, len(whole)), st.integers(0, 2_000), st.integers(len(whole) - 2_000, len(whole)))
    start, stop = sorted((data.draw(places), data.draw(places)))
    if start == stop:
        assert joined(samples, start, stop).size == 0
        return
    assert joined(samples, start, stop).tobytes() == whole[start:stop].tobytes()


@pytest.mark.parametrize("case", CASES)
def test_stretches_one_after_another_are_the_whole(case: str) -> None:
    samples, whole = converted(case)
    cuts = [*range(0, len(whole), 11_111), len(whole)]
    pieces = [joined(samples, start, stop) for start, stop in pairwise(cuts)]
    assert np.concatenate(pieces).tobytes() == whole.tobytes()


def test_unchanged_samples_are_the_masters(tmp_path: Path) -> None:
    made = makers.noise(samples=20_000, bits=24)
    path = makers.write_master(tmp_path, "flac", made, bits=24)
    samples = Converted(Recipe(path, inspect(path).facts, Format.parse("wav")))
    assert samples.is_unchanged
    assert np.array_equal(joined(samples, 0, 20_000), made)


def test_a_master_that_became_another_is_refused(tmp_path: Path) -> None:
    path = makers.write_master(tmp_path, "flac", makers.sine(samples=20_000))
    facts = inspect(path).facts
    makers.write_master(tmp_path, "flac", makers.noise(samples=20_000))
    with pytest.raises(Damaged, match="changed since it was accepted"):
        joined(Converted(Recipe(path, facts, Format.parse("mp3-128"))), 0, 100)


def test_a_master_that_became_shorter_is_refused(tmp_path: Path) -> None:
    path = makers.write_master(tmp_path, "wav", makers.sine(samples=20_000))
    facts = inspect(path).facts
    makers.write_master(tmp_path, "wav", makers.sine(samples=7_000))
    with pytest.raises(Damaged, match="gives 7000 samples where 20000"):
        joined(Converted(Recipe(path, facts, Format.parse("mp3-128"))), 0, 20_000)
