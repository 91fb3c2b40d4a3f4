"""Announce when a release comes out, name another day, or bring it out now. It sells nothing, and moves no money."""

from collections.abc import Collection
from datetime import UTC, datetime, time, timedelta

from django.db import transaction
from django.db.models import Max

from obbligato.catalog.models import Recording, Release
from obbligato.catalog.tracklists import tracks_of
from obbligato.kernel import clock
from obbligato.kernel.refusals import Invalid, Refused
from obbligato.rights import licences
from obbligato.rights.models import Licence
from obbligato.sales import listing
from obbligato.sales.offers import rates_of
from obbligato.sales.preorders.models import HELD, Announcement, PreOrder

LATEST = timedelta(days=90)
"""Who was told a day and would wait so much longer has all of her money back by itself."""
FURTHEST = timedelta(days=3 * 365)


class BadDay(Invalid):
    """The moment is not one at which a release can come out."""


class NotToBeAnnounced(Refused):
    """Something of the release has to be said before it can be announced."""


class BadGift(Invalid):
    """What is to be given at once is not on the release, or may not be given yet."""


class NotAnnounced(Refused):
    """The release is out, or nobody has announced it."""


@transaction.atomic
def announce(
    release: Release, *, at: datetime, takes_orders: bool, given: Collection[int] = (), by: str
) -> Announcement:
    """Let a release come out at a moment and not before, or name another moment, which pre-orderers are told of.

    `given` are recordings, by their keys, that whoever orders from now on has at once. Raises NotToBeAnnounced,
    BadDay, BadGift.
    """
    release = Release.objects.select_for_update(of=("self",)).select_related("edition", "withdrawal").get(pk=release.pk)
    _refuse_unready(release, at)
    _refuse_ungiveable(release, set(given))
    before = Announcement.objects.filter(release=release).first()
    # Nothing below refuses any more.
    said = {"at": at, "takes_orders": takes_orders, "by": by, "made_at": clock.now(), "out_at": None}
    announcement, _ = Announcement.objects.update_or_create(release=release, defaults=said)
    announcement.given.set(Recording.objects.filter(pk__in=given))
    if before is not None and before.at != at:
        announcement.preorders.filter(HELD).update(news=PreOrder.News.MOVED)
    listing.keep([release.pk])
    return announcement


@transaction.atomic
def bring_out(release: Release, *, by: str) -> Announcement:
    """Let an announced release be out from this moment on. Raises NotAnnounced."""
    found = Announcement.objects.select_for_update().filter(release=release).first()
    if found is None or not found.is_ahead:
        raise NotAnnounced("It is out already, or nobody has announced it.")
    found.at, found.by = clock.now(), by
    found.save(update_fields=["at", "by"])
    return found


def too_late(at: datetime, promised_at: datetime) -> bool:
    """Whether a buyer who was promised one moment is not held to another."""
    return at > promised_at + LATEST


def first_moment(release: Release) -> datetime | None:
    """The first moment at which all of it may be sold, by the licences declared now; None where none is to come."""
    declared = Licence.objects.filter(recording__tracks__edition__current_of=release, replaced_at__isnull=True)
    last = declared.aggregate(last=Max("valid_from"))["last"]
    return datetime.combine(last, time.min, UTC) if last and last > clock.today() else None


def _refuse_unready(release: Release, at: datetime) -> None:
    if release.edition is None or hasattr(release, "withdrawal"):
        raise NotToBeAnnounced("The release has no edition, or is withdrawn. Publish it or put it back on sale first.")
    if rates_of(release) is None:
        raise NotToBeAnnounced("Its price has to be declared first: what is ordered ahead is quoted today.")
    if at <= clock.now() or at > clock.now() + FURTHEST:
        raise BadDay("Name a moment to come, at most three years from now.")
    keys = {track.recording_id for track in tracks_of(release.edition)}
    for reason in licences.refusals(keys, territory="", on=at.date()).values():
        raise NotToBeAnnounced(f"Not all of it may be sold on {at:%-d %B %Y}, UTC. {reason}")


def _refuse_ungiveable(release: Release, given: set[int]) -> None:
    assert release.edition is not None, "what is unready was refused"
    if given - {track.recording_id for track in tracks_of(release.edition)}:
        raise BadGift("What is given at once has to be on the release.")
    for reason in licences.refusals(given, territory="").values():
        raise BadGift(f"A track cannot be given at once. {reason}")
