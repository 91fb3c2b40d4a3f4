"""What labels should not send, but do: each is refused with a true sentence or accepted exactly, within limits."""

import os
import struct
import sys
import threading
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from obbligato.audio.errors import AudioRefused, Damaged, NotAudio, NotLossless, UnsupportedAudio
from obbligato.audio.inspecting import Inspector
from obbligato.audio.masters import inspect
from tests.audio import makers

GIBIBYTE = 1 << 30
MODEST_MEMORY_BYTES = 600 << 20


def chunk(name: bytes, body: bytes, *, order: str = "<", declared: int | None = None, is_padded: bool = True) -> bytes:
    padding = b"\0" * (len(body) % 2 if is_padded else 0)
    return name + struct.pack(f"{order}I", len(body) if declared is None else declared) + body + padding


def form(*, channels: int = 2, sample_rate: int = 44100, bits: int = 16) -> bytes:
    width = channels * bits // 8
    return chunk(b"fmt ", struct.pack("<HHIIHH", 1, channels, sample_rate, sample_rate * width, width, bits))


def pcm(samples: makers.Samples) -> bytes:
    return samples.astype("<i2").tobytes()


def refusal_of(path: Path) -> str:
    with pytest.raises(AudioRefused) as refusal:
        inspect(path, twin=path.with_name("twin"))
    assert not path.with_name("twin").exists()
    return str(refusal.value)


SAMPLES = makers.noise(samples=9000)
DATA = pcm(SAMPLES)


def wav(*chunks: bytes, mark: bytes = b"RIFF", size: int | None = None) -> bytes:
    body = b"WAVE" + b"".join(chunks)
    return mark + struct.pack("<I", len(body) if size is None else size) + body


def rf64(data: bytes, *, declared: int) -> bytes:
    ds64 = chunk(b"ds64", struct.pack("<QQQI", len(data) + 100, declared, declared // 4, 0))
    return wav(ds64, form(), chunk(b"data", data, declared=0xFFFFFFFF), mark=b"RF64", size=0xFFFFFFFF)


ACCEPTED: dict[str, bytes] = {
    "a chunk of odd size before": wav(chunk(b"JUNK", b"abc"), form(), chunk(b"data", DATA)),
    "a chunk of odd size behind": wav(form(), chunk(b"data", DATA), chunk(b"LIST", b"abcde")),
    "a chunk that ends too early": wav(form(), chunk(b"data", DATA), b"LIST\xff\xff\x00\x00abc"),
    "the wrong size of all": wav(form(), chunk(b"data", DATA), size=7),
    "a recording that went on": wav(form(), chunk(b"data", DATA, declared=0xFFFFFFFF), size=0xFFFFFFFF),
    "RF64": rf64(DATA, declared=len(DATA)),
    "a few bytes behind": wav(form(), chunk(b"data", DATA), bytes(500)),
    "large chunks behind": wav(form(), chunk(b"data", DATA), chunk(b"id3 ", bytes(200_000))),
}
SHORTER = DATA[: len(DATA) // 3]
REFUSED: dict[str, tuple[bytes, str]] = {
    "a few samples missing": (wav(form(), chunk(b"data", DATA, declared=len(DATA) + 40)), "promises 9,010 .* 9,000"),
    "ten hours promised": (
        wav(form(), chunk(b"data", DATA, declared=36_000 * 44_100 * 4 % 2**32)), "promises .* samples and holds 9,000"
    ),
    "RF64 of ten hours": (rf64(DATA, declared=36_000 * 44_100 * 4), "promises 1,587,600,000 samples and holds 9,000"),
    "no samples": (wav(form(), chunk(b"data", b"")), "No sample"),
    "no data": (wav(form()), r"headers cannot be read|No sample|holds 0"),
    "no channels": (wav(form(channels=0), chunk(b"data", DATA)), "headers cannot be read|channels"),
    "nine channels": (wav(form(channels=9), chunk(b"data", DATA + bytes(0))), "9 channels"),
    "768 kHz": (wav(form(sample_rate=768_000), chunk(b"data", DATA)), "768000 Hz"),
    "no rate": (wav(form(sample_rate=0), chunk(b"data", DATA)), "headers cannot be read|Hz"),
    "Wave64": (b"riff\x2e\x91\xcf\x11\xa5\xd6\x28\xdb\x04\xc1\x00\x00" + bytes(60), "Wave64"),
    "the header of a shorter recording": (
        wav(form(), chunk(b"data", makers.noise(samples=90_000).astype("<i2").tobytes(), declared=400)),
        "header may be that of a shorter recording",
    ),
}  # fmt: skip


@pytest.mark.parametrize("kind", ACCEPTED)
def test_odd_but_legal_wavs_are_accepted_exactly(kind: str, tmp_path: Path) -> None:
    path = tmp_path / "odd.wav"
    path.write_bytes(ACCEPTED[kind])
    facts = inspect(path).facts
    assert (facts.samples, facts.pcm_md5) == (9000, makers.md5_of(SAMPLES, bits=16))


@pytest.mark.parametrize("kind", REFUSED)
def test_lying_wavs_are_refused_with_what_is_wrong(kind: str, tmp_path: Path) -> None:
    content, sentence = REFUSED[kind]
    path = tmp_path / "lying.wav"
    path.write_bytes(content)
    with pytest.raises(AudioRefused, match=sentence):
        inspect(path)


def aiff(*, compression: bytes | None, data: bytes, samples: int, bits: int = 16) -> bytes:
    rate = struct.pack(">HQ", 16383 + 15, 44_100 << 48)
    common = struct.pack(">HIH", 2, samples, bits) + rate
    if compression is not None:
        common += compression + b"\x04name\0"
    chunks = chunk(b"COMM", common, order=">") + chunk(b"SSND", bytes(8) + data, order=">")
    kind = b"AIFF" if compression is None else b"AIFC"
    return b"FORM" + struct.pack(">I", len(chunks) + 4) + kind + chunks


def test_aiff_c_is_a_master_where_it_is_not_compressed(tmp_path: Path) -> None:
    path = tmp_path / "c.aiff"
    for content in (
        aiff(compression=None, data=SAMPLES.astype(">i2").tobytes(), samples=9000),
        aiff(compression=b"NONE", data=SAMPLES.astype(">i2").tobytes(), samples=9000),
        aiff(compression=b"sowt", data=DATA, samples=9000),
    ):
        path.write_bytes(content)
        assert inspect(path).facts.pcm_md5 == makers.md5_of(SAMPLES, bits=16)
    for compression in (b"ulaw", b"alaw", b"ima4"):
        path.write_bytes(aiff(compression=compression, data=DATA, samples=9000))
        with pytest.raises(NotLossless, match="lossy"):
            inspect(path)
    path.write_bytes(aiff(compression=b"MAC3", data=DATA, samples=9000))
    with pytest.raises((NotLossless, UnsupportedAudio, Damaged)):
        inspect(path)
    path.write_bytes(aiff(compression=None, data=DATA, samples=36_000 * 44_100))
    with pytest.raises(Damaged, match="promises 1,587,600,000 samples and holds 9,0"):
        inspect(path)


def test_a_flac_of_ten_hours_that_holds_a_second_is_refused_with_both_counts(tmp_path: Path) -> None:
    path = tmp_path / "long.flac"
    path.write_bytes(makers.verbatim_flac(SAMPLES, bits=16, declared_samples=36_000 * 44_100, md5=bytes(16)))
    assert "promises 1,587,600,000 samples and holds 9,000" in refusal_of(path)


@pytest.mark.parametrize("kind", makers.LOSSLESS_KINDS)
@pytest.mark.parametrize("start", [0.02, 0.5])
def test_a_file_whose_rest_is_zeros_is_refused_or_its_zeros_are_samples(
    kind: str, start: float, tmp_path: Path
) -> None:
    """Downloads that were broken off are often that. Plain PCM cannot tell zeros from silence, and nobody else can."""
    path = makers.write_master(tmp_path, kind, makers.noise(samples=60_000))
    data = path.read_bytes()
    kept = int(len(data) * start)
    path.write_bytes(data[:kept] + bytes(len(data) - kept))
    if kind in {"wav", "aiff"}:
        assert inspect(path).facts.samples == 60_000
    else:
        assert refusal_of(path).endswith(".")


def changed_header(samples: makers.Samples, *, sample_rate: int, bits: int, block: int = 1024) -> bytes:
    """The frames of a FLAC of its own, to be put behind others."""
    return makers.verbatim_flac(samples, sample_rate=sample_rate, bits=bits, block_samples=block)[42:]


@pytest.mark.parametrize("channels", [1, 3])
@pytest.mark.parametrize("has_count", [True, False])
def test_a_flac_whose_channels_change_in_the_middle_is_refused(channels: int, has_count: bool, tmp_path: Path) -> None:
    first = makers.verbatim_flac(
        makers.noise(samples=4096), bits=16, md5=bytes(16), declared_samples=8192 if has_count else 0
    )
    path = tmp_path / "changing.flac"
    path.write_bytes(first + changed_header(makers.noise(samples=4096, channels=channels), sample_rate=44100, bits=16))
    assert refusal_of(path).endswith(".")


def test_two_oggs_one_behind_the_other_are_refused(tmp_path: Path) -> None:
    first = makers.write_master(tmp_path, "oggflac", makers.noise(samples=20_000), name="first").read_bytes()
    second = makers.write_master(
        tmp_path, "oggflac", makers.noise(samples=20_000, channels=1), sample_rate=48_000, name="second"
    ).read_bytes()
    path = tmp_path / "chained.ogg"
    path.write_bytes(first + second)
    assert refusal_of(path).endswith(".")


@pytest.mark.parametrize("declared", [0xFFFFFFFF, 4096, 3 << 30])
def test_a_wav_of_five_gigabytes_that_is_a_hole_costs_neither_time_nor_memory(declared: int, tmp_path: Path) -> None:
    """Its size field cannot say 5 GiB. What it says instead is refused, or the file is stopped by its time."""
    path = tmp_path / "sparse.wav"
    path.write_bytes(wav(form(), chunk(b"data", DATA, declared=declared)))
    os.truncate(path, 5 * GIBIBYTE)
    with Inspector() as inspector, pytest.raises(AudioRefused) as refusal:
        inspector.inspect(path, twin=tmp_path / "twin", timeout_seconds=1.5, memory_bytes=MODEST_MEMORY_BYTES)
    assert "header may be" in str(refusal.value) or "took longer" in str(refusal.value)
    assert not (tmp_path / "twin").exists()


def test_a_file_that_grows_while_it_is_read_is_refused(tmp_path: Path) -> None:
    path = makers.write_master(tmp_path, "wav", makers.noise(samples=2_000_000))
    done = threading.Event()

    def grow() -> None:
        while not done.wait(0.001):
            with path.open("ab") as file:
                file.write(b"LIST\x02\0\0\0xx")

    writer = threading.Thread(target=grow)
    writer.start()
    try:
        with pytest.raises(AudioRefused, match="changed while it was being read"):
            inspect(path, twin=tmp_path / "twin")
    finally:
        done.set()
        writer.join()
    assert not (tmp_path / "twin").exists()


@pytest.mark.skipif(sys.platform != "linux", reason="It is a file of Linux that nobody can read.")
def test_a_file_that_the_system_does_not_give_is_no_damaged_one() -> None:
    with Inspector() as inspector, pytest.raises(OSError, match="Input/output error"):
        inspector.inspect(Path("/proc/self/mem"))


def _as_fifo(path: Path) -> None:
    os.mkfifo(path)


def _as_folder(path: Path) -> None:
    path.mkdir()


def _as_device(path: Path) -> None:
    path.symlink_to("/dev/zero")


@pytest.mark.parametrize("make", [_as_fifo, _as_folder, _as_device])
def test_what_is_no_file_is_not_opened(make: Callable[[Path], None], tmp_path: Path) -> None:
    path = tmp_path / "odd.flac"
    make(path)
    with Inspector() as inspector, pytest.raises(NotAudio, match="not a file"):
        inspector.inspect(path, timeout_seconds=30)


def test_a_link_to_itself_is_an_error_of_the_machine(tmp_path: Path) -> None:
    path = tmp_path / "loop.flac"
    path.symlink_to(path)
    with Inspector() as inspector, pytest.raises(OSError):
        inspector.inspect(path, timeout_seconds=30)


@pytest.mark.parametrize("name", [b"\xff\xfe.wav", "träck\n.wav".encode("latin-1"), b"%s %d \\x.wav", b"-n.wav"])
def test_names_in_odd_encodings_are_files_like_others(name: bytes, tmp_path: Path) -> None:
    path = Path(os.fsdecode(os.fsencode(tmp_path) + b"/" + name))
    makers.write_master(tmp_path, "wav", SAMPLES).rename(path)
    with Inspector() as inspector:
        assert inspector.inspect(path, twin=tmp_path / "twin").facts.samples == 9000


@pytest.mark.parametrize("kind", ["flac", "wav", "alac", "wavpack", "tta"])
def test_memory_does_not_grow_with_the_length(kind: str, tmp_path: Path) -> None:
    path = makers.write_master(tmp_path, kind, np.tile(makers.noise(samples=100_000), (30, 1)))
    with Inspector() as inspector:
        found = inspector.inspect(path, twin=tmp_path / "twin", memory_bytes=MODEST_MEMORY_BYTES)
    assert found.facts.samples == 3_000_000
