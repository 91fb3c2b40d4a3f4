"""A payment that has ended is asked about once more whenever there is more to hear, until it has been heard."""

from collections.abc import Iterator, Mapping
from datetime import timedelta
from urllib.parse import parse_qs

import pytest

from obbligato.config import upkeep
from obbligato.kernel import clock
from obbligato.kernel.money import MICRO
from obbligato.ledger.audit import audit
from obbligato.payments import afterwards, attempts, inbox, refunds, registry, top_ups
from obbligato.payments.contract import DisputeFact, Event, Fact, NoAnswer, RefundFact
from obbligato.payments.models import Alert, Attempt, Dispute, InboxEvent, Refund
from obbligato.people.models import Person
from obbligato.sales import wallets
from tests.makers import alice
from tests.payments.fakes import Saying, captured

pytestmark = pytest.mark.django_db
State = Attempt.State


class Naming(Saying):
    """Its news only names a charge and proves nothing; what payers took back it says when asked."""

    def __init__(self, fact: Fact) -> None:
        super().__init__("a", fact)
        self.taken_back: list[DisputeFact] = []
        self.asked = 0
        self.is_mute = False

    def lookup(self, reference: str, idempotency_key: str) -> Fact:
        self.asked += 1
        if self.is_mute:
            raise NoAnswer
        return super().lookup(reference, idempotency_key)

    def disputes(self, reference: str) -> list[DisputeFact]:
        return self.taken_back

    def disputed(self) -> list[str]:
        return []

    def read_event(self, headers: Mapping[str, str], body: bytes) -> Event:
        name = parse_qs(body.decode())["id"][0]
        return Event(name, says_nothing=True) if name == "none" else Event(name, reference=name, is_proven=False)


@pytest.fixture
def rail() -> Iterator[Naming]:
    rail = Naming(captured(50))
    with registry.instead(rail), clock.stopped(clock.now()):
        yield rail


def begin(person: Person) -> Attempt:
    return top_ups.start(person, amount_micro=50 * MICRO, currency="EUR", key="k", return_url="/")


def news(name: str = "ch_1") -> InboxEvent:
    return inbox.receive("a", {}, f"id={name}".encode())


def test_what_a_payer_takes_back_is_heard_of_by_asking(rail: Naming) -> None:
    person = alice()
    attempt = begin(person)
    assert (attempt.state, attempt.ask_next_at) == (State.SUCCEEDED, None)
    rail.taken_back = [DisputeFact("open", "chb_1", 50 * MICRO)]
    news()
    upkeep.round_of_upkeep()
    assert Dispute.objects.get().state == "open"
    assert wallets.balance(person, "EUR") == 0
    rail.taken_back = [DisputeFact("won", "chb_1", 50 * MICRO)]
    news()
    upkeep.round_of_upkeep()
    assert Dispute.objects.get().state == "won"
    assert wallets.balance(person, "EUR") == 50 * MICRO
    attempt.refresh_from_db()
    assert attempt.ask_next_at is None
    assert audit().is_clean


def test_news_that_proves_nothing_is_one_row_however_often_it_comes(rail: Naming) -> None:
    begin(alice())
    for _ in range(3):
        for _ in range(20):
            news()
        asked_before = rail.asked
        upkeep.round_of_upkeep()
        assert rail.asked == asked_before + 1
    assert InboxEvent.objects.count() == 1
    assert not Alert.objects.exists()


def test_news_of_no_charge_is_done_with_and_of_an_unknown_one_not_kept(rail: Naming) -> None:
    assert inbox.handle(news("none"))
    with pytest.raises(inbox.OfNothingKnown):
        news("ch_9")


def test_a_provider_that_does_not_answer_or_is_gone_is_asked_again(rail: Naming) -> None:
    attempt = begin(alice())
    rail.is_mute = True
    rail.taken_back = [DisputeFact("open", "chb_1", MICRO)]
    attempts.ask_soon(attempt)
    assert [one.pk for one in afterwards.due(10)] == [attempt.pk]
    afterwards.ask(attempt)
    assert not afterwards.due(10)
    clock.advance(afterwards.AGAIN)
    with registry.instead():
        afterwards.ask(attempt)
    clock.advance(afterwards.AGAIN)
    rail.is_mute = False
    assert [afterwards.ask(one).ask_next_at for one in afterwards.due(10)] == [None]
    assert Dispute.objects.count() == 1


def test_news_that_comes_while_an_answer_is_under_way_is_not_lost(rail: Naming) -> None:
    attempt = begin(alice())

    class Interrupted(Naming):
        def lookup(self, reference: str, idempotency_key: str) -> Fact:
            attempts.ask_soon(attempt)
            return self.fact

    with registry.instead(Interrupted(captured(50))):
        afterwards.ask(attempt)
        assert [one.pk for one in afterwards.due(10)] == [attempt.pk]
    afterwards.ask(attempt)
    assert not afterwards.due(10)


def test_news_while_an_open_payment_is_asked_after_is_not_lost(rail: Naming) -> None:
    rail.fact = Fact("action_required", "ch_1", next_url="/pay")
    attempt = begin(alice())

    class Interrupted(Naming):
        def lookup(self, reference: str, idempotency_key: str) -> Fact:
            attempts.ask_soon(attempt)
            return self.fact

    with registry.instead(Interrupted(captured(50))):
        assert attempts.refresh(attempt).state == State.SUCCEEDED
        assert [one.pk for one in afterwards.due(10)] == [attempt.pk]


def test_a_payment_that_expired_is_asked_about_when_its_provider_looks_no_more(rail: Naming) -> None:
    person = alice()
    until = clock.now() + timedelta(days=1)
    rail.fact = Fact("expired", "ch_1", ask_again_at=until)
    attempt = begin(person)
    assert (attempt.state, attempt.ask_next_at) == (State.EXPIRED, until)
    attempts.ask_soon(attempt)
    assert afterwards.ask(attempt).ask_next_at == until
    rail.fact = Fact("action_required", "ch_1", ask_again_at=until)
    attempts.ask_soon(attempt)
    assert (afterwards.ask(attempt).state, attempt.ask_next_at) == (State.EXPIRED, until)
    clock.advance(timedelta(days=1))
    rail.fact = captured(50)
    upkeep.round_of_upkeep()
    assert wallets.balance(person, "EUR") == 50 * MICRO


def test_a_refund_that_was_done_and_bounced_is_in_the_wallet_again(rail: Naming) -> None:
    person = alice()
    attempt = begin(person)
    refund = refunds.ask(attempt, amount_micro=20 * MICRO, key="r", by="alice")
    assert refund.state == Refund.State.DONE
    attempts.ask_soon(attempt)
    afterwards.ask(attempt)
    assert wallets.balance(person, "EUR") == 30 * MICRO
    rail.refunds.clear()
    attempts.ask_soon(attempt)
    afterwards.ask(attempt)  # That it knows nothing of it any more changes nothing.
    assert wallets.balance(person, "EUR") == 30 * MICRO
    rail.refunds[refund.key] = rail.refund_fact = RefundFact("failed", reason="The account is closed.")
    attempts.ask_soon(attempt)
    afterwards.ask(attempt)
    refund.refresh_from_db()
    assert refund.state == Refund.State.FAILED
    assert wallets.balance(person, "EUR") == 50 * MICRO
    assert audit().is_clean


def test_a_refund_that_she_has_to_take_shows_her_where(rail: Naming) -> None:
    person = alice()
    attempt = begin(person)
    rail.refund_fact = RefundFact("dispatched", "pull_1", next_url="https://pay.example.org/pull_1")
    refund = refunds.ask(attempt, amount_micro=20 * MICRO, key="r", by="alice")
    assert (refund.state, refund.provider_reference) == (Refund.State.DISPATCHED, "pull_1")
    assert [one.next_url for one in refunds.to_be_taken(person)] == ["https://pay.example.org/pull_1"]
    refunds.note_fact(refund, RefundFact("done"))
    assert refunds.to_be_taken(person) == []
