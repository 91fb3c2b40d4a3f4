"""Sends a buyer to a provider to fill her wallet, and brings her back to this store. It moves no money."""

import secrets
from collections import Counter
from dataclasses import dataclass

from django.conf import settings
from django.http import HttpRequest, HttpResponseRedirect
from django.urls import reverse

from obbligato.kernel.money import format_money, plain_amount
from obbligato.payments import registry, top_ups
from obbligato.payments.contract import Method
from obbligato.payments.models import Attempt
from obbligato.storefront.addresses import origins_of
from obbligato.storefront.visitors import buyer_of, territory_of

PRESETS_MICRO = (5_000_000, 10_000_000, 20_000_000, 50_000_000)
ANY = "any:"
"""Before a method, where the store chooses the rail; no rail's name has a colon."""
METHODS = {
    Method.CARD: "Card",
    Method.DIRECT_DEBIT: "SEPA direct debit",
    Method.BANK_TRANSFER: "Bank transfer",
    Method.CRYPTO: "Cryptocurrency",
    Method.WALLET: "Wallet app",
}


@dataclass(frozen=True)
class Way:
    """A way to pay that a form offers; `name` is what it sends."""

    name: str
    label: str
    description: str


def filling_choices(missing_micro: int = 0) -> dict[str, object]:
    """What a top-up form offers: ways to pay, amounts, and a fresh key that makes a double click one attempt."""
    least_micro = max(missing_micro, top_ups.MINIMUM_MICRO)
    return {
        "providers": ways(),
        "presets": [_preset(micro) for micro in PRESETS_MICRO],
        "top_up_micro": least_micro,
        "key": secrets.token_urlsafe(16),
        "currency": settings.CURRENCY,
    }


def ways() -> list[Way]:
    """What several rails carry is one way, by whichever of them works; a rail that carries more is one of its own."""
    rails = registry.providers()
    carried = Counter(method for rail in rails for method in rail.capabilities.methods)
    shared = [method for method in Method if carried[method] > 1]
    own = [rail for rail in rails if not rail.capabilities.methods <= set(shared)]
    by_any = [Way(f"{ANY}{one}", METHODS[one], "Where one payment company fails, the next is asked.") for one in shared]
    return by_any + [Way(one.name, one.label, one.description) for one in own]


def fill_wallet(request: HttpRequest, amount_micro: int) -> HttpResponseRedirect:
    """Start the attempt the form asks for and go where the buyer finishes it. Raises Refused."""
    pages = request.build_absolute_uri(reverse("wallet"))
    way = request.POST.get("provider", "")
    attempt = top_ups.start(
        buyer_of(request),
        provider="" if way.startswith(ANY) else way,
        method=way.removeprefix(ANY) if way.startswith(ANY) else "",
        amount_micro=amount_micro,
        currency=settings.CURRENCY,
        key=request.POST.get("key", "")[:40] or secrets.token_urlsafe(16),
        return_url=f"{pages}/top-ups/{{number}}",
        country=territory_of(request),
        origins=origins_of(request),
    )
    return HttpResponseRedirect(_next_of(attempt))


def _next_of(attempt: Attempt) -> str:
    """Where she finishes the payment: at its company, on a page of this store, or nowhere where it is decided."""
    if attempt.is_open and attempt.next_url:
        return attempt.next_url
    is_hers_to_finish = attempt.state == Attempt.State.ACTION_REQUIRED
    return reverse("payment_page" if is_hers_to_finish else "attempt", args=[attempt.number])


def _preset(amount_micro: int) -> dict[str, str]:
    plain = plain_amount(amount_micro, settings.CURRENCY)
    return {"plain": plain, "label": format_money(amount_micro, settings.CURRENCY)}
