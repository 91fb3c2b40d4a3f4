"""What a person owns, for ever: by release, in the edition she bought. It reads only."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime

from django.db import connection

from obbligato.audio.formats import Format
from obbligato.catalog.models import Edition, Release, Track
from obbligato.catalog.restrictions import in_effect
from obbligato.catalog.restrictions.models import Effect
from obbligato.kernel.refusals import Missing
from obbligato.people.models import Person
from obbligato.sales.models import Purchase

EDITION_OF_TRACK = ("edition__cover", "edition__booklet", "edition__release__artist")
"""What is asked for with every track that is named, tagged or put into a zip."""
TRACK_AND_OWNER = """
    SELECT (SELECT recording_id FROM catalog_track WHERE id = %s), (SELECT country FROM people_person WHERE id = %s)
"""


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
    closed: dict[int, str] = field(default_factory=dict)
    """By recording: why a decision or an order in force keeps it from being fetched where she lives. It stays hers."""

    unsold: str = ""
    """Why the shop does not sell something of it where she lives, by a decision or an order; what is hers stays."""

    @property
    def rows(self) -> list[tuple[Track, str]]:
        """Each track, and why it may not be fetched now."""
        return [(track, self.closed.get(track.recording_id, "")) for track in self.tracks]

    @property
    def open_tracks(self) -> list[Track]:
        """Those that may be fetched."""
        return [track for track in self.tracks if track.recording_id not in self.closed]

    @property
    def closed_tracks(self) -> list[tuple[Track, str]]:
        """The others, each with the sentence that says why."""
        return [(track, why) for track, why in self.rows if why]

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
    _mark_closed(items, person.country)
    return items


def shelf_item(person: Person, release_slug: str) -> ShelfItem:
    """What the person owns of one release. Raises NotOnShelf."""
    for item in shelf_of(person):
        if item.release.slug == release_slug:
            return item
    raise NotOnShelf("You own nothing of such a release.")


def closed_to(country: str, tracks: Iterable[Track]) -> dict[int, str]:
    """By recording, why these may not be fetched by owners who live there (ISO 3166-1 alpha-2), in one question.

    It is the country of her account that counts, wherever her connection comes from; without one the store's own.
    """
    recordings = [track.recording_id for track in tracks]
    return in_effect.refusals(recordings, territory=country, effect=Effect.REDOWNLOAD)


def why_closed(track_id: int, *, person_id: int) -> str:
    """Why an owner may not fetch a track now, or nothing.

    Two questions of plain SQL, for they are asked before each answer of a player that seeks or a manager of downloads.
    """
    with connection.cursor() as cursor:
        cursor.execute(TRACK_AND_OWNER, [track_id, person_id])
        recording_id, country = cursor.fetchone()
    recordings = [recording_id] if recording_id else []
    closed = in_effect.refusals(recordings, territory=country or "", effect=Effect.REDOWNLOAD)
    return closed.get(recording_id, "")


def _mark_closed(items: list[ShelfItem], country: str) -> None:
    """What decisions and orders in force close of all of it, in one question."""
    found = in_effect.found((track.recording_id for item in items for track in item.tracks), territory=country)
    for item in items if found else ():
        effects = {track.recording_id: found.get(track.recording_id, {}) for track in item.tracks}
        item.closed = {pk: one[Effect.REDOWNLOAD] for pk, one in effects.items() if Effect.REDOWNLOAD in one}
        item.unsold = next((one[Effect.SELL] for one in effects.values() if Effect.SELL in one), "")


def country_of(person_id: int) -> str:
    """Where an owner lives (ISO 3166-1 alpha-2), or nothing where she never said."""
    return Person.objects.filter(pk=person_id).values_list("country", flat=True).first() or ""


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
