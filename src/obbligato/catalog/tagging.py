"""Make the tags and the cover that every copy of a track carries. It never touches a file that is sold."""

import math
from collections.abc import Sequence
from dataclasses import asdict, replace
from io import BytesIO
from typing import Any

from django.db import transaction
from PIL import Image

from obbligato.audio.copies import CONTAINERS_VERSION
from obbligato.audio.formats import CODECS, Format
from obbligato.audio.tags import Picture as CoverInTags
from obbligato.audio.tags import Tags
from obbligato.audio.writing_tags import tag_bytes
from obbligato.catalog.arranging import PlannedRelease, PlannedTrack, remaining_text
from obbligato.catalog.models import Edition, Master, Picture, Track
from obbligato.catalog.naming import clean

REPLAYGAIN_REFERENCE_LUFS = -18.0
"""ReplayGain 2.0: the gain brings a track to -18 LUFS."""
EDITIONS_AT_ONCE = 100


def tags_of(track: Track) -> Tags:
    """The tags of every copy of this track, as they were fixed when its edition was published."""
    values = dict(track.tags)
    known = {name: values[name] for name in Tags.__dataclass_fields__ if name in values}
    known["artists"] = tuple(known.get("artists", ()))
    return Tags(**known)


def picture_of(edition: Edition) -> CoverInTags | None:
    """The cover of every copy of this edition: a JPEG of at most 150 kB."""
    return picture_in_tags(edition.cover) if edition.cover else None


def picture_in_tags(cover: Picture) -> CoverInTags:
    """The tag size of a stored cover."""
    data = cover.file("tag").read_bytes()
    with Image.open(BytesIO(data), formats=["JPEG"]) as image:
        return CoverInTags("image/jpeg", data, *image.size)


def planned_tags(plan: PlannedRelease) -> list[dict[str, Any]]:
    """For each planned track, in their order, the complete tags as JSON for Track.tags."""
    masters = [track.master for track in plan.tracks]
    album = {"album_gain_db": album_gain_db(masters), "album_peak": max(map(linear_peak, masters), default=None)}
    return [asdict(_tags(plan, track)) | album for track in plan.tracks]


def added_bytes(tags: Tags, cover: CoverInTags | None) -> dict[str, int]:
    """Exactly the bytes that tags and cover add to a copy, by codec."""
    return {codec: tag_bytes(Format(codec), tags, cover) for codec in CODECS}


@transaction.atomic
def count_tag_bytes(edition: Edition) -> None:
    """Count for every track what tags and cover add: it is a part of every size, so it is kept."""
    cover = picture_of(edition)
    for track in edition.tracks.all():
        track.tag_bytes = added_bytes(tags_of(track), cover)
        track.save(update_fields=["tag_bytes"])
    edition.tag_bytes_version = CONTAINERS_VERSION
    edition.save(update_fields=["tag_bytes_version"])


def count_tag_bytes_again() -> int:
    """Count anew what an earlier version of this program counted, and nothing else; gives the number of editions.

    Each start does it before the first page, for sizes must be right by then: where nothing is outdated, an index says
    so without a look at any edition.
    """
    counted, outdated = 0, Edition.objects.filter(tag_bytes_version__lt=CONTAINERS_VERSION).select_related("cover")
    while editions := list(outdated[:EDITIONS_AT_ONCE]):
        for edition in editions:
            count_tag_bytes(edition)
        counted += len(editions)
    return counted


def track_gain_db(master: Master) -> float | None:
    """ReplayGain 2.0 of one track; None for silence."""
    if master.integrated_lufs is None:
        return None
    return round(REPLAYGAIN_REFERENCE_LUFS - master.integrated_lufs, 2)


def album_gain_db(masters: Sequence[Master]) -> float | None:
    """ReplayGain 2.0 of an album from its tracks: the mean of their gated energies, weighted by duration.

    Gating the whole album at once (EBU R 128) would differ by what one relative gate more or less lets through.
    """
    measured = [(master.duration_seconds, master.integrated_lufs) for master in masters]
    loud = [(seconds, lufs) for seconds, lufs in measured if lufs is not None]
    duration_seconds = sum(seconds for seconds, _ in loud)
    if not duration_seconds:
        return None
    energy = sum(seconds * 10 ** (lufs / 10) for seconds, lufs in loud) / duration_seconds
    return round(REPLAYGAIN_REFERENCE_LUFS - 10 * math.log10(energy), 2)


def linear_peak(master: Master) -> float:
    """The true peak as a part of full scale."""
    return float(round(10 ** (master.true_peak_dbtp / 20), 6))


def _tags(plan: PlannedRelease, track: PlannedTrack) -> Tags:
    said = track.file.tags
    artists = tuple(name for name in (clean(name, limit=200) for name in said.artists) if name)
    is_retold = track.artist_credit != clean(", ".join(artists), limit=300)
    return replace(
        _kept(said),
        title=track.title,
        artists=(track.artist_credit,) if is_retold else artists,
        album=plan.title,
        album_artist=plan.artist,
        track=track.position,
        track_total=max(other.position for other in plan.tracks if other.disc == track.disc),
        disc=track.disc,
        disc_total=max(other.disc for other in plan.tracks),
        date=plan.date_text,
        genre="; ".join(plan.genres),
        isrc=track.isrc,
        upc=plan.upc,
        copyright=plan.copyright,
        label=plan.label,
        track_gain_db=track_gain_db(track.master),
        track_peak=linear_peak(track.master),
    )


def _kept(said: Tags) -> Tags:
    """What only the file itself knows, cleaned."""
    ids = list(said.musicbrainz.items())[:20]
    return Tags(
        composer=clean(said.composer, limit=300),
        lyrics=remaining_text(said.lyrics),
        comment=remaining_text(said.comment),
        musicbrainz={clean(key, limit=60): clean(value, limit=200) for key, value in ids},
    )
