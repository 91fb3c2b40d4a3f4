"""What is sold is true, by the word of other tools: every format, made of masters of five kinds.

Another tool than ours must hear exactly as many samples as the master has, in lossless formats the very same ones,
and read the tags and the cover; two tracks cut from one tone must sound as one.
"""

from pathlib import Path

import numpy as np
import pytest
import soundfile
from mutagen.flac import FLAC, Picture
from numpy.typing import NDArray
from PIL import Image

from obbligato.audio.copies import encode_file
from obbligato.audio.formats import OFFERED, Format
from tests.audio import makers, outside

KINDS = {
    "44.1/16 stereo": (44_100, 16, 2),
    "48/24 stereo": (48_000, 24, 2),
    "96/24 stereo": (96_000, 24, 2),
    "44.1/16 mono": (44_100, 16, 1),
    "48/24 5.1": (48_000, 24, 6),
}
SECONDS = 0.73
TAGS = {"title": "Prélude à l’après-midi", "artist": "Żółta Łódź 東京", "album": "Œuvres, vol. 2", "tracknumber": "3"}
TONE_HERTZ, TONE_LEVEL = 441.0, 0.5
GAPLESS = ("mp3-320", "mp3-128", "mp3-v2", "aac-256", "opus-128", "opus-cbr-128", "vorbis-q6", "flac", "flac-16-44",
           "alac", "wavpack", "wav", "aiff")  # fmt: skip
HEARD = (*OFFERED, *map(Format.parse, ("mp3-128-mono", "aac-96-mono", "opus-64-mono", "vorbis-q4-mono", "wav-16-22")))
OFFERED_NAMES = {one.name for one in OFFERED}


@pytest.fixture(scope="module")
def masters(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    folder = tmp_path_factory.mktemp("masters")
    cover = folder / "cover.jpg"
    Image.effect_noise((300, 300), 60).convert("RGB").save(cover)
    made = {}
    for number, (kind, (rate, bits, channels)) in enumerate(KINDS.items()):
        made[kind] = folder / f"{number}.flac"
        _write(made[kind], _music(rate=rate, bits=bits, channels=channels), rate=rate, bits=bits)
        _tag(made[kind], cover.read_bytes())
    return made


@pytest.mark.parametrize("format_", HEARD, ids=lambda one: one.name)
@pytest.mark.parametrize("kind", KINDS)
def test_another_tool_hears_exactly_what_the_master_has(
    kind: str, format_: Format, masters: dict[str, Path], tmp_path: Path
) -> None:
    file = encode_file(masters[kind], tmp_path / f"copy.{format_.extension}", format_)
    heard = outside.decode(file, is_lossless=format_.is_lossless)
    samples = outside.decode(masters[kind], is_lossless=True).samples
    rate, bits, channels = KINDS[kind]
    if format_.codec == "aac":
        assert outside.samples_by_itunes(file) == len(heard.samples)
    assert len(heard.samples) == -(-len(samples) * heard.sample_rate // rate)
    assert heard.samples.shape[1] == (1 if format_.is_mono else channels if format_.is_lossless else min(channels, 2))
    if format_.is_mono and channels > 1:
        return
    if (heard.sample_rate, heard.bits) == (rate, bits):
        assert heard.md5 == makers.md5_of(samples, bits=bits)
    elif format_.is_lossless:
        assert heard.bits <= bits
        assert heard.sample_rate <= rate
    if heard.sample_rate == rate and heard.bits and heard.bits < bits:  # Rounding, and the dither of two steps.
        assert np.abs(heard.samples - samples / 2.0 ** (bits - heard.bits)).max() <= 2.5


@pytest.mark.parametrize("format_", OFFERED, ids=lambda one: one.name)
def test_two_other_tools_read_tags_and_cover(format_: Format, masters: dict[str, Path], tmp_path: Path) -> None:
    master = masters["44.1/16 stereo"]
    file = encode_file(master, tmp_path / f"copy.{format_.extension}", format_)
    expected = {"title": TAGS["title"], "artist": TAGS["artist"], "album": TAGS["album"]}
    by_mutagen, by_ffprobe = outside.words_by_mutagen(file), outside.words_by_ffprobe(file)
    assert int(by_mutagen.pop("track").split("/")[0]) == 3
    assert by_mutagen == expected
    has_cover = by_ffprobe.pop("cover", "") == "mjpeg" or outside.cover_by_mediainfo(file)
    assert int(by_ffprobe.pop("track").split("/")[0]) == 3
    assert by_ffprobe == expected
    assert has_cover
    assert outside.cover_by_mutagen(file)[:3] == b"\xff\xd8\xff"


@pytest.mark.parametrize("name", GAPLESS)
def test_two_tracks_cut_from_one_tone_sound_as_one(name: str, tmp_path: Path) -> None:
    assert name in OFFERED_NAMES
    rate, cut = 44_100, 44_100 // 2 + 317
    tone = _tone(rate=rate, samples=2 * cut + 91)
    heard = []
    for number, piece in enumerate((tone[:cut], tone[cut:])):
        _write(tmp_path / f"{number}.flac", piece, rate=rate, bits=16)
        format_ = Format.parse(name)
        file = encode_file(tmp_path / f"{number}.flac", tmp_path / f"{number}.{format_.extension}", format_)
        heard.append(outside.decode(file, is_lossless=format_.is_lossless))
    joined = np.concatenate([one.samples / 2.0 ** max(0, one.bits - 1) for one in heard])
    expected = _tone_at(heard[0].sample_rate, rate=rate, lengths=[len(one.samples) for one in heard], cut=cut)
    seam = len(heard[0].samples)
    around = slice(seam - 600, seam + 600)
    error = _rms(joined[around, 0] - expected[around])
    assert error < (0.02 if name.startswith("aac") else 0.15) * TONE_LEVEL
    periods = joined[around, 0].reshape(-1, 100)
    assert min(map(_rms, periods)) > 0.35 * TONE_LEVEL  # A hundred samples are a period; nowhere is it silent.


@pytest.mark.parametrize("name", ["flac-mono", "wav-16-mono", "alac-mono", "wavpack-mono", "aiff-24-mono"])
@pytest.mark.parametrize("kind", ["44.1/16 stereo", "48/24 5.1"])
def test_a_copy_in_mono_is_the_mean_of_the_gains_that_are_documented(
    name: str, kind: str, masters: dict[str, Path], tmp_path: Path
) -> None:
    format_ = Format.parse(name)
    heard = outside.decode(
        encode_file(masters[kind], tmp_path / f"copy.{format_.extension}", format_), is_lossless=True
    )
    master = outside.decode(masters[kind], is_lossless=True)
    half = 0.5**0.5
    gains = np.array([1, 1] if kind == "44.1/16 stereo" else [1, 1, 2 * half, 0, half, half])
    mixed = master.samples / 2.0 ** (master.bits - 1) @ gains / gains.sum()
    assert heard.samples.shape == (len(master.samples), 1)
    # Half a step of rounding, and dither of less than one.
    assert np.abs(heard.samples[:, 0] - mixed * 2.0 ** (heard.bits - 1)).max() <= 1.51


def _rms(values: NDArray[np.float64]) -> float:
    return float(np.sqrt(np.mean(values**2)))


def _music(*, rate: int, bits: int, channels: int) -> NDArray[np.int32]:
    """Chords that decay, over noise, different in every channel; full scale is touched once."""
    chance = np.random.default_rng(bits + channels + rate)
    times = np.arange(int(SECONDS * rate)) / rate
    tones = [
        sum(np.sin(2 * np.pi * 220 * (1 + channel / 4) * partial * times) / partial for partial in range(1, 5))
        for channel in range(channels)
    ]
    sound = 0.2 * np.stack(tones, axis=1) * np.exp(-2 * times)[:, None] + chance.normal(0, 0.01, (times.size, channels))
    made: NDArray[np.int32] = np.clip(np.rint(sound * 2 ** (bits - 1)), -(2 ** (bits - 1)), 2 ** (bits - 1) - 1).astype(
        np.int32
    )
    made[times.size // 3] = -(2 ** (bits - 1))
    return made


def _tone(*, rate: int, samples: int) -> NDArray[np.int32]:
    wave = TONE_LEVEL * np.sin(2 * np.pi * TONE_HERTZ * np.arange(samples) / rate)
    return np.rint(np.stack([wave, wave], axis=1) * 32_767).astype(np.int32)


def _tone_at(heard_rate: int, *, rate: int, lengths: list[int], cut: int) -> NDArray[np.float64]:
    """The tone as it is heard at another rate: each track starts at its own first sample."""
    starts = (0.0, cut / rate)
    seconds = [start + np.arange(length) / heard_rate for start, length in zip(starts, lengths, strict=True)]
    return np.asarray(TONE_LEVEL * np.sin(2 * np.pi * TONE_HERTZ * np.concatenate(seconds)))


def _write(path: Path, samples: NDArray[np.int32], *, rate: int, bits: int) -> None:
    """A master as libsndfile writes it."""
    soundfile.write(path, samples << (32 - bits), rate, subtype=f"PCM_{bits}", format="FLAC")


def _tag(path: Path, cover: bytes) -> None:
    file = FLAC(path)
    file.update(TAGS)
    picture = Picture()
    picture.type, picture.mime, picture.data, picture.width, picture.height, picture.depth = (
        3, "image/jpeg", cover, 300, 300, 24,
    )  # fmt: skip
    file.add_picture(picture)
    file.save()
