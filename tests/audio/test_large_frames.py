"""FLAC whose frames are larger than FFmpeg's parser finds: read, verified, sold in frames that every player finds."""

import subprocess
from pathlib import Path

import av
import numpy as np
import pytest
from numpy.typing import NDArray

from obbligato.audio import flacframes
from obbligato.audio.containers.flac import PARSED_FRAME_BYTES
from obbligato.audio.copies import encode_file
from obbligato.audio.errors import Damaged
from obbligato.audio.flacfile import write_flac
from obbligato.audio.flacmarks import find_frames, read_streaminfo
from obbligato.audio.formats import Format
from obbligato.audio.masters import inspect
from obbligato.audio.pcm import Source

SAMPLES, CHANNELS, RATE = 100_000, 6, 192_000


@pytest.fixture(scope="module")
def noise() -> NDArray[np.int32]:
    return np.random.default_rng(5).integers(-(2**23), 2**23, (SAMPLES, CHANNELS)).astype(np.int32)


@pytest.fixture(scope="module")
def master(noise: NDArray[np.int32], tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("large") / "master.flac"
    write_flac(path, noise, sample_rate=RATE, bits=24)
    return path


def test_a_master_is_accepted_with_every_sample(master: Path, noise: NDArray[np.int32]) -> None:
    facts = inspect(master).facts
    assert (facts.samples, facts.frames_offset) == (SAMPLES, None)
    assert np.array_equal(np.concatenate(list(Source(master).blocks(70_001, 90_003))), noise[70_001:90_003])


@pytest.mark.parametrize("kind", ["twin", "copy"])
def test_what_is_written_has_frames_that_players_find(master: Path, tmp_path: Path, kind: str) -> None:
    written = tmp_path / "written.flac"
    if kind == "twin":
        assert inspect(master, twin=written).facts.has_twin
    else:
        encode_file(master, written, Format.parse("flac"))
    with av.open(str(written)) as container:
        packets = [packet.size for packet in container.demux(audio=0)]
    assert max(packets) <= PARSED_FRAME_BYTES
    with av.open(str(written)) as container:
        assert sum(frame.samples for frame in container.decode(audio=0)) == SAMPLES
    subprocess.run(["flac", "-ts", str(written)], check=True)


@pytest.mark.parametrize("place", [0.1, 0.5, 0.99])
def test_damage_is_still_seen(master: Path, tmp_path: Path, place: float) -> None:
    data = bytearray(master.read_bytes())
    data[int(len(data) * place)] ^= 0x10
    damaged = tmp_path / "damaged.flac"
    damaged.write_bytes(data)
    with pytest.raises(Damaged, match=r"can be decoded|Frames are missing"):
        inspect(damaged)


def test_a_file_cut_off_is_refused(master: Path, tmp_path: Path) -> None:
    cut_off = tmp_path / "cut.flac"
    cut_off.write_bytes(master.read_bytes()[:1_200_000])
    with pytest.raises(Damaged, match="promises 100,000 samples and only"):
        inspect(cut_off)


@pytest.mark.parametrize("options", [["-b", "4096"], ["-b", "576", "-0"], ["-8", "--lax", "-b", "65535"]])
def test_frames_are_cut_where_the_reference_encoder_ended_them(
    noise: NDArray[np.int32], tmp_path: Path, options: list[str]
) -> None:
    raw, flac = tmp_path / "raw", tmp_path / "x.flac"
    raw.write_bytes(noise[:, :1].astype("<i4").tobytes())
    form = ["--force-raw-format", "--sign=signed", "--endian=little", "--bps=32", "--channels=1"]
    subprocess.run(["flac", "-s", *form, "--sample-rate=192000", *options, "-o", str(flac), str(raw)], check=True)
    info = read_streaminfo(flac.read_bytes()[8:42])
    assert info is not None
    start = find_frames(flac, start=0)
    frames = list(flacframes.cut(flac, info, start=start))
    assert b"".join(frame.data for frame in frames) == flac.read_bytes()[start:]
    assert [frame.position for frame in frames] == list(range(0, SAMPLES, info.maximum_block_samples))
