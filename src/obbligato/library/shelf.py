"""What a person owns, for ever: by release, in the edition she bought. It reads only."""

from dataclasses import dataclass
from datetime import datetime

from obbligato.audio.formats import Format
from obbligato.catalog.models import Edition, Release, Track
from obbligato.kernel.refusals import Missing
from obbligato.people.models import Person
from obbligato.sales.models import Purchase

EDITION_OF_TRACK = ("edition__cover", "edition__booklet", "edition__release__artist")
"""What is asked for with every track that is named, tagged or put into a zip."""


class NotOnShelf(Missing):
    """The person owns nothing of such a release."""


@dataclass
class ShelfItem:
    """What a person owns of a release: each recording once, in the newest edition she bought it in."""

    edition: Edition
    release: Release
    tracks: list[Track]
    is_whole: bool
    bought_at: datetime
    formats: list[str]
    is_withdrawn: bool
    best_formats: dict[int, str]
    """By recording: the name of the largest format that she bought of it."""

    def format_of(self, track: Track) -> Format:
        """The largest format that she bought of a track."""
        return Format.parse(self.best_formats[track.recording_id])

    @property
    def newer_edition(self) -> Edition | None:
        """The release's current edition where it is not the one she bought."""
        current = self.release.edition
        return current if current and current.pk != self.edition.pk else None


def shelf_of(person: Person, *, until: int | None = None) -> list[ShelfItem]:
    """Everything the person owns, last bought first; until: only up to the purchase with this number."""
    purchases = (
        Purchase.objects.standing()
        .filter(person=person)
        .select_related(
            *(f"track__{name}" for name in EDITION_OF_TRACK),
            "track__edition__release__edition",
            "track__edition__release__withdrawal",
            "track__recording",
            "track__master",
        )
        .order_by("-bought_at", "-pk")
    )
    if until is not None:
        purchases = purchases.filter(pk__lte=until)
    by_release: dict[int, list[Purchase]] = {}
    for purchase in purchases:
        by_release.setdefault(purchase.track.edition.release_id, []).append(purchase)
    items = [_item(group) for group in by_release.values()]
    _mark_whole(items)
    return items


def shelf_item(person: Person, release_slug: str) -> ShelfItem:
    """What the person owns of one release. Raises NotOnShelf."""
    for item in shelf_of(person):
        if item.release.slug == release_slug:
            return item
    raise NotOnShelf("You own nothing of such a release.")


def _item(purchases: list[Purchase]) -> ShelfItem:
    by_recording: dict[int, Track] = {}
    for track in sorted((purchase.track for purchase in purchases), key=lambda track: track.edition.number):
        by_recording[track.recording_id] = track
    tracks = sorted(by_recording.values(), key=lambda track: (track.disc, track.position, track.pk))
    edition = max((track.edition for track in tracks), key=lambda edition: edition.number)
    return ShelfItem(
        edition=edition,
        release=edition.release,
        tracks=tracks,
        is_whole=False,
        bought_at=purchases[0].bought_at,
        formats=list(dict.fromkeys(purchase.format_name for purchase in purchases)),
        is_withdrawn=hasattr(edition.release, "withdrawal"),
        best_formats={
            purchase.track.recording_id: purchase.format_name
            for purchase in sorted(purchases, key=lambda one: (one.size_bytes, one.pk))
        },
    )


def _mark_whole(items: list[ShelfItem]) -> None:
    """An item is whole when every recording of its edition is owned, in whatever edition each was bought."""
    of_edition: dict[int, set[int]] = {item.edition.pk: set() for item in items}
    rows = Track.objects.filter(edition_id__in=of_edition).values_list("edition_id", "recording_id")
    for edition_id, recording_id in rows:
        of_edition[edition_id].add(recording_id)
    for item in items:
        item.is_whole = of_edition[item.edition.pk] <= {track.recording_id for track in item.tracks}
