"""Samples to compare by ear lie on one another to the sample, and nothing but the sound tells them apart."""

import io
from pathlib import Path

import numpy as np
import pytest
import soundfile
from numpy.typing import NDArray

from obbligato.audio import comparing
from obbligato.audio.encoding import encode_essence
from obbligato.audio.flacfile import write_flac
from obbligato.audio.formats import Format, Window
from obbligato.audio.masters import inspect
from obbligato.audio.recipes import Recipe

RATE = 44_100


def a_recipe(folder: Path, name: str, *, bits: int = 16) -> Recipe:
    """Six seconds of a master in which no second is like another: a sweep and some noise."""
    time = np.arange(8 * RATE) / RATE
    sweep = 0.4 * np.sin(2 * np.pi * (200 * time + 400 * time**2))
    noise = np.random.default_rng(5).normal(0, 0.02, (time.size, 2))
    samples = ((np.stack([sweep, -0.5 * sweep], axis=1) + noise) * (2 ** (bits - 1) - 1)).astype(np.int32)
    path = folder / "master.flac"
    if not path.exists():
        write_flac(path, samples, sample_rate=RATE, bits=bits)
    return Recipe(path, inspect(path).facts, Format.parse(name), Window(RATE, 6 * RATE))


def delay_of(one: NDArray[np.float64], other: NDArray[np.float64]) -> int:
    """By how many samples the other is late, by correlation."""
    length = 2 ** int(np.log2(len(one)))
    spectrum = np.fft.rfft(other[:length]) * np.conj(np.fft.rfft(one[:length]))
    lag = int(np.argmax(np.fft.irfft(spectrum)))
    return lag if lag < length // 2 else lag - length


@pytest.mark.parametrize("name", ["mp3-96", "aac-192", "opus-96"])
def test_what_was_coded_lies_on_what_was_given_to_the_sample(tmp_path: Path, name: str) -> None:
    recipe = a_recipe(tmp_path, name)
    with encode_essence(recipe, tmp_path / "essence") as essence:
        before, after = comparing.before_coding(recipe), comparing.after_coding(essence)
    assert before.shape == after.shape == (recipe.sound.samples, 2)
    assert delay_of(before[:, 0], after[:, 0]) == 0
    assert 0.9 < np.std(after) / np.std(before) < 1.02  # What is lost is some of the noise.


def test_samples_are_alike_in_all_but_the_sound(tmp_path: Path) -> None:
    recipe = a_recipe(tmp_path, "mp3-96", bits=24)
    with encode_essence(recipe, tmp_path / "essence") as essence:
        pair = [comparing.before_coding(recipe), comparing.after_coding(essence)]
    one, other = (comparing.heard_as(each, recipe.sound, first=RATE, count=3 * RATE, gain=0.5) for each in pair)
    assert len(one) == len(other) == 44 + 3 * RATE * 2 * 2
    assert one[:44] == other[:44]
    assert one != other


def test_another_tool_finds_the_passage_where_it_stands_in_the_master(tmp_path: Path) -> None:
    recipe = a_recipe(tmp_path, "mp3-192")
    made = comparing.heard_as(comparing.before_coding(recipe), recipe.sound, first=RATE, count=3 * RATE, gain=0.5)
    heard, rate = soundfile.read(io.BytesIO(made))
    master, _ = soundfile.read(recipe.source, start=2 * RATE, stop=5 * RATE)
    edge = round(comparing.EDGE_SECONDS * RATE)
    assert rate == RATE
    # Dither of two steps, and the rounding.
    assert np.abs(heard[edge:-edge] - 0.5 * master[edge:-edge]).max() <= 2.0 / 32_768


def test_the_edges_are_silent_so_that_nothing_clicks(tmp_path: Path) -> None:
    recipe = a_recipe(tmp_path, "mp3-192")
    made = comparing.heard_as(np.ones((RATE, 2)), recipe.sound, first=0, count=RATE, gain=1.0)
    heard, _ = soundfile.read(io.BytesIO(made))
    assert abs(heard[0]).max() < 0.01
    assert abs(heard[-1]).max() < 0.01
