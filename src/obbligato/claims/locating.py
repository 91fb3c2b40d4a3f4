"""Find what the places that a notice names lead to: addresses of this store, ISRCs, barcodes. It guesses nothing.

A name of an artist or “the whole catalogue” is no place: others may bear the name, and each thing has its own rights.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar
from urllib.parse import unquote, urlsplit

from django.conf import settings
from django.db.models import Model, QuerySet

from obbligato.catalog.models import Recording, Release, Track
from obbligato.claims.models import Claim, Target
from obbligato.rights import licences
from obbligato.rights.supply import SupplyBasis, supply_basis

RELEASE = re.compile(r"/releases/([-a-zA-Z0-9_]+)")
ISRC = re.compile(r"[A-Z]{2}[A-Z0-9]{3}[0-9]{7}")
BARCODE = re.compile(r"[0-9]{12,14}")
ROWS_AT_ONCE = 500
Row = TypeVar("Row", bound=Model)


@dataclass(frozen=True)
class Located:
    """A place and what is there: a release, one recording, or nothing (all None)."""

    locator: str
    release: Release | None = None
    recording: Recording | None = None


def locate(locators: Iterable[str]) -> list[Located]:
    """What each place leads to, in their order. `…/releases/name#3` is its third track."""
    wanted = list(locators)
    slugs, isrcs, barcodes = (list(map(read, wanted)) for read in (_slug, _isrc, _barcode))
    sold = Release.objects.select_related("edition")
    releases = {one.slug: one for one in _found(sold, "slug", slugs)}
    by_barcode = {one.edition.upc: one for one in _found(sold, "edition__upc", barcodes) if one.edition}
    recordings = {one.isrc: one for one in _found(Recording.objects.all(), "isrc", isrcs)}
    found = []
    for locator, slug, isrc, barcode in zip(wanted, slugs, isrcs, barcodes, strict=True):
        release = releases.get(slug) or by_barcode.get(barcode)
        found.append(Located(locator, release, None if release else recordings.get(isrc)))
    tracks = _tracks_of(found)
    return [_narrowed(place, tracks) for place in found]


def labels_of(places: Sequence[Located]) -> dict[str, tuple[int | None, bool]]:
    """For each place, by its locator: whose label it is, and whether a supplier brought it in (else: licensed)."""
    on_releases = _tracks_of(places)
    recordings = {place.locator: _recordings_at(place, on_releases) for place in places}
    terms = licences.declared({pk for found in recordings.values() for pk in found})
    tracks = Track.objects.filter(recording__in={_pk(one.recording) for one in places if one.recording})
    labels = dict(tracks.order_by("pk").values_list("recording_id", "edition__release__label_id"))
    said = {}
    for place in places:
        label = place.release.label_id if place.release else labels.get(_pk(place.recording) or 0)
        bases = {supply_basis(terms.get(pk)) for pk in recordings[place.locator]}
        said[place.locator] = (label, bases != {SupplyBasis.LICENSED_TO_STORE})
    return said


def recordings_of(claim: Claim) -> list[int]:
    """All recordings that a claim is about, by their ids."""
    targets = Target.objects.filter(claim=claim)
    releases = targets.filter(recording__isnull=True, release__isnull=False).values("release")
    of_releases = Track.objects.filter(edition__current_of__in=releases).values_list("recording_id", flat=True)
    alone = targets.filter(recording__isnull=False).values_list("recording_id", flat=True)
    return sorted({pk for pk in (*of_releases, *alone) if pk is not None})


def _found(rows: "QuerySet[Row]", field: str, values: Sequence[str]) -> list[Row]:
    wanted = sorted({value for value in values if value})
    return [
        row
        for first in range(0, len(wanted), ROWS_AT_ONCE)
        for row in rows.filter(**{f"{field}__in": wanted[first : first + ROWS_AT_ONCE]})
    ]


def _tracks_of(places: Iterable[Located]) -> dict[int, list[Track]]:
    """The tracks of the places' releases as they are sold now, by the edition: a few questions for thousands."""
    wanted = sorted({place.release.edition_id for place in places if place.release and place.release.edition_id})
    found: dict[int, list[Track]] = {}
    for first in range(0, len(wanted), ROWS_AT_ONCE):
        tracks = Track.objects.filter(edition__in=wanted[first : first + ROWS_AT_ONCE]).select_related("recording")
        for track in tracks.order_by("disc", "position"):
            found.setdefault(track.edition_id, []).append(track)
    return found


def _tracks_at(place: Located, tracks: Mapping[int, list[Track]]) -> list[Track]:
    edition = place.release.edition_id if place.release else None
    return tracks.get(edition, []) if edition else []


def _recordings_at(place: Located, tracks: Mapping[int, list[Track]]) -> list[int]:
    if place.recording is not None:
        return [place.recording.pk]
    return [track.recording_id for track in _tracks_at(place, tracks)]


def _narrowed(place: Located, tracks: Mapping[int, list[Track]]) -> Located:
    """To one track of the release, where the address names one."""
    number = place.locator.rpartition("#")[2]
    if place.release is None or not (number.isascii() and number.isdigit() and len(number) < 5):
        return place
    named = _tracks_at(place, tracks)[int(number) - 1 : int(number)] if int(number) else []
    return Located(place.locator, place.release, named[0].recording) if named else Located(place.locator)


def _slug(locator: str) -> str:
    try:
        parts = urlsplit(locator)
        host = parts.hostname
    except ValueError:
        return ""
    if host and host not in {*settings.ALLOWED_HOSTS, urlsplit(settings.SITE_URL).hostname}:
        return ""
    found = RELEASE.search(unquote(parts.path))
    return found[1] if found else ""


def _isrc(locator: str) -> str:
    text = re.sub(r"[-\s]|^ISRC:?", "", locator.upper())
    return text if ISRC.fullmatch(text) else ""


def _barcode(locator: str) -> str:
    text = re.sub(r"[-\s]", "", locator)
    return text if BARCODE.fullmatch(text) else ""


def _pk(recording: Recording | None) -> int | None:
    return recording.pk if recording else None
