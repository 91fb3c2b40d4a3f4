"""Makes small masters for tests: signals, files of every kind, damaged and lossy ones; plain functions only.

The FLAC writer for odd depths is written here a second time from RFC 9639, so that reading is not tested by itself.
"""

import hashlib
import struct
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from obbligato.audio.copies import CopiedFrames
from obbligato.audio.encoding import encode_essence
from obbligato.audio.essence import Essence
from obbligato.audio.facts import MasterFacts
from obbligato.audio.flacfile import LAYOUTS, write_flac
from obbligato.audio.formats import Format, Window
from obbligato.audio.libraries import av
from obbligato.audio.recipes import Recipe

Samples = NDArray[np.int32]

LOSSLESS_KINDS = ("flac", "wav", "aiff", "alac", "wavpack", "tta", "oggflac")
EXTENSIONS = {"alac": "m4a", "wavpack": "wv", "oggflac": "ogg", "opus": "opus", "aac": "m4a", "vorbis": "ogg"}


def sine(
    *,
    samples: int,
    channels: int = 2,
    bits: int = 16,
    sample_rate: int = 44100,
    hertz: float = 440.0,
    level: float = 0.5,
) -> Samples:
    """A sine of `level` of full scale; every channel is a fifth above the one before."""
    times = np.arange(samples)[:, None] / sample_rate
    tones = np.sin(2 * np.pi * hertz * times * 1.5 ** np.arange(channels))
    scaled: Samples = np.rint(tones * level * (2 ** (bits - 1) - 1)).astype(np.int32)
    return scaled


def noise(*, samples: int, channels: int = 2, bits: int = 16, seed: int = 1) -> Samples:
    """Noise over the whole range of `bits`, with both extremes in it."""
    generator = np.random.default_rng(seed)
    made = generator.integers(-(2 ** (bits - 1)), 2 ** (bits - 1), (samples, channels)).astype(np.int32)
    made[0], made[-1] = 2 ** (bits - 1) - 1, -(2 ** (bits - 1))
    return made


def silence(*, samples: int, channels: int = 2) -> Samples:
    """Digital silence."""
    return np.zeros((samples, channels), np.int32)


def md5_of(samples: Samples, *, bits: int) -> str:
    """The MD5 that STREAMINFO holds, made the slow way: one sample after another."""
    width = (bits + 7) // 8
    values = samples.reshape(-1).tolist()
    return hashlib.md5(b"".join(value.to_bytes(width, "little", signed=True) for value in values)).hexdigest()


def write_master(
    folder: Path,
    kind: str,
    samples: Samples,
    *,
    sample_rate: int = 44100,
    bits: int = 16,
    name: str = "master",
    is_promised: bool = True,
) -> Path:
    """Write a lossless master of 16 or 24 bits (WAV: 8 too) by its kind, one of LOSSLESS_KINDS.

    is_promised=False leaves an Ogg FLAC without count and MD5, as FFmpeg writes it.
    """
    path = folder / f"{name}.{EXTENSIONS.get(kind, kind)}"
    if kind == "flac":
        write_flac(path, samples, sample_rate=sample_rate, bits=bits)
    elif kind == "wav":
        path.write_bytes(wav_bytes(samples, sample_rate=sample_rate, bits=bits))
    else:
        muxer, codec, format_16, format_24 = {
            "aiff": ("aiff", f"pcm_s{bits}be", "s16", "s32"),
            "alac": ("ipod", "alac", "s16p", "s32p"),
            "wavpack": ("wv", "wavpack", "s16p", "s32p"),
            "tta": ("tta", "tta", "s16", "s32"),
            "oggflac": ("ogg", "flac", "s16", "s32"),
        }[kind]
        _mux(path, muxer, codec, format_16 if bits == 16 else format_24, samples, sample_rate, bits)
    if kind == "oggflac" and is_promised:
        path.write_bytes(_with_promises(path.read_bytes(), samples, bits=bits))
    return path


def _with_promises(ogg: bytes, samples: Samples, *, bits: int) -> bytes:
    """An Ogg FLAC with count and MD5, as other encoders than FFmpeg write it (RFC 9639, 10.1; RFC 3533, 6)."""
    page = bytearray(ogg[: ogg.index(b"OggS", 4)])
    streaminfo = page.index(b"fLaC") + 8
    packed = int.from_bytes(page[streaminfo + 10 : streaminfo + 18], "big") | len(samples)
    page[streaminfo + 10 : streaminfo + 18] = packed.to_bytes(8, "big")
    page[streaminfo + 18 : streaminfo + 34] = bytes.fromhex(md5_of(samples, bits=bits))
    page[22:26] = bytes(4)
    page[22:26] = _remainder(bytes(page), width=32, polynomial=0x04C11DB7).to_bytes(4, "little")
    return bytes(page) + ogg[len(page) :]


def write_lossy(folder: Path, kind: str, samples: Samples, *, sample_rate: int = 48000) -> Path:
    """A lossy file: 'mp3', 'aac', 'opus' or 'vorbis', of 16-bit samples."""
    path = folder / f"lossy.{EXTENSIONS.get(kind, kind)}"
    muxer, codec, frame_format = {
        "mp3": ("mp3", "libmp3lame", "s16p"),
        "aac": ("ipod", "aac", "fltp"),
        "adts": ("adts", "aac", "fltp"),
        "opus": ("ogg", "libopus", "s16"),
        "vorbis": ("ogg", "vorbis", "fltp"),
    }[kind]
    _mux(path, muxer, codec, frame_format, samples, sample_rate, 16)
    return path


def wav_bytes(
    samples: Samples,
    *,
    sample_rate: int = 44100,
    bits: int = 16,
    declared_bytes: int | None = None,
    before: bytes = b"",
) -> bytes:
    """A WAV of 8, 16, 24 or 32 bits; `declared_bytes` may lie about the data, `before` are chunks ahead of it."""
    channels, width = samples.shape[1], bits // 8
    if bits == 8:
        data = (samples + 128).astype(np.uint8).tobytes()
    else:
        data = np.ascontiguousarray(samples, "<i4").view(np.uint8).reshape(-1, 4)[:, :width].tobytes()
    form = struct.pack("<HHIIHH", 1, channels, sample_rate, sample_rate * channels * width, channels * width, bits)
    declared = len(data) if declared_bytes is None else declared_bytes
    body = b"WAVE" + before + b"fmt " + struct.pack("<I", 16) + form + b"data" + struct.pack("<I", declared) + data
    body += b"\0" * (len(data) % 2)
    return b"RIFF" + struct.pack("<I", min(len(body), 0xFFFFFFFF)) + body


def verbatim_flac(
    samples: Samples,
    *,
    sample_rate: int = 44100,
    bits: int,
    declared_samples: int | None = None,
    md5: bytes | None = None,
    block_samples: int = 1024,
) -> bytes:
    """A FLAC of any depth from 4 to 24 bits whose subframes are not compressed (RFC 9639, 9.2.4)."""
    frames = [
        _verbatim_frame(samples[start : start + block_samples], number=number, bits=bits)
        for number, start in enumerate(range(0, len(samples), block_samples))
    ]
    total = len(samples) if declared_samples is None else declared_samples
    packed = sample_rate << 44 | (samples.shape[1] - 1) << 41 | (bits - 1) << 36 | total
    smallest, largest = min(map(len, frames)), max(map(len, frames))
    streaminfo = struct.pack(">HH", block_samples, block_samples) + smallest.to_bytes(3, "big")
    streaminfo += largest.to_bytes(3, "big") + packed.to_bytes(8, "big")
    streaminfo += bytes.fromhex(md5_of(samples, bits=bits)) if md5 is None else md5
    return b"fLaC\x80\x00\x00\x22" + streaminfo + b"".join(frames)


def _verbatim_frame(block: Samples, *, number: int, bits: int) -> bytes:
    assert number < 128, "numbers of one byte are enough for tests"
    header = bytes([0xFF, 0xF8, 0x70, (block.shape[1] - 1) << 4, number]) + struct.pack(">H", len(block) - 1)
    header += bytes([_remainder(header, width=8, polynomial=0x07)])
    places = np.arange(bits - 1, -1, -1)
    subframe_header = np.array([0, 0, 0, 0, 0, 0, 1, 0])
    parts = [part for channel in block.T for part in (subframe_header, ((channel[:, None] >> places) & 1).reshape(-1))]
    frame = header + np.packbits(np.concatenate(parts).astype(np.uint8)).tobytes()
    return frame + struct.pack(">H", _remainder(frame, width=16, polynomial=0x8005))


def _remainder(data: bytes, *, width: int, polynomial: int) -> int:
    register, top, mask = 0, 1 << (width - 1), (1 << width) - 1
    for byte in data:
        register ^= byte << (width - 8)
        for _ in range(8):
            register = ((register << 1) ^ polynomial if register & top else register << 1) & mask
    return register


def _mux(path: Path, muxer: str, codec: str, frame_format: str, samples: Samples, sample_rate: int, bits: int) -> None:
    layout = LAYOUTS[samples.shape[1] - 1]
    options = {"bits_per_raw_sample": str(bits)} if codec in {"wavpack", "alac", "flac"} else {}
    options |= {"strict": "experimental"} if codec == "vorbis" else {}
    with av.open(str(path), "w", format=muxer) as container:
        stream = container.add_stream(codec, rate=sample_rate, layout=layout, format=frame_format, options=options)
        assert isinstance(stream, av.AudioStream)
        frame = av.AudioFrame.from_ndarray(_in_format(samples, frame_format, bits), format=frame_format, layout=layout)
        frame.sample_rate = sample_rate
        frame.pts = 0
        container.mux(stream.encode(frame))
        container.mux(stream.encode(None))


def _in_format(samples: Samples, frame_format: str, bits: int) -> NDArray[Any]:
    if frame_format.startswith("flt"):
        values: NDArray[Any] = (samples / 2.0 ** (bits - 1)).astype(np.float32)
    elif frame_format.startswith("s16"):
        values = samples.astype(np.int16)
    else:
        values = (samples << (32 - bits)).astype(np.int32)
    return np.ascontiguousarray(values.T) if frame_format.endswith("p") else values.reshape(1, -1)


def audio_of(
    source: Path, facts: MasterFacts, format_: Format, target: Path, *, window: Window | None = None, threads: int = 1
) -> Essence | CopiedFrames:
    """The audio of a copy, encoded to target, or the master's own frames."""
    recipe = Recipe(source, facts, format_, window)
    return CopiedFrames(recipe) if recipe.is_copied else encode_essence(recipe, target, threads=threads)


def declared(*, samples: int, rate: int, channels: int, bits: int) -> MasterFacts:
    """Facts of a master that nobody has made: no frames to copy."""
    return MasterFacts(
        container="wav", codec=f"pcm_s{bits}le", sample_rate=rate, bits=bits, channels=channels, samples=samples,
        pcm_md5="0" * 32, flac_bytes=2**50, frames_offset=None,
    )  # fmt: skip


def truncated(path: Path, *, keep: float) -> Path:
    """A copy of the file without its end."""
    data = path.read_bytes()
    return _beside(path, "truncated", data[: int(len(data) * keep)])


def with_flipped_bit(path: Path, *, at: float) -> Path:
    """A copy of the file with one bit changed at a part of its length."""
    data = bytearray(path.read_bytes())
    data[int(len(data) * at)] ^= 0x04
    return _beside(path, "flipped", bytes(data))


def with_hole(path: Path, *, at: float, zeros: int) -> Path:
    """A copy of the file in which a stretch of bytes is zero."""
    data = bytearray(path.read_bytes())
    start = int(len(data) * at)
    data[start : start + zeros] = bytes(zeros)
    return _beside(path, "hole", bytes(data))


def without_stretch(path: Path, *, at: float, count: int) -> Path:
    """A copy of the file from which a stretch of bytes is cut out."""
    data = path.read_bytes()
    start = int(len(data) * at)
    return _beside(path, "cut", data[:start] + data[start + count :])


def surrounded(path: Path, *, before: bytes = b"", behind: bytes = b"") -> Path:
    """A copy of the file with foreign bytes before and behind it."""
    return _beside(path, "surrounded", before + path.read_bytes() + behind)


def id3v2(body: bytes = bytes(200)) -> bytes:
    """An ID3v2.4 tag that is only padding."""
    size = bytes([len(body) >> 21 & 0x7F, len(body) >> 14 & 0x7F, len(body) >> 7 & 0x7F, len(body) & 0x7F])
    return b"ID3\x04\x00\x00" + size + body


def id3v1() -> bytes:
    """An ID3v1 tag without any text."""
    return b"TAG" + bytes(125)


def _beside(path: Path, word: str, data: bytes) -> Path:
    changed = path.with_name(f"{path.stem}-{word}{path.suffix}")
    changed.write_bytes(data)
    return changed
