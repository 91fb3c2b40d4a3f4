"""What of a release may be sold to someone, and why the rest may not. It reads only."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache
from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet

from obbligato.catalog.models import Artist, Edition, Label, Release, ReleaseQuerySet, Track
from obbligato.catalog.restrictions import in_effect
from obbligato.catalog.restrictions.in_effect import Closed
from obbligato.catalog.restrictions.models import Effect
from obbligato.catalog.tracklists import tracks_of
from obbligato.kernel import clock
from obbligato.kernel.refusals import Missing
from obbligato.kernel.sentences import Sentence
from obbligato.rights import licences
from obbligato.rights.models import Licence
from obbligato.sales.models import Tariff
from obbligato.sales.preorders.models import Announcement
from obbligato.sales.pricing import Rates


@dataclass
class Offer:
    """A release as one territory sees it: tracks, rates, and a sentence for each track that is not for sale.

    `bases` are the licence bases of its recordings, in words; `closed` is, by recording, what decisions and orders in
    force close there. `is_offered`: something of it could be sold, were it not for those.
    """

    release: Release
    edition: Edition | None
    territory: str
    rates: Rates | None
    tracks: list[Track] = field(default_factory=list)
    refusals: dict[int, str] = field(default_factory=dict)
    bases: list[str] = field(default_factory=list)
    sentence: str = ""
    closed: Closed = field(default_factory=dict)
    is_offered: bool = False
    announcement: Announcement | None = None
    """Where it is yet to come out."""

    @property
    def is_on_sale(self) -> bool:
        """Whether at least one track may be sold."""
        return not self.sentence and len(self.refusals) < len(self.tracks)


def offer_of(release: Release, *, territory: str = "", is_ahead: bool = False) -> Offer:
    """The release's current edition, rates and refusals in a territory (ISO 3166-1 alpha-2; "" is anywhere).

    What is yet to come out is refused, with its day, unless it is asked `is_ahead`, and can be ordered so; its
    licences count as on that day.
    """
    edition = release.edition
    if edition is None:
        return Offer(release, None, territory, None, sentence=Sentence("This release is not published yet."))
    tracks = tracks_of(edition)
    rates = rates_of(release)
    announcement = announcement_of(release)
    day = announcement.day if announcement else None
    declared = licences.declared(track.recording_id for track in tracks)
    unlicensed = {
        track.pk: reason
        for track in tracks
        if (reason := licences.refusal(declared.get(track.recording_id), territory=territory, on=day))
    }
    closed = in_effect.found((track.recording_id for track in tracks), territory=territory)
    offer = Offer(
        release=release,
        edition=edition,
        territory=territory,
        rates=rates,
        tracks=tracks,
        refusals=unlicensed,
        bases=sorted({str(licence.basis.label) for licence in declared.values()}),
        closed=closed,
        announcement=announcement,
    )
    offer.sentence = _sentence(offer, is_ahead=is_ahead)
    offer.is_offered = offer.is_on_sale
    offer.refusals = closed_to_sale(tracks, closed) | unlicensed
    offer.sentence = offer.sentence or _sentence(offer, is_ahead=is_ahead)
    return offer


def closed_to_sale(tracks: Iterable[Track], closed: Closed) -> dict[int, str]:
    """By the key of a track, why a decision or an order in force closes its sale."""
    return {
        track.pk: effects[Effect.SELL]
        for track in tracks
        if Effect.SELL in (effects := closed.get(track.recording_id, {}))
    }


def announcement_of(release: Release) -> Announcement | None:
    """What says that a release is yet to come out; None where it is out, or nobody announced it."""
    found: Announcement | None = getattr(release, "announcement", None)
    return found if found and found.is_ahead else None


def rates_of(release: Release, *, at: datetime | None = None) -> Rates | None:
    """The tariff in force now or at a moment, or None where the label had named no price yet."""
    tariff = Tariff.objects.filter(release=release, valid_from__lte=at or clock.now()).first()
    return tariff.rates if tariff else None


class NoSuchRelease(Missing):
    """There is no such release, it was never published, or it is a draft."""


def known_release(slug: str) -> Release:
    """A release the public may know of, on sale or not. Raises NoSuchRelease."""
    known = Release.objects.select_related("artist", "label", "edition__cover", "withdrawal", "announcement")
    release = known.filter(_is_licensed(Licence.objects.all()), slug=slug).first()
    if release is None:
        raise NoSuchRelease("There is no such release.")
    return release


def announced() -> ReleaseQuerySet:
    """Published releases that the public may know of: a draft, for which no licence was ever declared, is not."""
    return _announced().all()


@cache
def _announced() -> ReleaseQuerySet:
    """Made once: to put the query together takes as long as to answer it."""
    releases: ReleaseQuerySet = Release.objects.published()
    return releases.filter(_is_licensed(Licence.objects.all()))


def on_sale() -> ReleaseQuerySet:
    """Published releases of which something has a licence in force today, and that are out, newest first."""
    today = clock.today()
    in_force = Licence.objects.filter(
        Q(valid_until__isnull=True) | Q(valid_until__gt=today),
        replaced_at__isnull=True,
        valid_from__lte=today,
    )
    priced = Tariff.objects.filter(release=OuterRef("pk"))
    releases: ReleaseQuerySet = Release.objects.published()
    to_come = Announcement.objects.filter(release=OuterRef("pk"), at__gt=clock.now())
    return releases.filter(_is_licensed(in_force), Exists(priced), ~Exists(to_come))


def newest_on_sale(limit: int, **whose: Artist | Label) -> list[Release]:
    """The last to come into the store of what is on sale, of an artist or a label where one is named.

    It is the same for everyone: what is closed to lists in the store's own country is left out.

    Their keys are looked up backwards along an index, and only then are the rows read: one query that does both makes
    SQLite begin with the artists or labels, where there are few, and sort all that is theirs.
    """
    keys = list(on_sale().filter(**whose).order_by("-pk").values_list("pk", flat=True)[:limit])
    releases = list(Release.objects.published().filter(pk__in=keys).select_related("arrival").order_by("-pk"))
    return in_effect.listed_among(releases, territory="")


def _is_licensed(licences_that_count: QuerySet[Licence, Any]) -> Exists:
    """Whether a track of the current edition has one. It is asked of each release, so that no list reads all tracks."""
    of_recording = licences_that_count.filter(recording=OuterRef("recording"))
    return Exists(Track.objects.filter(Exists(of_recording), edition=OuterRef("edition")))


def _sentence(offer: Offer, *, is_ahead: bool) -> str:
    if hasattr(offer.release, "withdrawal"):
        return Sentence("The label has withdrawn this release. Who bought it keeps it.")
    if offer.announcement is not None and not (is_ahead and offer.announcement.takes_orders):
        return offer.announcement.sentence
    if offer.rates is None:
        return Sentence("The label has not named a price yet.")
    if not offer.tracks:
        return Sentence("This release has no tracks.")
    if len(offer.refusals) == len(offer.tracks):
        return next(iter(offer.refusals.values()))
    return ""
