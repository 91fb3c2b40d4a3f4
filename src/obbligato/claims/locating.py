"""Find what the places that a notice names lead to: addresses of this store, ISRCs, barcodes. It guesses nothing.

A name of an artist or “the whole catalogue” is no place: others may bear the name, and each thing has its own rights.
"""

import re
from collections.abc import Iterable, Sequence
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

    @property
    def release_id(self) -> int | None:
        return self.release.pk if self.release else None


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
        found.append(_narrowed(Located(locator, release, None if release else recordings.get(isrc))))
    return found


def labels_of(places: Sequence[Located]) -> dict[str, tuple[int | None, bool]]:
    """For each place, by its locator: whose label it is, and whether a supplier brought it in (else: licensed)."""
    recordings = {place.locator: recordings_at(place.release_id, _pk(place.recording)) for place in places}
    terms = licences.declared({pk for found in recordings.values() for pk in found})
    tracks = Track.objects.filter(recording__in={_pk(one.recording) for one in places if one.recording})
    labels = dict(tracks.order_by("pk").values_list("recording_id", "edition__release__label_id"))
    said = {}
    for place in places:
        label = place.release.label_id if place.release else labels.get(_pk(place.recording) or 0)
        bases = {supply_basis(terms.get(pk)) for pk in recordings[place.locator]}
        said[place.locator] = (label, bases != {SupplyBasis.LICENSED_TO_STORE})
    return said


def recordings_at(release_id: int | None, recording_id: int | None) -> list[int]:
    """The recordings at a place, by their ids: that one, or all of the release as it is sold now."""
    if recording_id is not None:
        return [recording_id]
    tracks = Track.objects.filter(edition__current_of=release_id) if release_id else Track.objects.none()
    return list(tracks.order_by("pk").values_list("recording_id", flat=True))


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


def _narrowed(place: Located) -> Located:
    """To one track of the release, where the address names one."""
    number = place.locator.rpartition("#")[2]
    if place.release is None or not (number.isascii() and number.isdigit() and len(number) < 5):
        return place
    tracks = (
        Track.objects.filter(edition__current_of=place.release).select_related("recording").order_by("disc", "position")
    )
    track = tracks[int(number) - 1 : int(number)].first() if int(number) else None
    return Located(place.locator, place.release, track.recording) if track else Located(place.locator)


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
