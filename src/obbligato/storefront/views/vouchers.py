"""Redeem a voucher or gift card: first what it is worth, then into a wallet.

A code comes in a form's body or behind # in an address, so that no log has it. Whoever writes it as ?code= has chosen
otherwise; nothing is looked up before a button is pressed.
"""

import secrets

from allauth.account.adapter import get_adapter
from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from obbligato.kernel.refusals import Refused
from obbligato.payments.vouchers import looking, redeeming
from obbligato.sales import checkout, wallets
from obbligato.sales.guests.redeeming import redeem_as_guest
from obbligato.sales.guests.welcoming import BadAddress
from obbligato.storefront.acting import act_from
from obbligato.storefront.addresses import origins_of
from obbligato.storefront.asked import whole_number
from obbligato.storefront.guest_sessions import enter
from obbligato.storefront.visitors import buyer_of, next_of, person_of, territory_of

NO_GOOD = (redeeming.NotRedeemable, redeeming.NotAnyMore, redeeming.OnePerPerson)
LONGEST_CODE = 400


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def redeem(request: HttpRequest) -> HttpResponse:
    """A field for a code; of a code that was sent, what it is worth."""
    typed, person = (request.POST or request.GET).get("code", "")[:LONGEST_CODE], person_of(request)
    if request.method != "POST":
        return _page(request, typed)
    try:
        worth = looking.look(typed, person=person, currency=settings.CURRENCY, address=_address_of(request))
    except NO_GOOD as refusal:
        return _page(request, typed, trouble=refusal)
    return _page(request, typed, worth=worth)


@never_cache
@act_from("redeem")
def redemption(request: HttpRequest) -> HttpResponse:
    """Put it into her wallet; an order that waited for the money completes by itself."""
    person = buyer_of(request)
    most = request.POST.get("most_micro")
    redeemed = redeeming.redeem(
        person,
        request.POST.get("code", ""),
        currency=settings.CURRENCY,
        key=request.POST.get("key", "")[:40] or secrets.token_urlsafe(16),
        address=_address_of(request),
        most_micro=whole_number(most) if most else None,
    )
    left = redeemed.voucher.left_micro
    words = gettext("%(amount)s is in your wallet. %(left)s is left on it; keep its code.")
    words = words if left else gettext("%(amount)s is in your wallet.")
    messages.success(request, words % {"amount": redeemed.amount, "left": redeemed.voucher.left})
    completed = checkout.complete_waiting_orders(person)
    return redirect(completed[-1] if completed else next_of(request, default=reverse("wallet")))


@never_cache
@require_POST
def guest_redemption(request: HttpRequest) -> HttpResponse:
    """Put it into the wallet of somebody who gives an e-mail address alone."""
    if person_of(request) or not settings.SENDS_MAIL:
        return redirect("redeem")
    typed = request.POST.get("code", "")[:LONGEST_CODE]
    words = {"currency": settings.CURRENCY, "country": territory_of(request), "origin": origins_of(request)[0]}
    try:
        guest, redeemed = redeem_as_guest(typed, request.POST.get("email", ""), address=_address_of(request), **words)
    except BadAddress as refusal:
        worth = looking.look(typed, person=None, currency=settings.CURRENCY, address=_address_of(request))
        return _page(request, typed, trouble=refusal, worth=worth)
    enter(request, guest)
    told = gettext("%(amount)s is in your wallet. A mail brings you back to it.")
    messages.success(request, told % {"amount": redeemed.amount})
    return redirect("wallet")


@require_http_methods(["GET", "HEAD", "POST"])
def voucher(_: HttpRequest) -> HttpResponse:
    """Where older sheets lead to."""
    return redirect("redeem", permanent=True)


@require_http_methods(["GET", "HEAD", "POST"])
def wallet_redemption(request: HttpRequest) -> HttpResponse:
    """Where older pages send their form to: it is taken along (RFC 9110, 15.4.9)."""
    page = "redemptions" if request.method == "POST" else "redeem"
    return redirect(page, permanent=True, preserve_request=True)


def _page(
    request: HttpRequest, typed: str, *, worth: looking.Worth | None = None, trouble: Refused | None = None
) -> HttpResponse:
    person, sent = person_of(request), request.POST
    most = sent.get("most_micro", "")
    context = {
        "typed": typed,
        "worth": worth,
        "trouble": trouble,
        "email": sent.get("email", ""),
        "most_micro": whole_number(most) if most else 0,
        "next": next_of(request, default=""),
        "balance_micro": wallets.balance(person, settings.CURRENCY) if person else 0,
        "currency": settings.CURRENCY,
        "key": secrets.token_urlsafe(16),
    }
    return render(request, "redeem.html", context, status=trouble.status if trouble else 200)


def _address_of(request: HttpRequest) -> str:
    return str(get_adapter().get_client_ip(request))
