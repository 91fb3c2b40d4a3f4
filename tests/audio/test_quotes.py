"""No quote is ever exceeded, whatever the signal, in any format and mode; where it is exact it is the file's length."""

import tempfile
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, event, example, given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from obbligato.audio.copies import encode_file
from obbligato.audio.errors import AudioRefused, TooLong
from obbligato.audio.flacfile import write_flac
from obbligato.audio.formats import (
    BITRATES_KBPS,
    FLAC_LEVELS,
    LOSSLESS,
    OFFERED,
    OPUS_MODES,
    QUALITIES,
    Format,
    fitted,
)
from obbligato.audio.masters import inspect
from obbligato.audio.parts import Parts
from obbligato.audio.planning import planned_sound
from obbligato.audio.reading_tags import read_tags
from obbligato.audio.sizes import copy_size, quote_kind
from obbligato.audio.writing_tags import tag_bytes
from tests.audio import makers

NAMES = sorted(
    {one.name for one in OFFERED}
    | {f"{codec}-{kbps}" for codec, rates in BITRATES_KBPS.items() for kbps in rates}
    | {f"{codec}-{quality}" for codec, qualities in QUALITIES.items() for quality in qualities}
    | {f"opus-{mode}-{kbps}" for mode in OPUS_MODES for kbps in BITRATES_KBPS["opus"]}
    | {f"{codec}-{shape}" for codec in LOSSLESS for shape in ("16", "24", "16-44", "24-48")}
    | {f"flac-l{level}" for level in FLAC_LEVELS}
    | {
        f"{name}-mono"
        for name in ("mp3-320", "mp3-v0", "aac-256", "opus-vbr-96", "opus-cbr-64", "vorbis-q6", *LOSSLESS)
    }
)
RATES = (8_000, 16_000, 22_050, 32_000, 44_100, 48_000, 96_000, 192_000)
TEN_HOURS_SECONDS = 36_000
Signal = NDArray[np.float64]


def _noise(times: Signal, chance: np.random.Generator) -> Signal:
    return chance.uniform(-1, 1, times.size)


def _square(times: Signal, chance: np.random.Generator) -> Signal:
    return np.where(np.sin(2 * np.pi * chance.uniform(20, 9_000) * times) < 0, -1.0, 1.0)


def _clipped(times: Signal, chance: np.random.Generator) -> Signal:
    return np.clip(8 * np.sin(2 * np.pi * chance.uniform(50, 2_000) * times) + chance.normal(0, 1, times.size), -1, 1)


def _impulses(times: Signal, chance: np.random.Generator) -> Signal:
    made = np.zeros(times.size)
    made[:: int(chance.integers(30, 3_000))] = 1.0
    return made


def _flicker(times: Signal, chance: np.random.Generator) -> Signal:
    """Silence and noise by turns, 20 ms each: what a codec saves in one it spends in the other."""
    return np.where((times / 0.02).astype(int) % 2 == 0, 0.0, _noise(times, chance))


def _rumble(times: Signal, chance: np.random.Generator) -> Signal:
    return 0.9 * np.sin(2 * np.pi * chance.uniform(1, 40) * times)


def _chord(times: Signal, chance: np.random.Generator) -> Signal:
    return np.asarray(sum(np.sin(2 * np.pi * pitch * times) for pitch in chance.uniform(60, 12_000, 12))) / 13


SIGNALS = {
    "noise": _noise,
    "silence": lambda times, chance: np.zeros(times.size),
    "square": _square,
    "clipped": _clipped,
    "impulses": _impulses,
    "flicker": _flicker,
    "rumble": _rumble,
    "constant": lambda times, chance: np.full(times.size, chance.choice([-1.0, 1.0])),
    "chord": _chord,
}


def signal(kinds: tuple[str, ...], *, samples: int, channels: int, rate: int, seed: int) -> Signal:
    """These kinds one after another, other in every channel."""
    chance = np.random.default_rng(seed)
    pieces = np.array_split(np.arange(samples) / rate, len(kinds))
    columns = [
        np.concatenate([SIGNALS[kind](times, chance) for kind, times in zip(kinds, pieces, strict=True)])
        for _ in range(channels)
    ]
    return np.stack(columns, axis=1)


def refuse_a_file_above_its_quote(name: str, sound: Signal, *, rate: int, bits: int) -> None:
    """Quote, encode, compare."""
    with tempfile.TemporaryDirectory() as folder:
        master, format_ = Path(folder) / "master.flac", Format.parse(name)
        full = 2 ** (bits - 1)
        write_flac(
            master, np.clip(np.rint(sound * full), -full, full - 1).astype(np.int32), sample_rate=rate, bits=bits
        )
        facts = inspect(master).facts
        try:
            fitted(format_, facts)
        except AudioRefused:  # Nothing is quoted that cannot be made.
            event("refused")
            return
        quoted = copy_size(format_, facts, tag_bytes(format_, *read_tags(master)))
        written = encode_file(master, Path(folder) / "copy", format_).stat().st_size
    assert written <= quoted.bytes, f"{name}: {written} bytes where at most {quoted.bytes} were quoted"
    assert written == quoted.bytes or not quoted.is_exact, f"{name}: {written} bytes, exactly {quoted.bytes} quoted"


@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(
    name=st.sampled_from(NAMES),
    kinds=st.lists(st.sampled_from(sorted(SIGNALS)), min_size=1, max_size=3).map(tuple),
    samples=st.sampled_from([1, 2, 3, 575, 576, 1_152, 1_153, 4_096, 4_097]) | st.integers(1, 60_000),
    channels=st.sampled_from([1, 2, 2, 6]),
    rate=st.sampled_from(RATES),
    bits=st.sampled_from([16, 24]),
    seed=st.integers(0, 2**16),
)
@example("opus-64", ("flicker",), 60_000, 1, 48_000, 16, 1)
@example("opus-vbr-64", ("impulses",), 60_000, 2, 44_100, 16, 1)
@example("aac-128", ("flicker", "square"), 60_000, 2, 44_100, 16, 1)
@example("vorbis-q6", ("noise",), 60_000, 2, 44_100, 24, 1)
@example("mp3-v0", ("noise",), 60_000, 2, 48_000, 16, 1)
@example("wavpack", ("noise",), 3, 2, 192_000, 24, 1)
@example("aac-128", ("noise",), 11_581, 6, 192_000, 24, 1)
@example("flac", ("noise",), 11_581, 6, 192_000, 24, 1)
def test_no_file_is_larger_than_its_quote(
    name: str, kinds: tuple[str, ...], samples: int, channels: int, rate: int, bits: int, seed: int
) -> None:
    sound = signal(kinds, samples=samples, channels=channels, rate=rate, seed=seed)
    refuse_a_file_above_its_quote(name, sound, rate=rate, bits=bits)


@settings(max_examples=5, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    name=st.sampled_from(NAMES),
    kinds=st.lists(st.sampled_from(sorted(SIGNALS)), min_size=1, max_size=4).map(tuple),
    tenths=st.integers(100, 200),
    seed=st.integers(0, 2**16),
)
def test_several_parts_are_no_larger_than_their_quote(
    name: str, kinds: tuple[str, ...], tenths: int, seed: int
) -> None:
    sound = signal(kinds, samples=tenths * 4_410, channels=2, rate=44_100, seed=seed)
    refuse_a_file_above_its_quote(name, sound, rate=44_100, bits=16)


@pytest.mark.parametrize("name", NAMES)
def test_ten_declared_hours_are_quoted_by_arithmetic_alone(name: str) -> None:
    """What the parts are kept to adds up to no more than the quote; and ten hours are no bargain beside one second."""
    format_ = Format.parse(name)
    for rate, bits, channels in ((44_100, 16, 2), (96_000, 24, 1)):
        facts = makers.declared(samples=TEN_HOURS_SECONDS * rate, rate=rate, bits=bits, channels=channels)
        try:
            quoted = copy_size(format_, facts, 0)
        except TooLong:
            assert format_.codec == "aiff"  # Its lengths have 32 bits.
            continue
        parts = Parts(planned_sound(format_, facts))
        limits = sum(parts.limit_bytes(index) for index in range(parts.count))
        assert limits <= quoted.bytes
        if quoted.is_exact:
            assert quote_kind(format_) == "exact"
            assert limits <= quoted.bytes < limits + 10_000
        second = copy_size(format_, makers.declared(samples=rate, rate=rate, bits=bits, channels=channels), 0)
        assert quoted.bytes > 0.5 * TEN_HOURS_SECONDS * (
            second.bytes
            - copy_size(format_, makers.declared(samples=1, rate=rate, bits=bits, channels=channels), 0).bytes
        )
