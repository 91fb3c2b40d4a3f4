"""Put the codes of a batch on paper, ten cards to a sheet of A4, each with a QR code. It never keeps them.

In the address of the QR code the code stands behind #: a browser keeps that to itself, so no server's log has it. The
same codes give the same bytes.
"""

from collections.abc import Sequence
from datetime import datetime
from io import BytesIO
from pathlib import Path

import segno
from django.conf import settings

from obbligato.kernel import papers
from obbligato.kernel.languages import spoken
from obbligato.kernel.money import format_money
from obbligato.kernel.sentences import Sentence
from obbligato.payments.vouchers.codes import shown
from obbligato.payments.vouchers.models import VoucherBatch

TEMPLATE = Path(__file__).parent / "templates" / "vouchers" / "sheet.typ"
QUIET_MODULES = 4
"""Left white around a QR code (ISO/IEC 18004, clause 9.1)."""


def sheet(batch: VoucherBatch, codes: Sequence[str], *, redeem_url: str) -> bytes:
    """The cards of a batch as a PDF, in the active language. `redeem_url` is the page where a code is redeemed."""
    is_gift_card = batch.kind == VoucherBatch.Kind.GIFT_CARD
    data = {
        "store": settings.SITE_NAME,
        "title": (Sentence("Gift card") if is_gift_card else Sentence("Voucher")).in_words(),
        "value": format_money(batch.face_micro, batch.currency),
        "language": spoken(),
        "redeem": _redeem(redeem_url.partition("://")[2], batch.expires_at).in_words(),
        "cards": [{"code": shown(code), "image": f"{code}.svg"} for code in codes],
    }
    return papers.pdf(TEMPLATE, data, images={f"{code}.svg": qr(address(code, redeem_url)) for code in codes})


def _redeem(address: str, expires_at: datetime | None) -> Sentence:
    if expires_at is None:
        return Sentence("Redeem it at {address}.", address=address)
    return Sentence("Redeem it at {address} until {day}.", address=address, day=expires_at)


def address(code: str, redeem_url: str) -> str:
    """What the QR code says."""
    return f"{redeem_url}#{code}"


def qr(text: str) -> bytes:
    """A QR code as SVG, mending up to 15 % of damage."""
    drawn = BytesIO()
    made = segno.make(text, error="m", micro=False, boost_error=False)
    made.save(drawn, kind="svg", xmldecl=False, border=QUIET_MODULES, omitsize=True)
    return drawn.getvalue()
