"""The editions of a release that somebody owns something of: what changed, what of it is hers. It charges nothing."""

from collections.abc import Sequence
from dataclasses import dataclass

from obbligato.audio.formats import Format
from obbligato.catalog.comparing import Changes, changes_between
from obbligato.catalog.models import Edition, Track
from obbligato.catalog.restrictions.in_effect import UnavailableForLegalReasons
from obbligato.kernel.refusals import Missing
from obbligato.library import downloads, links
from obbligato.library.shelf import EDITION_OF_TRACK, ShelfItem, closed_to
from obbligato.people.models import Person
from obbligato.sales.models import Order
from obbligato.sales.owning import owned_by


class NothingNew(Missing):
    """The edition has no track that is new or changed and hers."""


@dataclass(frozen=True)
class Chapter:
    """One edition and what it changed; the first one of a release changed nothing."""

    edition: Edition
    changes: Changes | None
    hers: tuple[Track, ...]
    """Added and changed tracks of recordings that she owns."""
    not_hers: tuple[Track, ...]
    """Added ones that she has not bought."""
    formats: tuple[Format, ...]
    """In which she may fetch all of `hers` at no further price."""
    is_pinned: bool
    """Whether it is the edition that her newest purchase is of."""


def history_of(person: Person, item: ShelfItem) -> list[Chapter]:
    """All editions of the release that were ever published, the newest first."""
    current = item.release.edition
    newest = max(item.edition.number, current.number if current else 0)
    tracks_of = _tracks_of(item, newest)
    every = [track for tracks in tracks_of.values() for track in tracks]
    owned = owned_by(person, every)
    editions = sorted({track.edition.number: track.edition for track in every}.values(), key=lambda one: one.number)
    chapters: list[Chapter] = []
    for place, edition in enumerate(editions):
        before = editions[place - 1] if place else None
        changed = changes_between(before, tracks_of[before.pk], edition, tracks_of[edition.pk]) if before else None
        fetched = changed.to_fetch if changed else ()
        hers = tuple(track for track in fetched if track.pk in owned)
        chapters.append(
            Chapter(
                edition,
                changed,
                hers,
                tuple(track for track in fetched if track.pk not in owned),
                tuple(downloads.free_formats(person, hers, also=item.formats)),
                is_pinned=edition.pk == item.edition.pk,
            )
        )
    return chapters[::-1]


def link_for_changes(person: Person, item: ShelfItem, number: int, format_: Format) -> str:
    """A link to one zip of what an edition added or changed and is hers.

    Raises NothingNew, DifferenceDue where the format is larger than what was paid for, and UnavailableForLegalReasons
    where all of it is closed.
    """
    found = next((one for one in history_of(person, item) if one.edition.number == number), None)
    if found is None or not found.hers:
        raise NothingNew("This edition has no new or changed track that is yours.")
    downloads.refuse_unpaid_tracks(person, found.hers, format_)
    closed = closed_to(person.country, found.hers)
    tracks = [track for track in found.hers if track.recording_id not in closed]
    if not tracks:
        raise UnavailableForLegalReasons(next(iter(closed.values())))
    return links.release_link(person, found.edition, tracks, format_)


def orders_of(person: Person, item: ShelfItem) -> list[Order]:
    """Her paid orders with something of the release, the newest first; of a gift the giver has the receipt."""
    lines = {"lines__purchase__person": person, "lines__track__edition__release": item.release}
    return list(Order.objects.filter(person=person, paid_at__isnull=False, **lines).distinct().order_by("-paid_at"))


def _tracks_of(item: ShelfItem, newest: int) -> dict[int, Sequence[Track]]:
    """By edition's key, in order."""
    tracks: dict[int, list[Track]] = {}
    rows = Track.objects.filter(edition__release=item.release, edition__number__lte=newest)
    for track in rows.select_related("master", "recording", *EDITION_OF_TRACK).order_by("disc", "position"):
        tracks.setdefault(track.edition_id, []).append(track)
    return dict(tracks)
