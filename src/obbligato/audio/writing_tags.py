"""Makes the tag bytes of every container, cover included; never touches audio and never opens a file.

Blocks are filled up with the container's own padding, so a corrected title leaves their length as it was; APEv2,
which has none, stands behind the audio and moves nothing.
"""

import base64
import struct
from collections.abc import Callable

import mutagen.flac

from obbligato.audio.containers import aiff, flac, ogg, riff
from obbligato.audio.formats import Format
from obbligato.audio.pictures import shape_of
from obbligato.audio.tag_blocks import ape_tag, id3_tag, mp4_udta
from obbligato.audio.tag_names import ARTISTS, DISC, INFO, OPUS_GAINS, TEXTS, TRACK, VORBIS_TOTALS, musicbrainz
from obbligato.audio.tags import Picture, Tags
from obbligato.audio.writable import padding_bytes, replaygain, writable, writable_picture

VENDOR = "obbligato"
FRONT_COVER = 3
R128_BELOW_REPLAYGAIN_DB = 5
"""ReplayGain 2.0 aims at -18 LUFS, EBU R 128 at -23."""
MOST_16_BIT = 32767


def tag_block(format_: Format, tags: Tags, picture: Picture | None) -> bytes:
    """The whole block as its container holds it; in Ogg the packet of comments, which pages surround.

    Raises UnsupportedAudio where the cover is no picture, or where it or the texts are too large for a file of music.
    """
    makers: dict[str, Callable[[Tags, Picture | None], bytes]] = {
        "mp3": id3_tag,
        "aac": _aac_udta,
        "alac": mp4_udta,
        "opus": _opus_tags,
        "vorbis": _vorbis_comments,
        "flac": _flac_blocks,
        "wavpack": ape_tag,
        "wav": _riff_chunks,
        "aiff": _aiff_chunk,
    }
    return makers[format_.codec](writable(tags), writable_picture(picture))


def tag_bytes(format_: Format, tags: Tags, picture: Picture | None) -> int:
    """Exactly what tags and cover add to a copy, in bytes, with Ogg's pages around them."""
    block = len(tag_block(format_, tags, picture))
    return ogg.tag_pages_bytes(block) if format_.codec in {"opus", "vorbis"} else block


def _aac_udta(tags: Tags, picture: Picture | None) -> bytes:
    """With room for the gapless numbers, which the container fills in."""
    return mp4_udta(tags, picture, has_gapless_place=True)


def _riff_chunks(tags: Tags, picture: Picture | None) -> bytes:
    """A LIST of INFO for old programs and an 'id3 ' chunk with everything.

    Nobody ever said how letters beyond ASCII stand in INFO, and programs differ: where there are any, INFO is left out,
    and those that know both kinds of tag read the other one.
    """
    texts = {
        INFO["title"]: tags.title,
        INFO["artists"]: "; ".join(tags.artists),
        INFO["album"]: tags.album,
        INFO["date"]: tags.date,
        INFO["genre"]: tags.genre,
        INFO["track"]: str(tags.track or ""),
        INFO["copyright"]: tags.copyright,
        INFO["comment"]: tags.comment,
    }
    items = [riff.chunk(name.encode(), text.encode() + b"\0") for name, text in texts.items() if text]
    is_ascii = all(text.isascii() for text in texts.values())
    information = riff.chunk(b"LIST", b"INFO" + b"".join(items)) if items and is_ascii else b""
    return information + riff.chunk(b"id3 ", id3_tag(tags, picture, before_bytes=len(information) + 8))


def _aiff_chunk(tags: Tags, picture: Picture | None) -> bytes:
    """AIFF's chunk with an ID3v2 tag inside."""
    return aiff.chunk(b"ID3 ", id3_tag(tags, picture, before_bytes=8))


def _flac_blocks(tags: Tags, picture: Picture | None) -> bytes:
    """Vorbis comment, picture and padding, the last marked as the last block."""
    comment = _vorbis_comment(tags)
    blocks = flac.block_header(4, len(comment)) + comment
    if picture is not None:
        body = _picture_block(picture)
        blocks += flac.block_header(6, len(body)) + body
    padding = padding_bytes(len(blocks) + 4)
    return blocks + flac.block_header(1, padding, is_last=True) + bytes(padding)


def _opus_tags(tags: Tags, picture: Picture | None) -> bytes:
    """The OpusTags packet; zeros behind the comments are padding (RFC 7845, 5.2)."""
    packet = b"OpusTags" + _vorbis_comment(tags, picture=picture, is_opus=True)
    return packet + bytes(padding_bytes(len(packet)))


def _vorbis_comments(tags: Tags, picture: Picture | None) -> bytes:
    """Vorbis' comment packet, framing bit and all; zeros behind it are padding, which every decoder skips."""
    packet = b"\x03vorbis" + _vorbis_comment(tags, picture=picture) + b"\x01"
    return packet + bytes(padding_bytes(len(packet)))


def _vorbis_comment(tags: Tags, *, picture: Picture | None = None, is_opus: bool = False) -> bytes:
    """A comment block without the framing bit, which neither FLAC nor Opus has."""
    fields = [(names.vorbis, getattr(tags, field)) for field, names in TEXTS.items()]
    fields += [(ARTISTS.vorbis, artist) for artist in tags.artists]
    fields += [(TRACK.vorbis, str(tags.track or "")), (DISC.vorbis, str(tags.disc or ""))]
    fields += [(name, str(getattr(tags, field) or "")) for field, name in VORBIS_TOTALS.items()]
    fields += _r128(tags) if is_opus else [(name.upper(), text) for name, text in replaygain(tags)]
    fields += [(musicbrainz(name).vorbis, text) for name, text in tags.musicbrainz.items()]
    if picture is not None:
        fields.append(("METADATA_BLOCK_PICTURE", base64.b64encode(_picture_block(picture)).decode()))
    comment = mutagen.flac.VCFLACDict()
    comment.vendor = VENDOR
    comment.extend((name, text) for name, text in fields if text)
    data: bytes = comment.write(framing=False)
    return data


def _r128(tags: Tags) -> list[tuple[str, str]]:
    """RFC 7845, 5.2.1: dB times 256 towards -23 LUFS, in 16 bits."""
    gains = [(name, getattr(tags, field)) for field, name in OPUS_GAINS.items()]
    steps = [(name, round((gain - R128_BELOW_REPLAYGAIN_DB) * 256)) for name, gain in gains if gain is not None]
    return [(name, str(max(-MOST_16_BIT - 1, min(MOST_16_BIT, step)))) for name, step in steps]


def _picture_block(picture: Picture) -> bytes:
    """The body of a PICTURE block, RFC 9639, 8.8: a front cover without a description."""
    media_type = picture.media_type.encode()
    head = struct.pack(">II", FRONT_COVER, len(media_type)) + media_type + struct.pack(">I", 0)
    shape = shape_of(picture.data)
    numbers = struct.pack(">IIIII", picture.width, picture.height, shape.depth, shape.colours, len(picture.data))
    return head + numbers + picture.data
