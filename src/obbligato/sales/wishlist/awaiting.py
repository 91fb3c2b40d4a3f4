"""Notice when what somebody wishes for can be had at last, and make it her news. The day's letter tells it, not this.

A term that ends changes no row, and countries differ: so all wishes are looked at, over and over, a few at a time.
"""

from collections.abc import Iterable

from django.core.cache import cache
from django.db import transaction

from obbligato.catalog.following import arrivals
from obbligato.catalog.models import Track
from obbligato.sales.offers import Offer, offer_of
from obbligato.sales.owning import owned_by
from obbligato.sales.wishlist.models import Awaited, Wish

PAUSE_SECONDS = 60
WISHES_A_LOOK = 200
PLACE = "wishlist:looked-at"


def look_now_and_then() -> None:
    """The same as look(), at most once a minute for all processes."""
    if cache.add("wishlist:look", 1, timeout=PAUSE_SECONDS):
        look()


def look(step: int = WISHES_A_LOOK) -> int:
    """Look at the next few wishes of all; gives how many can be had by now, which could not before."""
    after = cache.get(PLACE, 0)
    wishes = Wish.objects.filter(pk__gt=after).order_by("pk").select_related(
        "person", "awaited", "release__edition", "release__withdrawal", "release__announcement"
    )[:step]  # fmt: skip
    seen = list(wishes)
    cache.set(PLACE, seen[-1].pk if len(seen) == step else 0, timeout=None)
    return _judge(seen)


def _judge(wishes: Iterable[Wish]) -> int:
    offers: dict[tuple[int, str], Offer] = {}
    come = 0
    for wish in wishes:
        place = wish.release_id, wish.person.country
        if place not in offers:
            offers[place] = offer_of(wish.release, territory=wish.person.country)
        if not _can_be_had(wish, offers[place]):
            Awaited.objects.get_or_create(wish=wish)
        elif hasattr(wish, "awaited"):
            come += _told(wish, offers[place])
    return come


@transaction.atomic
def _told(wish: Wish, offer: Offer) -> bool:
    """It is awaited no more, and news to her unless she has it already."""
    is_first = bool(Awaited.objects.filter(wish=wish).delete()[0])
    if not is_first or owned_by(wish.person, _wanted(wish, offer)):
        return False
    return arrivals.note_wish(wish.person, wish.release)


def _can_be_had(wish: Wish, offer: Offer) -> bool:
    return not offer.sentence and any(track.pk not in offer.refusals for track in _wanted(wish, offer))


def _wanted(wish: Wish, offer: Offer) -> list[Track]:
    """The tracks that she wishes for, of those on the release now."""
    return [track for track in offer.tracks if wish.recording_id in {None, track.recording_id}]
