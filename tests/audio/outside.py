"""Reads finished files as the world does: by libsndfile, Debian's ffmpeg, WavPack's own program, mutagen, ffprobe.

Nothing here knows anything of our containers, and nothing of it is ours.
"""

import json
import re
import subprocess
import tempfile
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import mutagen
import soundfile
from numpy.typing import NDArray

from tests.audio.makers import md5_of

BY_SNDFILE = {".mp3", ".opus", ".ogg", ".flac", ".wav", ".aiff"}
AAC_FRAME_SAMPLES = 1024
WORDS = ("title", "artist", "album", "track")


@dataclass(frozen=True)
class Heard:
    """What another tool decoded: samples as (samples, channels), floats of full scale 1 or, lossless, integers."""

    samples: NDArray[Any]
    sample_rate: int
    bits: int
    """0 for lossy files."""

    @property
    def md5(self) -> str:
        """Of the samples as FLAC defines it."""
        return md5_of(self.samples, bits=self.bits)


def decode(path: Path, *, is_lossless: bool) -> Heard:
    """Everything that is heard of a file, by a tool that is not ours."""
    if path.suffix in BY_SNDFILE:
        return _by_sndfile(path, is_lossless=is_lossless)
    with tempfile.TemporaryDirectory() as folder:
        wav = Path(folder) / "decoded.wav"
        if path.suffix == ".wv":
            run("wvunpack", "-q", "-y", str(path), "-o", str(wav))
        else:
            shape = ["-c:a", f"pcm_s{bits_of(path)}le"] if is_lossless else ["-c:a", "pcm_f32le"]
            run("ffmpeg", "-v", "error", "-nostdin", "-y", "-i", str(path), "-map", "0:a", *shape, str(wav))
        heard = _by_sndfile(wav, is_lossless=is_lossless)
    # FFmpeg obeys the start of an edit list, and of its end it only tells: a player cuts there (ISO 14496-12, 8.6.6).
    told = 0 if path.suffix == ".wv" else int(probe(path)["streams"][0]["duration_ts"])
    is_cut = bool(told) and not is_lossless
    assert not is_cut or len(heard.samples) - AAC_FRAME_SAMPLES < told <= len(heard.samples)
    return replace(heard, samples=heard.samples[:told]) if is_cut else heard


def samples_by_itunes(path: Path) -> int:
    """What iTunSMPB, Apple's word on gapless AAC, says is heard."""
    tag = bytes(mutagen.File(path).tags["----:com.apple.iTunes:iTunSMPB"][0]).decode()
    return int(tag.split()[3], 16)


def bits_of(path: Path) -> int:
    """The depth that ffprobe reads out of a lossless file."""
    stream = probe(path)["streams"][0]
    return int(stream.get("bits_per_raw_sample") or stream["bits_per_sample"])


def probe(path: Path) -> dict[str, Any]:
    """All that ffprobe says of a file; its audio stream comes first."""
    said = run("ffprobe", "-v", "error", "-show_format", "-show_streams", "-of", "json", str(path))
    found: dict[str, Any] = json.loads(said)
    found["streams"].sort(key=lambda stream: stream["codec_type"] != "audio")
    return found


def words_by_ffprobe(path: Path) -> dict[str, str]:
    """Title, artist, album and track as ffprobe reads them; "cover" where it sees a picture."""
    found = probe(path)
    tags = {**found["streams"][0].get("tags", {}), **found["format"].get("tags", {})}
    words = {name.lower(): value for name, value in tags.items() if name.lower() in WORDS}
    pictures = [one for one in found["streams"] if one["codec_type"] == "video"]
    return words | ({"cover": pictures[0]["codec_name"]} if pictures else {})


def cover_by_mediainfo(path: Path) -> bool:
    """Whether mediainfo sees a cover."""
    return run("mediainfo", "--Inform=General;%Cover%", str(path)).strip().startswith("Yes")


def words_by_mutagen(path: Path) -> dict[str, str]:
    """The same four as mutagen reads them, by the names each container has for them."""
    tags = mutagen.File(path).tags
    for names in (
        ("title", "artist", "album", "tracknumber"),
        ("Title", "Artist", "Album", "Track"),
        ("TIT2", "TPE1", "TALB", "TRCK"),
        ("\xa9nam", "\xa9ART", "\xa9alb", "trkn"),
    ):
        if all(name in tags for name in names):
            return dict(zip(WORDS, (_first(tags[name]) for name in names), strict=True))
    raise AssertionError(f"mutagen finds no title in {path.name}: {sorted(tags)}")


def cover_by_mutagen(path: Path) -> bytes:
    """The picture, byte for byte."""
    import base64

    file = mutagen.File(path)
    if getattr(file, "pictures", None):
        return bytes(file.pictures[0].data)
    tags = file.tags
    if "covr" in tags:
        return bytes(tags["covr"][0])
    if "metadata_block_picture" in tags:
        return bytes(mutagen.flac.Picture(base64.b64decode(tags["metadata_block_picture"][0])).data)
    if "Cover Art (Front)" in tags:
        return bytes(tags["Cover Art (Front)"].value.split(b"\0", 1)[1])
    return bytes(tags.getall("APIC")[0].data)


def run(*command: str) -> str:
    """What a program prints; it must end well and have nothing to complain about."""
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, f"{command}: {done.returncode}\n{done.stderr}"
    assert not re.search(r"(?i)\b(error|invalid|corrupt)", done.stderr), f"{command}\n{done.stderr}"
    return done.stdout or (done.stderr if command[0] == "wvunpack" else "")


def _by_sndfile(path: Path, *, is_lossless: bool) -> Heard:
    with soundfile.SoundFile(path) as file:
        if not is_lossless:
            return Heard(file.read(dtype="float32", always_2d=True), file.samplerate, 0)
        bits = {"PCM_16": 16, "PCM_24": 24}[file.subtype]
        return Heard(file.read(dtype="int32", always_2d=True) >> (32 - bits), file.samplerate, bits)


def _first(value: Any) -> str:
    text = value.text[0] if hasattr(value, "text") else value[0] if isinstance(value, list) else value
    number = text[0] if isinstance(text, tuple) else text
    return str(number)
