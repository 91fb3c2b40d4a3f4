"""Redeem a voucher or gift card. The code comes in a form's body or behind # in an address, so that no log has it."""

import secrets

from allauth.account.adapter import get_adapter
from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_safe

from obbligato.payments.vouchers.redeeming import redeem
from obbligato.sales import checkout, wallets
from obbligato.storefront.acting import act_from
from obbligato.storefront.asked import whole_number
from obbligato.storefront.visitors import buyer_of, next_of, person_of


@require_safe
def voucher(request: HttpRequest) -> HttpResponse:
    """The page that a QR code leads to: a field for the code, or a way to sign in first."""
    person = person_of(request)
    balance_micro = wallets.balance(person, settings.CURRENCY) if person else 0
    context = {"balance_micro": balance_micro, "currency": settings.CURRENCY, "key": secrets.token_urlsafe(16)}
    return render(request, "voucher.html", context)


@act_from("voucher")
def redemption(request: HttpRequest) -> HttpResponse:
    """Redeem a code; an order that waited for the money completes by itself."""
    person = buyer_of(request)
    most = request.POST.get("most_micro")
    redeemed = redeem(
        person,
        request.POST.get("code", ""),
        currency=settings.CURRENCY,
        key=request.POST.get("key", "")[:40] or secrets.token_urlsafe(16),
        address=get_adapter().get_client_ip(request),
        most_micro=whole_number(most) if most else None,
    )
    left = redeemed.voucher.left_micro
    rest = f" {redeemed.voucher.left} is left on it; keep its code." if left else ""
    messages.success(request, f"{redeemed.amount} is in your wallet.{rest}")
    completed = checkout.complete_waiting_orders(person)
    return redirect(completed[-1] if completed else next_of(request, default=reverse("wallet")))
