"""News is kept first and understood once, whatever comes twice, too early, changed or forged."""

import json
from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta

import pytest
from django.db import IntegrityError, transaction

from obbligato.kernel import clock
from obbligato.kernel.money import MICRO
from obbligato.ledger.audit import audit
from obbligato.payments import inbox, refunds, registry, top_ups
from obbligato.payments.alerting import alert
from obbligato.payments.contract import DisputeFact, Event, Fact, Forged, RefundFact
from obbligato.payments.models import Alert, Attempt, Dispute, InboxEvent
from obbligato.people.models import Person
from obbligato.sales import wallets
from tests.makers import alice
from tests.payments.fakes import Saying, captured

pytestmark = pytest.mark.django_db


class Telling(Saying):
    """Its news is JSON, and proven by a word in the headers."""

    def read_event(self, headers: Mapping[str, str], body: bytes) -> Event:
        if headers.get("proof") != "right":
            raise Forged("The signature is not right.")
        said = json.loads(body)
        return Event(
            id=said["id"],
            reference=said.get("reference", ""),
            idempotency_key=said.get("key", ""),
            charge=Fact(**said["charge"]) if "charge" in said else None,
            refund=RefundFact(**said["refund"]) if "refund" in said else None,
            refund_key=said.get("refund_key", ""),
            dispute=DisputeFact(**said["dispute"]) if "dispute" in said else None,
            is_proven=said.get("proven", True),
            says_nothing=said.get("nothing", False),
        )


@pytest.fixture
def rail() -> Iterator[Telling]:
    rail = Telling("a", Fact("action_required", "ch_1", next_url="/pay"))
    with registry.instead(rail), clock.stopped(clock.now()):
        yield rail


def begin(person: Person) -> Attempt:
    return top_ups.start(person, amount_micro=5 * MICRO, currency="EUR", key="k", return_url="/")


def news(number: str = "evt_1", proof: str = "right", **said: object) -> InboxEvent:
    return inbox.receive("a", {"proof": proof}, json.dumps({"id": number, **said}).encode())


CAPTURED = captured().__dict__


def test_news_of_a_payment_fills_the_wallet_once_however_often_it_comes(rail: Telling) -> None:
    person = alice()
    begin(person)
    for _ in range(3):
        kept = news(reference="ch_1", charge=CAPTURED)
        assert inbox.work(10) <= 1
        assert inbox.handle(kept)
    assert wallets.balance(person, "EUR") == 5 * MICRO
    assert InboxEvent.objects.count() == 1
    assert audit().is_clean


def test_news_that_comes_before_our_own_row_waits_for_it(rail: Telling) -> None:
    kept = news(reference="ch_1", charge=CAPTURED)
    assert not inbox.handle(kept)
    person = alice()
    begin(person)
    assert inbox.work(10) == 0
    clock.advance(timedelta(seconds=5))
    assert inbox.work(10) == 1
    assert wallets.balance(person, "EUR") == 5 * MICRO


def test_news_of_what_nobody_knows_is_given_up_for_a_person_in_the_end(rail: Telling) -> None:
    kept = news(reference="ch_9", charge=CAPTURED)
    for _ in range(20):
        inbox.work(10)
        clock.advance(timedelta(days=1))
    kept.refresh_from_db()
    assert (kept.try_next_at, kept.handled_at, kept.tries) == (None, None, 10)
    assert "does not know" in kept.trouble
    assert str(kept) == "a evt_1"


def test_forged_news_is_refused_and_not_kept(rail: Telling) -> None:
    with pytest.raises(inbox.NotFromProvider, match="not right"):
        news(proof="wrong", reference="ch_1", charge=CAPTURED)
    with pytest.raises(inbox.TooLarge):
        inbox.receive("a", {"proof": "right"}, b"x" * 1_000_001)
    assert not InboxEvent.objects.exists()


def test_news_that_can_no_longer_be_proven_is_not_lost(rail: Telling) -> None:
    kept = news(reference="ch_1", charge=CAPTURED)
    begin(alice())
    InboxEvent.objects.update(headers={"proof": "old"})
    assert not inbox.handle(kept)
    kept.refresh_from_db()
    assert kept.trouble == "The signature is not right."


def test_news_that_proves_nothing_is_kept_only_where_its_payment_is_known(rail: Telling) -> None:
    with pytest.raises(inbox.OfNothingKnown):
        news(reference="ch_1", proven=False)
    begin(alice())
    assert inbox.handle(news(reference="ch_1", proven=False))


def test_news_that_says_nothing_is_done_with_at_once(rail: Telling) -> None:
    assert inbox.handle(news(nothing=True))
    assert InboxEvent.objects.get().handled_at is not None


def test_the_same_id_with_other_words_is_an_alert_and_changes_nothing(rail: Telling) -> None:
    person = alice()
    begin(person)
    news(reference="ch_1")
    for _ in range(2):
        kept = news(reference="ch_1", charge=CAPTURED)
    inbox.handle(kept)
    assert wallets.balance(person, "EUR") == 0
    assert str(Alert.objects.get()) == "The same news came again and said something else."


def test_the_same_news_in_other_letters_is_no_alert(rail: Telling) -> None:
    """Companies count in it how often they sent it; and what was told again was not signed."""
    begin(alice())
    news(reference="ch_1", pending_webhooks=1)
    news(reference="ch_1", pending_webhooks=2)
    kept = InboxEvent.objects.create(provider="a", event_id="evt_2", body=b'{"id": "evt_2"}', handled_at=clock.now())
    assert news("evt_2", reference="ch_1", charge=CAPTURED) == kept
    assert not Alert.objects.exists()


def test_two_alerts_of_one_thing_at_the_same_moment_are_one(rail: Telling) -> None:
    Alert.objects.create(kind="k", subject="s", sentence="One.")
    with pytest.raises(IntegrityError), transaction.atomic():
        Alert.objects.create(kind="k", subject="s", sentence="Two.")
    assert alert("k", "s", "Three.").sentence == "One."


def test_news_of_a_refund_before_the_payment_and_of_a_dispute_wait_for_it(rail: Telling) -> None:
    person = alice()
    attempt = begin(person)
    dispute = {"state": "open", "reference": "dp_1", "amount_micro": 5 * MICRO}
    early = [
        news("evt_2", reference="ch_1", refund={"state": "failed"}, refund_key="?"),
        news("evt_3", reference="ch_1", dispute=dispute),
    ]
    assert [inbox.handle(one) for one in early] == [False, False]
    assert inbox.handle(news("evt_4", key=attempt.key, charge=CAPTURED))
    rail.refund_fact = RefundFact("unknown")
    refund = refunds.ask(Attempt.objects.get(), amount_micro=2 * MICRO, key="r", by="alice")
    assert inbox.handle(news("evt_5", reference="ch_1", refund={"state": "done"}, refund_key=refund.key))
    assert inbox.handle(early[1])
    assert Dispute.objects.get().reclaimed_micro == 3 * MICRO
    assert audit().is_clean


def test_news_that_breaks_something_keeps_no_other_news_waiting(rail: Telling) -> None:
    person = alice()
    begin(person)
    impossible = {"state": "open", "reference": "dp_1", "amount_micro": -1}
    news("evt_1", reference="ch_1", charge=CAPTURED)
    inbox.work(10)
    broken = news("evt_2", reference="ch_1", dispute=impossible)
    news("evt_3", reference="ch_1", dispute={**impossible, "amount_micro": 5 * MICRO, "reference": "dp_2"})
    with pytest.raises(IntegrityError):
        inbox.work(10)
    broken.refresh_from_db()
    assert (broken.handled_at, broken.tries) == (None, 1)
    assert broken.try_next_at == clock.now() + timedelta(seconds=5)
    assert "IntegrityError" in broken.trouble
    assert (Dispute.objects.get().reference, wallets.balance(person, "EUR")) == ("dp_2", 0)
    assert audit().is_clean


def test_news_that_is_told_again_and_breaks_something_keeps_no_other_news_untold() -> None:
    wrong, right = (
        Event(f"evt_{number}", "ch_1", dispute=DisputeFact("open", f"dp_{number}", amount_micro))
        for number, amount_micro in ((1, -1), (2, 5 * MICRO))
    )

    class Remembering(Telling):
        def news_since(self, moment: datetime) -> list[tuple[Event, bytes]]:
            return [(wrong, b"1"), (right, b"2")]

    with registry.instead(Remembering("a", captured())):
        begin(alice())
        with pytest.raises(IntegrityError):
            inbox.ask_for_news()
    assert [one.reference for one in Dispute.objects.all()] == ["dp_2"]


def test_a_provider_no_longer_offered_keeps_its_news_waiting(rail: Telling) -> None:
    kept = news(reference="ch_1", charge=CAPTURED)
    with registry.instead():
        assert not inbox.handle(kept)
    begin(alice())
    assert inbox.handle(kept)
