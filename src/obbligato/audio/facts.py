"""What is known of a master once it has been decoded to the end; holds values and never opens a file."""

from dataclasses import asdict, dataclass
from typing import Any, Self


@dataclass(frozen=True)
class MasterFacts:
    """The facts of one accepted master. Counts are per channel unless they say otherwise."""

    container: str
    """'flac', 'wav', 'aiff', 'mp4', 'wv', 'ogg' or 'tta'."""
    codec: str
    """FFmpeg's name of the decoder: 'flac', 'alac', 'wavpack', 'tta', 'pcm_s16le' ..."""
    sample_rate: int
    """In Hz."""
    bits: int
    """Significant bits of one sample as the master says: 4 to 24."""
    channels: int
    samples: int
    """Samples of each channel, counted by decoding."""
    pcm_md5: str
    """Hexadecimal MD5 of the interleaved little-endian samples in ceil(bits / 8) bytes (RFC 9639, 8.2)."""
    flac_bytes: int
    """Bytes of FLAC frames without metadata: exact for native FLAC, else a bound for encoding at level 5."""
    frames_offset: int | None
    """Where FLAC frames start that may be copied as they are up to the end of the file, else None."""

    @property
    def duration_seconds(self) -> float:
        return self.samples / self.sample_rate

    def to_json(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_json(cls, values: dict[str, Any]) -> Self:
        """The facts that to_json gave; unknown keys are ignored so that older programs read newer rows."""
        return cls(**{name: values[name] for name in cls.__dataclass_fields__})
