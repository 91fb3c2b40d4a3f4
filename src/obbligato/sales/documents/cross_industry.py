"""Write an invoice as Cross Industry Invoice, in the profile EN 16931 of Factur-X, and put it into its PDF. Pure.

Elements stand in the order of UN/CEFACT's schema; BT numbers are those of EN 16931-1.
"""

import re
from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

import facturx
from lxml import etree

from obbligato.kernel.money import plain_amount

PROFILE = "urn:cen.eu:en16931:2017"
URN = "urn:un:unece:uncefact:data:standard"
NAMESPACES = {
    "rsm": f"{URN}:CrossIndustryInvoice:100",
    "ram": f"{URN}:ReusableAggregateBusinessInformationEntity:100",
    "udt": f"{URN}:UnqualifiedDataType:100",
    "qdt": f"{URN}:QualifiedDataType:100",
}
INVOICE, CREDIT_NOTE = "380", "381"
"""BT-3, of UNTDID 1001."""
PIECE = "C62"
ONLINE_PAYMENT_SERVICE = "68"
PDF_DATE = re.compile(rb"(D(?::|\\072))\d{14}(?=(?:\+|\\053)00)")
FILE_IDS = re.compile(rb"(/ID \[ (<[0-9a-f]+>) )<[0-9a-f]+>")
XMP_DATE = re.compile(rb"(<xmp:(?:Create|Modify)Date>)[^<]{25}(</xmp:)")


class _Writer:
    """Appends elements below one another; `down` is where it stands."""

    def __init__(self, element: Any) -> None:  # noqa: ANN401
        self.element = element

    def down(self, name: str) -> "_Writer":
        return _Writer(etree.SubElement(self.element, _qualified(name)))

    def say(self, name: str, text: str, **attributes: str) -> "_Writer":
        etree.SubElement(self.element, _qualified(name), **attributes).text = text
        return self


def invoice_xml(says: Mapping[str, Any]) -> bytes:
    """The XML of an invoice or credit note as Invoice.says keeps it."""
    root = etree.Element(_qualified("rsm:CrossIndustryInvoice"), nsmap=NAMESPACES)
    writer = _Writer(root)
    context = writer.down("rsm:ExchangedDocumentContext")
    context.down("ram:GuidelineSpecifiedDocumentContextParameter").say("ram:ID", PROFILE)
    document = writer.down("rsm:ExchangedDocument").say("ram:ID", says["number"])
    document.say("ram:TypeCode", CREDIT_NOTE if says["corrects"] else INVOICE)
    document.down("ram:IssueDateTime").say("udt:DateTimeString", _day(says["issued"]), format="102")
    if says["reason"]:
        document.down("ram:IncludedNote").say("ram:Content", says["reason"])
    transaction = writer.down("rsm:SupplyChainTradeTransaction")
    for number, line in enumerate(says["lines"], 1):
        _line(transaction, number, line, says)
    _agreement(transaction.down("ram:ApplicableHeaderTradeAgreement"), says)
    delivery = transaction.down("ram:ApplicableHeaderTradeDelivery").down("ram:ActualDeliverySupplyChainEvent")
    delivery.down("ram:OccurrenceDateTime").say("udt:DateTimeString", _day(says["paid"]), format="102")
    _settlement(transaction.down("ram:ApplicableHeaderTradeSettlement"), says)
    return bytes(etree.tostring(root, xml_declaration=True, encoding="UTF-8", pretty_print=True))


def with_xml(pdf: bytes, xml: bytes, *, title: str, author: str, day: datetime) -> bytes:
    """The PDF with the XML attached, checked by its schema; the same bytes for the same input.

    The library dates what it writes by the clock, and a file's second id hangs on that; both become the paper's own.
    """
    made = facturx.generate_from_binary(
        pdf,
        xml,
        flavor="factur-x",
        level="en16931",
        lang="en",
        pdf_metadata={"title": title, "author": author, "subject": title, "keywords": "Factur-X"},
        afrelationship="alternative",
        xmp_compression=False,
    )
    made = PDF_DATE.sub(rb"\g<1>" + f"{day:%Y%m%d%H%M%S}".encode(), made)
    made = FILE_IDS.sub(rb"\g<1>\g<2>", made)
    return XMP_DATE.sub(rb"\g<1>" + f"{day:%Y-%m-%dT%H:%M:%S}+00:00".encode() + rb"\g<2>", made)


def _line(transaction: _Writer, number: int, line: Mapping[str, Any], says: Mapping[str, Any]) -> None:
    net = plain_amount(line["net_micro"], says["currency"])
    item = transaction.down("ram:IncludedSupplyChainTradeLineItem")
    item.down("ram:AssociatedDocumentLineDocument").say("ram:LineID", str(number))
    item.down("ram:SpecifiedTradeProduct").say("ram:Name", line["what"]).say("ram:Description", line["more"])
    item.down("ram:SpecifiedLineTradeAgreement").down("ram:NetPriceProductTradePrice").say("ram:ChargeAmount", net)
    item.down("ram:SpecifiedLineTradeDelivery").say("ram:BilledQuantity", "1", unitCode=PIECE)
    settled = item.down("ram:SpecifiedLineTradeSettlement")
    settled.down("ram:ApplicableTradeTax").say("ram:TypeCode", "VAT").say("ram:CategoryCode", "S").say(
        "ram:RateApplicablePercent", _percent(says)
    )
    settled.down("ram:SpecifiedTradeSettlementLineMonetarySummation").say("ram:LineTotalAmount", net)


def _agreement(agreement: _Writer, says: Mapping[str, Any]) -> None:
    for name, party in (("ram:SellerTradeParty", says["seller"]), ("ram:BuyerTradeParty", says["buyer"])):
        writer = agreement.down(name).say("ram:Name", party["name"])
        address = writer.down("ram:PostalTradeAddress")
        first, rest = party["address"][:2], party["address"][2:]
        for place, text in zip(("One", "Two", "Three"), [*first, *([", ".join(rest)] if rest else [])], strict=False):
            address.say(f"ram:Line{place}", text)
        address.say("ram:CountryID", party["country"])
        if party.get("email"):
            writer.down("ram:URIUniversalCommunication").say("ram:URIID", party["email"], schemeID="EM")
        writer.down("ram:SpecifiedTaxRegistration").say("ram:ID", party["vat_id"], schemeID="VA")
    agreement.down("ram:SellerOrderReferencedDocument").say("ram:IssuerAssignedID", says["order"])


def _settlement(settlement: _Writer, says: Mapping[str, Any]) -> None:
    currency = says["currency"]
    net, tax, gross = (plain_amount(says[name], currency) for name in ("net_micro", "tax_micro", "gross_micro"))
    settlement.say("ram:InvoiceCurrencyCode", currency)
    settlement.down("ram:SpecifiedTradeSettlementPaymentMeans").say("ram:TypeCode", ONLINE_PAYMENT_SERVICE)
    settlement.down("ram:ApplicableTradeTax").say("ram:CalculatedAmount", tax).say("ram:TypeCode", "VAT").say(
        "ram:BasisAmount", net
    ).say("ram:CategoryCode", "S").say("ram:RateApplicablePercent", _percent(says))
    settlement.down("ram:SpecifiedTradePaymentTerms").say("ram:Description", says["terms"])
    sums = settlement.down("ram:SpecifiedTradeSettlementHeaderMonetarySummation")
    sums.say("ram:LineTotalAmount", net).say("ram:TaxBasisTotalAmount", net)
    sums.say("ram:TaxTotalAmount", tax, currencyID=currency).say("ram:GrandTotalAmount", gross)
    sums.say("ram:TotalPrepaidAmount", gross).say("ram:DuePayableAmount", plain_amount(0, currency))
    if says["corrects"]:
        corrected = settlement.down("ram:InvoiceReferencedDocument").say("ram:IssuerAssignedID", says["corrects"])
        corrected.down("ram:FormattedIssueDateTime").say(
            "qdt:DateTimeString", _day(says["corrects_issued"]), format="102"
        )


def _qualified(name: str) -> str:
    prefix, _, local = name.partition(":")
    return f"{{{NAMESPACES[prefix]}}}{local}"


def _day(text: str) -> str:
    return f"{date.fromisoformat(text[:10]):%Y%m%d}"


def _percent(says: Mapping[str, Any]) -> str:
    return f"{says['rate_basis_points'] / 100:g}"
