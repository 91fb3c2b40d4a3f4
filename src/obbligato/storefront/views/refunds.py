"""What of a wallet can go back to where it came from, and how far it is. A view never decides what can."""

import secrets

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_safe

from obbligato.payments import refunds as payments_refunds
from obbligato.payments import registry, top_ups
from obbligato.payments.models import Refund
from obbligato.sales import wallets
from obbligato.storefront.acting import act_from
from obbligato.storefront.asked import whole_number
from obbligato.storefront.visitors import buyer_of

MOST_SHOWN = 100


@require_safe
@login_required
def refunds(request: HttpRequest) -> HttpResponse:
    """Each payment with what is unused of it, and what was sent back before."""
    person, currency = buyer_of(request), settings.CURRENCY
    remainder = payments_refunds.remainder(person, currency)
    asked = Refund.objects.filter(attempt__person=person).select_related("attempt").order_by("-pk")
    context = {
        "remainder": [_row(one) for one in remainder],
        "back_micro": sum(one.amount_micro for one in remainder),
        "balance_micro": wallets.balance(person, currency),
        "refunds": [{"label": _label(one.attempt.provider), "refund": one} for one in asked[:MOST_SHOWN]],
        "currency": currency,
        "key": secrets.token_urlsafe(16),
    }
    return render(request, "refunds.html", context)


@act_from("refunds")
def request_refund(request: HttpRequest) -> HttpResponse:
    """Send back what is unused of one payment, or of all of them."""
    person = buyer_of(request)
    key = request.POST.get("key", "")[:40] or secrets.token_urlsafe(16)
    if number := request.POST.get("attempt"):
        attempt = top_ups.attempt_of(person, number)
        amount_micro = whole_number(request.POST.get("amount_micro"))
        asked = [payments_refunds.ask(attempt, amount_micro=amount_micro, key=key, by=person.get_username())]
    else:
        asked = payments_refunds.ask_all(person, settings.CURRENCY, key=key)
    for one in asked:
        messages.success(request, f"{one.amount}: {one.get_state_display()}.")
    return redirect("refunds")


def _row(one: payments_refunds.Refundable) -> dict[str, object]:
    label = _label(one.attempt.provider)
    return {"attempt": one.attempt, "amount_micro": one.amount_micro, "bonus_micro": one.bonus_micro, "label": label}


def _label(provider: str) -> str:
    """A rail as buyers know it; one that is gone by its name."""
    return next((one.label for one in registry.providers() if one.name == provider), provider)
