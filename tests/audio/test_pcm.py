"""Any stretch of a master is read exactly, and what changes samples changes them the same way every time."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from obbligato.audio.converting import dither, downmix, mixing_matrix, resample, to_float
from obbligato.audio.errors import Damaged
from obbligato.audio.pcm import Source
from tests.audio import makers

SAMPLES = 100_003


@pytest.fixture(scope="module")
def masters(tmp_path_factory: pytest.TempPathFactory) -> dict[str, tuple[Path, makers.Samples]]:
    folder = tmp_path_factory.mktemp("masters")
    made: dict[str, tuple[Path, makers.Samples]] = {}
    for kind in makers.LOSSLESS_KINDS:
        for bits in (16, 24):
            samples = makers.noise(samples=SAMPLES, bits=bits, seed=bits)
            path = makers.write_master(folder, kind, samples, bits=bits, name=f"{kind}-{bits}")
            made[f"{kind}-{bits}"] = (path, samples)
    return made


KINDS = [f"{kind}-{bits}" for kind in makers.LOSSLESS_KINDS for bits in (16, 24)]


def whole(blocks: object) -> NDArray[np.float64]:
    return np.concatenate(list(blocks))  # type: ignore[call-overload]


@pytest.mark.parametrize("kind", KINDS)
def test_a_master_is_read_exactly_in_its_own_depth(kind: str, masters: dict[str, tuple[Path, makers.Samples]]) -> None:
    path, samples = masters[kind]
    blocks = list(Source(path).blocks())
    dtype = np.int16 if path.stem.endswith("16") else np.int32
    assert all(block.dtype == dtype and block.shape == (8192, 2) for block in blocks[:-1])
    assert np.array_equal(np.concatenate(blocks), samples)


@settings(max_examples=120, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    kind=st.sampled_from(KINDS),
    start=st.integers(0, SAMPLES + 10),
    length=st.integers(0, SAMPLES),
    block_samples=st.sampled_from([1, 7, 882, 4096, 8192, 200_000]),
)
def test_any_stretch_equals_a_slice_of_the_whole(
    kind: str, start: int, length: int, block_samples: int, masters: dict[str, tuple[Path, makers.Samples]]
) -> None:
    path, samples = masters[kind]
    length = min(length, 3000) if block_samples < 100 else length
    blocks = list(Source(path).blocks(start, start + length, block_samples))
    read = np.concatenate(blocks) if blocks else np.zeros((0, 2), np.int32)
    assert np.array_equal(read, samples[start : start + length])
    assert all(len(block) == block_samples for block in blocks[:-1])


def test_the_last_sample_can_be_asked_for(masters: dict[str, tuple[Path, makers.Samples]]) -> None:
    for path, samples in masters.values():
        assert np.array_equal(whole(Source(path).blocks(SAMPLES - 1)), samples[-1:])
        assert list(Source(path).blocks(SAMPLES)) == []


def test_odd_depths_and_last_frames_without_a_position_are_read_from_the_middle(tmp_path: Path) -> None:
    samples = makers.noise(samples=60_000, channels=1, bits=20)
    path = tmp_path / "odd.flac"
    path.write_bytes(makers.verbatim_flac(samples, bits=20))
    for start in (0, 44_100, 50_000, 59_000, 59_999):
        assert np.array_equal(whole(Source(path).blocks(start)), samples[start:])


def test_eight_bit_wav_is_read_signed(tmp_path: Path) -> None:
    samples = makers.noise(samples=5000, bits=8)
    path = makers.write_master(tmp_path, "wav", samples, bits=8)
    assert np.array_equal(whole(Source(path).blocks(3, 4000)), samples[3:4000])


def test_a_source_may_be_left_half_read(masters: dict[str, tuple[Path, makers.Samples]]) -> None:
    path, samples = masters["flac-16"]
    first = Source(path).blocks(block_samples=10)
    second = Source(path).blocks(50_000, block_samples=10)
    assert np.array_equal(next(first), samples[:10])
    assert np.array_equal(next(second), samples[50_000:50_010])
    assert np.array_equal(next(first), samples[10:20])


def test_a_master_that_broke_after_import_says_so(tmp_path: Path) -> None:
    path = tmp_path / "broken.flac"
    path.write_bytes(makers.verbatim_flac(makers.noise(samples=20_000), bits=16))
    with pytest.raises(Damaged, match="no longer be decoded"):
        list(Source(makers.with_flipped_bit(path, at=0.5)).blocks())


RATES = [22050, 44100, 48000, 88200, 96000, 192000]


@settings(max_examples=40, deadline=None)
@given(
    from_rate=st.sampled_from(RATES),
    to_rate=st.sampled_from(RATES),
    samples=st.integers(1, 30_000),
    cuts=st.lists(st.integers(1, 30_000), max_size=4),
)
def test_resampling_gives_the_exact_count_however_the_samples_are_cut(
    from_rate: int, to_rate: int, samples: int, cuts: list[int]
) -> None:
    signal = to_array(makers.noise(samples=samples), bits=16)
    at_once = whole(resample([signal], from_rate=from_rate, to_rate=to_rate, channels=2))
    pieces = np.split(signal, sorted({cut % samples for cut in cuts} - {0}))
    in_pieces = whole(resample(pieces, from_rate=from_rate, to_rate=to_rate, channels=2))
    assert len(at_once) == -(-samples * to_rate // from_rate)
    assert np.array_equal(at_once, in_pieces)


def to_array(samples: makers.Samples, *, bits: int) -> NDArray[np.float64]:
    return whole(to_float([samples], bits=bits))


@pytest.mark.parametrize(("from_rate", "to_rate"), [(44100, 48000), (48000, 44100), (96000, 44100), (192000, 48000)])
def test_a_resampled_tone_is_the_same_tone_at_the_same_time(from_rate: int, to_rate: int) -> None:
    tone = 0.5 * np.sin(2 * np.pi * 997 * np.arange(from_rate) / from_rate)[:, None]
    resampled = whole(resample([tone], from_rate=from_rate, to_rate=to_rate, channels=1))
    wanted = 0.5 * np.sin(2 * np.pi * 997 * np.arange(to_rate) / to_rate)[:, None]
    assert np.abs(resampled - wanted)[1000:-1000].max() < 10 ** (-100 / 20)


@pytest.mark.parametrize(("hertz", "level_db"), [(997, 0.0), (15_000, 0.0), (19_900, 0.0), (23_000, -200.0)])
def test_resampling_is_flat_to_the_end_of_hearing_and_folds_nothing_back(hertz: int, level_db: float) -> None:
    tone = np.sin(2 * np.pi * hertz * np.arange(48_000) / 48_000)[:, None]
    resampled = whole(resample([tone], from_rate=48_000, to_rate=44_100, channels=1))[2000:-2000]
    level = 10 * np.log10(2 * np.mean(resampled**2))
    assert level == pytest.approx(level_db, abs=0.05) if level_db == 0 else level < -100


def test_the_quick_resampler_gives_the_same_count() -> None:
    signal = to_array(makers.sine(samples=10_001), bits=16)
    quick = whole(resample([signal], from_rate=44_100, to_rate=48_000, channels=2, is_quick=True))
    careful = whole(resample([signal], from_rate=44_100, to_rate=48_000, channels=2))
    assert quick.shape == careful.shape
    assert np.abs(quick - careful)[300:-300].max() < 1e-4


def test_the_same_rate_changes_nothing() -> None:
    signal = to_array(makers.noise(samples=100), bits=16)
    assert np.array_equal(whole(resample([signal], from_rate=44100, to_rate=44100, channels=2)), signal)


@pytest.mark.parametrize("channels", range(1, 9))
@pytest.mark.parametrize("target", [1, 2])
def test_a_down_mix_never_clips_and_keeps_left_left(channels: int, target: int) -> None:
    loudest = np.ones((10, channels))
    mixed = whole(downmix([loudest], channels=target))
    assert mixed.shape == (10, target)
    assert np.allclose(mixed, 1.0)
    if target == 2 and channels > 1:
        left_only = np.zeros((1, channels))
        left_only[0, 0] = 1.0
        left, right = whole(downmix([left_only], channels=2))[0]
        assert left > 0
        assert right == 0


def test_a_down_mix_of_five_channels_and_a_bass_has_the_broadcast_union_gains() -> None:
    """ITU-R BS.775: left + 0.7071 centre + 0.7071 left surround, without the low-frequency channel."""
    gains = mixing_matrix(from_channels=6, to_channels=2)[:, 0]
    assert np.allclose(gains / gains[0], [1, 0, 0.5**0.5, 0, 0.5**0.5, 0])


def test_dither_is_the_same_for_the_same_seed_however_the_samples_are_cut() -> None:
    signal = to_array(makers.noise(samples=5000, bits=24), bits=24)
    first = whole(dither([signal], bits=16, seed=7))
    assert np.array_equal(first, whole(dither(np.array_split(signal, 13), bits=16, seed=7)))
    assert not np.array_equal(first, whole(dither([signal], bits=16, seed=8)))
    assert first[:4].tolist() == whole(dither([signal[:4]], bits=16, seed=7)).tolist()


def test_dither_is_triangular_two_steps_wide_and_stays_in_range() -> None:
    quiet = np.full((200_000, 1), 0.25 / 32768)
    rounded = whole(dither([quiet], bits=16))
    assert rounded.mean() == pytest.approx(0.25, abs=0.01)
    assert rounded.std() == pytest.approx(0.5, abs=0.01)
    loud = whole(dither([np.array([[1.5], [-1.5], [1.0], [-1.0]])], bits=16))
    assert loud.max() <= 32767
    assert loud.min() >= -32768
