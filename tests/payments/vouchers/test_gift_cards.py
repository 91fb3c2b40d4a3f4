"""A gift card is bought with what was paid in, and is frozen where its payment is taken back."""

from collections.abc import Iterator
from datetime import timedelta

import pytest

from obbligato.kernel import clock
from obbligato.kernel.money import MICRO
from obbligato.kernel.refusals import KeyUsedOtherwise
from obbligato.ledger.audit import audit
from obbligato.ledger.transfers import NotEnoughMoney
from obbligato.payments import disputes, refunds, registry
from obbligato.payments.contract import DisputeFact
from obbligato.payments.models import Alert, Attempt, Dispute
from obbligato.payments.vouchers import bonuses, ending, freezing, gift_cards, redeeming
from obbligato.payments.vouchers.issuing import Issued
from obbligato.payments.vouchers.models import Voucher, VoucherBatch
from obbligato.people.models import Person
from obbligato.people.throttle import TooManyAttempts
from obbligato.sales import wallets
from tests.makers import alice, bob
from tests.payments.fakes import Saying, captured
from tests.payments.vouchers.makers import KEY, a_batch, held, left, paid, redeem, spend, voucher

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def rail() -> Iterator[Saying]:
    rail = Saying("a", captured(50))
    with registry.instead(rail), clock.stopped(clock.now()):
        yield rail


def buy(person: Person, euros: int = 20, key: str = "1") -> Issued:
    return gift_cards.buy(person, amount_micro=euros * MICRO, currency="EUR", key=f"{KEY} {key}")


class TestBuying:
    def test_moves_money_from_the_wallet_onto_a_card_once(self) -> None:
        person = alice("50")
        assert buy(person) == buy(person)
        assert wallets.balance(person, "EUR") == 30 * MICRO
        assert left(VoucherBatch.objects.get()) == (20 * MICRO, 20 * MICRO)
        assert gift_cards.cards_of(person, "EUR") == [Voucher.objects.get()]
        assert audit().is_clean

    def test_gives_a_code_that_somebody_else_redeems(self) -> None:
        card = buy(alice("50"))
        assert redeem(bob(), card.codes[0]).amount_micro == 20 * MICRO

    def test_under_one_key_is_of_one_value(self) -> None:
        person = alice("50")
        buy(person)
        with pytest.raises(KeyUsedOtherwise):
            buy(person, 21)

    @pytest.mark.parametrize("amount_micro", [0, -MICRO, MICRO - 1, MICRO + 1, 501 * MICRO, 10**18])
    def test_of_a_senseless_value_is_refused(self, amount_micro: int) -> None:
        with pytest.raises(gift_cards.BadGiftCard):
            gift_cards.buy(alice("50"), amount_micro=amount_micro, currency="EUR", key=KEY)

    def test_with_more_than_there_is_or_what_was_given_is_refused(self) -> None:
        person = alice("5")
        redeem(person, a_batch(VoucherBatch.Kind.PROMOTIONAL).codes[0])
        with pytest.raises(NotEnoughMoney, match=r"€5\.00 for gift cards"):
            buy(person, 6)
        assert not VoucherBatch.objects.filter(kind="gift_card").exists()
        buy(person, 5)

    def test_without_end_is_slowed_down(self) -> None:
        person = alice("50")
        for number in range(20):
            buy(person, 1, key=str(number))
        with pytest.raises(TooManyAttempts):
            buy(person, 1, key="one more")

    def test_shows_a_card_only_to_whoever_bought_it(self) -> None:
        person = alice("50")
        code = buy(person).codes[0]
        assert gift_cards.card_of(person, code.lower()) == (Voucher.objects.get(), code)
        for other, text in ((bob(), code), (person, "nonsense")):
            with pytest.raises(gift_cards.NoSuchCard):
                gift_cards.card_of(other, text)

    def test_and_annulling_makes_its_money_what_it_was(self) -> None:
        person = alice()
        attempt = paid(person)
        card = buy(person, 50)
        assert refunds.remainder(person, "EUR") == []
        ending.annul(voucher(card), key="a", by="dana", reason="She asked.")
        assert refunds.remainder(person, "EUR") == [refunds.Refundable(attempt, 50 * MICRO)]


def dispute(attempt: Attempt, state: str = "open", euros: int = 50) -> Dispute:
    return disputes.note_fact(attempt, DisputeFact(state, "dp_1", euros * MICRO, "fraudulent"))


def frozen_places() -> list[str]:
    return [one.last_four for one in Voucher.objects.filter(frozen_at__isnull=False).order_by("pk")]


class TestOfDisputedMoney:
    def test_are_frozen_as_far_as_the_wallet_did_not_reach(self) -> None:
        person = alice()
        attempt = paid(person)
        cards = [buy(person, 10, key=str(number)) for number in range(4)]
        dispute(attempt, euros=25)  # 10 were still in the wallet.
        assert frozen_places() == [card.codes[0][-4:] for card in cards[:2]]
        friend = bob()
        with pytest.raises(redeeming.NotRedeemable):
            redeem(friend, cards[0].codes[0])
        assert redeem(friend, cards[2].codes[0]).amount_micro == 10 * MICRO
        assert "€20.00" in Alert.objects.get(kind="gift_cards_frozen").sentence

    def test_are_left_alone_where_the_wallet_reaches_or_they_were_there_before_or_are_spent(self) -> None:
        person = alice("30")
        buy(person, 10)
        clock.advance(timedelta(hours=1))
        attempt = paid(person)
        used = buy(person, 10, key="used")
        redeem(bob(), used.codes[0])
        a_batch()
        spend(person, 35)
        dispute(attempt, euros=50)
        assert frozen_places() == []
        assert not Alert.objects.exists()

    def test_are_usable_again_when_it_is_won(self) -> None:
        person = alice()
        attempt = paid(person)
        card = buy(person, 50)
        dispute(attempt)
        with pytest.raises(ending.DisputeUndecided):
            ending.annul(voucher(card), key="a", by="dana", reason="Fraud.")
        for _ in range(2):
            dispute(attempt, "won")
        assert redeem(bob(), card.codes[0]).amount_micro == 50 * MICRO
        assert held("chargeback_loss") == 0

    def test_make_good_what_a_lost_one_took_and_no_more(self) -> None:
        person = alice()
        attempt = paid(person)
        one, other = buy(person, 30), buy(person, 20, key="other")
        dispute(attempt, "lost", euros=40)
        for card in (one, other):
            ending.annul(voucher(card), key="a", by="dana", reason="Bought with a stolen card.")
        assert (held("chargeback_loss"), wallets.balance(person, "EUR")) == (0, 10 * MICRO)
        assert audit().is_clean

    def test_are_paid_back_where_they_made_good_what_was_won_after_all(self) -> None:
        person = alice()
        attempt = paid(person)
        card = buy(person, 50)
        dispute(attempt, "lost", euros=40)
        ending.annul(voucher(card), key="a", by="dana", reason="Bought with a stolen card.")
        for _ in range(2):
            dispute(attempt, "won", euros=40)
        assert (held("chargeback_loss"), wallets.balance(person, "EUR")) == (0, 50 * MICRO)
        assert audit().is_clean

    def test_may_be_thawed_by_a_person_too(self) -> None:
        person = alice()
        attempt = paid(person)
        card = buy(person, 50)
        found = dispute(attempt)
        freezing.thaw(voucher(card), key="t", by="dana", reason="The friend is innocent.")
        assert list(found.frozen.all()) == []
        dispute(attempt, "won")


class TestLoops:
    """Round trips that would make money out of nothing, or send it where it never came from."""

    def test_a_bonus_does_not_leave_by_a_gift_card(self) -> None:
        person = alice()
        bonuses.set_tier(currency="EUR", from_micro=50 * MICRO, bonus_micro=5 * MICRO, by="dana")
        paid(person)
        with pytest.raises(NotEnoughMoney):
            buy(person, 51)
        redeem(person, buy(person, 50).codes[0])
        assert wallets.balance(person, "EUR") == 55 * MICRO
        assert refunds.remainder(person, "EUR") == []

    def test_what_one_card_paid_never_goes_to_anothers(self, rail: Saying) -> None:
        seller, buyer = bob(), alice()
        attempt = paid(seller)
        spend(seller, 50)
        rail.fact = captured(50, "ch_2")
        paid(buyer)
        redeem(seller, buy(buyer, 50).codes[0])
        assert refunds.remainder(seller, "EUR") == []
        with pytest.raises(NotEnoughMoney, match=r"€0\.00 came by payments"):
            refunds.ask(attempt, amount_micro=MICRO, key="r", by="bob")
