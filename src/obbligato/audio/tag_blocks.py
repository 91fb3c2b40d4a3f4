"""Makes the bytes of ID3v2.4, MP4 and APEv2 tags by mutagen; never of Vorbis comments, never opens a file."""

import struct
from io import BytesIO
from typing import Any

import mutagen.apev2
import mutagen.id3
import mutagen.mp4

from obbligato.audio.containers.mp4 import GAPLESS_PLACE
from obbligato.audio.tag_names import (
    ARTISTS,
    DISC,
    FREEFORM,
    RECORDING_OWNER,
    TEXTS,
    TRACK,
    TXXX,
    musicbrainz,
)
from obbligato.audio.tags import Picture, Tags
from obbligato.audio.writable import of_total, padding_bytes, replaygain

# Mutagen says it is typed, but its classes are not annotated.
id3: Any = mutagen.id3
mp4: Any = mutagen.mp4
apev2: Any = mutagen.apev2

FRONT_COVER, UTF8, BINARY = 3, 3, 1
MP4_KINDS = {"image/jpeg": mp4.AtomDataType.JPEG, "image/png": mp4.AtomDataType.PNG}
"""An M4A holds no other pictures."""
MOST_16_BIT = 65535
APE_COVER = "Cover Art (Front)"


def id3_tag(tags: Tags, picture: Picture | None, *, before_bytes: int = 0) -> bytes:
    """ID3v2.4 in UTF-8, filled so that it and the before_bytes in front of it end at a multiple of 1024."""
    block = id3.ID3()
    for frame in _id3_frames(tags, picture):
        block.add(frame)
    file = BytesIO()
    block.save(file, v1=0, v2_version=4, padding=lambda _: 0)
    bare = len(file.getvalue())
    file = BytesIO()
    block.save(file, v1=0, v2_version=4, padding=lambda _: padding_bytes(bare + before_bytes))
    return file.getvalue()


def mp4_udta(tags: Tags, picture: Picture | None, *, has_gapless_place: bool = False) -> bytes:
    """A udta box with ilst and free space, as it stands in moov.

    Mutagen writes into a file whose moov is empty; what it put there is the box.
    """
    items = _ilst(tags, picture)
    if has_gapless_place:
        items[FREEFORM + "iTunSMPB"] = [_freeform(GAPLESS_PLACE.decode())]
    file = BytesIO(struct.pack(">I4s", 8, b"moov"))
    # The free box has 8 bytes of its own, udta and meta have 16: mutagen tells only of meta's body.
    block = mp4.MP4Tags()
    block.update(items)
    block.save(file, padding=lambda information: padding_bytes(-information.padding + 24))
    return file.getvalue()[8:]


def ape_tag(tags: Tags, picture: Picture | None) -> bytes:
    """APEv2 with header and footer, in UTF-8; nothing where there is nothing to say."""
    items = {names.ape: getattr(tags, field) for field, names in TEXTS.items()}
    items |= {TRACK.ape: of_total(tags.track, tags.track_total), DISC.ape: of_total(tags.disc, tags.disc_total)}
    items |= {name.upper(): text for name, text in replaygain(tags)}
    items |= {musicbrainz(name).ape: text for name, text in tags.musicbrainz.items()}
    block = apev2.APEv2()
    for name, text in items.items():
        if text:
            block[name] = text
    if tags.artists:
        block[ARTISTS.ape] = list(tags.artists)
    if picture is not None:
        file_name = f"cover.{picture.media_type.removeprefix('image/').replace('jpeg', 'jpg')}"
        block[APE_COVER] = apev2.APEValue(file_name.encode() + b"\0" + picture.data, BINARY)
    if not len(block):
        return b""
    file = BytesIO()
    block.save(file)
    return file.getvalue()


def _id3_frames(tags: Tags, picture: Picture | None) -> list[Any]:
    texts = {names.id3: getattr(tags, field) for field, names in TEXTS.items()}
    texts |= {TRACK.id3: of_total(tags.track, tags.track_total), DISC.id3: of_total(tags.disc, tags.disc_total)}
    texts |= {TXXX + name: text for name, text in replaygain(tags)}
    texts |= {musicbrainz(name).id3: text for name, text in tags.musicbrainz.items()}
    frames = [_id3_frame(name, text) for name, text in texts.items() if text]
    if tags.artists:
        frames.append(id3.TPE1(encoding=UTF8, text=list(tags.artists)))
    if picture is not None:
        frames.append(id3.APIC(encoding=UTF8, mime=picture.media_type, type=FRONT_COVER, desc="", data=picture.data))
    return frames


def _id3_frame(name: str, text: str) -> object:
    """A frame by the name in tag_names; the few that are more than a text have a form of their own."""
    if name.startswith(TXXX):
        return id3.TXXX(encoding=UTF8, desc=name.removeprefix(TXXX), text=[text])
    if name.startswith("UFID:"):
        return id3.UFID(owner=RECORDING_OWNER, data=text.encode())
    if name == "USLT":
        return id3.USLT(encoding=UTF8, lang="und", desc="", text=text)
    if name == "COMM":
        return id3.COMM(encoding=UTF8, lang="und", desc="", text=[text])
    return id3.Frames[name](encoding=UTF8, text=[text])


def _ilst(tags: Tags, picture: Picture | None) -> dict[str, Any]:
    texts = {names.mp4: getattr(tags, field) for field, names in TEXTS.items()}
    texts |= {FREEFORM + name: text for name, text in replaygain(tags)}
    texts |= {musicbrainz(name).mp4: text for name, text in tags.musicbrainz.items()}
    items: dict[str, Any] = {
        name: [_freeform(text) if name.startswith(FREEFORM) else text] for name, text in texts.items() if text
    }
    if tags.artists:
        items[ARTISTS.mp4] = list(tags.artists)
    for names, number, total in ((TRACK, tags.track, tags.track_total), (DISC, tags.disc, tags.disc_total)):
        if number and number <= MOST_16_BIT:
            items[names.mp4] = [(number, total if total and total <= MOST_16_BIT else 0)]
    if picture is not None and picture.media_type in MP4_KINDS:
        items["covr"] = [mp4.MP4Cover(picture.data, imageformat=MP4_KINDS[picture.media_type])]
    return items


def _freeform(text: str) -> object:
    return mp4.MP4FreeForm(text.encode(), dataformat=mp4.AtomDataType.UTF8)
