"""The tracks of an edition, kept in memory: an edition never changes, so they are read once. It keeps no prices."""

from collections.abc import Iterable
from functools import lru_cache

from obbligato.catalog.models import Edition, Master, Recording, Release, Track
from obbligato.catalog.restrictions import in_effect
from obbligato.catalog.restrictions.models import Effect

EDITIONS_KEPT = 512
Row = tuple[tuple[object, ...], Recording, Master]
FIELDS = [field.attname for field in Track._meta.concrete_fields]


def tracks_of(edition: Edition) -> list[Track]:
    """The edition's tracks in order, each with its recording, its master and this very edition object."""
    return [_track(row, edition) for row in _rows(edition.pk, edition.digest)]


def openings_of(releases: Iterable[Release], *, territory: str = "") -> dict[int, Track]:
    """The first track of each release's current edition, with its master, by edition: one query for any number.

    What may not be heard in the territory (ISO 3166-1 alpha-2; "": the store's own) is left out.
    """
    editions = [release.edition_id for release in releases if release.edition_id]
    first = Track.objects.filter(edition_id__in=editions, disc=1, position=1)
    tracks = list(first.select_related("master"))
    recordings = [track.recording_id for track in tracks]
    silent = in_effect.refusals(recordings, territory=territory, effect=Effect.PREVIEW)
    return {track.edition_id: track for track in tracks if track.recording_id not in silent}


def forget() -> None:
    """Drop what is kept: for tests, which take their rows back."""
    _rows.cache_clear()


@lru_cache(maxsize=EDITIONS_KEPT)
def _rows(edition_id: int, digest: str) -> list[Row]:
    """The digest is in the key so that a number used again (a restored backup) is not taken for the same edition."""
    tracks = Track.objects.filter(edition_id=edition_id).select_related("recording", "master")
    return [
        (tuple(getattr(track, name) for name in FIELDS), track.recording, track.master)
        for track in tracks.order_by("disc", "position")
    ]


def _track(row: Row, edition: Edition) -> Track:
    """A fresh object, so that what one page sets on it no other page sees."""
    values, recording, master = row
    track: Track = Track.from_db(None, FIELDS, values)
    known = track._state.fields_cache
    known["recording"], known["master"], known["edition"] = recording, master, edition
    return track
