"""Keep what is yet to come out alone in a basket. It puts nothing in, and prices nothing."""

from collections.abc import Iterable
from datetime import datetime

from obbligato.catalog.models import Release
from obbligato.kernel import clock
from obbligato.kernel.refusals import Refused
from obbligato.sales.models import Basket
from obbligato.sales.preorders.models import Announcement

COMES_OUT = "track__edition__release__announcement__at__gt"


class OrderedByItself(Refused):
    """What is yet to come out is an order of its own: its money waits for another day than the rest."""


def refuse_mixture(basket: Basket, release: Release, announcement: Announcement | None) -> None:
    """Unless what is put in and what is there are one release to come, or all of it is out. Raises OrderedByItself."""
    others = basket.lines.exclude(track__edition__release=release)
    if announcement and basket.is_gift:
        raise OrderedByItself("{it} Until then it cannot be a gift.", it=announcement.sentence)
    if announcement and others.exists():
        raise OrderedByItself(
            "{it} It is ordered by itself: buy what is in your basket first, or take it out.", it=announcement.sentence
        )
    if not announcement and others.filter(**{COMES_OUT: clock.now()}).exists():
        raise OrderedByItself("There is a pre-order in your basket, which is ordered by itself. Order it first.")


def refuse_gift(basket: Basket) -> None:
    """Where something in it is yet to come out. Raises OrderedByItself."""
    if basket.lines.filter(**{COMES_OUT: clock.now()}).exists():
        raise OrderedByItself("What is yet to come out cannot be a gift before its day.")


def announcement_of(lines: Iterable[tuple[int, datetime | None]]) -> Announcement | None:
    """What lines, each a release's key and when it comes or came out, are ordered ahead of: where they are of one."""
    found = set(lines)
    releases = {release for release, _ in found}
    if len(releases) > 1 or not any(at and at > clock.now() for _, at in found):
        return None
    return Announcement.objects.filter(release__in=releases, takes_orders=True).first()
