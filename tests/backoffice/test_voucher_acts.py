"""An operator makes vouchers, finds them by four characters and acts on them once; only the sheet has their codes."""

import re
from io import BytesIO
from typing import Any

import pytest
from django.test import Client
from pypdf import PdfReader

from obbligato.kernel.money import MICRO
from obbligato.payments.models import Attempt
from obbligato.payments.vouchers.models import BonusTier, Redemption, Voucher, VoucherBatch
from obbligato.sales import wallets
from tests.backoffice.goods import a_busy_store
from tests.makers import erin, signed_in
from tests.payments.vouchers.makers import redeem

pytestmark = pytest.mark.django_db
DESK = "/desk/vouchers"
CODE = re.compile(r"(?:[0-9A-Z]{4}-){4}[0-9A-Z]{4}")
TEN = {"amount": "10", "count": "3", "currency": "EUR", "kind": "sold", "reason": "Receipt 17", "last_day": ""}


@pytest.fixture
def staff() -> Client:
    client = Client()
    client.force_login(a_busy_store())
    return client


def sent(client: Client, address: str, **values: str) -> Any:
    """Open the page that asks, send it twice, and give the second answer."""
    page = client.get(f"{DESK}/{address}/")
    assert page.status_code == 200, address
    key = page.context["form"]["key"].value()
    client.post(f"{DESK}/{address}/", {"key": key, **values})
    return client.post(f"{DESK}/{address}/", {"key": key, **values}, follow=True)


def codes_in(answer: Any) -> list[str]:
    assert answer.headers["Content-Type"] == "application/pdf"
    assert "no-store" in answer.headers["Cache-Control"]
    return [code for page in PdfReader(BytesIO(answer.content)).pages for code in CODE.findall(page.extract_text())]


def test_a_batch_is_made_once_and_its_sheet_has_the_codes(staff: Client) -> None:
    answer = sent(staff, "voucherbatch/make", **TEN)
    codes = codes_in(answer)
    assert len(codes) == 3
    batch = VoucherBatch.objects.get(count=3)
    assert (batch.asked_by, batch.reason, batch.expires_at) == ("dana", "Receipt 17", None)
    visitor = Redemption.objects.get().person
    assert redeem(visitor, codes[0], key="new").amount_micro == 10 * MICRO
    page = staff.get(f"{DESK}/voucherbatch/").content.decode()
    assert "3 × €10.00 = €30.00" in page
    assert "€20.00" in page
    for code in codes:
        assert code not in page


def test_above_the_limit_the_second_person_gets_the_sheet(staff: Client, settings: Any) -> None:
    settings.TWO_PERSON_LIMIT_MICRO = 20 * MICRO
    assert "Waits for a second person" in sent(staff, "voucherbatch/make", **TEN).content.decode()
    batch = VoucherBatch.objects.get(count=3)
    assert "that wait for a person: 4" in staff.get("/desk/").content.decode()
    assert "somebody else" in sent(staff, f"voucherbatch/{batch.pk}/approve").content.decode()
    second = signed_in(erin())
    assert len(codes_in(sent(second, f"voucherbatch/{batch.pk}/approve"))) == 3
    assert "Sold for cash: 3 × €10.00: Made." in sent(second, f"voucherbatch/{batch.pk}/approve").content.decode()


def test_a_proposal_is_rejected(staff: Client, settings: Any) -> None:
    settings.TWO_PERSON_LIMIT_MICRO = 20 * MICRO
    sent(staff, "voucherbatch/make", **TEN)
    batch = VoucherBatch.objects.get(count=3)
    assert "Rejected." in sent(signed_in(erin()), f"voucherbatch/{batch.pk}/reject").content.decode()


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"amount": "-1"}, "cannot be negative"),
        ({"amount": "99999999"}, "at most"),
        ({"currency": "XQX"}, "is not a currency"),
        ({"last_day": "2020-01-01"}, "over already"),
        ({"count": "501"}, "less than or equal to 500"),
        ({"kind": "gift_card"}, "not one of the available choices"),
    ],
)
def test_what_makes_no_sense_is_said_and_nothing_is_made(staff: Client, wrong: dict[str, str], words: str) -> None:
    assert words in sent(staff, "voucherbatch/make", **{**TEN, **wrong}).content.decode()
    assert VoucherBatch.objects.count() == 1


def test_a_voucher_with_a_last_day_is_good_until_its_end(staff: Client) -> None:
    sent(staff, "voucherbatch/make", **{**TEN, "last_day": "2999-03-01"})
    end = VoucherBatch.objects.get(count=3).expires_at
    assert end is not None
    assert end.isoformat() == "2999-03-01T23:59:59+00:00"


def test_a_voucher_is_found_by_its_last_four_frozen_thawed_and_annulled(staff: Client) -> None:
    voucher = Voucher.objects.get(place=1)
    found = staff.get(f"{DESK}/voucher/", {"q": voucher.last_four.lower()}).content.decode()
    assert f"/voucher/{voucher.pk}/change/" in found
    other = Voucher.objects.get(place=2)
    assert (f"/voucher/{other.pk}/change/" in found) == (other.last_four == voucher.last_four)
    assert "Frozen." in sent(staff, f"voucher/{voucher.pk}/freeze", reason="It was stolen.").content.decode()
    assert "It was stolen." in staff.get(f"{DESK}/voucher/{voucher.pk}/change/").content.decode()
    assert "Usable again." in sent(staff, f"voucher/{voucher.pk}/thaw", reason="It was found.").content.decode()
    assert "Annulled." in sent(staff, f"voucher/{voucher.pk}/annul", reason="Enough.").content.decode()
    voucher.refresh_from_db()
    assert (voucher.left_micro, voucher.frozen_at) == (0, None)
    assert "over" in staff.get(f"{DESK}/voucher/").content.decode()


def test_a_batch_is_annulled(staff: Client) -> None:
    batch = VoucherBatch.objects.get()
    sent(staff, f"voucherbatch/{batch.pk}/annul", reason="Misprinted.")
    assert set(batch.vouchers.values_list("left_micro", flat=True)) == {0}


def test_redeemed_money_is_put_back(staff: Client) -> None:
    redemption = Redemption.objects.get()
    words = sent(staff, f"redemption/{redemption.pk}/put-back", amount="0.40", reason="Wrong account.")
    assert "Money put back onto it." in words.content.decode()
    assert wallets.balance(redemption.person, "EUR") == 600_000


def test_a_bonus_is_set_and_ended(staff: Client) -> None:
    assert (
        "€2.00 on €20.00 or more, from now on."
        in sent(staff, "bonustier/set-tier", currency="EUR", payment="20", bonus="2").content.decode()
    )
    tier = BonusTier.objects.get(from_micro=20 * MICRO, valid_until=None)
    assert "given no more" in sent(staff, f"bonustier/{tier.pk}/end").content.decode()
    tier.refresh_from_db()
    assert tier.ended_by == "dana"


def test_staff_without_the_right_may_do_none_of_it(staff: Client) -> None:
    newcomer = Attempt.objects.get().person
    newcomer.is_staff = True
    newcomer.save()
    client = Client()
    client.force_login(newcomer)
    for address in ("voucherbatch/make", "voucher/1/freeze", "redemption/1/put-back", "bonustier/set-tier"):
        assert client.post(f"{DESK}/{address}/", {"key": "k"}).status_code == 403, address
