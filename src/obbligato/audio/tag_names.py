"""What each field of a recording is called in each kind of tag; names only, never a value.

Sources: ID3v2.4.0 native frames; Xiph's field recommendations and RFC 7845, 5.2.1; Apple's ilst items; the APEv2
specification's item keys; MusicBrainz Picard's names where those say nothing.
"""

from dataclasses import dataclass

TXXX, FREEFORM = "TXXX:", "----:com.apple.iTunes:"
"""Before a name that a container lets everybody choose: in ID3 and in MP4."""


@dataclass(frozen=True)
class Names:
    """The four names of one field; empty where a kind of tag writes it in another way."""

    id3: str
    vorbis: str
    mp4: str
    ape: str


TEXTS: dict[str, Names] = {
    "title": Names("TIT2", "TITLE", "\xa9nam", "Title"),
    "album": Names("TALB", "ALBUM", "\xa9alb", "Album"),
    "album_artist": Names("TPE2", "ALBUMARTIST", "aART", "Album Artist"),
    "date": Names("TDRC", "DATE", "\xa9day", "Year"),
    "genre": Names("TCON", "GENRE", "\xa9gen", "Genre"),
    "isrc": Names("TSRC", "ISRC", FREEFORM + "ISRC", "ISRC"),
    "upc": Names(TXXX + "BARCODE", "BARCODE", FREEFORM + "BARCODE", "Barcode"),
    "composer": Names("TCOM", "COMPOSER", "\xa9wrt", "Composer"),
    "lyrics": Names("USLT", "LYRICS", "\xa9lyr", "Lyrics"),
    "copyright": Names("TCOP", "COPYRIGHT", "cprt", "Copyright"),
    "label": Names("TPUB", "LABEL", FREEFORM + "LABEL", "Label"),
    "comment": Names("COMM", "COMMENT", "\xa9cmt", "Comment"),
}
"""Fields of one text each, by their names in Tags."""

ARTISTS = Names("TPE1", "ARTIST", "\xa9ART", "Artist")
"""One value for each artist."""
TRACK, DISC = Names("TRCK", "TRACKNUMBER", "trkn", "Track"), Names("TPOS", "DISCNUMBER", "disk", "Disc")
"""Number and total, '3/12', but in Vorbis comments two fields."""
VORBIS_TOTALS = {"track_total": "TRACKTOTAL", "disc_total": "DISCTOTAL"}

INFO = {
    "title": "INAM", "artists": "IART", "album": "IPRD", "date": "ICRD", "genre": "IGNR", "track": "ITRK",
    "copyright": "ICOP", "comment": "ICMT",
}  # fmt: skip
"""The few names of RIFF's INFO, which a WAV has beside its ID3; artists are one text, the track has no total."""

GAINS = {
    "track_gain_db": "replaygain_track_gain",
    "track_peak": "replaygain_track_peak",
    "album_gain_db": "replaygain_album_gain",
    "album_peak": "replaygain_album_peak",
}
"""ReplayGain 2.0, everywhere but in Opus: TXXX, a Vorbis field in capitals, freeform, an APE item in capitals."""
OPUS_GAINS = {"track_gain_db": "R128_TRACK_GAIN", "album_gain_db": "R128_ALBUM_GAIN"}

RECORDING = "musicbrainz_trackid"
RECORDING_OWNER = "http://musicbrainz.org"
"""ID3 has a frame for an owner's identifier (UFID), which holds the recording's."""
_MUSICBRAINZ_WORDS = {
    "musicbrainz_trackid": "MusicBrainz Track Id",
    "musicbrainz_albumid": "MusicBrainz Album Id",
    "musicbrainz_artistid": "MusicBrainz Artist Id",
    "musicbrainz_albumartistid": "MusicBrainz Album Artist Id",
    "musicbrainz_releasegroupid": "MusicBrainz Release Group Id",
    "musicbrainz_releasetrackid": "MusicBrainz Release Track Id",
    "musicbrainz_workid": "MusicBrainz Work Id",
}


def musicbrainz(name: str) -> Names:
    """Of an identifier by its Vorbis name in small letters."""
    words = _MUSICBRAINZ_WORDS.get(name, name.upper())
    id3 = f"UFID:{RECORDING_OWNER}" if name == RECORDING else TXXX + words
    return Names(id3, name.upper(), FREEFORM + words, name.upper())
