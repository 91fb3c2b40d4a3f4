"""The wishlist of whoever looks at a page: hers in the database, or a visitor's in her session until she signs in."""

from django.http import HttpRequest
from django.utils.translation import gettext

from obbligato.kernel.refusals import Invalid
from obbligato.sales.wishlist import keeping
from obbligato.sales.wishlist.keeping import MOST_OF_A_VISITOR, Wished, WishesTooMuch
from obbligato.storefront.visitors import person_of

WISHES = "wishes"


class NothingWished(Invalid):
    """The form names neither a release nor a track."""


def keep(request: HttpRequest, wished: Wished) -> None:
    """Keep it for later. Raises NoSuchWish, WishesTooMuch."""
    if person := person_of(request):
        keeping.keep(person, wished)
        return
    kept = names_of_visitor(request)
    if wished.name in kept:
        return
    keeping.refuse_unknown(wished)
    if len(kept) >= MOST_OF_A_VISITOR:
        raise WishesTooMuch(
            gettext("A visitor's wishlist holds %(count)s things. Sign in, and there is room for more.")
            % {"count": MOST_OF_A_VISITOR}
        )
    request.session[WISHES] = [wished.name, *kept]


def drop(request: HttpRequest, wished: Wished) -> None:
    """Take it off the list."""
    if person := person_of(request):
        keeping.drop(person, wished)
    elif wished.name in (kept := names_of_visitor(request)):
        request.session[WISHES] = [name for name in kept if name != wished.name]


def bring_along(request: HttpRequest) -> None:
    """What she kept before she signed in is hers now."""
    person = person_of(request)
    if person and (kept := names_of_visitor(request)):
        keeping.adopt(person, [keeping.named(name) for name in reversed(kept)])
        del request.session[WISHES]


def names_of_visitor(request: HttpRequest) -> list[str]:
    """What this session keeps, the newest first."""
    return list(request.session.get(WISHES, ()))


def kept_of(request: HttpRequest, release_id: int) -> set[int]:
    """The recordings of a release that are kept by whoever looks at its page; 0 is the whole release."""
    if person := person_of(request):
        return keeping.kept_of(person, release_id)
    kept = (keeping.named(name) for name in names_of_visitor(request))
    return {wished.recording_id or 0 for wished in kept if wished.release_id == release_id}
