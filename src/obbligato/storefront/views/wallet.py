"""The wallet: what is in it, how it came and went, and how to fill it."""

from django.conf import settings
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_safe

from obbligato.kernel.money import parse_amount
from obbligato.payments import attempts, refunds, top_ups
from obbligato.payments.bank import instructions
from obbligato.sales import checkout, wallets
from obbligato.sales.models import WAITING, Order
from obbligato.storefront.acting import act_from
from obbligato.storefront.filling import fill_wallet, filling_choices
from obbligato.storefront.payment_pages import page_of
from obbligato.storefront.visitors import buyer_of


@require_safe
@login_required
def wallet(request: HttpRequest) -> HttpResponse:
    """Balance, orders that wait, history, and the top-up form."""
    person = buyer_of(request)
    context = {
        "balance_micro": wallets.balance(person, settings.CURRENCY),
        "held_ahead_micro": wallets.held_ahead(person, settings.CURRENCY),
        "entries": wallets.history(person, settings.CURRENCY, limit=100),
        "refunds": refunds.to_be_taken(person),
        "orders": Order.objects.filter(person=person).order_by("-pk")[:50],
        "transfers": instructions.awaited_of(person),
        **filling_choices(request),
    }
    return render(request, "wallet.html", context)


@act_from("wallet")
def top_up(request: HttpRequest) -> HttpResponse:
    """Begin a top-up: an amount in words wins over a preset."""
    text = request.POST.get("other_amount", "").strip() or request.POST.get("amount", "")
    return fill_wallet(request, parse_amount(text, settings.CURRENCY))


@require_safe
@login_required
def attempt(request: HttpRequest, number: str) -> HttpResponse:
    """Where a provider sends the buyer back to: what became of her payment, and of the order that waited for it."""
    person = buyer_of(request)
    found = attempts.refresh(top_ups.attempt_of(person, number))
    completed = checkout.complete_waiting_orders(person)
    waiting = Order.objects.filter(WAITING, person=person)
    context = {
        "attempt": found,
        "completed": completed,
        "waiting": waiting.order_by("-pk").first(),
        "balance_micro": wallets.balance(person, found.currency),
        "rest": instructions.instructions_of(found),
    }
    return render(request, "attempt.html", context)


@require_safe
@login_required
def transfer(request: HttpRequest, number: str) -> HttpResponse:
    """Where to send a bank transfer, as long as it is not there in full; then what became of it."""
    found = attempts.refresh(top_ups.attempt_of(buyer_of(request), number))
    wanted = instructions.instructions_of(found)
    if wanted is None:
        return redirect("attempt", found.number)
    return render(request, "transfer.html", {"transfer": wanted})


@require_safe
@login_required
def payment_page(request: HttpRequest, number: str) -> HttpResponse:
    """Where she finishes her own payment on this site, in fields of the payment company."""
    found = top_ups.attempt_of(buyer_of(request), number)
    return page_of(request, found) or redirect("attempt", number=found.number)
