"""What a recording says about itself; plain values that no container owns, never bytes of one."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType


@dataclass(frozen=True)
class Tags:
    """Tags of one track. An empty string, empty tuple or None means: not said."""

    title: str = ""
    artists: tuple[str, ...] = ()
    album: str = ""
    album_artist: str = ""
    track: int | None = None
    track_total: int | None = None
    disc: int | None = None
    disc_total: int | None = None
    date: str = ""
    """'1913', '1913-05' or '1913-05-29'."""
    genre: str = ""
    isrc: str = ""
    upc: str = ""
    composer: str = ""
    lyrics: str = ""
    copyright: str = ""
    label: str = ""
    comment: str = ""
    musicbrainz: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    """By Vorbis names in small letters: 'musicbrainz_trackid', 'musicbrainz_albumid' ..."""
    track_gain_db: float | None = None
    """ReplayGain 2.0: -18 LUFS minus the integrated loudness of the track."""
    track_peak: float | None = None
    """Linear; 1.0 is full scale."""
    album_gain_db: float | None = None
    album_peak: float | None = None


@dataclass(frozen=True)
class Picture:
    """A front cover. Width and height are in pixels, 0 when unknown."""

    media_type: str
    data: bytes
    width: int = 0
    height: int = 0
