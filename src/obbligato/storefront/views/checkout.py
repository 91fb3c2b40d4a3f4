"""From basket to paid order. A view never decides what anything costs: the form says what the buyer saw."""

from collections.abc import Iterable

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext
from django.views.decorators.http import require_safe

from obbligato.kernel.countries import countries, country_name
from obbligato.kernel.refusals import Refused
from obbligato.kernel.sentences import Sentence
from obbligato.payments import attempts, top_ups
from obbligato.payments.bank import instructions
from obbligato.people.models import Person
from obbligato.sales import baskets, tax, wallets
from obbligato.sales import checkout as sales_checkout
from obbligato.sales.baskets import Bundle, Contents
from obbligato.sales.gifts import giving
from obbligato.sales.guests import buying, telling
from obbligato.sales.models import Basket, Order, OrderLine
from obbligato.sales.preorders import telling as preorder_mails
from obbligato.storefront.acting import act_from
from obbligato.storefront.asked import whole_number
from obbligato.storefront.filling import fill_wallet, filling_choices
from obbligato.storefront.guest_sessions import guest_of
from obbligato.storefront.visitors import (
    basket_asked,
    basket_of,
    buyer_of,
    choose_country,
    person_of,
    territory_of,
)
from obbligato.storefront.whereabouts import has_moved, pieces_of, question


@require_safe
def checkout(request: HttpRequest) -> HttpResponse:
    """Country, wallet, total and what is missing, on one page; a visitor says by e-mail where it all goes."""
    if person_of(request) is None and not settings.SENDS_MAIL and baskets.contents(basket_of(request)).bundles:
        words = gettext("To buy here you need an account: this store sends no mails, so it knows no other way.")
        messages.info(request, words)
        return redirect_to_login(request.get_full_path())
    return render(request, "checkout.html", checkout_context(request))


def checkout_context(request: HttpRequest) -> dict[str, object]:
    """What the page shows, for a visitor too."""
    person, basket = person_of(request), basket_of(request)
    contents = baskets.contents(basket)
    balance_micro = wallets.balance(person, contents.currency) if person else 0
    missing_micro = max(0, contents.total_micro - balance_micro)
    country = territory_of(request)
    return {
        "contents": contents,
        "unsellable": named_unsellable(contents, country),
        "balance_micro": balance_micro,
        "missing_micro": missing_micro,
        "left_micro": max(0, balance_micro - contents.total_micro),
        "tax": tax.included_today(contents.prices_micro, country=country, currency=contents.currency),
        "question": question(request, country),
        "country": country,
        "countries": countries(),
        **filling_choices(request, missing_micro),
    }


def orders(request: HttpRequest) -> HttpResponse:
    """Where the checkout's form is sent; who only looks finds her orders in the wallet."""
    return _placing(request) if request.method == "POST" else redirect(reverse("wallet") + "#orders")


@act_from("checkout")
def _placing(request: HttpRequest) -> HttpResponse:
    """Place the order of a basket and pay it from the wallet, or bring what is missing."""
    basket = basket_asked(request)
    if basket is None:
        raise sales_checkout.EmptyBasket(gettext("The basket is empty."))
    choose_country(request, request.POST.get("country", ""))
    country = territory_of(request)
    if has_moved(request, country):
        words = gettext("You buy from %(country)s. The tax inside the price is shown anew.")
        messages.info(request, words % {"country": country_name(country)})
        return redirect("checkout")
    try:
        placed = _bought(request, basket, country)
    except sales_checkout.NotOnSale as refusal:
        return checkout_again(request, refusal)
    return settle(request, placed)


def _bought(request: HttpRequest, basket: Basket, country: str) -> Order:
    """The order of a basket, at the total that the page showed."""
    total_micro = whole_number(request.POST.get("expected_total_micro"))
    gift = giving.words(*(request.POST.get(name, "") for name in ("gift_email", "gift_from", "gift_message")))
    pieces = pieces_of(request)
    placed = sales_checkout.buy(
        basket, buyer_of(request), expected_total_micro=total_micro, country=country, evidence=pieces, gift=gift
    )
    if guest := guest_of(request):
        buying.expect(guest, placed)
    return placed


def named_unsellable(contents: Contents, country: str) -> list[tuple[Bundle, Sentence]]:
    """What in the basket may not be sold any more, and why, for a page to name it."""
    reasons = sales_checkout.unsellable(contents.basket, country=country) if contents.bundles else {}
    return [(bundle, reasons[bundle.id]) for bundle in contents.bundles if bundle.id in reasons]


def checkout_again(request: HttpRequest, refusal: Refused) -> HttpResponse:
    """The checkout once more with what was typed, where its page names what was refused; else the refusal itself."""
    context = {**checkout_context(request), "typed": request.POST}
    if not context["unsellable"]:
        raise refusal
    return render(request, "checkout.html", context, status=refusal.status)


@require_safe
@login_required
def order(request: HttpRequest, number: str) -> HttpResponse:
    """One order: paid, or waiting for money that may have arrived meanwhile."""
    person = buyer_of(request)
    is_expecting = sales_checkout.order_of(person, number).is_waiting and _brought_up_to_date(person)
    found = sales_checkout.order_of(person, number)
    shown = _shown(request, found)
    looks_again = found.is_waiting and is_expecting and not shown["transfers"] and "code" not in request.GET
    return render(request, "order.html", {"order": found, "looks_again": looks_again, **shown})


@act_from("order")
def payment(request: HttpRequest, number: str) -> HttpResponse:
    """Pay a waiting order from the wallet, or bring what is missing."""
    return settle(request, sales_checkout.order_of(buyer_of(request), number))


@act_from("order")
def cancellation(request: HttpRequest, number: str) -> HttpResponse:
    """Give up a waiting order."""
    cancelled = sales_checkout.cancel(sales_checkout.order_of(buyer_of(request), number))
    return redirect(cancelled)


def _brought_up_to_date(person: Person) -> bool:
    """Ask after her payments and complete what waits; True while one is under way, so that the page looks again.

    It does not where she types a code, which would be taken from under her hands.
    """
    asked = attempts.refresh_open(person)
    sales_checkout.complete_waiting_orders(person)
    return any(one.is_open for one in asked)


def _shown(request: HttpRequest, order: Order) -> dict[str, object]:
    """What the page of an order shows: its lines, tax, paper and refunds, and what is missing."""
    lines = order.lines.select_related("track__edition__release__artist", "purchase").order_by("pk")
    prices, rate = [line.price_micro for line in lines], order.tax_basis_points
    missing_micro = sales_checkout.missing_micro(order)
    return {
        "lines": lines,
        "parcels": _parcels(lines),
        "tax": tax.included(prices, rate_basis_points=rate, currency=order.currency),
        "is_elsewhere": _is_elsewhere(order, lines),
        "refunds": order.refunds.filter(state="done").order_by("pk"),
        "invoices": order.invoices.order_by("pk"),
        "missing_micro": missing_micro,
        "transfers": instructions.awaited_of(order.person) if missing_micro else [],
        **_told(request, order),
        **filling_choices(request, missing_micro),
    }


def _told(request: HttpRequest, order: Order) -> dict[str, object]:
    """Who is told of it by mail, and the mail itself as long as it was not taken."""
    gift_link, guest = _gift_link(order), guest_of(request)
    return {
        "gift_link": gift_link,
        "gift_mail": giving.mail_of(order.gift) if gift_link else None,
        "guest": guest,
        "guest_mail": (telling.mail_of(guest) or preorder_mails.mail_of(order)) if guest else None,
    }


def _gift_link(order: Order) -> str:
    """What a buyer hands on of a gift; empty where there is none."""
    if not order.is_gift or order.paid_at is None:
        return ""
    return settings.SITE_URL + reverse("gift", args=[order.gift.number, order.gift.proof])


def _parcels(lines: Iterable[OrderLine]) -> list[dict[str, str]]:
    """What can be fetched at once after paying: each release of the order in the format it was bought in."""
    found = {}
    for line in lines:
        if not hasattr(line, "purchase") or line.purchase.ended_at or line.purchase.person_id != line.order.person_id:
            continue
        edition = line.track.edition
        parcel = {"slug": edition.release.slug, "title": edition.title, "format_name": line.format_name}
        found[edition.release_id, line.format_name] = parcel
    return list(found.values())


def _is_elsewhere(order: Order, lines: Iterable[OrderLine]) -> bool:
    """Whether what a guest bought stands on the shelf of an account by now."""
    owners = {line.purchase.person_id for line in lines if hasattr(line, "purchase") and not line.purchase.ended_at}
    return not order.is_gift and bool(owners - {order.person_id})


def settle(request: HttpRequest, placed: Order) -> HttpResponse:
    """Pay an order, or go where what is missing is brought."""
    if placed.is_waiting and request.POST.get("waiting"):
        return redirect(placed)
    if placed.is_waiting and request.POST.get("method"):
        missing_micro = sales_checkout.missing_micro(placed)
        if missing_micro:
            return _fill_for(request, placed, max(missing_micro, top_ups.MINIMUM_MICRO))
    return redirect(sales_checkout.pay(placed))


def _fill_for(request: HttpRequest, placed: Order, amount_micro: int) -> HttpResponse:
    """Where nothing carries the payment, the order is kept, and its page says what is left to pay by."""
    try:
        return fill_wallet(request, amount_micro)
    except top_ups.NoRail as refusal:
        messages.warning(request, refusal.in_words())
        return redirect(placed)
