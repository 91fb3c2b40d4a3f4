"""Sends a buyer to a provider to fill her wallet, and brings her back to this store. It moves no money."""

import secrets

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse

from obbligato.kernel.money import format_money, plain_amount
from obbligato.payments import registry, top_ups
from obbligato.storefront.visitors import buyer_of

PRESETS_MICRO = (5_000_000, 10_000_000, 20_000_000, 50_000_000)


def filling_choices(missing_micro: int = 0) -> dict[str, object]:
    """What a top-up form offers: providers, amounts, and a fresh key that makes a double click one attempt."""
    least_micro = max(missing_micro, top_ups.MINIMUM_MICRO)
    return {
        "providers": registry.providers(),
        "presets": [_preset(micro) for micro in PRESETS_MICRO],
        "top_up_micro": least_micro,
        "key": secrets.token_urlsafe(16),
        "currency": settings.CURRENCY,
    }


def fill_wallet(request: HttpRequest, amount_micro: int) -> HttpResponse:
    """Start the attempt the form asks for and go where the buyer finishes it. Raises Refused."""
    pages = request.build_absolute_uri(reverse("wallet"))
    attempt = top_ups.start(
        buyer_of(request),
        provider=request.POST.get("provider", ""),
        amount_micro=amount_micro,
        currency=settings.CURRENCY,
        key=request.POST.get("key", "")[:40] or secrets.token_urlsafe(16),
        return_url=f"{pages}/top-ups/{{number}}",
    )
    if not (attempt.is_open and attempt.next_url):
        return HttpResponseRedirect(reverse("attempt", args=[attempt.number]))
    if attempt.next_url.startswith("/"):
        return HttpResponseRedirect(attempt.next_url)
    # A form may not lead out of the store, not by a redirect either (CSP Level 3, form-action): a page does.
    return render(request, "leaving.html", {"attempt": attempt})


def _preset(amount_micro: int) -> dict[str, str]:
    plain = plain_amount(amount_micro, settings.CURRENCY)
    return {"plain": plain, "label": format_money(amount_micro, settings.CURRENCY)}
