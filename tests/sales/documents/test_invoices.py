"""An invoice to a business is numbered without a gap and frozen; within the Union machines can read it too."""

import io
import time
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any

import facturx
import pypdf
import pytest
from django.db import IntegrityError, transaction
from django.utils import translation
from lxml import etree

from obbligato.catalog.models import Track
from obbligato.kernel import clock
from obbligato.ledger.audit import audit
from obbligato.people.models import Person
from obbligato.sales import refunding, settling
from obbligato.sales.documents import cross_industry, invoicing
from obbligato.sales.documents.models import Invoice, Series
from obbligato.sales.documents.seller import NoSeller, country_of
from obbligato.sales.models import Order
from tests.makers import alice, bob
from tests.sales.documents.makers import BUYER, SELLER, a_buyer, a_paid_order, an_order
from tests.storefront.makers import a_silent_release

pytestmark = pytest.mark.django_db
CENT = 10_000


@pytest.fixture(autouse=True)
def _seller(settings: Any) -> None:
    for name, value in SELLER.items():
        setattr(settings, name, value)


def ordered(**how: Any) -> Order:
    return a_paid_order(alice("10"), a_silent_release(tracks=3), **how)


def issue(order: Order, **changed: str) -> Invoice:
    return invoicing.issue(order, **{**BUYER, **changed})


def xml_of(invoice: Invoice) -> Any:
    name, content = facturx.get_xml_from_pdf(invoicing.invoice_pdf(invoice), check_xsd=True)
    assert name == "factur-x.xml"
    return etree.fromstring(content)


def said(root: Any, path: str) -> list[str]:
    steps = "/".join(f"*[local-name()='{name}']" for name in path.split("/"))
    return [str(one.text) for one in root.xpath(f"//{steps}")]


def words(invoice: Invoice) -> str:
    return pypdf.PdfReader(io.BytesIO(invoicing.invoice_pdf(invoice))).pages[0].extract_text()


class TestNumbers:
    def test_follow_each_other_and_begin_anew_each_year(self) -> None:
        release = a_silent_release()
        with clock.stopped(datetime(2026, 12, 31, 23, 59, tzinfo=UTC)):
            first = issue(a_paid_order(alice("10"), release))
            second = issue(a_paid_order(bob("10"), release))
        with clock.stopped(datetime(2027, 1, 1, tzinfo=UTC)):
            third = issue(a_paid_order(a_buyer("carol", "10"), release))
        numbers = [one.number for one in (first, second, third)]
        assert numbers == ["INV-2026-000001", "INV-2026-000002", "INV-2027-000001"]

    def test_have_no_gap_where_an_invoice_could_not_be_made(self) -> None:
        order = ordered()
        with suppress(ZeroDivisionError), transaction.atomic():
            assert issue(order).sequence == 1 / 0
        with pytest.raises(invoicing.BadBuyer):
            issue(order, name=" ")
        assert issue(order).sequence == 1
        assert Series.objects.get().last == 1

    def test_are_given_once_by_the_database_too(self) -> None:
        made = issue(ordered())
        made.pk, made.number, made.order = None, "other", an_order(bob(), a_silent_release())
        with pytest.raises(IntegrityError), transaction.atomic():
            made.save()


class TestInvoice:
    def test_is_made_once_and_for_one_business(self) -> None:
        order = ordered()
        assert issue(order).pk == issue(order).pk
        with pytest.raises(invoicing.AlreadyInvoiced, match="Kontor & Söhne"):
            issue(order, name="Somebody else")
        assert Invoice.objects.count() == 1

    def test_says_everything_the_directive_asks(self) -> None:
        order = ordered()
        text = words(issue(order))
        for part in (
            "INV-", "Quiet Label", "75001 Paris", "VAT id FR83404833048", "Kontor & Söhne", "10115 Berlin", "Germany",
            "VAT id DE136695976", "Piece 1", "VAT 20 % (France)", order.total, order.number,
        ):  # fmt: skip
            assert part in text

    def test_stays_as_it_was_when_anything_changes(self, settings: Any) -> None:
        invoice = issue(ordered())
        before = invoicing.invoice_pdf(invoice)
        Track.objects.update(title="Renamed")
        settings.SELLER_ADDRESS = "Elsewhere"
        assert invoicing.invoice_pdf(Invoice.objects.get()) == before

    def test_of_the_same_facts_is_the_same_bytes_a_second_later(self) -> None:
        invoice = issue(ordered())
        before = invoicing.invoice_pdf(invoice)
        time.sleep(1.1)  # What is dated by the machine's own clock would differ.
        assert invoicing.invoice_pdf(invoice) == before

    def test_carries_what_machines_read_checked_by_its_schema(self) -> None:
        order = ordered()
        root = xml_of(issue(order))
        assert said(root, "ExchangedDocument/TypeCode") == ["380"]
        assert said(root, "GrandTotalAmount") == [order.total.removeprefix("€")]
        assert said(root, "SellerTradeParty/SpecifiedTaxRegistration/ID") == ["FR83404833048"]
        assert said(root, "BuyerTradeParty/PostalTradeAddress/CountryID") == ["DE"]
        lines, whole = said(root, "LineTotalAmount"), said(root, "TaxBasisTotalAmount")
        assert len(lines) == 4  # Three of lines, and their sum.
        assert sum(round(float(one) * 100) for one in lines[:3]) == round(float(whole[0]) * 100)
        reader = pypdf.PdfReader(io.BytesIO(invoicing.invoice_pdf(Invoice.objects.get())))
        metadata = reader.trailer["/Root"]["/Metadata"].get_data().decode()
        assert "<pdfaid:part>3</pdfaid:part>" in metadata
        assert "EN 16931" in metadata
        assert "Kontor" in reader.pages[0].extract_text()

    @pytest.mark.parametrize("rate", ["AT", "FI", "HU", "LU"])
    def test_adds_up_at_every_rate_as_the_standard_asks(self, rate: str) -> None:
        root = xml_of(issue(ordered(country=rate)))
        net, tax, gross = (
            round(float(said(root, name)[0]) * 100)
            for name in ("TaxBasisTotalAmount", "TaxTotalAmount", "GrandTotalAmount")
        )
        percent = float(said(root, "ApplicableHeaderTradeSettlement/ApplicableTradeTax/RateApplicablePercent")[0])
        assert net + tax == gross  # BR-CO-15
        assert abs(tax - net * percent / 100) <= 1  # BR-CO-17, within the cent that a price with tax leaves

    def test_with_five_lines_of_address_and_odd_characters_is_still_valid(self) -> None:
        invoice = issue(ordered(), address="a\nb\nc\nd\ne\x07", name="Ünï \x00& <Co> 日本")
        root = xml_of(invoice)
        assert said(root, "BuyerTradeParty/PostalTradeAddress/LineThree") == ["c, d, e"]
        assert said(root, "BuyerTradeParty/Name") == ["Ünï & <Co> 日本"]

    def test_of_one_line_of_address_is_valid(self) -> None:
        assert said(xml_of(issue(ordered(), address="a")), "BuyerTradeParty/PostalTradeAddress/LineOne") == ["a"]

    def test_without_an_e_mail_of_the_seller_is_valid(self, settings: Any) -> None:
        settings.SELLER_EMAIL = ""
        assert said(xml_of(issue(ordered())), "URIID") == []

    def test_outside_the_union_or_without_a_vat_id_is_for_people_alone(self) -> None:
        invoice = issue(ordered(country="JP"), vat_id="")
        assert pypdf.PdfReader(io.BytesIO(invoicing.invoice_pdf(invoice))).attachments == {}
        assert "No VAT: sold to Japan" in words(invoice)

    def test_of_what_was_given_back_before_is_for_the_rest(self) -> None:
        order = ordered()
        first = order.lines.order_by("pk")[0]
        refunding.refund(order, {first.pk: first.price_micro}, key="r", by="dana", reason="It skips.")
        invoice = issue(order)
        assert len(invoice.says["lines"]) == 2
        assert invoice.says["gross_micro"] == order.total_micro - first.price_micro

    def test_of_a_file_name_that_is_another_orders_is_not_found(self) -> None:
        invoice = issue(ordered())
        assert invoicing.invoice_of(invoice.order, invoice.number) == invoice
        with pytest.raises(invoicing.NoSuchInvoice):
            invoicing.invoice_of(an_order(bob(), a_silent_release()), invoice.number)


class TestRefusals:
    @pytest.mark.parametrize(
        "wrong",
        [
            {"name": ""},
            {"name": "x" * 121},
            {"address": " \n "},
            {"address": "\n".join("abcdef")},
            {"address": "x" * 101},
            {"vat_id": "DE136695975"},
            {"vat_id": "FR1"},
            {"vat_id": "GB123456789"},
            {"vat_id": "<script>"},
        ],
    )
    def test_of_what_cannot_stand_on_an_invoice(self, wrong: dict[str, str]) -> None:
        with pytest.raises(invoicing.BadBuyer):
            issue(ordered(), **wrong)
        assert not Series.objects.exists()

    def test_of_an_unpaid_a_free_or_a_refunded_order(self) -> None:
        release = a_silent_release(tracks=1)
        order = a_paid_order(alice("10"), release)
        refunding.refund(order, refunding.left(order), key="r", by="dana", reason="It skips.")
        release.tariffs.update(per_megabyte_micro=0, track_minimum_micro=0)
        for one in (order, an_order(bob("1"), a_silent_release()), a_paid_order(a_buyer("carol", "0"), release)):
            with pytest.raises(invoicing.NothingToInvoice):
                issue(one)

    @pytest.mark.parametrize("wrong", [{"SELLER_ADDRESS": ""}, {"SELLER_NAME": ""}, {"SELLER_VAT_ID": "FR123"}])
    def test_of_a_store_that_has_not_said_who_sells(self, wrong: dict[str, str], settings: Any) -> None:
        for name, value in wrong.items():
            setattr(settings, name, value)
        with pytest.raises(NoSeller, match="receipt is there"):
            issue(ordered())

    def test_a_store_without_tax_needs_no_vat_id(self, settings: Any) -> None:
        settings.SELLER_VAT_ID, settings.TAX_MODE = "", "none"
        invoice = issue(ordered())
        assert "No VAT is charged by this seller" in words(invoice)
        assert invoice.says["seller"]["country"] == settings.HOME_COUNTRY


class TestCreditNote:
    def test_is_given_with_a_refund_once(self) -> None:
        order = ordered()
        invoice = issue(order)
        first = order.lines.order_by("pk")[0]
        for _ in range(2):
            refunding.refund(order, {first.pk: first.price_micro}, key="r", by="dana", reason="It skips.")
        note = Invoice.objects.get(kind="credit")
        assert (note.number, note.corrects) == (f"CN-{note.year}-000001", invoice)
        assert note.says["gross_micro"] == first.price_micro
        text = words(note)
        assert f"Corrects {invoice.number}" in text
        assert "It skips." in text
        root = xml_of(note)
        assert said(root, "ExchangedDocument/TypeCode") == ["381"]
        assert said(root, "InvoiceReferencedDocument/IssuerAssignedID") == [invoice.number]

    def test_is_given_where_something_was_encoded_smaller(self) -> None:
        order = ordered(format_name="mp3-v0")
        issue(order)
        line = order.lines.order_by("pk")[0]
        made = settling.settle(line, actual_bytes=line.size_bytes // 2)
        note = Invoice.objects.get(kind="credit")
        assert note.says["gross_micro"] == made.returned_micro
        assert "Encoded smaller" in words(note)

    def test_is_not_given_where_there_is_no_invoice(self) -> None:
        order = ordered()
        refunding.refund(order, refunding.left(order), key="r", by="dana", reason="It skips.")
        assert not Invoice.objects.exists()

    def test_is_the_same_for_the_same_cause(self) -> None:
        order = ordered()
        issue(order)
        line = order.lines.order_by("pk")[0]
        notes = {invoicing.credit(order, {line.pk: CENT}, cause="c", reason="r") for _ in range(2)}
        assert len(notes) == 1

    @pytest.mark.parametrize("country", ["FR", "FI", "HU"])
    def test_all_together_are_the_invoice_to_the_cent(self, country: str) -> None:
        order = ordered(country=country)
        invoice = issue(order)
        for number in range(1, 40):
            left = dict.fromkeys(list(refunding.left(order))[: number % 3 + 1], CENT)
            if left:
                refunding.refund(order, left, key=str(number), by="dana", reason="It skips.")
        if refunding.left(order):
            refunding.refund(order, refunding.left(order), key="rest", by="dana", reason="It skips.")
        for name in ("net_micro", "tax_micro", "gross_micro"):
            assert sum(note.says[name] for note in invoice.credit_notes.all()) == invoice.says[name]
        for note in invoice.credit_notes.all():
            assert sum(line["net_micro"] for line in note.says["lines"]) == note.says["net_micro"] >= 0
        assert audit().is_clean


def test_greeks_write_el_and_live_in_gr() -> None:
    assert country_of("EL094259216") == "GR"
    assert country_of("nonsense") == ""


def test_the_xml_names_no_currency_but_the_orders() -> None:
    xml = cross_industry.invoice_xml(issue(ordered()).says)
    assert xml.count(b"EUR") == 2


class TestLanguage:
    def test_it_stays_in_the_language_that_the_buyer_read_when_it_was_given(self) -> None:
        order = ordered()
        Person.objects.filter(pk=order.person_id).update(language="fr")
        invoice = issue(Order.objects.get(pk=order.pk))
        Person.objects.filter(pk=order.person_id).update(language="ru")
        with translation.override("ru"):
            assert "Facture" in words(invoice)
            assert "Payé depuis le porte-monnaie." in words(invoice)

    def test_a_credit_note_is_in_the_language_of_its_invoice(self) -> None:
        order = ordered()
        Person.objects.filter(pk=order.person_id).update(language="fr")
        order = Order.objects.get(pk=order.pk)
        issue(order)
        line = order.lines.first()
        assert line is not None
        note = invoicing.credit(order, {line.pk: line.price_micro}, cause="refund:1", reason="Too quiet.")
        assert note is not None
        assert "Avoir" in words(note)
        assert "Rendu au porte-monnaie." in words(note)

    def test_why_something_went_back_by_itself_is_said_in_that_language_too(self) -> None:
        order = ordered(format_name="mp3-v0")
        Person.objects.filter(pk=order.person_id).update(language="fr")
        issue(Order.objects.get(pk=order.pk))
        line = order.lines.order_by("pk")[0]
        settling.settle(line, actual_bytes=line.size_bytes // 2)
        assert "Fichier encodé plus petit qu’annoncé." in words(Invoice.objects.get(kind="credit"))

    def test_one_of_before_there_were_languages_is_in_english(self) -> None:
        invoice = issue(ordered())
        del invoice.says["language"]
        assert "Paid from the wallet." in words(invoice)
