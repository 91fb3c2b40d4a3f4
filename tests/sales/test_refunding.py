"""What is given back of an order comes from those who got it, is never more than was paid, and happens once."""

from typing import Any

import pytest
from django.db import IntegrityError, transaction
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from obbligato.catalog.models import Recording
from obbligato.kernel.money import MICRO
from obbligato.kernel.refusals import KeyUsedOtherwise
from obbligato.ledger import accounts
from obbligato.ledger.audit import audit
from obbligato.ledger.models import Account
from obbligato.ledger.transfers import Move, transfer
from obbligato.library import shelf
from obbligato.payments.two_people import SecondPersonNeeded
from obbligato.people.models import Person
from obbligato.rights.splits import ShareTerms, declare_split
from obbligato.sales import refunding, settling, wallets
from obbligato.sales.models import Order, OrderLine, OrderRefund, Purchase
from obbligato.sales.quoting import format_named, quote_track
from tests.makers import alice, fill_wallet
from tests.sales.documents.makers import a_paid_order, an_order
from tests.storefront.makers import a_silent_release

pytestmark = pytest.mark.django_db
CENT = MICRO // 100
State = OrderRefund.State


def bought(person: Person, *, format_name: str = "mp3-320", tracks: int = 3) -> Order:
    release = a_silent_release(tracks=tracks)
    for recording in Recording.objects.all():
        declare_split(recording, [ShareTerms("Ada", "x", 3_333), ShareTerms("Ben", "y", 6_667)])
    return a_paid_order(person, release, format_name=format_name)


def give(order: Order, amounts: dict[int, int], **changed: Any) -> OrderRefund:
    words: dict[str, Any] = {"key": "k", "by": "dana", "reason": "It skips.", **changed}
    return refunding.refund(order, amounts, **words)


def balances() -> dict[str, int]:
    return {one.name: accounts.balance_micro(one) for one in Account.objects.exclude(kind="wallet")}


class TestRefund:
    def test_of_a_whole_order_leaves_every_account_as_before(self) -> None:
        person = alice("10")
        order = bought(person)
        made = give(order, refunding.left(order))
        assert (made.state, made.total_micro) == (State.DONE, order.total_micro)
        assert wallets.balance(person, "EUR") == 10 * MICRO
        assert {name: held for name, held in balances().items() if held} == {"marketing": -10 * MICRO}
        assert refunding.left(order) == {}
        assert audit().is_clean

    def test_in_the_wallets_history_is_one_movement(self) -> None:
        person = alice("10")
        order = bought(person)
        first = order.lines.order_by("pk")[0]
        give(order, {first.pk: CENT})
        give(order, {first.pk: 2 * CENT}, key="again")
        kinds = [(one.kind, one.amount_micro) for one in wallets.history(person, "EUR")]
        assert kinds[:2] == [("Refund of an order", 2 * CENT), ("Refund of an order", CENT)]

    def test_is_made_once_per_key(self) -> None:
        order = bought(alice("10"))
        line = order.lines.order_by("pk")[0]
        assert give(order, {line.pk: CENT}).pk == give(order, {line.pk: CENT}).pk
        with pytest.raises(KeyUsedOtherwise, match=r"€0\.01"):
            give(order, {line.pk: 2 * CENT})
        line.refresh_from_db()
        assert line.returned_micro == CENT

    def test_of_parts_goes_up_to_the_whole_and_not_a_cent_further(self) -> None:
        order = bought(alice("10"), tracks=1)
        line = order.lines.get()
        for number in range(line.price_micro // CENT):
            give(order, {line.pk: CENT}, key=str(number))
        with pytest.raises(refunding.MoreThanIsLeft, match=r"€0\.00 can be refunded"):
            give(order, {line.pk: CENT}, key="one more")
        assert not any(held for name, held in balances().items() if name != "marketing")

    @pytest.mark.parametrize("amount", [-CENT, 1])
    def test_of_a_senseless_amount_is_refused(self, amount: int) -> None:
        order = bought(alice("10"))
        with pytest.raises(refunding.BadRefund, match="no such amount"):
            give(order, {order.lines.order_by("pk")[0].pk: amount})
        assert not OrderRefund.objects.exists()

    def test_without_lines_or_a_reason_or_of_another_order_is_refused(self) -> None:
        order = bought(alice("10"))
        line = order.lines.order_by("pk")[0]
        for amounts, changed in (({}, {}), ({line.pk: 0}, {}), ({line.pk: CENT}, {"reason": " "}), ({0: CENT}, {})):
            with pytest.raises(refunding.BadRefund):
                give(order, amounts, **changed)

    def test_of_an_unpaid_order_is_refused(self) -> None:
        order = an_order(alice(), a_silent_release())
        with pytest.raises(refunding.NotPaid):
            give(order, {order.lines.order_by("pk")[0].pk: CENT})

    def test_after_a_payout_is_carried_by_the_next_shares(self) -> None:
        person = alice("10")
        order = bought(person)
        bank = accounts.open_account("bank", currency="EUR", kind=Account.Kind.BANK)
        for share in Account.objects.filter(kind=Account.Kind.ROYALTY):
            transfer(Move(f"payout:{share.pk}", share, bank, accounts.balance_micro(share), "payout"))
        give(order, refunding.left(order))
        assert wallets.balance(person, "EUR") == 10 * MICRO
        assert all(held < 0 for name, held in balances().items() if name.startswith("royalty"))
        assert audit().is_clean

    def test_reaches_someone_who_signs_in_no_more(self) -> None:
        person = alice("10")
        order = bought(person)
        Person.objects.filter(pk=person.pk).update(is_active=False)
        give(order, refunding.left(order))
        assert wallets.balance(person, "EUR") == 10 * MICRO

    def test_follows_the_store_share_of_the_sale(self, settings: Any) -> None:
        order = bought(alice("10"))
        settings.STORE_SHARE_BASIS_POINTS = 9_000
        give(order, refunding.left(order))
        assert not any(held for name, held in balances().items() if name != "marketing")

    def test_beyond_the_price_is_refused_by_the_database_too(self) -> None:
        order = bought(alice("10"))
        with pytest.raises(IntegrityError), transaction.atomic():
            OrderLine.objects.filter(order=order).update(returned_micro=5 * MICRO)


class TestPurchase:
    def test_of_a_wholly_refunded_line_ends_and_can_be_bought_again(self) -> None:
        person = alice("20")
        order = bought(person)
        first, *others = order.lines.order_by("pk")
        give(order, {first.pk: first.price_micro})
        ended = Purchase.objects.get(line=first)
        assert (ended.ended_by, ended.end_reason) == ("dana", "Refunded: It skips.")
        item = shelf.shelf_item(person, first.track.edition.release.slug)
        assert [track.pk for track in item.tracks] == [line.track_id for line in others]
        assert not item.is_whole
        again = quote_track(first.track, format_named("mp3-320"), person=person)
        assert not again.is_owned
        assert again.price_micro > 0

    def test_of_a_line_refunded_in_part_stands_until_the_rest_follows(self) -> None:
        order = bought(alice("10"))
        first = order.lines.order_by("pk")[0]
        give(order, {first.pk: CENT})
        assert Purchase.objects.standing().filter(line=first).exists()
        give(order, {first.pk: first.price_micro - CENT}, key="rest")
        assert not Purchase.objects.standing().filter(line=first).exists()

    def test_stays_hers_as_goodwill(self) -> None:
        order = bought(alice("10"))
        give(order, refunding.left(order), keeps_purchases=True)
        assert Purchase.objects.standing().count() == 3

    def test_that_ended_leaves_nothing_on_the_shelf(self) -> None:
        person = alice("10")
        order = bought(person)
        give(order, refunding.left(order))
        assert shelf.shelf_of(person) == []


class TestTwoPeople:
    @pytest.fixture(autouse=True)
    def _low_limit(self, settings: Any) -> None:
        settings.TWO_PERSON_LIMIT_MICRO = CENT

    def test_must_agree_on_a_large_one(self) -> None:
        person = alice("10")
        order = bought(person)
        proposed = give(order, refunding.left(order))
        assert (proposed.state, wallets.balance(person, "EUR")) == (State.PROPOSED, 10 * MICRO - order.total_micro)
        assert refunding.left(order) == {}
        with pytest.raises(SecondPersonNeeded):
            refunding.approve(proposed, by="dana")
        with pytest.raises(IntegrityError), transaction.atomic():
            OrderRefund.objects.update(approved_by="dana")
        assert refunding.approve(proposed, by="erin").state == State.DONE
        assert refunding.approve(proposed, by="erin").approved_by == "erin"
        assert refunding.reject(proposed, by="erin").state == State.DONE
        assert wallets.balance(person, "EUR") == 10 * MICRO
        assert not Purchase.objects.standing().exists()

    def test_may_reject_it(self) -> None:
        order = bought(alice("10"))
        rejected = refunding.reject(give(order, refunding.left(order)), by="erin")
        assert (rejected.state, rejected.reason) == (State.REJECTED, "It skips. (rejected by erin)")
        assert refunding.approve(rejected, by="erin").state == State.REJECTED
        assert refunding.left(order)

    def test_are_told_where_less_is_left_by_then(self) -> None:
        order = bought(alice("10"), format_name="mp3-v0", tracks=1)
        line = order.lines.get()
        proposed = give(order, refunding.left(order))
        settling.settle(line, actual_bytes=line.size_bytes // 2)
        with pytest.raises(refunding.MoreThanIsLeft):
            refunding.approve(proposed, by="erin")
        assert OrderRefund.objects.get().state == State.PROPOSED


class TestSettlement:
    def test_counts_as_given_back(self) -> None:
        person = alice("10")
        order = bought(person, format_name="mp3-v0", tracks=1)
        line = order.lines.get()
        returned = settling.settle(line, actual_bytes=line.size_bytes // 2).returned_micro
        assert refunding.left(order) == {line.pk: line.price_micro - returned}
        give(order, refunding.left(order))
        assert wallets.balance(person, "EUR") == 10 * MICRO
        assert not any(held for name, held in balances().items() if name != "marketing")

    def test_gives_nothing_back_twice(self) -> None:
        person = alice("10")
        order = bought(person, format_name="mp3-v0", tracks=1)
        line = order.lines.get()
        give(order, refunding.left(order))
        assert settling.settle(line, actual_bytes=1).returned_micro == 0
        assert wallets.balance(person, "EUR") == 10 * MICRO


class TestAnySequence(TestCase):
    @settings(max_examples=25, deadline=None)
    @given(
        steps=st.lists(st.tuples(st.integers(0, 1), st.integers(1, 60)), max_size=12),
        shares=st.lists(st.integers(1, 50), min_size=1, max_size=6),
        settled=st.integers(0, 12),
    )
    def test_never_gives_back_more_than_was_paid_and_in_the_end_all_of_it(
        self, steps: list[tuple[int, int]], shares: list[int], settled: int
    ) -> None:
        person = alice("10")
        release = a_silent_release(tracks=2)
        weights = [share * 10_000 // sum(shares) for share in shares]
        weights[0] += 10_000 - sum(weights)
        for recording in Recording.objects.filter(tracks__edition__release=release):
            declare_split(recording, [ShareTerms(f"P{n}", "x", weight) for n, weight in enumerate(weights)])
        order = a_paid_order(person, release, format_name="mp3-v0", country="FI")
        lines = list(order.lines.order_by("pk"))
        for number, (place, cents) in enumerate(steps):
            if number == settled:
                settling.settle(lines[0], actual_bytes=lines[0].size_bytes * 2 // 3)
            try:
                give(order, {lines[place].pk: cents * CENT}, key=str(number))
            except refunding.MoreThanIsLeft:
                continue
            assert all(held >= 0 for name, held in balances().items() if name != "marketing")
        if refunding.left(order):
            give(order, refunding.left(order), key="rest")
        assert wallets.balance(person, "EUR") == 10 * MICRO
        assert not any(held for name, held in balances().items() if name != "marketing")
        fill_wallet(person, "1")
        assert audit().is_clean
