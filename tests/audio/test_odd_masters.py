"""Masters of odd shapes become true copies in every codec: a sample or two, many channels, odd rates, whole parts."""

from pathlib import Path

import numpy as np
import pytest

from obbligato.audio.copies import Copy, write
from obbligato.audio.errors import AudioRefused
from obbligato.audio.formats import Format, fitted
from obbligato.audio.masters import inspect
from obbligato.audio.parts import Parts
from obbligato.audio.planning import planned_sound
from obbligato.audio.sizes import copy_size
from obbligato.audio.tags import Tags
from obbligato.audio.writing_tags import tag_bytes
from tests.audio import makers, outside

NAMES = ("mp3-320", "mp3-v9", "aac-256", "opus-64", "opus-vbr-128", "opus-cbr-256", "vorbis-q10", "flac", "flac-l0",
         "flac-16-44", "alac", "wavpack", "wav", "aiff", "mp3-64-mono", "alac-mono")  # fmt: skip
TAGS = Tags(title="Fuge")
COMPARED = "the samples are the master's"


def heard_of_copy(folder: Path, samples: makers.Samples, name: str, *, rate: int, bits: int) -> outside.Heard | None:
    """What another tool hears of a copy whose size is as quoted; None where the format is refused."""
    master = makers.write_master(folder, "flac", samples, sample_rate=rate, bits=bits)
    facts, format_ = inspect(master).facts, Format.parse(name)
    try:
        fits = fitted(format_, facts)
    except AudioRefused:
        return None
    target = folder / f"copy.{format_.extension}"
    with makers.audio_of(master, facts, format_, folder / "e") as audio:
        copy = Copy(audio, TAGS, None)
        write(copy, target)
    size = copy_size(format_, facts, tag_bytes(format_, TAGS, None))
    assert copy.size <= size.bytes
    assert copy.size == size.bytes or not size.is_exact
    heard = outside.decode(target, is_lossless=format_.is_lossless)
    assert heard.samples.shape == (-(-len(samples) * heard.sample_rate // rate), fits.channels)
    is_same = (heard.sample_rate, heard.samples.shape[1], heard.bits) == (rate, samples.shape[1], bits)
    assert not (is_same and format_.is_lossless) or (heard.samples == samples).all(), COMPARED
    return heard


@pytest.mark.parametrize("name", NAMES)
def test_a_master_of_a_sample_or_a_few_is_heard_by_others(name: str, tmp_path: Path) -> None:
    heard = [
        heard_of_copy(tmp_path, makers.noise(samples=9, channels=channels)[:samples], name, rate=44_100, bits=16)
        for samples in (1, 2)
        for channels in (1, 3, 6, 8)
    ]
    assert sum(one is not None for one in heard) == (6 if name == "alac" else 8)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize(("rate", "bits"), [(4_000, 16), (37_801, 24), (352_800, 24)])
def test_a_master_of_an_odd_rate_is_heard_by_others(name: str, rate: int, bits: int, tmp_path: Path) -> None:
    samples = makers.sine(samples=rate // 8 + 1, channels=2, bits=bits, sample_rate=rate)
    heard = heard_of_copy(tmp_path, samples, name, rate=rate, bits=bits)
    assert heard is not None
    assert 0.4 < np.abs(heard.samples).max() / 2.0 ** max(0, heard.bits - 1) < 0.65


@pytest.mark.parametrize("name", ["mp3-128", "aac-96", "opus-64", "opus-cbr-64", "flac-l0", "alac", "wavpack", "aiff"])
def test_a_part_may_end_with_the_master_or_a_sample_beside_it(name: str, tmp_path: Path) -> None:
    """Samples for exactly one part, and one more: none is lost, and no part is empty."""
    rate, channels, bits = 24_000, 1, 16
    most = most_samples(name, 1, rate=rate, channels=channels, bits=bits)
    for samples in (most, most + 1):
        made = makers.sine(samples=samples, channels=channels, sample_rate=rate)
        assert heard_of_copy(tmp_path, made, name, rate=rate, bits=bits) is not None


def most_samples(name: str, parts: int, *, rate: int, channels: int, bits: int) -> int:
    """The greatest number of samples of a master that still makes so many parts."""
    low, high = 1, 100 * rate
    while low < high:
        middle = (low + high + 1) // 2
        facts = makers.declared(samples=middle, rate=rate, channels=channels, bits=bits)
        if Parts(planned_sound(Format.parse(name), facts)).count <= parts:
            low = middle
        else:
            high = middle - 1
    return low
