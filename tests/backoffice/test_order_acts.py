"""What an operator does about an order is asked first, done once, and signed; its paper can be looked at."""

import csv
import io
from typing import Any

import pypdf
import pytest
from django.test import Client

from obbligato.payments.models import Dispute
from obbligato.people.models import Person
from obbligato.sales import clawing_back, refunding, wallets
from obbligato.sales.documents.models import Invoice, LocationDoubt, Series
from obbligato.sales.models import ClawBack, Order, OrderLine, OrderRefund, Purchase
from tests.backoffice import acting
from tests.backoffice.goods import a_busy_store
from tests.makers import erin, signed_in
from tests.sales.documents.makers import an_order
from tests.storefront.makers import a_silent_release

pytestmark = pytest.mark.django_db
DESK = "/desk/sales"


@pytest.fixture
def staff() -> Client:
    return signed_in(a_busy_store())


def act(client: Client, address: str, **values: str) -> str:
    return acting.act(client, address, is_sent_twice=True, **values)


def words(answer: Any) -> str:
    return pypdf.PdfReader(io.BytesIO(answer.content)).pages[0].extract_text()


def test_a_line_is_refunded_once(staff: Client) -> None:
    order, before = Order.objects.get(), wallets.balance(Person.objects.get(username="alice"), "EUR")
    line = order.lines.order_by("pk")[0]
    assert "At most" in staff.get(f"{DESK}/order/{order.pk}/refund/").content.decode()
    text = act(staff, f"{DESK}/order/{order.pk}/refund", **{f"line_{line.pk}": "0.02", "reason": "She asked."})
    assert "€0.02: In the wallet." in text
    made = OrderRefund.objects.get(reason="She asked.")
    assert (made.asked_by, made.state) == ("dana", "done")
    assert wallets.balance(order.person, "EUR") == before + 20_000
    assert "She asked." in staff.get(f"{DESK}/order/{order.pk}/change/").content.decode()
    assert "can be refunded" in act(
        staff, f"{DESK}/order/{order.pk}/refund", **{f"line_{line.pk}": "900", "reason": "x"}
    )
    assert "Say which lines" in act(staff, f"{DESK}/order/{order.pk}/refund", reason="x")


def test_a_whole_order_is_refunded_by_two_and_may_stay_hers(staff: Client, settings: Any) -> None:
    settings.TWO_PERSON_LIMIT_MICRO = 10_000
    order = Order.objects.get()
    text = act(staff, f"{DESK}/order/{order.pk}/refund", reason="All.", keeps_purchases="on", everything="on")
    assert "Waits for a second person" in text
    made = OrderRefund.objects.get(state="proposed")
    assert made.total_micro == order.total_micro - 10_000
    assert refunding.left(order) == {}
    assert "somebody else" in act(staff, f"{DESK}/orderrefund/{made.pk}/approve")
    act(signed_in(erin()), f"{DESK}/orderrefund/{made.pk}/approve")
    made.refresh_from_db()
    assert (made.state, made.approved_by) == ("done", "erin")
    assert not Purchase.objects.exclude(ended_at=None).exists()
    assert "nothing is left to refund" in staff.get(f"{DESK}/order/{order.pk}/refund/").content.decode()


def test_what_was_charged_back_is_ended_by_a_persons_word(staff: Client) -> None:
    order, dispute = Order.objects.get(), Dispute.objects.get()
    ClawBack.objects.all().delete()
    Order.objects.update(paid_at=dispute.opened_at)
    Dispute.objects.update(reclaimed_micro=0)
    clawing_back.follow(dispute)
    page = staff.get(f"{DESK}/order/{order.pk}/change/").content.decode()
    assert f"/desk/sales/clawback/{ClawBack.objects.get().pk}/change/" in page
    act(staff, f"{DESK}/order/{order.pk}/end-purchases", reason="Her bank took it back.")
    assert set(Purchase.objects.values_list("ended_by", "end_reason")) == {("dana", "Her bank took it back.")}
    assert OrderLine.objects.filter(disputed_micro__gt=0).count() == 3


def test_receipts_and_invoices_can_be_looked_at(staff: Client) -> None:
    order, invoice = Order.objects.get(), Invoice.objects.get(kind="invoice")
    assert order.total in words(staff.get(f"{DESK}/order/{order.pk}/receipt/"))
    assert invoice.number in words(staff.get(f"/desk/documents/invoice/{invoice.pk}/pdf/"))
    page = staff.get(f"{DESK}/order/{order.pk}/change/").content.decode()
    assert order.receipt.number in page
    assert invoice.number in page
    assert "Country she declared" in page
    unpaid = an_order(order.person, a_silent_release())
    text = staff.get(f"{DESK}/order/{unpaid.pk}/receipt/", follow=True).content.decode()
    assert "not paid, so there is no receipt" in text


def test_a_doubt_is_looked_at_by_someone(staff: Client) -> None:
    doubt = LocationDoubt.objects.get()
    act(staff, f"/desk/documents/locationdoubt/{doubt.pk}/seen", reason="She was abroad.")
    doubt.refresh_from_db()
    assert (doubt.seen_by, doubt.remark) == ("dana", "She was abroad.")


def test_sales_are_exported_as_a_file(staff: Client) -> None:
    asking = staff.get(f"{DESK}/order/export/")
    first, last = (asking.context["form"][name].value() for name in ("first", "last"))
    answer = staff.post(f"{DESK}/order/export/", {"first": first, "last": last})
    assert answer.headers["Content-Disposition"] == f'attachment; filename="sales-{first}-{last}.csv"'
    text = b"".join(answer.streaming_content).decode()
    assert [row["kind"] for row in csv.DictReader(io.StringIO(text))] == ["sale"] * 3 + ["refunded"]
    sums = staff.post(f"{DESK}/order/export/", {"first": first, "last": last, "oss": "on"})
    assert b"".join(sums.streaming_content).startswith(b"period,scheme,country")
    wrong = staff.post(f"{DESK}/order/export/", {"first": "2026-02-02", "last": "2026-01-01"})
    assert "before the first" in wrong.content.decode()


def test_staff_without_the_right_may_do_none_of_it() -> None:
    a_busy_store()
    client = Client()
    client.force_login(Person.objects.create_user("newcomer", password="a long password", is_staff=True))
    order, invoice, refund = Order.objects.get(), Invoice.objects.get(kind="invoice"), OrderRefund.objects.get()
    for address in (
        f"{DESK}/order/{order.pk}/refund", f"{DESK}/order/{order.pk}/end-purchases", f"{DESK}/order/{order.pk}/receipt",
        f"{DESK}/order/export", f"{DESK}/orderrefund/{refund.pk}/approve", f"/desk/documents/invoice/{invoice.pk}/pdf",
    ):  # fmt: skip
        assert client.post(f"{address}/", {"key": "k"}).status_code == 403, address


def test_each_row_says_what_it_is() -> None:
    a_busy_store()
    refund = OrderRefund.objects.get()
    assert str(refund) == f"{refund.number}: €0.01 of order {refund.order.number}"
    assert str(refund.lines.get()).startswith("€0.01 of ")
    assert str(ClawBack.objects.get()) == "dp_1: €2.00, Open"
    assert str(Series.objects.get(kind="invoice")).endswith(": 1")
    assert str(refund.order.receipt) == f"receipt {refund.order.receipt.number}"
    assert str(LocationDoubt.objects.get()).startswith("She declared France")
