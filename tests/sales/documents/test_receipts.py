"""Every paid order has a receipt that says what was paid to whom, the same bytes for ever."""

import io
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pypdf
import pytest
from django.utils import translation

from obbligato.catalog.models import Track
from obbligato.kernel import clock
from obbligato.sales import checkout, tax
from obbligato.sales.documents import receipting
from obbligato.sales.documents.models import Receipt
from obbligato.sales.models import Order
from tests.makers import alice, bob
from tests.sales.documents.makers import a_paid_order, an_order, selling
from tests.storefront.makers import a_silent_release

pytestmark = pytest.mark.django_db


def words(order: Order) -> str:
    content = receipting.receipt_pdf(receipting.receipt_of(order))
    return "\n".join(page.extract_text() for page in pypdf.PdfReader(io.BytesIO(content)).pages)


def test_a_paid_order_has_one_that_nobody_can_guess() -> None:
    release = a_silent_release()
    orders = [a_paid_order(alice("10"), release), a_paid_order(bob("10"), release)]
    numbers = {order.receipt.number for order in orders}
    assert len(numbers) == 2
    assert all(len(number) == 20 for number in numbers)
    checkout.pay(orders[0])
    assert Receipt.objects.count() == 2


def test_an_unpaid_order_has_none() -> None:
    with pytest.raises(receipting.NoReceipt):
        receipting.receipt_of(an_order(alice(), a_silent_release()))


def test_it_says_who_sold_what_at_which_price_with_which_tax() -> None:
    with selling():
        order = a_paid_order(alice("10"), a_silent_release(tracks=2))
    text = words(order)
    inside = tax.included([line.price_micro for line in order.lines.all()], rate_basis_points=2_000, currency="EUR")
    for part in ("Quiet Label", "75001 Paris", "VAT id FR83404833048", "Piece 1", "MP3 320", order.total, order.number):
        assert part in text
    assert f"VAT 20 % (France) {str(inside).split()[-1]}" in text


def test_it_stays_as_it_was_when_the_seller_moves() -> None:
    with selling():
        order = a_paid_order(alice("10"), a_silent_release())
        before = receipting.receipt_pdf(order.receipt)
    order.receipt.refresh_from_db()
    with clock.stopped(clock.now() + timedelta(days=400)):
        assert receipting.receipt_pdf(receipting.receipt_of(Order.objects.get())) == before


def test_a_hostile_title_is_printed_as_text() -> None:
    release = a_silent_release(tracks=1)
    title = 'a #import "x": * \\ *b* $x$ <a> @r'
    Track.objects.update(title=title + " 🎵 \u202eevil")
    text = words(a_paid_order(alice("10"), release))
    assert title in text
    assert "\u202e" not in text


def test_an_album_of_many_tracks_runs_over_several_pages() -> None:
    order = a_paid_order(alice("10"), a_silent_release(tracks=60))
    text = words(order)
    assert "Piece 60" in text
    assert "3 / 3" in text


def test_a_free_order_has_one_too() -> None:
    release = a_silent_release(tracks=1)
    release.tariffs.update(per_megabyte_micro=0, track_minimum_micro=0)
    assert "€0.00" in words(a_paid_order(alice(), release))


@pytest.mark.parametrize(
    ("mode", "country", "sentence"),
    [
        ("none", "FR", "No VAT is charged by this seller"),
        ("eu", "JP", "No VAT: sold to Japan"),
        ("eu", "MC", "VAT 20 % (Monaco)"),
    ],
)
def test_it_says_why_there_is_no_tax(mode: str, country: str, sentence: str, settings: Any) -> None:
    settings.TAX_MODE = mode
    assert sentence in words(a_paid_order(alice("10"), a_silent_release(), country=country))


def test_an_order_paid_before_there_were_receipts_gets_hers_when_asked() -> None:
    order = a_paid_order(alice("10"), a_silent_release())
    Receipt.objects.all().delete()
    order = Order.objects.get()
    assert receipting.receipt_of(order).created_at == order.paid_at
    assert Receipt.objects.count() == 1


def test_the_tax_is_that_of_the_day_it_is_paid() -> None:
    with clock.stopped(datetime(2025, 6, 25, tzinfo=UTC)):
        order = an_order(alice("10"), a_silent_release(), country="EE")
        assert order.tax_basis_points == 2_200
        clock.advance(timedelta(days=7))
        assert checkout.pay(order).tax_basis_points == tax.rate_basis_points("EE", date(2025, 7, 2)) == 2_400


def test_what_pages_say_of_the_tax() -> None:
    assert str(tax.included([1_990_000], rate_basis_points=2_000, currency="EUR")) == "incl. 20 % VAT €0.33"
    assert str(tax.included([1_000_000], rate_basis_points=2_550, currency="EUR")) == "incl. 25.5 % VAT €0.20"
    assert str(tax.included_today([1_000_000], country="JP", currency="EUR")) == "without VAT"


def test_it_is_in_the_language_of_whoever_reads_it() -> None:
    with selling():
        order = a_paid_order(alice("10"), a_silent_release())
    with translation.override("fr"):
        french = words(order).replace("\u202f", " ").replace("\xa0", " ")
    assert "Reçu" in french
    assert "TVA 20 % (France)" in french
    with translation.override("ru"):
        assert "Квитанция" in words(order)
    assert "Receipt" in words(order)
