"""Makes the tag bytes of every container, cover included; never touches audio and never opens a file.

Blocks are filled up with the container's own padding, so a corrected title leaves their length as it was.
Sources: ID3v2.4; Vorbis comments and RFC 7845, 5.2; RFC 9639, 8; Apple's ilst items; MusicBrainz Picard's names.
"""

import base64
import struct
from collections.abc import Callable
from io import BytesIO
from typing import Any

import mutagen.flac
import mutagen.id3
import mutagen.mp4

from obbligato.audio.containers import aiff, flac, ogg, riff
from obbligato.audio.containers.mp4 import GAPLESS_PLACE
from obbligato.audio.errors import UnsupportedAudio
from obbligato.audio.formats import Format
from obbligato.audio.tags import Picture, Tags

# Mutagen says it is typed, but its classes are not annotated.
id3: Any = mutagen.id3
mp4: Any = mutagen.mp4
vorbis: Any = mutagen.flac

VENDOR = "obbligato"
STEP_BYTES, LEAST_PADDING_BYTES = 1024, 256
MAX_PICTURE_BYTES = 12 * 2**20
"""What still fits in a FLAC block of 16 MiB, and in base64 too."""
FRONT_COVER, UTF8 = 3, 3
R128_BELOW_REPLAYGAIN_DB = 5
"""ReplayGain 2.0 aims at -18 LUFS, EBU R 128 at -23."""

MUSICBRAINZ_NAMES = {
    "musicbrainz_albumid": "MusicBrainz Album Id",
    "musicbrainz_artistid": "MusicBrainz Artist Id",
    "musicbrainz_albumartistid": "MusicBrainz Album Artist Id",
    "musicbrainz_releasegroupid": "MusicBrainz Release Group Id",
    "musicbrainz_releasetrackid": "MusicBrainz Release Track Id",
    "musicbrainz_workid": "MusicBrainz Work Id",
}


def tag_block(format_: Format, tags: Tags, picture: Picture | None) -> bytes:
    """The whole block as its container holds it; for Opus the OpusTags packet, which pages surround.

    Raises UnsupportedAudio where the cover is too large for any container.
    """
    if picture is not None and len(picture.data) > MAX_PICTURE_BYTES:
        raise UnsupportedAudio("The cover is larger than 12 MiB, more than a file of music can carry.")
    makers: dict[str, Callable[[Tags, Picture | None], bytes]] = {
        "mp3": id3_block,
        "aac": _aac_udta,
        "alac": mp4_udta,
        "opus": opus_tags,
        "vorbis": vorbis_comments,
        "flac": flac_blocks,
        "wav": riff_chunks,
        "aiff": aiff_chunk,
    }
    return makers[format_.codec](tags, picture)


def tag_bytes(format_: Format, tags: Tags, picture: Picture | None) -> int:
    """Exactly what tags and cover add to a copy, in bytes, with Ogg's pages around them."""
    block = len(tag_block(format_, tags, picture))
    return ogg.tag_pages_bytes(block) if format_.codec in {"opus", "vorbis"} else block


def id3_block(tags: Tags, picture: Picture | None, *, before_bytes: int = 0) -> bytes:
    """ID3v2.4 in UTF-8, filled so that it and the before_bytes in front of it end at a multiple of 1024."""
    block = id3.ID3()
    for frame in _id3_frames(tags, picture):
        block.add(frame)
    file = BytesIO()
    block.save(file, v1=0, v2_version=4, padding=lambda _: 0)
    bare = len(file.getvalue())
    file = BytesIO()
    block.save(file, v1=0, v2_version=4, padding=lambda _: _padding(bare + before_bytes))
    return file.getvalue()


def riff_chunks(tags: Tags, picture: Picture | None) -> bytes:
    """A LIST of INFO for old programs and an 'id3 ' chunk with everything."""
    names = {
        b"INAM": tags.title,
        b"IART": "; ".join(tags.artists),
        b"IPRD": tags.album,
        b"ICRD": tags.date,
        b"IGNR": tags.genre,
        b"ITRK": str(tags.track or ""),
        b"ICOP": tags.copyright,
        b"ICMT": tags.comment,
    }
    items = [riff.chunk(name, text.encode() + b"\0") for name, text in names.items() if text]
    information = riff.chunk(b"LIST", b"INFO" + b"".join(items)) if items else b""
    return information + riff.chunk(b"id3 ", id3_block(tags, picture, before_bytes=len(information) + 8))


def aiff_chunk(tags: Tags, picture: Picture | None) -> bytes:
    """AIFF's chunk with an ID3v2 tag inside."""
    return aiff.chunk(b"ID3 ", id3_block(tags, picture, before_bytes=8))


def flac_blocks(tags: Tags, picture: Picture | None) -> bytes:
    """Vorbis comment, picture and padding, the last marked as the last block."""
    comment = _vorbis_comment(tags)
    blocks = flac.block_header(4, len(comment)) + comment
    if picture is not None:
        body = _picture_block(picture)
        blocks += flac.block_header(6, len(body)) + body
    padding = _padding(len(blocks) + 4)
    return blocks + flac.block_header(1, padding, is_last=True) + bytes(padding)


def opus_tags(tags: Tags, picture: Picture | None) -> bytes:
    """The OpusTags packet; zeros behind the comments are padding (RFC 7845, 5.2)."""
    packet = b"OpusTags" + _vorbis_comment(tags, picture=picture, is_opus=True)
    return packet + bytes(_padding(len(packet)))


def vorbis_comments(tags: Tags, picture: Picture | None) -> bytes:
    """Vorbis' comment packet, framing bit and all; zeros behind it are padding, which every decoder skips."""
    packet = b"\x03vorbis" + _vorbis_comment(tags, picture=picture) + b"\x01"
    return packet + bytes(_padding(len(packet)))


def mp4_udta(tags: Tags, picture: Picture | None) -> bytes:
    """A udta box with ilst and free space, as it stands in moov."""
    return _udta(_ilst(tags, picture))


def _aac_udta(tags: Tags, picture: Picture | None) -> bytes:
    """With room for the gapless numbers, which the container fills in."""
    items = _ilst(tags, picture)
    items["----:com.apple.iTunes:iTunSMPB"] = [_freeform(GAPLESS_PLACE.decode())]
    return _udta(items)


def _padding(used_bytes: int) -> int:
    """Zeros up to the next multiple of 1024, at least 256."""
    return -(used_bytes + LEAST_PADDING_BYTES) % STEP_BYTES + LEAST_PADDING_BYTES


def _id3_frames(tags: Tags, picture: Picture | None) -> list[Any]:
    texts = {
        "TIT2": tags.title,
        "TALB": tags.album,
        "TPE2": tags.album_artist,
        "TRCK": _of_total(tags.track, tags.track_total),
        "TPOS": _of_total(tags.disc, tags.disc_total),
        "TDRC": tags.date,
        "TCON": tags.genre,
        "TSRC": tags.isrc,
        "TCOM": tags.composer,
        "TCOP": tags.copyright,
        "TPUB": tags.label,
    }
    frames = [id3.Frames[name](encoding=UTF8, text=[text]) for name, text in texts.items() if text]
    if tags.artists:
        frames.append(id3.TPE1(encoding=UTF8, text=list(tags.artists)))
    own = {"BARCODE": tags.upc, **_replaygain(tags)}
    own |= {MUSICBRAINZ_NAMES[name]: value for name, value in _musicbrainz(tags) if name in MUSICBRAINZ_NAMES}
    frames += [id3.TXXX(encoding=UTF8, desc=name, text=[text]) for name, text in own.items() if text]
    if tags.lyrics:
        frames.append(id3.USLT(encoding=UTF8, lang="und", desc="", text=tags.lyrics))
    if tags.comment:
        frames.append(id3.COMM(encoding=UTF8, lang="und", desc="", text=[tags.comment]))
    recording = tags.musicbrainz.get("musicbrainz_trackid", "")
    if recording:
        frames.append(id3.UFID(owner="http://musicbrainz.org", data=recording.encode()))
    if picture is not None:
        frames.append(id3.APIC(encoding=UTF8, mime=picture.media_type, type=FRONT_COVER, desc="", data=picture.data))
    return frames


def _vorbis_comment(tags: Tags, *, picture: Picture | None = None, is_opus: bool = False) -> bytes:
    """A comment block without the framing bit, which neither FLAC nor Opus has."""
    comment = vorbis.VCFLACDict()
    comment.vendor = VENDOR
    fields = {
        "TITLE": tags.title,
        "ALBUM": tags.album,
        "ALBUMARTIST": tags.album_artist,
        "TRACKNUMBER": str(tags.track or ""),
        "TRACKTOTAL": str(tags.track_total or ""),
        "DISCNUMBER": str(tags.disc or ""),
        "DISCTOTAL": str(tags.disc_total or ""),
        "DATE": tags.date,
        "GENRE": tags.genre,
        "ISRC": tags.isrc,
        "BARCODE": tags.upc,
        "COMPOSER": tags.composer,
        "LYRICS": tags.lyrics,
        "COPYRIGHT": tags.copyright,
        "LABEL": tags.label,
        "COMMENT": tags.comment,
    }
    gains = _r128(tags) if is_opus else {name.upper(): value for name, value in _replaygain(tags).items()}
    identifiers = {name.upper(): value for name, value in _musicbrainz(tags)}
    for name, text in {**fields, **gains, **identifiers}.items():
        if text:
            comment.append((name, text))
    for artist in tags.artists:
        comment.append(("ARTIST", artist))
    if picture is not None:
        comment.append(("METADATA_BLOCK_PICTURE", base64.b64encode(_picture_block(picture)).decode()))
    data: bytes = comment.write(framing=False)
    return data


def _picture_block(picture: Picture) -> bytes:
    """The body of a PICTURE block, RFC 9639, 8.8: a front cover without a description; colours not said."""
    media_type = picture.media_type.encode()
    head = struct.pack(">II", FRONT_COVER, len(media_type)) + media_type + struct.pack(">I", 0)
    numbers = struct.pack(">IIIII", picture.width, picture.height, 24, 0, len(picture.data))
    return head + numbers + picture.data


def _ilst(tags: Tags, picture: Picture | None) -> dict[str, Any]:
    items: dict[str, Any] = {}
    texts = {
        "\xa9nam": tags.title,
        "\xa9alb": tags.album,
        "aART": tags.album_artist,
        "\xa9day": tags.date,
        "\xa9gen": tags.genre,
        "\xa9wrt": tags.composer,
        "\xa9lyr": tags.lyrics,
        "cprt": tags.copyright,
        "\xa9cmt": tags.comment,
    }
    for name, text in texts.items():
        if text:
            items[name] = [text]
    if tags.artists:
        items["\xa9ART"] = list(tags.artists)
    for name, number, total in (("trkn", tags.track, tags.track_total), ("disk", tags.disc, tags.disc_total)):
        if number:
            items[name] = [(min(number, 65535), min(total or 0, 65535))]
    own = {"ISRC": tags.isrc, "BARCODE": tags.upc, "LABEL": tags.label, **_replaygain(tags)}
    own |= {MUSICBRAINZ_NAMES[name]: value for name, value in _musicbrainz(tags) if name in MUSICBRAINZ_NAMES}
    own["MusicBrainz Track Id"] = tags.musicbrainz.get("musicbrainz_trackid", "")
    for name, text in own.items():
        if text:
            items[f"----:com.apple.iTunes:{name}"] = [_freeform(text)]
    if picture is not None:
        is_png = picture.media_type == "image/png"
        kind = mp4.AtomDataType.PNG if is_png else mp4.AtomDataType.JPEG
        items["covr"] = [mp4.MP4Cover(picture.data, imageformat=kind)]
    return items


def _freeform(text: str) -> object:
    return mp4.MP4FreeForm(text.encode(), dataformat=mp4.AtomDataType.UTF8)


def _udta(items: dict[str, Any]) -> bytes:
    """Mutagen writes into a file whose moov is empty; what it put there is the box."""
    file = BytesIO(struct.pack(">I4s", 8, b"moov"))
    # The free box has 8 bytes of its own, udta and meta have 16: mutagen tells only of meta's body.
    tags = mp4.MP4Tags()
    tags.update(items)
    tags.save(file, padding=lambda information: _padding(-information.padding + 24))
    return file.getvalue()[8:]


def _of_total(number: int | None, total: int | None) -> str:
    if not number:
        return ""
    return f"{number}/{total}" if total else str(number)


def _musicbrainz(tags: Tags) -> list[tuple[str, str]]:
    return sorted((name.lower(), value) for name, value in tags.musicbrainz.items() if value)


def _replaygain(tags: Tags) -> dict[str, str]:
    """ReplayGain 2.0 in the writing that players read: '-6.54 dB' and '0.987654'."""
    gains = {"replaygain_track_gain": tags.track_gain_db, "replaygain_album_gain": tags.album_gain_db}
    peaks = {"replaygain_track_peak": tags.track_peak, "replaygain_album_peak": tags.album_peak}
    written = {name: f"{gain:.2f} dB" for name, gain in gains.items() if gain is not None}
    return written | {name: f"{peak:.6f}" for name, peak in peaks.items() if peak is not None}


def _r128(tags: Tags) -> dict[str, str]:
    """RFC 7845, 5.2.1: dB times 256 towards -23 LUFS, in 16 bits."""
    gains = {"R128_TRACK_GAIN": tags.track_gain_db, "R128_ALBUM_GAIN": tags.album_gain_db}
    return {
        name: str(max(-32768, min(32767, round((gain - R128_BELOW_REPLAYGAIN_DB) * 256))))
        for name, gain in gains.items()
        if gain is not None
    }
