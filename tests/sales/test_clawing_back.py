"""A disputed top-up holds the shares of what was bought with it, and only these, until the dispute ends."""

from collections.abc import Iterator
from datetime import timedelta

import pytest

from obbligato.catalog.models import Recording
from obbligato.config.upkeep import round_of_upkeep
from obbligato.kernel import clock
from obbligato.kernel.money import MICRO
from obbligato.ledger import accounts
from obbligato.ledger.audit import audit
from obbligato.ledger.models import Account
from obbligato.payments import disputes, registry, top_ups
from obbligato.payments.contract import DisputeFact
from obbligato.payments.models import Attempt, Dispute
from obbligato.people.models import Person
from obbligato.rights.models import Share, SplitSheet
from obbligato.rights.splits import ShareTerms, declare_split
from obbligato.sales import clawing_back, refunding, settling, wallets
from obbligato.sales.models import ClawBack, ClawBackLine, Order, OrderLine, Purchase
from tests.makers import alice
from tests.payments.fakes import Saying, captured
from tests.sales.documents.makers import a_paid_order
from tests.storefront.makers import a_silent_release

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _rail() -> Iterator[None]:
    with registry.instead(Saying("a", captured(5))), clock.stopped(clock.now()):
        yield


def topped_up(person: Person, euros: int = 5) -> Attempt:
    return top_ups.start(person, amount_micro=euros * MICRO, currency="EUR", key="k", return_url="/")


def bought(person: Person, **how: str) -> Order:
    clock.advance(timedelta(minutes=1))
    release = a_silent_release(tracks=2)
    for recording in Recording.objects.filter(tracks__edition__release=release):
        declare_split(recording, [ShareTerms("Ada", "x", 3_333), ShareTerms("Ben", "y", 6_667)])
    return a_paid_order(person, release, **how)


def disputed(attempt: Attempt, micro: int, state: str = "open", reference: str = "dp_1") -> Dispute:
    dispute = disputes.note_fact(attempt, DisputeFact(state, reference, micro, "fraudulent"))
    for one in clawing_back.due(10):
        clawing_back.follow(one)
    return dispute


def held(prefix: str) -> int:
    return sum(accounts.balance_micro(one) for one in Account.objects.filter(name__startswith=prefix))


def test_what_was_bought_with_it_is_held_and_comes_back_when_it_is_won() -> None:
    person = alice()
    attempt = topped_up(person)
    order = bought(person)
    before = held("royalty:")
    disputed(attempt, 5 * MICRO)
    assert (held("royalty:"), held("disputed:")) == (0, before)
    assert ClawBack.objects.get().laid_micro == order.total_micro
    assert wallets.balance(person, "EUR") == 0
    disputed(attempt, 5 * MICRO, "won")
    assert (held("royalty:"), held("disputed:"), held("chargeback_loss")) == (before, 0, 0)
    assert not OrderLine.objects.exclude(disputed_micro=0).exists()
    assert audit().is_clean


def test_what_is_lost_is_borne_by_all_who_got_of_it() -> None:
    person = alice()
    attempt = topped_up(person)
    order = bought(person)
    shares = held("royalty:")
    disputed(attempt, 5 * MICRO)
    loss = held("chargeback_loss")
    assert loss == -order.total_micro  # The rest was still in the wallet.
    disputed(attempt, 5 * MICRO, "lost")
    assert (held("disputed:"), held("chargeback_loss")) == (0, loss + shares)
    assert audit().is_clean


def test_only_what_could_not_be_reclaimed_is_laid_on_orders_the_newest_first() -> None:
    person = alice()
    attempt = topped_up(person)
    bought(person)
    newer = bought(person)
    in_wallet = wallets.balance(person, "EUR")
    disputed(attempt, in_wallet + MICRO // 2)
    assert {one.line.order_id for one in ClawBackLine.objects.all()} == {newer.pk}
    assert ClawBack.objects.get().laid_micro == MICRO // 2
    assert str(ClawBackLine.objects.first()).endswith(" as mp3-320")


def test_an_order_paid_before_the_top_up_has_nothing_to_do_with_it() -> None:
    person = alice("5")
    bought(person)
    clock.advance(timedelta(minutes=1))
    attempt = topped_up(person)
    later = bought(person)
    disputed(attempt, 5 * MICRO)
    laid = ClawBackLine.objects.select_related("line")
    assert {one.line.order_id for one in laid} <= {later.pk}


def test_what_was_refunded_is_not_laid_again_and_what_is_laid_is_not_refunded() -> None:
    person = alice()
    attempt = topped_up(person)
    order = bought(person)
    first, second = order.lines.order_by("pk")
    refunding.refund(order, {first.pk: first.price_micro}, key="r", by="dana", reason="It skips.")
    disputed(attempt, 5 * MICRO)
    assert [one.line_id for one in ClawBackLine.objects.all()] == [second.pk]
    assert refunding.left(order) == {}
    with pytest.raises(refunding.MoreThanIsLeft):
        refunding.refund(order, {second.pk: 10_000}, key="s", by="dana", reason="Again.")


def test_a_part_in_dispute_leaves_the_rest_to_be_refunded_exactly() -> None:
    person = alice()
    attempt = topped_up(person)
    order = bought(person)
    disputed(attempt, wallets.balance(person, "EUR") + 330_000)
    refunding.refund(order, refunding.left(order), key="r", by="dana", reason="It skips.")
    disputed(attempt, 5 * MICRO, "lost")
    assert held("royalty:") == held("disputed:") == 0
    assert audit().is_clean


def test_a_second_dispute_of_one_payment_finds_what_the_first_left() -> None:
    person = alice()
    attempt = topped_up(person)
    order = bought(person)
    left = wallets.balance(person, "EUR")
    disputed(attempt, left + order.total_micro - 10_000)
    disputed(attempt, MICRO, reference="dp_2")
    assert sum(one.laid_micro for one in ClawBack.objects.all()) == order.total_micro
    disputed(attempt, left + order.total_micro - 10_000, "won")
    disputed(attempt, MICRO, "lost", reference="dp_2")
    assert held("disputed:") == 0
    assert audit().is_clean


def test_it_is_posted_once_however_often_it_is_looked_for() -> None:
    person = alice()
    attempt = topped_up(person)
    bought(person)
    dispute = disputed(attempt, 5 * MICRO)
    assert clawing_back.due(10) == []
    assert clawing_back.follow(dispute).pk == clawing_back.follow(dispute).pk
    assert ClawBackLine.objects.count() == 2


def test_a_dispute_first_heard_of_when_it_was_won_holds_nothing() -> None:
    person = alice()
    attempt = topped_up(person)
    bought(person)
    disputed(attempt, 5 * MICRO, "won")
    assert ClawBack.objects.get().state == "won"
    assert not ClawBackLine.objects.exists()


def test_a_dispute_first_heard_of_when_it_was_lost_takes_the_shares_at_once() -> None:
    person = alice()
    attempt = topped_up(person)
    bought(person)
    disputed(attempt, 5 * MICRO, "lost")
    assert held("royalty:") == held("disputed:") == 0
    assert ClawBack.objects.get().state == "lost"


def test_a_recording_without_rights_holders_has_no_shares_to_hold() -> None:
    person = alice()
    attempt = topped_up(person)
    release = a_silent_release(tracks=1)
    Share.objects.all().delete()
    SplitSheet.objects.all().delete()
    clock.advance(timedelta(minutes=1))
    a_paid_order(person, release)
    disputed(attempt, 5 * MICRO)
    assert held("disputed:") == 0
    disputed(attempt, 5 * MICRO, "lost")
    assert ClawBack.objects.get().laid_micro > 0
    assert audit().is_clean


def test_purchases_that_were_charged_back_end_by_a_persons_word_and_stand_again_when_it_is_won() -> None:
    person = alice()
    attempt = topped_up(person)
    order = bought(person)
    disputed(attempt, 5 * MICRO)
    assert clawing_back.end_purchases(order, by="dana", reason="Charged back.") == 2
    assert clawing_back.end_purchases(order, by="dana", reason="Charged back.") == 0
    assert not Purchase.objects.standing().exists()
    disputed(attempt, 5 * MICRO, "won")
    assert Purchase.objects.standing().count() == 2


def test_a_line_charged_back_in_part_stays_hers() -> None:
    person = alice()
    attempt = topped_up(person)
    order = bought(person)
    disputed(attempt, wallets.balance(person, "EUR") + 10_000)
    assert clawing_back.end_purchases(order, by="dana", reason="Charged back.") == 0


def test_a_size_found_out_later_returns_nothing_of_what_her_bank_took_back() -> None:
    person = alice()
    attempt = topped_up(person)
    order = bought(person, format_name="mp3-v0")
    disputed(attempt, 5 * MICRO)
    for line in order.lines.all():
        assert settling.settle(line, actual_bytes=1).returned_micro == 0


def test_upkeep_finds_what_is_not_posted_yet() -> None:
    person = alice()
    attempt = topped_up(person)
    bought(person)
    disputes.note_fact(attempt, DisputeFact("open", "dp_1", 5 * MICRO))
    round_of_upkeep()
    assert ClawBack.objects.get().laid_micro > 0
