"""Odd but legal FLACs are accepted with the count and the checksum that an independent reading finds.

The folder named by OBBLIGATO_CONFORMANCE is walked if the variable is set, for example a copy of the IETF's FLAC
decoder test bench; otherwise files of the same odd shapes are made here.
"""

import hashlib
import os
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from obbligato.audio.masters import inspect
from obbligato.audio.pcm import Source
from tests.audio import makers


def _verbatim(
    path: Path, *, channels: int = 2, bits: int = 16, sample_rate: int = 44100, block_samples: int = 1024
) -> None:
    samples = makers.noise(samples=min(20_000, block_samples * 100), channels=channels, bits=bits)
    path.write_bytes(makers.verbatim_flac(samples, bits=bits, sample_rate=sample_rate, block_samples=block_samples))


def _without_total(path: Path) -> None:
    path.write_bytes(makers.verbatim_flac(makers.noise(samples=5000), bits=16, declared_samples=0))


def _with_wasted_bits(path: Path) -> None:
    makers.write_flac(path, makers.noise(samples=30_000, bits=12) << 4, sample_rate=44100, bits=16)


SHAPES: dict[str, Callable[[Path], None]] = {
    "blocks of 254": lambda path: _verbatim(path, block_samples=254),
    "22,050 Hz": lambda path: _verbatim(path, sample_rate=22050),
    "8 bits": lambda path: _verbatim(path, bits=8),
    "12 bits": lambda path: _verbatim(path, bits=12),
    "20 bits at 96 kHz": lambda path: _verbatim(path, bits=20, sample_rate=96000),
    "24 bits, mono": lambda path: _verbatim(path, bits=24, channels=1),
    **{f"{channels} channels": lambda path, n=channels: _verbatim(path, channels=n) for channels in range(1, 9)},  # type: ignore[misc]
    "no total": _without_total,
    "wasted bits": _with_wasted_bits,
}  # fmt: skip

FOLDER = os.environ.get("OBBLIGATO_CONFORMANCE", "")
CASES = sorted(path.name for path in Path(FOLDER).glob("*.flac")) if FOLDER else list(SHAPES)


@pytest.fixture(params=CASES)
def odd_flac(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    if FOLDER:
        return Path(FOLDER) / request.param
    path = tmp_path / "odd.flac"
    SHAPES[request.param](path)
    return path


def test_an_odd_flac_is_accepted_with_what_its_streaminfo_says(odd_flac: Path) -> None:
    body = odd_flac.read_bytes()[8:42]
    bits = "".join(f"{byte:08b}" for byte in body[10:18])
    sample_rate, channels, depth, total = (int(part, 2) for part in (bits[:20], bits[20:23], bits[23:28], bits[28:]))
    facts = inspect(odd_flac).facts
    assert (facts.sample_rate, facts.channels, facts.bits) == (sample_rate, channels + 1, depth + 1)
    assert facts.pcm_md5 == body[18:34].hex()
    assert facts.samples == (total or sum(len(block) for block in Source(odd_flac).blocks()))


def test_the_samples_read_from_an_odd_flac_have_its_checksum(odd_flac: Path) -> None:
    body = odd_flac.read_bytes()[8:42]
    width = (inspect(odd_flac).facts.bits + 7) // 8
    digest = hashlib.md5()
    for block in Source(odd_flac).blocks():
        digest.update(np.ascontiguousarray(block, "<i4").view(np.uint8).reshape(-1, 4)[:, :width].tobytes())
    assert digest.digest() == body[18:34]


def test_the_frames_of_an_odd_flac_are_found_where_its_metadata_ends(odd_flac: Path) -> None:
    data = odd_flac.read_bytes()
    offset = 4
    while not data[offset] & 0x80:
        offset += 4 + int.from_bytes(data[offset + 1 : offset + 4], "big")
    offset += 4 + int.from_bytes(data[offset + 1 : offset + 4], "big")
    facts = inspect(odd_flac).facts
    assert facts.frames_offset == offset
    assert facts.flac_bytes == len(data) - offset
