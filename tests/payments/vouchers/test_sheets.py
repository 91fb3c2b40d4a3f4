"""The printed sheet says what it must, its QR codes lead to the right codes, and it is the same bytes each time."""

import re
from datetime import UTC, datetime, timedelta
from io import BytesIO

import pytest
import segno
from pypdf import PdfReader

from obbligato.kernel import clock
from obbligato.payments.vouchers import codes
from obbligato.payments.vouchers.models import VoucherBatch
from obbligato.payments.vouchers.sheets import sheet

PAGE = "https://store.example/voucher"
STROKE = re.compile(rb"([\d.]+) ([\d.]+) m ([\d.]+) ([\d.]+) l")


def a_batch(count: int, **others: object) -> VoucherBatch:
    values = {"kind": "sold", "face_micro": 10_000_000, "currency": "EUR", "count": count, **others}
    return VoucherBatch(number="n", **values)


def some_codes(count: int) -> list[str]:
    return [codes.code_of(7**30 * (number + 1) % (1 << codes.BITS)) for number in range(count)]


def drawn(content: bytes) -> list[set[tuple[int, int]]]:
    """The dark modules of each QR code of a page, as its strokes draw them."""
    found: list[set[tuple[int, int]]] = []
    for path in re.findall(rb"SCN 4 M ((?:[\d. ]+ [ml]\s)+)B", content):
        modules = set()
        for x, y, to, _ in STROKE.findall(path):
            modules |= {(column, int(float(y))) for column in range(int(float(x)), int(float(to)))}
        found.append(modules)
    return found


def expected(text: str) -> set[tuple[int, int]]:
    """The dark modules of the QR code of a text, with its quiet zone."""
    rows = segno.make(text, error="m", micro=False, boost_error=False).matrix_iter(border=4)
    return {(x, y) for y, row in enumerate(rows) for x, dark in enumerate(row) if dark}


def test_each_card_shows_its_code_and_a_qr_code_that_leads_to_it() -> None:
    made = some_codes(12)
    pages = PdfReader(BytesIO(sheet(a_batch(12), made, redeem_url=PAGE))).pages
    assert [round(float(side)) for side in pages[0].mediabox[2:]] == [595, 842]
    printed, seen = [], []
    for page in pages:
        text = page.extract_text()
        assert "€10.00" in text
        assert "store.example/voucher" in text
        printed += re.findall(r"(?:[0-9A-Z]{4}-){4}[0-9A-Z]{4}", text)
        contents = page.get_contents()
        assert contents is not None
        seen += drawn(contents.get_data())
    assert printed == [codes.shown(code) for code in made]
    assert len(pages) == 2
    assert seen == [expected(f"{PAGE}#{code}") for code in made]


def test_the_same_codes_give_the_same_bytes_at_any_time() -> None:
    first = sheet(a_batch(3), some_codes(3), redeem_url=PAGE)
    with clock.stopped(clock.now() + timedelta(days=400)):
        assert sheet(a_batch(3), some_codes(3), redeem_url=PAGE) == first


def test_a_card_says_when_it_ends_where_it_does() -> None:
    ending = a_batch(1, kind="promotional", expires_at=datetime(2027, 3, 1, 23, 59, tzinfo=UTC))
    text = PdfReader(BytesIO(sheet(ending, some_codes(1), redeem_url=PAGE))).pages[0].extract_text()
    assert "until 1 March 2027" in text
    assert "until" not in PdfReader(BytesIO(sheet(a_batch(1), some_codes(1), redeem_url=PAGE))).pages[0].extract_text()


def test_a_stores_name_is_never_markup(settings: object) -> None:
    name = '#panic("x") *Store* $ [ @'
    settings.SITE_NAME = name  # type: ignore[attr-defined]
    text = PdfReader(BytesIO(sheet(a_batch(1), some_codes(1), redeem_url=PAGE))).pages[0].extract_text()
    assert name in text


@pytest.mark.parametrize("kind", ["gift_card", "sold"])
def test_a_gift_card_is_called_one(kind: str) -> None:
    text = PdfReader(BytesIO(sheet(a_batch(1, kind=kind), some_codes(1), redeem_url=PAGE))).pages[0].extract_text()
    assert ("Gift card" in text) == (kind == "gift_card")
