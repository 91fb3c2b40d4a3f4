"""What leaves the account goes where it came from, is done when the bank has booked it, and comes back whole."""

from collections.abc import Iterator
from datetime import timedelta
from itertools import permutations
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from obbligato.kernel import clock
from obbligato.kernel.money import MICRO
from obbligato.ledger import accounts
from obbligato.ledger.audit import audit
from obbligato.ledger.models import Account
from obbligato.payments import attempts, inbox, refunds, registry
from obbligato.payments.bank import assigning, outgoing
from obbligato.payments.bank.models import BankEntry, OutgoingTransfer
from obbligato.payments.contract import RefundRequest
from obbligato.payments.models import Alert, Attempt, Dispute, Refund
from obbligato.people.models import Person
from obbligato.sales import wallets
from tests.makers import alice, bob
from tests.meanwhile import meanwhile
from tests.payments.bank.makers import DAY, OTHER_IBAN, PAYER_IBAN, Line, begin, camt, paid, take

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("account")]
State = OutgoingTransfer.State


@pytest.fixture(autouse=True)
def _true_books() -> Iterator[None]:
    yield
    assert audit().is_clean


def held(person: Person) -> int:
    return wallets.balance(person, "EUR")


def of(name: str) -> int:
    account = Account.objects.filter(name=name).first()
    return accounts.balance_micro(account) if account else 0


def settled(person: Person, *amounts: str, **other: Any) -> Attempt:
    """An attempt that such transfers paid."""
    attempt = begin(person)
    take(camt([paid(attempt, amount, **other) for amount in amounts], number="0"))
    return Attempt.objects.get(pk=attempt.pk)


def ask(attempt: Attempt, euros: int, key: str = "r") -> Refund:
    return refunds.ask(attempt, amount_micro=euros * MICRO, key=key, by="alice")


def booked(amount: str, named: str, day: int = 1, **other: Any) -> None:
    """The bank says of a day that this moved under that name."""
    on = DAY + timedelta(days=day)
    take(camt([Line(amount, end_to_end=named, on=on, **other)], number=str(day), on=on))


def alerts() -> list[str]:
    return [one.sentence for one in Alert.objects.exclude(kind="bank_gap").order_by("pk")]


@pytest.mark.usefixtures("open_books")
def test_a_refund_that_is_just_being_listed_is_not_taken_for_one_that_never_was() -> None:
    person = alice()
    attempt = settled(person, "10.00")

    def upkeep() -> None:
        clock.advance(timedelta(seconds=6))
        for one in refunds.due_for_asking(9):
            refunds.refresh(one)

    with clock.stopped(clock.now()), meanwhile(upkeep, after='FROM "bank_outgoingtransfer"'):
        refund = ask(attempt, 10)
    refund.refresh_from_db()
    assert (refund.state, OutgoingTransfer.objects.get().state) == (Refund.State.DISPATCHED, State.TO_SEND)
    assert held(person) == 0


class TestRefund:
    def test_is_on_its_way_until_the_bank_has_booked_it(self) -> None:
        person = alice()
        attempt = settled(person, "10.00")
        refund = ask(attempt, 4)
        made = OutgoingTransfer.objects.get()
        assert (refund.state, made.state, made.iban, made.name) == (
            "dispatched",
            "to_send",
            PAYER_IBAN,
            "Alice Example",
        )
        assert (held(person), of("refund_due:bank_transfer")) == (6 * MICRO, 4 * MICRO)
        assert refunds.refresh(refund).state == "dispatched"
        booked("-4.00", made.end_to_end_id)
        refund.refresh_from_db()
        assert (refund.state, refund.provider_reference) == ("done", made.end_to_end_id)
        assert (of("refund_due:bank_transfer"), of("clearing:bank_transfer")) == (0, -6 * MICRO)
        assert BankEntry.objects.get(amount_micro__lt=0).state == BankEntry.State.REFUND

    def test_that_was_never_sent_is_in_the_wallet_again(self) -> None:
        person = alice()
        refund = ask(settled(person, "10.00"), 4)
        made = assigning.keep(OutgoingTransfer.objects.get(), by="dana")
        refund.refresh_from_db()
        assert (made.state, refund.state, refund.said) == ("cancelled", "failed", "Cancelled by dana.")
        assert held(person) == 10 * MICRO
        with pytest.raises(outgoing.AlreadySent, match="cancelled before it was sent"):
            assigning.keep(made, by="dana")

    @pytest.mark.parametrize("is_booked_first", [True, False])
    def test_that_comes_back_is_in_the_wallet_again(self, is_booked_first: bool) -> None:
        person = alice()
        refund = ask(settled(person, "10.00"), 4)
        name = OutgoingTransfer.objects.get().end_to_end_id
        moves = [("-4.00", False, 1), ("4.00", True, 2)]
        for amount, is_return, day in moves if is_booked_first else reversed(moves):
            booked(amount, name, day, is_return=is_return)
        refund.refresh_from_db()
        assert (refund.state, held(person), of("clearing:bank_transfer")) == ("failed", 10 * MICRO, -10 * MICRO)
        assert alerts() == []
        assert ask(Attempt.objects.get(), 10, key="again").state == "dispatched"

    def test_that_was_cancelled_and_left_nevertheless_is_taken_from_the_wallet(self) -> None:
        person = alice()
        ask(settled(person, "10.00"), 4)
        made = assigning.keep(OutgoingTransfer.objects.get(), by="dana")
        booked("-4.00", made.end_to_end_id)
        assert (held(person), Dispute.objects.get().amount_micro) == (6 * MICRO, 4 * MICRO)
        assert "left the bank nevertheless" in alerts()[0]
        booked("4.00", made.end_to_end_id, 2)
        assert "not simply that one come back" in alerts()[1]
        assert of("bank_unidentified") == 4 * MICRO

    @pytest.mark.parametrize(("amount", "times"), [("-5.00", 1), ("-4.00", 2)])
    def test_of_another_amount_or_twice_is_put_before_people(self, amount: str, times: int) -> None:
        refund = ask(settled(alice(), "10.00"), 4)
        name = OutgoingTransfer.objects.get().end_to_end_id
        for day in range(1, times + 1):
            booked(amount, name, day)
        refund.refresh_from_db()
        assert "is what was to be sent, once" in alerts()[0]
        assert refund.state == ("done" if times == 2 else "dispatched")

    def test_of_which_only_a_part_comes_back_is_for_a_person(self) -> None:
        ask(settled(alice(), "10.00"), 4)
        booked("3.90", OutgoingTransfer.objects.get().end_to_end_id, is_return=True)
        assert (of("bank_unidentified"), len(alerts())) == (3_900_000, 1)

    def test_goes_only_to_an_account_that_paid_so_much(self) -> None:
        attempt = begin(alice())
        take(camt([paid(attempt, "4.00"), paid(attempt, "6.00", iban=OTHER_IBAN)]))
        attempt = Attempt.objects.get()
        assert ask(attempt, 7).said == "No account it was paid from is known that paid so much and was not paid back."
        first, second, third = ask(attempt, 5, "1"), None, None
        assert OutgoingTransfer.objects.get().iban == OTHER_IBAN
        booked("-5.00", OutgoingTransfer.objects.get().end_to_end_id)
        second, third = ask(attempt, 2, "2"), None
        assert OutgoingTransfer.objects.order_by("pk").last().iban == PAYER_IBAN  # type: ignore[union-attr]
        assert (first.state, second.state, third) == ("dispatched", "dispatched", None)

    def test_without_a_known_account_fails_and_says_so(self) -> None:
        person = alice()
        assert ask(settled(person, "10.00", iban=""), 4).state == "failed"
        assert held(person) == 10 * MICRO

    def test_the_same_key_is_one_transfer(self) -> None:
        attempt = settled(alice(), "10.00")
        rail = registry.provider("bank_transfer")
        request = RefundRequest("k", attempt.provider_reference, 4 * MICRO, "EUR")
        assert rail.lookup_refund(request).state == "not_sent"
        assert rail.refund(request) == rail.refund(request) == rail.lookup_refund(request)
        assert OutgoingTransfer.objects.count() == 1


class TestSendingBack:
    def unidentified(self) -> BankEntry:
        take(camt([Line("5.00", "?")], number="0"))
        return BankEntry.objects.get()

    def test_of_what_nobody_can_name_is_done_when_it_is_booked(self) -> None:
        entry = assigning.send_back(self.unidentified(), by="dana")
        made = OutgoingTransfer.objects.get()
        assert (entry.state, made.iban, made.by) == ("sent_back", PAYER_IBAN, "dana")
        assert (of("bank_unidentified"), of("refund_due:bank_transfer")) == (0, 5 * MICRO)
        booked("-5.00", made.end_to_end_id)
        assert (of("refund_due:bank_transfer"), of("clearing:bank_transfer")) == (0, 0)
        booked("5.00", made.end_to_end_id, 2)
        entry.refresh_from_db()
        assert (entry.state, of("bank_unidentified")) == ("unidentified", 5 * MICRO)

    def test_that_is_not_sent_waits_for_a_person_again(self) -> None:
        entry = assigning.send_back(self.unidentified(), by="dana")
        made = assigning.keep(OutgoingTransfer.objects.get(), by="dana")
        entry.refresh_from_db()
        assert (entry.state, of("bank_unidentified")) == ("unidentified", 5 * MICRO)
        booked("-5.00", made.end_to_end_id)
        entry.refresh_from_db()
        assert (entry.state, of("bank_unidentified"), len(alerts())) == ("sent_back", 0, 1)

    def test_that_left_nevertheless_and_was_given_to_someone_is_taken_from_her(self) -> None:
        person = bob()
        entry = assigning.send_back(self.unidentified(), by="dana")
        made = assigning.keep(OutgoingTransfer.objects.get(), by="dana")
        assigning.to_person(entry, person, by="dana")
        booked("-5.00", made.end_to_end_id)
        assert (held(person), Dispute.objects.count()) == (0, 1)

    def test_that_left_nevertheless_and_had_been_taken_back_is_put_before_people(self) -> None:
        entry = assigning.send_back(self.unidentified(), by="dana")
        made = OutgoingTransfer.objects.get()
        booked("-5.00", "NOTPROVIDED", 1, is_reversal=True)
        assert "is being sent back" in alerts()[0]
        assigning.keep(made, by="dana")
        entry.refresh_from_db()
        assert (entry.state, of("bank_unidentified")) == ("taken_back", 0)
        booked("-5.00", made.end_to_end_id, 2)
        assert "left the bank nevertheless" in alerts()[1]
        assert (of("chargeback_loss"), of("clearing:bank_transfer")) == (-5 * MICRO, 5 * MICRO)

    def test_without_an_account_to_send_it_to_is_refused(self) -> None:
        take(camt([Line("5.00", "?", iban="")]))
        with pytest.raises(assigning.NoWayBack):
            assigning.send_back(BankEntry.objects.get(), by="dana")


def test_no_order_of_what_a_bank_says_changes_the_end() -> None:
    ends = set()
    for order in permutations([("-4.00", 1), ("4.00", 2)]):
        with transaction.atomic():
            person = alice()
            ask(settled(person, "10.00"), 4)
            name = OutgoingTransfer.objects.get().end_to_end_id
            for amount, day in order:
                booked(amount, name, day)
            ends.add((held(person), of("clearing:bank_transfer"), OutgoingTransfer.objects.get().state))
            transaction.set_rollback(True)
    assert ends == {(10 * MICRO, -10 * MICRO, "returned")}


def test_a_spreadsheet_takes_no_name_for_a_formula() -> None:
    attempt = settled(alice(), "10.00", payer="=HYPERLINK(x)")
    ask(attempt, 4)
    made = OutgoingTransfer.objects.get()
    header, row = outgoing.as_csv([made]).splitlines()
    assert header == "end_to_end_id,name,iban,amount,currency,text"
    assert row == f"{made.end_to_end_id},'=HYPERLINK(x),{PAYER_IBAN},4.00,EUR,{made.end_to_end_id}"
    assert str(made) == "€4.00 to =HYPERLINK(x)"


def test_the_database_refuses_a_transfer_of_nothing_or_for_nothing() -> None:
    for wrong in ({"amount_micro": 0}, {"attempt": None}):
        attempt = Attempt.objects.first() or settled(alice(), "10.00")
        values = {"amount_micro": 1, "attempt": attempt, "currency": "EUR", "iban": PAYER_IBAN, "key": "k", **wrong}
        with pytest.raises(IntegrityError), transaction.atomic():
            OutgoingTransfer.objects.create(**values)


class TestProvider:
    def test_the_same_key_has_the_same_reference_and_nothing_is_known_of_others(self) -> None:
        rail = registry.provider("bank_transfer")
        attempt = begin(alice())
        assert rail.lookup("", attempt.key).reference == attempt.provider_reference
        assert rail.lookup("", "other").state == "not_sent"
        rail.void(attempt.provider_reference)
        assert rail.lookup("", attempt.key).state == "action_required"
        with pytest.raises(inbox.NotFromProvider, match="statements are imported"):
            inbox.receive("bank_transfer", {}, b"{}")

    def test_asked_it_says_what_the_statements_say(self) -> None:
        attempt = settled(alice(), "3.00", "7.00")
        fact = registry.provider("bank_transfer").lookup("", attempt.key)
        assert (fact.state, fact.amount_micro) == ("succeeded", 3 * MICRO)

    def test_it_waits_for_sixty_days(self) -> None:
        with clock.stopped(clock.now()):
            attempt = begin(alice())
            rail = registry.provider("bank_transfer")
            clock.advance(timedelta(days=59))
            assert rail.lookup("", attempt.key).state == "action_required"
            clock.advance(timedelta(days=1))
            assert rail.lookup("", attempt.key).state == "expired"

    def test_it_is_offered_where_the_store_has_an_account(self, settings: Any) -> None:
        settings.BANK_BIC = "COBADEFFXXX"
        domains = registry.provider("bank_transfer").capabilities.domains
        assert domains == ("bank:COBADEFF", "country:DE")
        settings.BANK_IBAN = ""
        with pytest.raises(registry.NoSuchProvider):
            registry.provider("bank_transfer")


def test_a_transfer_is_finished_where_its_address_leads(account: None) -> None:
    attempt = begin(alice())
    assert attempt.next_url.endswith("/transfer")
    assert attempts.pay_page(attempt) is None
