"""Buy at quoted prices, and see what became of it. An order is only ever paid from a wallet."""

from django.http import HttpRequest
from ninja import Path, Query, Router, Status

from obbligato.api.bearer import NEEDED, person_of
from obbligato.api.idempotency import IN_DOCUMENT, key_of
from obbligato.api.ordering import order_once
from obbligato.api.schemas.buying import OrderIn, OrderOut, OrderPage
from obbligato.api.schemas.values import Number, PageIn
from obbligato.api.territory import territory_of
from obbligato.payments import attempts
from obbligato.people.models import Person
from obbligato.sales import checkout, wallets
from obbligato.sales.documents import locating
from obbligato.sales.models import Order

router = Router(auth=NEEDED)
LINES = "lines__track__edition__release"


@router.post("", response={201: OrderOut}, summary="Buy", openapi_extra=IN_DOCUMENT)
def place_order(request: HttpRequest, wanted: OrderIn) -> Status[OrderOut]:
    """All or nothing, at exactly `expected_total`.

    Where the wallet reaches, the order is paid at once and everything is in the library; of a release that is yet to
    come out the money is `held`. Where it does not reach, the order waits and says what is `missing`. The same key
    again gives the same order, whatever happened to the first answer; it is needed as an `Idempotency-Key` header or
    as `key`.
    """
    order = order_once(
        person_of(request),
        wanted,
        key=key_of(request, wanted.key),
        country=territory_of(request, wanted.country),
        evidence=locating.pieces(request.headers),
    )
    return Status(201, _shown(order))


@router.get("", response=OrderPage, summary="My orders, newest first")
def list_orders(request: HttpRequest, wanted: Query[PageIn]) -> OrderPage:
    """Paid, waiting and cancelled ones."""
    person = person_of(request)
    orders = Order.objects.filter(person=person).order_by("-created_at", "-pk").prefetch_related(LINES)
    found = list(orders[wanted.bounds])
    missing_micro = _missing_of(person, found)
    return OrderPage(
        items=[OrderOut.of(order, missing_micro=missing_micro[order.pk]) for order in found],
        count=orders.count(),
        page=wanted.page,
        per_page=wanted.per_page,
    )


@router.get("/{number}", response=OrderOut, summary="One order")
def show_order(request: HttpRequest, number: Path[Number]) -> OrderOut:
    """A waiting one is completed on the way, where money has arrived meanwhile."""
    person = person_of(request)
    if checkout.order_of(person, number).is_waiting:
        attempts.refresh_open(person)
        checkout.complete_waiting_orders(person)
    return _shown(checkout.order_of(person, number))


@router.delete("/{number}", response=OrderOut, summary="Give up a waiting order or a pre-order")
def cancel_order(request: HttpRequest, number: Path[Number]) -> OrderOut:
    """What was held for a pre-order is in the wallet again. A paid one is yours and cannot be cancelled."""
    return _shown(checkout.cancel(checkout.order_of(person_of(request), number)))


def _shown(order: Order) -> OrderOut:
    order = Order.objects.prefetch_related(LINES).get(pk=order.pk)
    return OrderOut.of(order, missing_micro=checkout.missing_micro(order))


def _missing_of(person: Person, orders: list[Order]) -> dict[int, int]:
    """By order id, what the wallet lacks for each alone; the wallet is read once per currency."""
    currencies = {order.currency for order in orders if order.is_waiting}
    held = {currency: wallets.balance(person, currency) for currency in currencies}
    return {order.pk: max(0, order.total_micro - held[order.currency]) if order.is_waiting else 0 for order in orders}
