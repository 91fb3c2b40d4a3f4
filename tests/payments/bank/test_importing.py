"""Each entry counts once and for whom its reference says, whatever is imported twice, late, early or in pieces."""

from collections.abc import Callable, Iterator
from datetime import date, timedelta
from decimal import Decimal
from itertools import permutations
from typing import Any

import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from obbligato.kernel import clock
from obbligato.kernel.money import MICRO
from obbligato.ledger import accounts
from obbligato.ledger.audit import audit
from obbligato.ledger.models import Account
from obbligato.payments import attempts, refunds
from obbligato.payments.bank import importing, own_account, taking_back
from obbligato.payments.bank.models import BankEntry, BankStatement, OwnAccount, StatementFile
from obbligato.payments.bank.statements import BadStatement
from obbligato.payments.models import Alert, Attempt, Dispute
from obbligato.people.models import Person
from obbligato.sales import wallets
from tests.makers import alice, bob
from tests.payments.bank.makers import (
    DAY,
    IBAN,
    OTHER_IBAN,
    PAYER_IBAN,
    VERSIONS,
    Line,
    begin,
    camt,
    mt940,
    paid,
    table,
    take,
    zipped,
)

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("account")]
State = BankEntry.State


@pytest.fixture(autouse=True)
def _true_books() -> Iterator[None]:
    yield
    assert audit().is_clean


def held(person: Person, currency: str = "EUR") -> int:
    return wallets.balance(person, currency)


def of(name: str, currency: str = "EUR") -> int:
    account = Account.objects.filter(name=name, currency=currency).first()
    return accounts.balance_micro(account) if account else 0


def states() -> list[str]:
    return list(BankEntry.objects.order_by("booked_on", "pk").values_list("state", flat=True))


def open_alerts() -> list[str]:
    return list(Alert.objects.filter(seen_at__isnull=True).order_by("pk").values_list("kind", flat=True))


class TestWhoseItIs:
    @pytest.mark.parametrize("version", VERSIONS)
    def test_a_transfer_with_its_reference_fills_the_wallet(self, version: str) -> None:
        person = alice()
        attempt = begin(person)
        imported = take(camt([paid(attempt)], version=version))
        assert imported.sentence == "statement: 1 in a wallet."
        attempt.refresh_from_db()
        assert (attempt.state, held(person)) == (Attempt.State.SUCCEEDED, 10 * MICRO)
        assert of("clearing:bank_transfer") == -10 * MICRO

    @pytest.mark.parametrize("make", [mt940, table])
    def test_so_it_does_from_every_format(self, make: Callable[..., bytes]) -> None:
        person = alice()
        take(make([paid(begin(person))]))
        assert held(person) == 10 * MICRO

    def test_the_structured_place_and_lower_case_and_line_ends_count_as_well(self) -> None:
        person = alice()
        one, two = begin(person), begin(person, key="2")
        broken = "\n".join([two.provider_reference[:7].lower(), two.provider_reference[7:]])
        take(camt([Line("10.00", structured=one.provider_reference), Line("10.00", text=f"for {broken}now")]))
        assert held(person) == 20 * MICRO

    def test_without_a_reference_it_waits_for_a_person(self) -> None:
        assert "1 nobody knows whose it is" in take(camt([Line("5.00", "thank you")])).sentence
        assert of("bank_unidentified") == 5 * MICRO
        assert BankEntry.objects.get().reason == "It bears no reference of ours."

    def test_two_references_in_one_transfer_are_for_a_person_to_decide(self) -> None:
        one, two = begin(alice()), begin(bob(), key="2")
        take(camt([Line("20.00", f"{one.provider_reference} {two.provider_reference}")]))
        assert (states(), open_alerts()) == ([State.UNIDENTIFIED], ["bank_entry"])
        assert of("bank_unidentified") == 20 * MICRO

    def test_a_foreign_reference_beside_ours_is_nothing_to_us(self) -> None:
        person = alice()
        take(camt([paid(begin(person), text="", structured="RF18539007547034"), paid(begin(person, key="2"))]))
        assert held(person) == 10 * MICRO

    def test_one_order_in_two_transfers_fills_the_wallet_twice(self) -> None:
        person = alice()
        attempt = begin(person)
        take(camt([paid(attempt, "4.00"), paid(attempt, "6.00", payer="Her Mother")]))
        attempt.refresh_from_db()
        assert (held(person), refunds.refundable_micro(attempt)) == (10 * MICRO, 10 * MICRO)

    @pytest.mark.parametrize("euros", [3, 25])
    def test_too_little_or_too_much_is_all_hers(self, euros: int) -> None:
        person = alice()
        take(camt([paid(begin(person), f"{euros}.00")]))
        assert held(person) == euros * MICRO

    def test_a_strangers_cent_stops_nothing(self) -> None:
        victim = alice()
        attempt = begin(victim)
        take(camt([paid(attempt, "0.01", payer="Mallory")]))
        assert held(victim) == 10_000
        take(camt([paid(attempt)], number="2", opening="100.01"))
        assert held(victim) == 10 * MICRO + 10_000

    def test_another_currency_than_asked_is_for_a_person_to_decide(self) -> None:
        take(camt([paid(begin(alice()), currency="USD")]))
        assert (states(), open_alerts()) == ([State.UNIDENTIFIED], ["bank_entry"])
        assert "came in USD" in BankEntry.objects.get().reason
        assert of("bank_unidentified", "USD") == 10 * MICRO

    def test_what_was_given_up_or_has_ended_is_filled_nevertheless(self) -> None:
        person = alice()
        with clock.stopped(clock.now()):
            one, two = begin(person), begin(person, key="2")
            attempts.supersede(one)
            clock.advance(timedelta(days=61))
            assert attempts.refresh(two).state == Attempt.State.EXPIRED
            take(camt([paid(one), paid(two)]))
        assert held(person) == 20 * MICRO

    def test_pending_is_nothing_until_it_is_booked(self) -> None:
        person = alice()
        attempt = begin(person)
        assert "1 not booked yet" in take(camt([paid(attempt, status="PDNG")])).sentence
        assert held(person) == 0
        take(camt([paid(attempt)]))
        assert held(person) == 10 * MICRO

    def test_each_part_of_a_batch_goes_its_own_way(self) -> None:
        one, two = begin(alice()), begin(bob(), "7.00", key="2")
        take(camt([Line("22.00", reference="B", parts=(paid(one), paid(two), Line("5.00", "?")))]))
        assert (held(one.person), held(two.person), of("bank_unidentified")) == (10 * MICRO, 7 * MICRO, 5 * MICRO)

    def test_the_stores_own_payments_are_noted_and_nothing_more(self) -> None:
        attempt = begin(alice())
        assert "1 none of the store's payments" in take(camt([Line("-30.00", "Rent")])).sentence
        take(camt([Line("-1.00", attempt.provider_reference, date(2026, 11, 4))], opening="70.00"))
        assert (states(), open_alerts()) == ([State.OTHER, State.OTHER], ["bank_entry"])


class TestOnce:
    def test_the_same_file_under_another_name_changes_nothing(self) -> None:
        person = alice()
        content = camt([paid(begin(person))])
        take(content, "one")
        again = take(content, "two")
        assert not again.is_new
        assert "one was imported on" in again.sentence
        assert (held(person), StatementFile.objects.count()) == (10 * MICRO, 1)

    @pytest.mark.parametrize("reference", ["", "B7"])
    @pytest.mark.parametrize("make", [camt, mt940, table])
    def test_an_overlapping_file_counts_an_entry_once(self, make: Callable[..., bytes], reference: str) -> None:
        person = alice()
        one, two = begin(person), begin(person, key="2")
        first, second = paid(one, reference=reference), paid(two, reference=reference and "B8")
        take(make([first]))
        imported = take(make([first, second]))
        assert (imported.known, held(person)) == (1, 20 * MICRO)
        assert "1 known already" in imported.sentence

    @pytest.mark.parametrize("make", [camt, mt940, table])
    def test_twins_of_one_day_are_two_and_stay_two(self, make: Callable[..., bytes]) -> None:
        person = alice()
        line = paid(begin(person))
        take(make([line, line]))
        assert held(person) == 20 * MICRO
        take(make([line, line, Line("1.00", "other")]))
        take(zipped(a=make([line, line, Line("2.00", "other")]), b=make([line])))
        assert held(person) == 20 * MICRO

    def test_one_reference_of_a_bank_for_many_entries_is_no_reason_to_lose_any(self) -> None:
        person = alice()
        attempt = begin(person)
        lines = [paid(attempt, amount, reference="SAME") for amount in ("1.00", "1.00", "2.00")]
        take(camt(lines))
        take(camt([*lines, Line("1.00", "x")]))
        assert held(person) == 4 * MICRO

    def test_twins_in_two_statements_without_the_banks_reference_are_asked_about(self) -> None:
        person = alice()
        line = paid(begin(person))
        take(camt([line], number="1"))
        take(camt([line], number="2", opening="110.00"))
        assert (held(person), open_alerts()) == (10 * MICRO, ["bank_twin"])

    def test_the_same_days_in_another_format_are_refused_whole(self) -> None:
        person = alice()
        one, two = begin(person), begin(person, key="2")
        take(camt([paid(one)]))
        with pytest.raises(importing.OtherFormat, match=r"2026-11-03 was imported as camt\.053 already"):
            take(mt940([paid(one), paid(two)]))
        assert (held(person), StatementFile.objects.count()) == (10 * MICRO, 1)
        take(table([paid(two, on=date(2026, 11, 4))]))
        assert held(person) == 20 * MICRO

    def test_a_bad_statement_in_a_file_leaves_nothing_of_it(self) -> None:
        line = paid(begin(alice()))
        with pytest.raises(BadStatement):
            take(zipped(a=camt([line]), b=camt([line], closing="1.00")))
        with pytest.raises(own_account.OtherAccount, match="no account of this store"):
            take(zipped(a=camt([line]), b=camt([line], account=OTHER_IBAN)))
        for model in (BankEntry, BankStatement, StatementFile):
            assert not model.objects.exists()

    def test_a_file_that_comes_twice_at_the_same_moment_is_taken_in_once(self) -> None:
        person = alice()
        take(camt([paid(begin(person))]))
        digest = StatementFile.objects.get().sha256
        again = importing._taken_in(digest, [], name="x", by="dana")  # As if it was not there a moment before.
        assert not again.is_new


class TestTakenBack:
    def test_a_reversal_takes_it_out_of_the_wallet(self) -> None:
        person = alice()
        attempt = begin(person)
        take(camt([paid(attempt)]))
        take(camt([paid(attempt, "-10.00", is_reversal=True)], number="2", opening="110.00"))
        assert (held(person), of("clearing:bank_transfer"), of("chargeback_loss")) == (0, 0, 0)
        assert states() == [State.TAKEN_BACK, State.REVERSAL]
        assert (Dispute.objects.get().state, refunds.refundable_micro(Attempt.objects.get())) == ("lost", 0)

    def test_it_is_found_whichever_is_heard_of_first(self) -> None:
        person = alice()
        attempt = begin(person)
        take(camt([paid(attempt, "-10.00", is_reversal=True)], number="2", opening="110.00"))
        assert (states(), open_alerts()) == ([State.WAITING], ["bank_reversal"])
        take(camt([paid(attempt)]))
        assert (held(person), open_alerts()) == (0, [])
        assert set(states()) == {State.TAKEN_BACK, State.REVERSAL}
        for one in BankEntry.objects.all():
            taking_back._settle(one.pk)  # As another file that found it waiting a moment before.
        assert (held(person), Dispute.objects.count()) == (0, 1)

    @pytest.mark.parametrize("make", [camt, mt940])
    def test_by_its_payer_where_it_bears_no_reference(self, make: Callable[..., bytes]) -> None:
        take(make([Line("5.00", "?"), Line("-5.00", "back", is_reversal=True)]))
        assert (states(), of("bank_unidentified")) == ([State.TAKEN_BACK, State.REVERSAL], 0)

    def test_one_of_two_twins_alone(self) -> None:
        person = alice()
        attempt = begin(person)
        take(camt([paid(attempt), paid(attempt), paid(attempt, "-10.00", is_return=True)]))
        assert held(person) == 10 * MICRO
        assert refunds.refundable_micro(Attempt.objects.get()) == 10 * MICRO

    def test_what_nobody_knows_is_put_before_people(self) -> None:
        take(camt([Line("5.00", "?"), Line("-6.00", "back", is_reversal=True, iban="")]))
        assert (states(), open_alerts()) == ([State.UNIDENTIFIED, State.WAITING], ["bank_reversal"])


class TestGaps:
    def statement(self, number: int, opening: str, amount: str = "1.00") -> bytes:
        on = DAY + timedelta(days=number)
        return camt([Line(amount, f"n{number}", on)], number=str(number), opening=opening, on=on)

    def test_a_statement_that_is_missing_is_asked_for_until_it_comes(self) -> None:
        take(self.statement(1, "100.00"))
        take(self.statement(3, "102.00"))
        assert open_alerts() == ["bank_gap"]
        assert "number 3" in str(Alert.objects.get())
        take(self.statement(2, "101.00"))
        assert open_alerts() == []
        assert Alert.objects.get().seen_by == "the next statement"

    def test_statements_that_overlap_leave_none(self) -> None:
        for order in permutations([self.statement(1, "100.00"), self.statement(2, "101.00")]):
            for content in order:
                take(content)
        lines = [Line("1.00", f"n{n}", DAY + timedelta(days=n)) for n in (1, 2)]
        take(camt(lines, number="", opening="100.00", on=DAY + timedelta(days=2)))
        assert open_alerts() == []

    def test_entries_without_a_statement_of_theirs_say_nothing(self) -> None:
        take(table([Line("1.00", "a")]))
        take(table([Line("1.00", "b", date(2027, 3, 1))]))
        take(camt([], on=date(2027, 5, 1)).replace(b"OPBD", b"XXXX").replace(b"CLBD", b"XXXX"))
        assert open_alerts() == []


class TestOwnAccount:
    def test_without_one_nothing_is_imported(self, settings: Any) -> None:
        settings.BANK_IBAN = ""
        own_account.remember()
        with pytest.raises(own_account.NoBankAccount, match="BANK_IBAN is not set"):
            take(camt([Line("5.00")]))
        assert not OwnAccount.objects.exists()

    def test_another_one_is_put_before_people_and_the_old_one_still_counts(self, settings: Any) -> None:
        person = alice()
        attempt = begin(person)
        own_account.remember()
        own_account.remember()
        assert (OwnAccount.objects.count(), open_alerts()) == (1, [])
        settings.BANK_IBAN = OTHER_IBAN
        take(camt([paid(attempt)]))
        assert (held(person), open_alerts()) == (10 * MICRO, ["bank_account"])
        assert "from DE89 3704 0044 0532 0130 00 to NL91 ABNA 0417 1643 00" in str(Alert.objects.get())
        assert str(OwnAccount.objects.order_by("pk")[0]).startswith("DE89")

    def test_a_table_of_the_old_one_is_not_taken_for_one_of_the_new(self, settings: Any) -> None:
        person = alice()
        one, two = begin(person), begin(person, key="2")
        take(table([paid(one)]))
        settings.BANK_IBAN = OTHER_IBAN
        with pytest.raises(own_account.OtherAccount, match="DE89 3704"):
            take(table([paid(one), paid(two)]))
        assert held(person) == 10 * MICRO
        take(table([paid(two)]))
        assert held(person) == 20 * MICRO

    @pytest.mark.parametrize("named", ["37040044/0532013000", "DE89370400440532013000EUR", "0532013000", ""])
    def test_a_banks_own_number_of_it_is_understood(self, named: str) -> None:
        own_account.remember()
        assert own_account.account_named(named) == IBAN

    @pytest.mark.parametrize("named", ["37040044/0532013001", "3000", OTHER_IBAN])
    def test_a_number_that_is_not_its_own_is_refused(self, named: str) -> None:
        own_account.remember()
        with pytest.raises(own_account.OtherAccount):
            own_account.account_named(named)


def test_rows_say_what_they_are() -> None:
    take(camt([Line("5.00", "?"), Line("-1.00", payer="")]), "a name")
    assert [str(one) for one in BankEntry.objects.order_by("pk")] == [
        "2026-11-03: €5.00 from Alice Example",
        "2026-11-03: -€1.00 to ?",
    ]
    assert str(BankStatement.objects.get()) == f"{IBAN} 1"
    assert str(StatementFile.objects.get()) == "a name"
    assert BankEntry.objects.order_by("pk")[0].payer_iban == PAYER_IBAN


class TestAnyOrder(TestCase):
    """No permutation and no repetition of files changes what comes out."""

    @given(data=st.data())
    @hypothesis_settings(max_examples=15, deadline=None)
    def test_of_files_gives_the_same(self, data: st.DataObject) -> None:
        with self.settings(BANK_IBAN=IBAN, BANK_NAME="Test Label"):
            one, two = begin(alice()), begin(bob(), key="2")
            twin = paid(one, "3.00")
            days = [
                [twin, twin, paid(two, "2.00", reference="B1"), Line("1.00", "nobody's")],
                [paid(two, "-2.00", reference="B2", is_reversal=True), paid(one, "4.00")],
                [paid(one, "0.50"), paid(two, "8.00", reference="B3"), Line("-7.00", "rent")],
            ]
            files, opening = [], "100.00"
            for place, lines in enumerate(days):
                on = DAY + timedelta(days=place)
                dated = [Line(**{**vars(line), "on": on}) for line in lines]
                files.append(camt(dated, number=str(place + 1), opening=opening, on=on))
                opening = str(Decimal(opening) + sum(line.value for line in lines))
            everything = [Line(**{**vars(x), "on": DAY + timedelta(days=n)}) for n, day in enumerate(days) for x in day]
            files.append(camt(everything, number="", on=DAY + timedelta(days=2)))
            order = data.draw(st.permutations([*files, *data.draw(st.lists(st.sampled_from(files), max_size=3))]))
            for place, content in enumerate(order):
                take(content + b" " * (place % 3), f"file {place}")
            assert (held(one.person), held(two.person)) == (10_500_000, 8 * MICRO)
            assert of("bank_unidentified") == MICRO
            assert of("clearing:bank_transfer") == -19_500_000
            assert BankEntry.objects.count() == 9
            assert open_alerts() == []
            captured = list(Attempt.objects.order_by("pk").values_list("reported_micro", flat=True))
            assert captured == [10_500_000, 10 * MICRO]
            assert audit().is_clean
