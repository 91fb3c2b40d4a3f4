"""Buy without an account, come back by a mailed link, choose a password. No page tells whether an address is known."""

from django.conf import settings
from django.contrib import messages
from django.contrib.auth import login
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext, ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from obbligato.kernel.countries import country_name
from obbligato.sales import checkout as sales_checkout
from obbligato.sales.gifts import giving
from obbligato.sales.guests import buying, claiming, joining, links, telling, welcoming
from obbligato.sales.models import Order
from obbligato.storefront.acting import act_from
from obbligato.storefront.addresses import origins_of
from obbligato.storefront.asked import whole_number
from obbligato.storefront.guest_sessions import BACKEND, enter, guest_of, has_proof, leave_behind, refuse_guest
from obbligato.storefront.views.checkout import checkout_again, checkout_context, settle
from obbligato.storefront.visitors import basket_asked, buyer_of, choose_country, next_of, person_of, territory_of
from obbligato.storefront.whereabouts import has_moved, pieces_of


@never_cache
@require_POST
def orders(request: HttpRequest) -> HttpResponse:
    """Buy what is in a visitor's basket; whoever is signed in, or where no mail is sent, pays at the checkout."""
    if person_of(request) or not settings.SENDS_MAIL:
        return redirect("checkout")
    choose_country(request, request.POST.get("country", ""))
    if has_moved(request, territory_of(request)):
        words = gettext("You buy from %(country)s. The tax inside is shown anew.")
        messages.info(request, words % {"country": country_name(territory_of(request))})
        return _checkout_again(request)
    try:
        placed = _bought(request)
    except welcoming.BadAddress as refusal:
        return _checkout_again(request, refusal.sentence, status=422)
    except sales_checkout.NotOnSale as refusal:
        return checkout_again(request, refusal)
    enter(request, placed.person.guest)
    return settle(request, placed)


@never_cache
@require_safe
def guest(request: HttpRequest) -> HttpResponse:
    """A guest's own page; for all others the form that sends a new link."""
    found = guest_of(request)
    context = {
        "guest": found,
        "is_proven": found is not None and has_proof(request, found),
        "guest_mail": telling.mail_of(found) if found else None,
    }
    return render(request, "guest.html", context)


@never_cache
@require_POST
def new_links(request: HttpRequest) -> HttpResponse:
    """Whatever the address: the same answer, and mail only to those who bought by it."""
    typed = request.POST.get("email", "")
    try:
        telling.ask(typed, origins_of(request)[0])
    except welcoming.BadAddress as refusal:
        context = {"guest": None, "trouble": refusal.sentence, "typed": typed}
        return render(request, "guest.html", context, status=422)
    words = gettext("If something was bought for this address without an account, a mail is on its way.")
    messages.success(request, words)
    return redirect("guest")


@never_cache
@require_safe
def link(request: HttpRequest, token: str) -> HttpResponse:
    """What a mailed link shows: a button. Programs that look at links open nothing by it."""
    found = links.guest_with(token)
    is_hers = person_of(request) == found.person
    context = {"guest": found, "token": token, "account": None if is_hers or guest_of(request) else person_of(request)}
    return render(request, "guest_link.html", context)


@never_cache
@require_POST
def opening(request: HttpRequest, token: str) -> HttpResponse:
    """Open the library; the address is proven by it."""
    enter(request, links.follow(token), has_proof=True)
    return redirect("library")


@never_cache
@act_from("guest_link")
def shelving(request: HttpRequest, token: str) -> HttpResponse:
    """Put all that was bought for the address onto the shelf of the account that is signed in."""
    refuse_guest(request)
    found = links.follow(token)
    count = joining.put_on_shelf(found.address, buyer_of(request))
    words = ngettext("%(count)s track more stand on your shelf.", "%(count)s tracks more stand on your shelf.", count)
    messages.success(request, words % {"count": count})
    return redirect("library")


@never_cache
@act_from("guest")
def address(request: HttpRequest) -> HttpResponse:
    """Set a slip in the address right."""
    found = guest_of(request)
    if found is None:
        return redirect("guest")
    typed = request.POST.get("email", "")
    try:
        corrected = welcoming.correct(found, welcoming.address_typed(typed))
    except welcoming.BadAddress as refusal:
        context = {"guest": found, "trouble": refusal.sentence, "typed": typed}
        return render(request, "guest.html", context, status=422)
    messages.success(request, gettext("The link goes to %(address)s.") % {"address": corrected.address})
    return redirect(next_of(request, "guest"))


@never_cache
@act_from("guest")
def password(request: HttpRequest) -> HttpResponse:
    """Choose a password: from then on it is an account like any other."""
    found = guest_of(request)
    if found is None or not has_proof(request, found):
        words = gettext("Please follow the link in your mail first: it shows that the address is yours.")
        raise claiming.NotProven(words)
    try:
        person = claiming.choose_password(found, request.POST.get("password", "")[:1_000])
    except claiming.BadPassword as refusal:
        context = {"guest": found, "is_proven": True, "password_trouble": refusal.sentence}
        return render(request, "guest.html", context, status=422)
    leave_behind(request)
    login(request, person, backend=BACKEND)
    messages.success(request, gettext("From now on you sign in with this address and your password."))
    return redirect("library")


def _bought(request: HttpRequest) -> Order:
    basket = basket_asked(request)
    if basket is None:
        raise sales_checkout.EmptyBasket(gettext("The basket is empty."))
    gift = giving.words(*(request.POST.get(name, "") for name in ("gift_email", "gift_from", "gift_message")))
    return buying.buy(
        basket,
        request.POST.get("email", ""),
        expected_total_micro=whole_number(request.POST.get("expected_total_micro")),
        country=territory_of(request),
        origin=origins_of(request)[0],
        evidence=pieces_of(request),
        gift=gift,
    )


def _checkout_again(request: HttpRequest, trouble: str = "", *, status: int = 200) -> HttpResponse:
    """The form once more, with what was typed in it."""
    context = checkout_context(request)
    return render(request, "checkout.html", {**context, "trouble": trouble, "typed": request.POST}, status=status)
