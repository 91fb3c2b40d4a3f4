"""Give a receipt for every paid order, and print it. What it says was settled when the order was paid.

The words around that are in the language of who reads it: a receipt is for her alone, and binds nobody.
"""

from typing import Any

from obbligato.kernel import chance
from obbligato.kernel.refusals import Missing
from obbligato.kernel.sentences import Sentence
from obbligato.sales.documents import printing
from obbligato.sales.documents.amounts import amounts
from obbligato.sales.documents.models import Receipt
from obbligato.sales.documents.seller import seller
from obbligato.sales.models import Order


class NoReceipt(Missing):
    """The order was not paid, so there is no receipt."""


def give(order: Order) -> Receipt:
    """The receipt of an order that is being paid: one row, for its lines are there already."""
    assert order.paid_at is not None
    return Receipt.objects.create(
        number=chance.token(10), order=order, seller=seller().stored(), created_at=order.paid_at
    )


def receipt_of(order: Order) -> Receipt:
    """The receipt of a paid order; one paid before there were receipts gets hers now. Raises NoReceipt."""
    if order.paid_at is None:
        raise NoReceipt("This order is not paid, so there is no receipt yet.")
    return Receipt.objects.filter(order=order).first() or give(order)


def receipt_pdf(receipt: Receipt) -> bytes:
    """The receipt as a PDF in the active language, in each the same bytes each time."""
    return printing.printed(_paper(receipt))


def _paper(receipt: Receipt) -> dict[str, Any]:
    order, seller = receipt.order, receipt.seller
    lines = list(order.lines.select_related("track__edition").order_by("pk"))
    prices = [line.price_micro for line in lines]
    moment = f"{receipt.created_at:%Y-%m-%d %H:%M}"
    found = amounts(prices, rate_basis_points=order.tax_basis_points, currency=order.currency)
    return printing.paper(
        title=Sentence("Receipt").in_words(),
        number=receipt.number,
        day=receipt.created_at,
        currency=order.currency,
        seller=seller,
        facts=[
            [Sentence("Order").in_words(), order.number],
            [Sentence("Paid").in_words(), Sentence("{moment} UTC, from the wallet", moment=moment).in_words()],
        ],
        lines=[
            {
                "what": line.track.title,
                "more": printing.more_of(line),
                "net_micro": net,
                "gross_micro": line.price_micro,
            }
            for line, net in zip(lines, found.nets_micro, strict=True)
        ],
        amounts=found,
        tax=printing.tax_words(order.tax_basis_points, order.country, seller["tax_mode"]),
        total=Sentence("Paid").in_words(),
        notes=[Sentence("What is returned later is on the order's page.").in_words()],
    )
