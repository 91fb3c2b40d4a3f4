"""Sends a buyer to a provider to fill her wallet, and brings her back to this store. It moves no money."""

import secrets

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse

from obbligato.kernel import clock
from obbligato.kernel.money import format_money, minor_unit_micro, plain_amount
from obbligato.payments import attempts, top_ups
from obbligato.payments.contract import Method
from obbligato.payments.models import Attempt
from obbligato.payments.vouchers import bonuses
from obbligato.payments.vouchers.models import BonusTier
from obbligato.payments.ways import ways
from obbligato.storefront.addresses import origins_of
from obbligato.storefront.visitors import buyer_of, person_of, territory_of

PRESETS_MICRO = (5_000_000, 10_000_000, 20_000_000, 50_000_000)


def filling_choices(request: HttpRequest, missing_micro: int = 0) -> dict[str, object]:
    """What a top-up form shows: payments under way, ways of paying, amounts, and a key that makes two clicks one.

    `part_micro` is what a voucher would have to give for what is missing, in whole minor units.
    """
    least_micro = max(missing_micro, top_ups.MINIMUM_MICRO)
    unit, tiers = minor_unit_micro(settings.CURRENCY), list(bonuses.tiers(settings.CURRENCY, clock.now()))
    buyer, country = person_of(request), territory_of(request)
    return {
        "ways": ways(
            amount_micro=least_micro, currency=settings.CURRENCY, country=country, person_id=buyer.pk if buyer else None
        ),
        "presets": [_preset(micro, tiers) for micro in PRESETS_MICRO],
        "top_up_micro": least_micro,
        "under_way": _under_way(request),
        "bonus_tiers": tiers,
        "part_micro": -(-missing_micro // unit) * unit,
        "key": secrets.token_urlsafe(16),
        "currency": settings.CURRENCY,
    }


def fill_wallet(request: HttpRequest, amount_micro: int) -> HttpResponse:
    """Start the attempt the form asks for and go where the buyer finishes it. Raises Refused."""
    pages = request.build_absolute_uri(reverse("wallet"))
    attempt = top_ups.start(
        buyer_of(request),
        method=request.POST.get("method", ""),
        amount_micro=amount_micro,
        currency=settings.CURRENCY,
        key=request.POST.get("key", "")[:40] or secrets.token_urlsafe(16),
        return_url=f"{pages}/top-ups/{{number}}",
        country=territory_of(request),
        origins=origins_of(request),
    )
    address = _next_of(attempt)
    if address.startswith("/"):
        return HttpResponseRedirect(address)
    # A form may not lead out of the store, not by a redirect either (CSP Level 3, form-action): a page does.
    return render(request, "leaving.html", {"attempt": attempt})


def _next_of(attempt: Attempt) -> str:
    """Where she finishes the payment: at its company, on a page of this store, or nowhere where it is decided."""
    if attempt.is_open and attempt.next_url:
        return attempt.next_url
    is_hers_to_finish = attempt.state == Attempt.State.ACTION_REQUIRED
    return reverse("payment_page" if is_hers_to_finish else "attempt", args=[attempt.number])


def _under_way(request: HttpRequest) -> list[Attempt]:
    """Transfers by bank have a list of their own."""
    person = person_of(request)
    opened = attempts.open_of(person) if person else []
    return [one for one in opened if one.intent.method != Method.BANK_TRANSFER]


def _preset(amount_micro: int, tiers: list[BonusTier]) -> dict[str, str]:
    plain = plain_amount(amount_micro, settings.CURRENCY)
    bonus_micro = bonuses.reached(tiers, amount_micro)
    bonus = format_money(bonus_micro, settings.CURRENCY) if bonus_micro else ""
    return {"plain": plain, "label": format_money(amount_micro, settings.CURRENCY), "bonus": bonus}
