"""Many ask at once: numbers have no gap and no double, and a refund clicked eight times is one."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

import pytest
from django.db import connection

from obbligato.ledger.audit import audit
from obbligato.sales import refunding, wallets
from obbligato.sales.documents import invoicing
from obbligato.sales.documents.models import Invoice
from obbligato.sales.models import OrderRefund
from tests.makers import alice
from tests.sales.documents.makers import BUYER, a_buyer, a_paid_order, selling
from tests.storefront.makers import a_silent_release

pytestmark = pytest.mark.usefixtures("open_books")
Given = TypeVar("Given")


def at_once(act: Callable[[Given], object], given: list[Given]) -> None:
    def closing(one: Given) -> None:
        try:
            act(one)
        finally:
            connection.close()

    with ThreadPoolExecutor(8) as clients:
        list(clients.map(closing, given))


def test_invoices_asked_for_at_once_are_numbered_without_a_gap() -> None:
    release = a_silent_release(tracks=1)
    orders = [a_paid_order(a_buyer(f"buyer{number}", "5"), release) for number in range(8)]

    with selling():
        at_once(lambda order: invoicing.issue(order, **BUYER), orders * 2)
    assert sorted(Invoice.objects.values_list("sequence", flat=True)) == list(range(1, 9))


def test_a_refund_clicked_many_times_is_one() -> None:
    person = alice("10")
    order = a_paid_order(person, a_silent_release())
    left = refunding.left(order)
    at_once(lambda key: refunding.refund(order, left, key=key, by="dana", reason="r"), ["k"] * 8)
    assert OrderRefund.objects.count() == 1
    assert wallets.balance(person, "EUR") == 10_000_000
    assert audit().is_clean
