"""What a person owns, and links to fetch it, once or a hundred times. It charges nothing."""

from typing import Any

from django.conf import settings
from django.db.models import prefetch_related_objects
from django.http import HttpRequest
from ninja import Path, Query, Router

from obbligato.api.bearer import NEEDED, person_of
from obbligato.api.schemas.catalogue import TrackOut, card_values
from obbligato.api.schemas.owning import (
    DownloadOption,
    DownloadsOut,
    LibraryPage,
    Readiness,
    ShelfCard,
    ShelfOut,
    TrackLink,
)
from obbligato.api.schemas.values import FormatIn, Money, Size, Slug
from obbligato.catalog.models import Track
from obbligato.catalog.restrictions import in_effect
from obbligato.library import downloads, links
from obbligato.library.shelf import ShelfItem, shelf_item, shelf_of
from obbligato.people.models import Person
from obbligato.sales.offers import rates_of
from obbligato.sales.quoting import format_named

router = Router(auth=NEEDED)


@router.get("", response=LibraryPage, summary="Everything I own")
def list_library(request: HttpRequest) -> LibraryPage:
    """By release, in the edition that was bought; what was withdrawn from sale stays here."""
    person = person_of(request)
    items = shelf_of(person)
    prefetch_related_objects([item.release for item in items], "label")
    archive = request.build_absolute_uri(downloads.link_for_library(person)) if items else None
    cards = [ShelfCard(**_values(item, request)) for item in items]
    return LibraryPage(items=cards, count=len(items), zip=archive)


@router.get("/{slug}", response=ShelfOut, summary="One release of mine, and its formats")
def show_item(request: HttpRequest, slug: Path[Slug]) -> ShelfOut:
    """Every format is there; those larger than what was paid for cost the difference."""
    person = person_of(request)
    item = shelf_item(person, slug)
    rates = rates_of(item.release)
    currency = rates.currency if rates else settings.CURRENCY
    return ShelfOut(
        **_values(item, request),
        tracks=[_track(track, request, person, item) for track in item.tracks],
        options=[_option(one, currency) for one in downloads.options(person, item)],
    )


@router.get("/{slug}/downloads", response=DownloadsOut, summary="Links to the files")
def list_downloads(request: HttpRequest, slug: Path[Slug], wanted: Query[FormatIn]) -> DownloadsOut:
    """Links for every owned track and for one zip. What must be encoded first begins to be.

    A link works at once; `readiness` tells how long the first bytes may take. Larger than what was paid for
    answers 409 (`difference-due`).
    """
    person = person_of(request)
    item = shelf_item(person, slug)
    format_ = format_named(wanted.format)
    archive = downloads.link_for_release(person, item, format_)  # Refuses what is not paid, for all tracks at once.
    ready = downloads.readiness(person, item, format_)
    return DownloadsOut(
        format=format_.name,
        zip=request.build_absolute_uri(archive),
        tracks=[
            TrackLink(
                track=track.pk,
                title=track.title,
                url=request.build_absolute_uri(links.track_link(person, track, format_)),
            )
            for track in item.open_tracks
        ],
        readiness=Readiness(
            done=ready.done,
            total=ready.total,
            ready=ready.is_ready,
            percent=ready.percent,
            seconds_left=round(ready.seconds_left, 1),
        ),
    )


def _track(track: Track, request: HttpRequest, person: Person, item: ShelfItem) -> TrackOut:
    """One that an order keeps from being fetched says so, and is heard no more than by anyone."""
    closed = in_effect.found([track.recording_id], territory=person.country) if item.closed else {}
    return TrackOut.of(
        track,
        request,
        owner=person,
        sentence=item.closed.get(track.recording_id, ""),
        closed=closed.get(track.recording_id, {}),
        territory=person.country,
    )


def _values(item: ShelfItem, request: HttpRequest) -> dict[str, Any]:
    return {
        **card_values(item.release, item.edition, request),
        "whole": item.is_whole,
        "bought_at": item.bought_at,
        "formats": item.formats,
        "withdrawn": item.is_withdrawn,
        "owned_tracks": len(item.tracks),
    }


def _option(option: downloads.Option, currency: str) -> DownloadOption:
    return DownloadOption(
        format=option.format.name,
        label=option.format.label,
        size=Size(bytes=option.size_bytes, exact=option.is_exact),
        free=option.is_free,
        difference=Money.of(option.difference_micro, currency),
    )
