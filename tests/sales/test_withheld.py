"""Shares of held recordings wait in escrow and come out true to the micro, whatever is bought and given back."""

from collections import Counter
from collections.abc import Iterator
from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from obbligato.catalog.models import Recording, Release
from obbligato.config.upkeep import round_of_upkeep
from obbligato.kernel import clock
from obbligato.kernel.money import MICRO
from obbligato.ledger import accounts
from obbligato.ledger.audit import audit
from obbligato.ledger.models import Account
from obbligato.ledger.transfers import Move, transfer
from obbligato.payments import disputes, registry, top_ups
from obbligato.payments.contract import DisputeFact
from obbligato.payments.models import Attempt
from obbligato.people.models import Person
from obbligato.rights import holding
from obbligato.rights.escrow.models import Holding
from obbligato.rights.models import Party
from obbligato.rights.splits import ShareTerms, declare_split
from obbligato.sales import clawing_back, exporting, figures, refunding, settling
from obbligato.sales.models import Order
from obbligato.sales.postings import still_has
from obbligato.sales.withheld import keeping
from obbligato.sales.withheld.models import Withheld
from tests.makers import alice
from tests.payments.fakes import Saying, captured
from tests.sales.documents.makers import a_paid_order, an_order
from tests.storefront.makers import a_silent_release

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _time() -> Iterator[None]:
    with clock.stopped(clock.now()):
        yield


def a_shared_release(tracks: int = 2) -> Release:
    release = a_silent_release(tracks=tracks)
    for recording in recordings_of(release):
        declare_split(recording, [ShareTerms("Ada", "x", 3_333), ShareTerms("Ben", "y", 6_667)])
    clock.advance(timedelta(minutes=1))
    return release


def recordings_of(release: Release) -> list[Recording]:
    return list(Recording.objects.filter(tracks__edition__release=release).order_by("pk"))


def hold(*recordings: Recording, cause: str = "claim:C-1") -> Holding:
    return holding.hold_payout([one.pk for one in recordings], reference=cause, by="tests")


def follow_all() -> None:
    while waiting := keeping.due(10):
        for one in waiting:
            keeping.follow(one)


def owed() -> dict[str, int]:
    """What each account of a share holds, where it holds anything."""
    found = Account.objects.filter(kind__in=[Account.Kind.ROYALTY, Account.Kind.ESCROW, Account.Kind.DISPUTED])
    return {one.name: held for one in found if (held := accounts.balance_micro(one))}


def total() -> int:
    return sum(owed().values())


def of(prefix: str) -> int:
    return sum(held for name, held in owed().items() if name.startswith(prefix))


def test_a_sale_of_what_is_held_ends_in_escrow_and_other_recordings_are_paid_as_ever() -> None:
    release = a_shared_release()
    first, _ = recordings_of(release)
    hold(first)
    a_paid_order(alice("10"), release)
    ada, ben = Party.objects.get(name="Ada").pk, Party.objects.get(name="Ben").pk
    assert set(owed()) == {f"royalty:{ada}", f"royalty:{ben}", f"escrow:C-1:{ada}", f"escrow:C-1:{ben}"}
    assert str(Withheld.objects.first()).endswith(f"in escrow:C-1:{ada}")
    assert audit().is_clean


def test_what_accrued_before_is_held_too_and_a_release_gives_each_party_what_it_had() -> None:
    release = a_shared_release()
    a_paid_order(alice("10"), release)
    before = owed()
    held = hold(*recordings_of(release))
    assert str(held) == "claim:C-1: Held"
    assert str(held.recordings.first()) == "Piece 1, held for claim:C-1"
    round_of_upkeep()
    assert of("royalty:") == 0
    assert of("escrow:") == sum(before.values())
    assert keeping.due(10) == []
    holding.release_payout("claim:C-1", by="tests")
    round_of_upkeep()
    assert owed() == before
    assert audit().is_clean


def test_the_winner_gets_what_was_held_and_gives_back_what_is_refunded_later() -> None:
    release = a_shared_release()
    order = a_paid_order(alice("10"), release)
    hold(*recordings_of(release))
    follow_all()
    held = of("escrow:")
    won = holding.award_payout("claim:C-1", winner="Carol", proposed_by="dana", by="erin")
    follow_all()
    assert won.winner is not None
    assert owed() == {f"royalty:{won.winner.pk}": held}
    refunding.refund(order, refunding.left(order), key="k", by="dana", reason="It skips.")
    assert owed() == {}
    with pytest.raises(holding.NothingHeld):
        holding.award_payout("claim:C-1", winner="Carol", proposed_by="dana", by="erin")
    assert holding.release_payout("claim:C-1", by="dana") is None


def test_of_two_rival_claims_the_money_waits_for_both() -> None:
    release = a_shared_release()
    a_paid_order(alice("10"), release)
    before = owed()
    hold(*recordings_of(release))
    hold(*recordings_of(release), cause="claim:C-2")
    follow_all()
    assert (of("escrow:C-1:"), of("escrow:C-2:")) == (sum(before.values()), 0)
    holding.award_payout("claim:C-1", winner="Carol", proposed_by="dana", by="erin")
    follow_all()
    assert set(owed()) == {f"escrow:C-2:{Party.objects.get(name='Carol').pk}"}
    holding.release_payout("claim:C-2", by="dana")
    follow_all()
    assert owed() == {f"royalty:{Party.objects.get(name='Carol').pk}": sum(before.values())}


def test_a_cause_that_ended_and_came_again_before_anyone_looked_keeps_what_it_had() -> None:
    release = a_shared_release()
    a_paid_order(alice("10"), release)
    hold(*recordings_of(release))
    follow_all()
    before = of("escrow:")
    holding.release_payout("claim:C-1", by="dana")
    hold(*recordings_of(release))
    follow_all()
    assert of("escrow:") == before > 0
    holding.release_payout("claim:C-1", by="dana")
    follow_all()
    assert of("royalty:") == before
    assert audit().is_clean


def test_what_was_paid_out_already_is_not_held_and_the_newest_sales_come_first() -> None:
    release, person = a_shared_release(tracks=1), alice("10")
    a_paid_order(person, release)
    paid_out = owed()
    for name, amount in paid_out.items():
        account = accounts.open_account(name, currency="EUR", kind=Account.Kind.ROYALTY)
        bank = accounts.open_account("bank", currency="EUR", kind=Account.Kind.BANK)
        transfer(Move(f"payout:{name}", account, bank, amount, "payout"))
    clock.advance(timedelta(hours=2))
    other = a_shared_release(tracks=1)
    a_paid_order(person, other)
    hold(*recordings_of(release), *recordings_of(other))
    follow_all()
    assert Withheld.objects.count() == 2
    assert of("royalty:") == 0


def test_a_recording_added_later_is_looked_through_too_and_a_second_word_changes_nothing() -> None:
    release = a_shared_release()
    first, second = recordings_of(release)
    a_paid_order(alice("10"), release)
    hold(first)
    follow_all()
    part = of("escrow:")
    assert hold(first).pk == hold(first, second).pk
    follow_all()
    assert of("escrow:") > part
    assert of("royalty:") == 0


def test_what_a_dispute_holds_joins_the_rest_wherever_that_is_by_then() -> None:
    release = a_shared_release()
    with registry.instead(Saying("a", captured(5))):
        person = alice()
        attempt = top_ups.start(person, amount_micro=5 * MICRO, currency="EUR", key="k", return_url="/")
    clock.advance(timedelta(minutes=1))
    a_paid_order(person, release)
    before = total()
    hold(*recordings_of(release))
    follow_all()
    _dispute(attempt, "open")
    assert of("escrow:") == 0
    assert of("disputed:") == before
    holding.award_payout("claim:C-1", winner="Carol", proposed_by="dana", by="erin")
    follow_all()
    _dispute(attempt, "won")
    assert owed() == {f"royalty:{Party.objects.get(name='Carol').pk}": before}
    assert audit().is_clean


def test_what_a_dispute_had_all_of_before_the_claim_came_waits_when_the_dispute_is_won() -> None:
    release = a_shared_release()
    with registry.instead(Saying("a", captured(5))):
        person = alice()
        attempt = top_ups.start(person, amount_micro=5 * MICRO, currency="EUR", key="k", return_url="/")
    clock.advance(timedelta(minutes=1))
    a_paid_order(person, release)
    before = total()
    _dispute(attempt, "open")
    assert of("disputed:") == before
    hold(*recordings_of(release))
    follow_all()
    _dispute(attempt, "won")
    follow_all()
    assert (of("escrow:"), of("royalty:")) == (before, 0)
    holding.release_payout("claim:C-1", by="tests")
    follow_all()
    assert of("royalty:") == before
    assert audit().is_clean


def _dispute(attempt: Attempt, state: str) -> None:
    disputes.note_fact(attempt, DisputeFact(state, "dp_1", 5 * MICRO, "fraudulent"))
    for one in clawing_back.due(10):
        clawing_back.follow(one)


def test_a_refund_out_of_escrow_is_told_as_a_rights_holders_part() -> None:
    release = a_shared_release()
    hold(*recordings_of(release))
    order = a_paid_order(alice("10"), release)
    refunding.refund(order, refunding.left(order), key="k", by="dana", reason="It skips.")
    day = clock.today()
    went = figures.where_it_went(figures.Scope(day, day, "EUR"))
    assert {one.amount_micro for one in went} == {0}
    rows = list(exporting.csv_lines(day, day, is_oss=False))
    assert len(rows) == 5


def test_a_holding_is_looked_at_again_for_what_was_committed_late() -> None:
    release = a_shared_release()
    held = hold(*recordings_of(release))
    follow_all()
    a_paid_order(alice("10"), release)
    clock.advance(timedelta(hours=2))
    assert keeping.due(10) == [held]
    follow_all()
    assert of("royalty:") == 0


def test_a_waiting_order_is_not_looked_at() -> None:
    release = a_shared_release()
    an_order(alice(), release)
    hold(*recordings_of(release))
    follow_all()
    assert not Withheld.objects.exists()


ACTS = st.lists(
    st.tuples(
        st.sampled_from(["buy", "hold", "hold other", "refund", "settle", "release", "award"]), st.integers(0, 9)
    ),
    min_size=4,
    max_size=12,
)


class TestAnyStory(TestCase):
    @settings(max_examples=25, deadline=None)
    @given(acts=ACTS)
    def test_ends_with_every_micro_where_it_belongs(self, acts: list[tuple[str, int]]) -> None:
        with clock.stopped(clock.now()):
            _play(acts)


def _play(acts: list[tuple[str, int]]) -> None:
    """The shares of all lines, less what was given back, are all that escrow and parties have, at every moment."""
    person = Person.objects.create_user(f"erin{clock.now().timestamp()}", password="x", country="FR")
    _fill(person)
    releases, orders, won = [a_shared_release(tracks=1) for _ in range(3)], list[Order](), False
    for number, (act, which) in enumerate(acts):
        clock.advance(timedelta(minutes=7))
        if act == "buy":
            release = releases[which % 3]
            if not any(line.track.edition.release_id == release.pk for one in orders for line in one.lines.all()):
                orders.append(a_paid_order(person, release, format_name="mp3-v0"))
        elif act.startswith("hold"):
            hold(*recordings_of(releases[which % 3]), cause=f"claim:C-{1 + (act == 'hold other')}")
        elif act == "refund" and orders and (rest := refunding.left(orders[which % len(orders)])):
            part = {pk: max(10_000, amount // 20_000 * 10_000) for pk, amount in rest.items()}
            refunding.refund(orders[which % len(orders)], part, key=f"k{number}", by="dana", reason="It skips.")
        elif act == "settle" and orders:
            line = orders[which % len(orders)].lines.get()
            settling.settle(line, actual_bytes=line.size_bytes * 3 // 4)
        elif act == "release":
            holding.release_payout(f"claim:C-{1 + which % 2}", by="dana")
        elif act == "award" and Holding.objects.filter(reference="claim:C-1", ended_at__isnull=True).exists():
            won = True
            holding.award_payout("claim:C-1", winner="Carol", proposed_by="dana", by="erin")
        if which % 2:
            follow_all()
        _assert_sound(orders)
    for cause in ("claim:C-1", "claim:C-2"):
        holding.release_payout(cause, by="dana")
    follow_all()
    _assert_sound(orders)
    assert of("escrow:") == 0
    if not won:  # As if nobody had ever claimed anything.
        assert owed() == {name: amount for name, amount in _due(orders).items() if amount}


def _assert_sound(orders: list[Order]) -> None:
    assert total() == sum(_due(orders).values())
    assert audit().is_clean


def _due(orders: list[Order]) -> Counter[str]:
    due: Counter[str] = Counter()
    for order in orders:
        order.refresh_from_db()
        for line in order.lines.all():
            for (name, kind), amount in still_has(order, line).items():
                if kind == Account.Kind.ROYALTY:
                    due[name] += amount
    return due


def _fill(person: Person) -> None:
    marketing = accounts.open_account("marketing", currency="EUR", kind=Account.Kind.MARKETING)
    transfer(Move(f"fill:{person.pk}", marketing, accounts.wallet_of(person.pk, "EUR"), 50 * MICRO, "credit"))
