"""What a person owns, for ever: by release, in the edition she bought. It reads only."""

from dataclasses import dataclass
from datetime import datetime

from obbligato.catalog.models import Edition, Release, Track
from obbligato.kernel.refusals import Missing
from obbligato.people.models import Person
from obbligato.sales.models import Purchase


class NotOnShelf(Missing):
    """The person owns nothing of such a release."""


@dataclass
class ShelfItem:
    """An edition of which a person owns some or all tracks."""

    edition: Edition
    release: Release
    tracks: list[Track]
    is_whole: bool
    bought_at: datetime
    formats: list[str]
    is_withdrawn: bool

    @property
    def newer_edition(self) -> Edition | None:
        """The release's current edition where it is not the one she bought."""
        current = self.release.edition
        return current if current and current.pk != self.edition.pk else None


def shelf_of(person: Person) -> list[ShelfItem]:
    """Everything the person owns, last bought first."""
    purchases = (
        Purchase.objects.filter(person=person)
        .select_related(
            "track__edition__release__artist",
            "track__edition__release__edition",
            "track__edition__release__withdrawal",
            "track__edition__cover",
            "track__recording",
            "track__master",
        )
        .order_by("-bought_at", "-pk")
    )
    by_edition: dict[int, list[Purchase]] = {}
    for purchase in purchases:
        by_edition.setdefault(purchase.track.edition_id, []).append(purchase)
    sizes = _track_counts(list(by_edition))
    return [_item(group, sizes[edition_id]) for edition_id, group in by_edition.items()]


def shelf_item(person: Person, release_slug: str) -> ShelfItem:
    """What the person owns of one release; of several editions, the one with most tracks, then the latest.

    Raises NotOnShelf.
    """
    items = [item for item in shelf_of(person) if item.release.slug == release_slug]
    if not items:
        raise NotOnShelf("You own nothing of such a release.")
    return max(items, key=lambda item: (len(item.tracks), item.edition.number))


def _track_counts(edition_ids: list[int]) -> dict[int, int]:
    counts = dict.fromkeys(edition_ids, 0)
    for edition_id in Track.objects.filter(edition_id__in=edition_ids).values_list("edition_id", flat=True):
        counts[edition_id] += 1
    return counts


def _item(purchases: list[Purchase], track_count: int) -> ShelfItem:
    tracks = {purchase.track_id: purchase.track for purchase in purchases}
    edition = purchases[0].track.edition
    return ShelfItem(
        edition=edition,
        release=edition.release,
        tracks=sorted(tracks.values(), key=lambda track: (track.disc, track.position)),
        is_whole=len(tracks) == track_count,
        bought_at=purchases[0].bought_at,
        formats=list(dict.fromkeys(purchase.format_name for purchase in purchases)),
        is_withdrawn=hasattr(edition.release, "withdrawal"),
    )
