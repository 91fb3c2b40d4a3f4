"""The same recording is found again through levels, codecs and cuts; other recordings, silence and tones are not."""

import base64
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from obbligato.audio import fingerprinting
from obbligato.audio.fingerprinting import Fingerprint
from obbligato.audio.libraries import av
from obbligato.audio.likeness import LANDMARKS, Words, are_alike, difference, landmarks, words_of
from obbligato.audio.masters import inspect
from tests.audio import makers
from tests.audio.makers import Samples
from tests.audio.tunes import RATE, tune

with_chromaprint = pytest.mark.skipif(not fingerprinting.is_available(), reason="Debian: libchromaprint1")
SOURCE = str(Path(__file__).parents[2] / "src")


def heard(samples: Samples, *, sample_rate: int = RATE) -> Words:
    """The fingerprint of 16-bit samples, fed in blocks of odd lengths."""
    taker = Fingerprint(sample_rate=sample_rate, channels=samples.shape[1])
    for start in range(0, len(samples), 9973):
        taker.add(samples[start : start + 9973].astype(np.int16))
    text = taker.text()
    assert text is not None
    return words_of(text)


def through_mp3(samples: Samples, folder: Path) -> Samples:
    with av.open(str(makers.write_lossy(folder, "mp3", samples, sample_rate=RATE))) as container:
        frames = [frame.to_ndarray() for frame in container.decode(audio=0)]
    return np.rint(np.hstack(frames).T * 32_767).clip(-32_768, 32_767).astype(np.int32)


@with_chromaprint
def test_a_recording_is_alike_at_another_level_through_mp3_and_begun_seconds_later(tmp_path: Path) -> None:
    piece = tune(1)
    original = heard(piece)
    later = np.vstack([np.zeros((int(5.03 * RATE), 2), np.int32), piece])
    for changed in (piece // 4, through_mp3(piece, tmp_path), later, piece[int(3.07 * RATE) :], piece[: 20 * RATE]):
        other = heard(changed)
        assert are_alike(original, other)
        assert are_alike(other, original)
        assert difference(original, other) < 0.12
        assert len(set(landmarks(original)) & set(landmarks(other))) >= 2


@with_chromaprint
def test_other_pieces_are_not_alike() -> None:
    pieces = [heard(tune(seed)) for seed in range(1, 9)]
    for number, one in enumerate(pieces):
        for other in pieces[:number]:
            assert not are_alike(one, other)
            assert difference(one, other) > 0.35


@with_chromaprint
def test_silence_tones_and_short_sounds_are_like_nothing() -> None:
    silence = heard(makers.silence(samples=30 * RATE))
    tone = heard(makers.sine(samples=30 * RATE, sample_rate=RATE))
    short = heard(tune(1, seconds=6))
    for one in (silence, tone, short):
        assert landmarks(one) == []
        assert not are_alike(one, one)


@with_chromaprint
@pytest.mark.parametrize("bits", [16, 24])
def test_the_depth_of_the_master_does_not_change_what_it_sounds_like(bits: int, tmp_path: Path) -> None:
    piece = tune(2, seconds=15)
    path = makers.write_master(tmp_path, "wav", piece << (bits - 16), sample_rate=RATE, bits=bits)
    fingerprint = inspect(path).fingerprint
    assert fingerprint is not None
    assert difference(words_of(fingerprint), heard(piece)) == 0.0


@with_chromaprint
def test_only_the_first_two_minutes_count() -> None:
    taker, shorter = (Fingerprint(sample_rate=8000, channels=1) for _ in range(2))
    noise = makers.noise(samples=8000 * 130, channels=1).astype(np.int16)
    taker.add(noise)
    shorter.add(noise[: 8000 * 120])
    assert taker.text() == shorter.text()


@with_chromaprint
@pytest.mark.parametrize("channels", [1, 3, 8])
@pytest.mark.parametrize("kind", ["i1", "<i2", "<i4"])
def test_any_number_of_channels_and_any_form_of_samples_is_taken(channels: int, kind: str) -> None:
    taker = Fingerprint(sample_rate=384_000, channels=channels)
    taker.add(makers.noise(samples=384_000 * 4, channels=channels, bits=8).astype(kind))
    assert taker.text()


def test_without_the_library_there_is_no_fingerprint_and_no_failure(tmp_path: Path) -> None:
    """The system's linker finds a file of that name first that is no library."""
    (tmp_path / "libchromaprint.so.1").write_bytes(b"")
    path = makers.write_master(tmp_path, "flac", makers.sine(samples=5000))
    program = (
        "import sys\nfrom pathlib import Path\nfrom obbligato.audio import fingerprinting, masters\n"
        "print(fingerprinting.is_available(), masters.inspect(Path(sys.argv[1])).fingerprint)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program, str(path)],
        env=os.environ | {"PYTHONPATH": SOURCE, "LD_LIBRARY_PATH": str(tmp_path)},
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout == "False None\n"


def test_words_are_unpacked_as_chromaprint_packs_them() -> None:
    """By hand: the first word has bit 1 set; in the second bits 4 and 32 are changed, and 28 from 4 on is 7 and 21."""
    first, second = [1, 0], [4, 7, 0]
    normal = "".join(f"{value:03b}"[::-1] for value in first + second)
    further = f"{32 - 4 - 7:05b}"[::-1]
    packed = b"\x01\x00\x00\x02" + _octets(normal) + _octets(further)
    words = words_of(base64.urlsafe_b64encode(packed).decode().rstrip("="))
    assert words.tolist() == [1, 1 ^ (1 << 3) ^ (1 << 31)]


@given(text=st.one_of(st.text(max_size=60), st.binary(max_size=90).map(lambda data: base64.b64encode(data).decode())))
def test_what_is_no_fingerprint_has_no_words_or_harmless_ones(text: str) -> None:
    words = words_of(text)
    assert words.dtype == np.uint32
    assert not are_alike(words, words)


def test_landmarks_are_few_and_depend_on_the_words_alone() -> None:
    words = np.random.default_rng(5).integers(0, 2**32, 900, np.uint32)
    found = landmarks(words)
    assert len(found) == LANDMARKS == len(set(found))
    assert max(found) < 2**24
    assert landmarks(words[::-1]) == found


def _octets(bits: str) -> bytes:
    padded = bits + "0" * (-len(bits) % 8)
    return bytes(int(padded[at : at + 8][::-1], 2) for at in range(0, len(padded), 8))
