"""Says before anything is encoded how large a copy will be; by arithmetic, never a guess that can be too small.

Exact for MP3 and Opus at a constant rate, WAV, AIFF, and FLAC whose frames are copied. For the others a bound that no
copy exceeds: Opus and AAC are encoded again at a lower rate should they ever go over, Vorbis has its packets cut,
variable MP3 has no frame above 320 kbit/s, and lossless packets are no larger than their samples and headers.
"""

from dataclasses import dataclass

from obbligato.audio.containers import aiff, flac, mp3, mp4, ogg, riff, wv
from obbligato.audio.essence import Sound
from obbligato.audio.facts import MasterFacts
from obbligato.audio.formats import FLAC_LEVEL, Format, Window
from obbligato.audio.planning import audio_limit_bytes, has_exact_size, is_unchanged, planned_sound


@dataclass(frozen=True)
class Size:
    """Bytes of a whole copy: exactly, or never more."""

    bytes: int
    is_exact: bool


def copy_size(format_: Format, facts: MasterFacts, tag_bytes: int, *, window: Window | None = None) -> Size:
    """The size of a copy whose tags and cover take tag_bytes (of writing_tags). Raises as fitted() does."""
    sound = planned_sound(format_, facts, window)
    audio_bytes = audio_limit_bytes(sound)
    is_measured = facts.frames_offset is None and format_.level in {None, FLAC_LEVEL}
    if sound.codec == "flac" and window is None and is_measured and is_unchanged(sound, facts):
        # Measured by encoding when the master came in; the arithmetic one is for what nobody has encoded yet.
        audio_bytes = min(audio_bytes, facts.flac_bytes)
    return Size(
        bytes=_fixed_bytes(sound, tag_bytes) + tag_bytes + audio_bytes,
        is_exact=has_exact_size(format_, facts, window),
    )


def quote_kind(format_: Format) -> str:
    """How well a format's size is known beforehand, in words: exact, or a bound."""
    if format_.codec == "flac" and format_.level is None:
        return "exact where a FLAC master's frames are copied, else at most"
    is_constant = (
        format_.codec in {"wav", "aiff"}
        or format_.mode == "cbr"
        or (format_.codec == "mp3" and format_.quality is None)
    )
    return "exact" if is_constant else "at most"


def _fixed_bytes(sound: Sound, tag_bytes: int) -> int:
    """What the container adds besides tags and audio; for MP4 a bound."""
    match sound.codec:
        case "mp3":
            return mp3.info_bytes(sound.sample_rate, sound.bitrate_kbps)
        case "flac":
            return flac.FIXED_BYTES
        case "opus":
            return ogg.HEAD_PAGE_BYTES
        case "vorbis":
            return ogg.VORBIS_FIXED_BYTES
        case "wav":
            return riff.fixed_bytes(sound, tag_bytes)
        case "aiff":
            return aiff.fixed_bytes(sound)
        case "wavpack":
            return wv.fixed_bytes(sound)
        case _:
            return mp4.FIXED_BYTES + mp4.table_bytes(sound.packets)
