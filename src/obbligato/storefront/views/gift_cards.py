"""Gift cards: buy one, see its code once, print it. Answers with a code in them are kept by no browser."""

import secrets
from base64 import b64encode

from allauth.account.decorators import reauthentication_required
from django.conf import settings
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from obbligato.kernel.money import parse_amount
from obbligato.payments.vouchers import codes, sheets
from obbligato.payments.vouchers import gift_cards as payments_gift_cards
from obbligato.sales import wallets
from obbligato.storefront.acting import act_from
from obbligato.storefront.guest_sessions import refuse_guest
from obbligato.storefront.visitors import buyer_of


@require_safe
@login_required
def gift_cards(request: HttpRequest) -> HttpResponse:
    """Those she bought, and a form to buy one."""
    person = buyer_of(request)
    context = {
        "cards": payments_gift_cards.cards_of(person, settings.CURRENCY),
        "giftable_micro": payments_gift_cards.giftable_micro(person, settings.CURRENCY),
        "balance_micro": wallets.balance(person, settings.CURRENCY),
        "currency": settings.CURRENCY,
        "key": secrets.token_urlsafe(16),
    }
    return render(request, "gift_cards.html", context)


@never_cache
@act_from("gift_cards")
@reauthentication_required  # type: ignore[untyped-decorator] # A code is money for whoever has it, a session is not her.
def purchase(request: HttpRequest) -> HttpResponse:
    """Buy a card and show its code; the same form sent again shows the same one."""
    refuse_guest(request)
    amount_micro = parse_amount(request.POST.get("amount", ""), settings.CURRENCY)
    key = request.POST.get("key", "")[:40]
    issued = payments_gift_cards.buy(buyer_of(request), amount_micro=amount_micro, currency=settings.CURRENCY, key=key)
    if not issued.codes:
        return redirect("gift_cards")
    (code,) = issued.codes
    drawn = sheets.qr(sheets.address(code, _redeem_url()))
    context = {"batch": issued.batch, "shown": codes.shown(code), "qr": b64encode(drawn).decode()}
    return render(request, "gift_card.html", {**context, "redeem_url": _redeem_url()})


@never_cache
@act_from("gift_cards")
def sheet(request: HttpRequest) -> HttpResponse:
    """The card as a PDF, for whoever bought it and still has its code on the page."""
    card, code = payments_gift_cards.card_of(buyer_of(request), request.POST.get("code", ""))
    made = sheets.sheet(card.batch, [code], redeem_url=_redeem_url())
    headers = {"Content-Disposition": f'attachment; filename="gift-card-{card.last_four}.pdf"'}
    return HttpResponse(made, content_type="application/pdf", headers=headers)


def _redeem_url() -> str:
    return f"{settings.SITE_URL}{reverse('redeem')}"
