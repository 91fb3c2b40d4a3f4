"""What is known of a master once it has been decoded to the end; holds values and never opens a file."""

from dataclasses import MISSING, asdict, dataclass, fields
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
    """Bytes of FLAC frames without metadata: exact where they may be copied, else a bound for encoding at level 5."""
    frames_offset: int | None
    """Where FLAC frames start that may be copied as they are up to the end of the file, else None.

    The file is the one that copies are made from: the twin where there is one.
    """
    has_twin: bool = False
    """Whether copies are made from a FLAC twin of the master, of the same depth and samples; see twins."""

    @property
    def duration_seconds(self) -> float:
        return self.samples / self.sample_rate

    def to_json(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_json(cls, values: dict[str, Any]) -> Self:
        """The facts that to_json gave; unknown keys are ignored so that older programs read newer rows.

        A fact that an older program did not know has its default.
        """
        return cls(
            **{item.name: values[item.name] for item in fields(cls) if item.name in values or item.default is MISSING}
        )
