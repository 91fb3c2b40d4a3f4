"""A batch is made once, its whole value is set aside, and above a limit two people made it."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction

from obbligato.kernel import clock
from obbligato.kernel.money import MICRO
from obbligato.kernel.refusals import KeyUsedOtherwise
from obbligato.ledger.audit import audit
from obbligato.payments.two_people import SecondPersonNeeded
from obbligato.payments.vouchers import codes, issuing
from obbligato.payments.vouchers.models import Voucher, VoucherBatch
from tests.payments.vouchers.makers import KEY, a_batch, held, left, voucher

pytestmark = pytest.mark.django_db
Kind = VoucherBatch.Kind


def test_the_whole_value_is_set_aside_from_where_it_comes() -> None:
    sold, given = a_batch(), a_batch(Kind.PROMOTIONAL, key=f"{KEY} other")
    assert left(sold.batch) == left(given.batch) == (20 * MICRO, 20 * MICRO)
    assert (held("cash"), held("promotion")) == (-20 * MICRO, -20 * MICRO)
    assert (str(sold.batch), str(voucher(sold))) == (
        "Sold for cash: 2 × €10.00",
        f"…{sold.codes[0][-4:]}: €10.00 of €10.00",
    )
    assert audit().is_clean


def test_no_code_is_stored_anywhere() -> None:
    issued = a_batch()
    assert [codes.read(code) for code in issued.codes] == list(issued.codes)
    stored = []
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor):
            cursor.execute(f'SELECT * FROM "{table}"')
            stored.append(repr(cursor.fetchall()))
    for code in issued.codes:
        assert code[:8] not in "".join(stored)
    assert KEY not in "".join(stored)


def test_the_same_form_sent_twice_is_one_batch_and_gives_its_codes_again() -> None:
    assert a_batch() == a_batch()
    assert (VoucherBatch.objects.count(), Voucher.objects.count(), held("cash")) == (1, 2, -20 * MICRO)


@pytest.mark.parametrize("changed", [{"euros": 11}, {"count": 3}, {"kind": Kind.PROMOTIONAL}, {"currency": "USD"}])
def test_the_same_key_for_another_batch_is_refused(changed: dict[str, Any]) -> None:
    a_batch()
    with pytest.raises(KeyUsedOtherwise):
        a_batch(**changed)


SENSELESS = [
    {"count": 0}, {"count": -1}, {"count": 501}, {"euros": 0}, {"euros": -1}, {"euros": 10**16}, {"reason": " "},
    {"kind": Kind.GIFT_CARD}, {"currency": "JPY", "face_micro": 1}, {"key": "short"},
]  # fmt: skip


@pytest.mark.parametrize("changed", SENSELESS)
def test_a_senseless_batch_is_refused(changed: dict[str, Any]) -> None:
    words = {"kind": Kind.SOLD, "face_micro": changed.get("euros", 10) * MICRO, "currency": "EUR", "count": 2}
    more = {"key": KEY, "by": "dana", "reason": "Receipt 17"}
    others = {name: value for name, value in changed.items() if name != "euros"}
    with pytest.raises(issuing.BadBatch):
        issuing.make(**{**words, **more, **others})
    assert not VoucherBatch.objects.exists()


def test_a_day_that_is_over_is_no_end() -> None:
    with pytest.raises(issuing.BadBatch, match="over already"):
        a_batch(expires_at=clock.now() - timedelta(seconds=1))


class TestTwoPeople:
    @pytest.fixture(autouse=True)
    def _limit(self, settings: Any) -> None:
        settings.TWO_PERSON_LIMIT_MICRO = 15 * MICRO

    def test_must_agree_where_the_whole_batch_is_above_the_limit(self) -> None:
        proposed = a_batch()
        assert (proposed.codes, proposed.batch.state, held("cash")) == ((), "proposed", 0)
        assert a_batch().codes == ()
        with pytest.raises(SecondPersonNeeded):
            issuing.approve(proposed.batch, key=KEY, by="dana")
        with pytest.raises(IntegrityError), transaction.atomic():
            VoucherBatch.objects.update(approved_by="dana")
        with pytest.raises(issuing.BadBatch):
            issuing.approve(proposed.batch, key="", by="erin")
        issued = issuing.approve(proposed.batch, key=f"{KEY} of erin", by="erin")
        assert (len(issued.codes), issued.batch.approved_by, held("cash")) == (2, "erin", -20 * MICRO)
        assert issuing.approve(proposed.batch, key=f"{KEY} of erin", by="erin") == issued
        assert issuing.approve(proposed.batch, key=f"{KEY} of carol", by="carol").codes == ()
        assert a_batch().codes == ()

    def test_may_also_disagree(self) -> None:
        proposed = a_batch()
        rejected = issuing.reject(proposed.batch, by="erin")
        assert (rejected.state, rejected.reason) == ("rejected", "Receipt 17 (rejected by erin)")
        assert issuing.reject(proposed.batch, by="erin").reason == rejected.reason
        assert issuing.approve(proposed.batch, key=KEY, by="erin").codes == ()
        assert not Voucher.objects.exists()

    def test_are_not_needed_below_it(self) -> None:
        assert a_batch(count=1).batch.state == "made"


def test_the_database_itself_keeps_what_is_left_within_the_value() -> None:
    a_batch()
    for wrong in (-1, 10 * MICRO + 1):
        with pytest.raises(IntegrityError), transaction.atomic():
            Voucher.objects.update(left_micro=wrong)
