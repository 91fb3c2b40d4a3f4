"""Run the store for so many steps against a world that does its worst. The same seed runs the same way again."""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random

from django.core.cache import cache
from django.db import IntegrityError
from django.test import override_settings

from obbligato.kernel import chance, clock
from obbligato.kernel.refusals import Refused
from obbligato.payments import attempts, crediting, inbox, rails, refunds, registry, top_ups
from obbligato.payments.contract import Event, Fact, Request
from obbligato.payments.models import Attempt, Credit, RailBlock, Refund
from obbligato.payments.vouchers import bonuses, ending
from obbligato.people.models import Person
from obbligato.sales import checkout
from obbligato.sales.models import WAITING, Order
from obbligato.sales.preorders import coming_out
from obbligato.simulation import bank, goods
from obbligato.simulation.crashes import Crash, Fuse
from obbligato.simulation.invariants import Violated, Watch
from obbligato.simulation.preorders import PreOrders
from obbligato.simulation.processor import MOODS, FakeProcessor
from obbligato.simulation.refunding import Refunding
from obbligato.simulation.transfers import Transfers
from obbligato.simulation.vouchers import Vouchers

BEGINNING = datetime(2026, 1, 1, tzinfo=UTC)
TRACKS, BUYERS, MOST_BUYERS = 40, 4, 60
CRASH_CHANCE, MOST_POINTS = 0.05, 40
STEPS_BETWEEN_AUDITS = 500
STEPS_BETWEEN_QUIETS = 2_000
QUIET_ROUNDS = 30
NEWS_LOST = 0.3
GROUPS = ("payments", "transfers", "refunds", "vouchers", "preorders")
Act = Callable[[], None]


@dataclass
class Outcome:
    """How a run ended: how often each act was done, crashes among them, and what was violated, at which step."""

    seed: int
    steps: int = 0
    acts: Counter[str] = field(default_factory=Counter)
    violation: Violated | None = None


def simulate(
    seed: int, steps: int, *, groups: Sequence[str] = GROUPS, progress: Callable[[int], None] = lambda _: None
) -> Outcome:
    """Run so many steps on an empty database, each an act of one of these groups; ends at the first violation."""
    outcome = Outcome(seed)
    with ExitStack() as stack:
        stack.enter_context(clock.stopped(BEGINNING))
        stack.enter_context(chance.seeded(seed))
        world = stack.enter_context(_world(seed, outcome.acts, groups))
        try:
            for number in range(1, steps + 1):
                outcome.steps = number
                world.step()
                if number % STEPS_BETWEEN_AUDITS == 0 or number == steps:
                    world.watch.everything()
                    progress(number)
                if number % STEPS_BETWEEN_QUIETS == 0 or number == steps:
                    world.quiet()
        except Violated as violation:
            outcome.violation = violation
    return outcome


@contextmanager
def _world(seed: int, acts: Counter[str], groups: Sequence[str]) -> "Iterator[World]":
    world = World(seed, acts, groups)
    ours = {"SANDBOX": False, "RAILS_FILE": Path("/nowhere"), "BANK_IBAN": bank.IBAN, "BANK_NAME": "The Store"}
    with override_settings(**ours), registry.also(*world.processors.values()), world.fuse.at_statements():
        yield world


class Watched(FakeProcessor):
    """A processor whose traffic the watch sees, in both directions."""

    watch: Watch

    def request(self, request: Request) -> Fact:
        self.watch.sending(self, request.idempotency_key)
        fact = super().request(request)
        self.watch.heard(request.idempotency_key, fact)
        return fact

    def lookup(self, reference: str, idempotency_key: str) -> Fact:
        fact = super().lookup(reference, idempotency_key)
        self.watch.heard(idempotency_key, fact)
        return fact

    def read_event(self, headers: Mapping[str, str], body: bytes) -> Event:
        event = super().read_event(headers, body)
        if event.charge is not None:
            self.watch.heard(event.idempotency_key, event.charge)
        return event


class World:
    """The store, its buyers and operators, and everything outside, in one process and by one lot."""

    def __init__(self, seed: int, acts: Counter[str], groups: Sequence[str]) -> None:
        self.lot, self.fuse, self.acts = Random(seed), Fuse(), acts
        self.processors = {
            name: Watched(name, Random(self.lot.random()), self.fuse, domains=(f"network:{network}",))
            for name, network in (("alpha", "one"), ("beta", "one"), ("gamma", "two"))
        }
        self.watch = Watch(dict(self.processors))
        for one in self.processors.values():
            one.watch = self.watch
        self._tracks = goods.tracks(TRACKS)
        self._people = goods.buyers(BUYERS)
        self._count = 0
        self.transfers = Transfers(self.lot)
        bonuses.set_tier(currency="EUR", from_micro=10_000_000, bonus_micro=1_000_000, by="dana")
        known = {
            "payments": self._payments(),
            "transfers": self.transfers.acts,
            "refunds": Refunding(self.lot).acts,
            "vouchers": Vouchers(self.lot, self._person).acts,
            "preorders": PreOrders(self.lot, self._person).acts,
        }
        self._choices = [one for group in groups for one in known[group]]
        self._methods = ("card", "card", "card", "bank_transfer") if "transfers" in groups else ("card",)

    def _payments(self) -> list[tuple[int, Act]]:
        return [
            (14, self.top_up),
            (4, self.top_up_again),
            (14, self.finish_a_charge),
            (14, self.hear_news),
            (10, self.upkeep),
            (12, self.order),
            (4, self.pay),
            (2, self.cancel),
            (4, self.ask_refund),
            (2, self.answer_refund),
            (3, self.give_up),
            (1, self.accept_mismatch),
            (2, self.dispute),
            (2, self.change_mood),
            (1, self.close_or_open_account),
            (10, self.wait),
            (1, self.new_buyer),
        ]

    def step(self) -> None:
        """One act by lot, sometimes cut off in the middle; then look at what must hold."""
        weights = [weight for weight, _ in self._choices]
        _, act = self.lot.choices(self._choices, weights)[0]
        self.fuse.light(self.lot.randrange(1, MOST_POINTS) if self.lot.random() < CRASH_CHANCE else None)
        self.acts[act.__name__] += 1
        try:
            act()
        except Crash:
            self.acts["crash"] += 1
            self.watch.cut_off()
        except Refused as refusal:
            self.acts[f"refused: {type(refusal).__name__}"] += 1
        except IntegrityError as error:
            raise Violated(4, f"the database had to refuse: {error}") from error
        finally:
            self.fuse.light(None)
        self.watch.after_step(self.lot)

    def quiet(self) -> None:
        """The world calms down and the store catches up: then the end must be as if nothing had gone wrong."""
        self.fuse.light(None)
        self._pay_without_cards()
        moods = {name: (one.mood, one.is_closed) for name, one in self.processors.items()}
        for one in self.processors.values():
            one.mood, one.is_closed = "well", False
        for _ in range(QUIET_ROUNDS):
            for processor in self.processors.values():
                for charge in processor.charges:
                    processor.finish(charge, "expired")
                while processor.news:
                    if self.lot.random() < NEWS_LOST:  # Then asking has to tell.
                        processor.news.pop(0)
                    else:
                        self._deliver(processor, 0, is_kept=False)
            clock.advance(timedelta(hours=7))
            self.upkeep(limit=10_000)
        self.transfers.settle()
        self.watch.everything()
        self.watch.settled()
        for name, (mood, is_closed) in moods.items():
            self.processors[name].mood, self.processors[name].is_closed = mood, is_closed

    def _pay_without_cards(self) -> None:
        """15: with every card rail gone, cash at a table still buys an order, in the same minute."""
        self._count += 1
        person = Person.objects.create_user(f"walker{self._count}")
        with registry.instead():
            placed = self._bought_by(person)
            try:
                if placed.total_micro:
                    crediting.give(
                        person,
                        amount_micro=placed.total_micro,
                        currency="EUR",
                        kind=Credit.Kind.CASH,
                        key="table",
                        by=f"table {self._count}",
                        reason="Receipt 1",
                    )
                checkout.pay(placed)
            except Refused as refusal:
                raise Violated(15, f"an order could not be paid in cash: {refusal}") from refusal

    def top_up(self) -> None:
        cache.clear()
        self._count += 1
        top_ups.start(
            self._person(),
            amount_micro=self.lot.randrange(50, 2_000) * 10_000,
            currency="EUR",
            key=f"key{self._count}",
            return_url="/wallet/{number}",
            method=self.lot.choice(self._methods),
        )

    def top_up_again(self) -> None:
        """The same form sent twice: the second time it may be that the first one was cut off."""
        attempt = Attempt.objects.order_by("-pk").first()
        if attempt is not None:
            top_ups.carry_on(attempt.intent)

    def finish_a_charge(self) -> None:
        processor = self._processor()
        waiting = [one for one in processor.charges[-50:] if one.state == "open"]
        if waiting:
            outcome = self.lot.choices(("captured", "declined", "expired", "other_amount"), (80, 10, 8, 2))[0]
            processor.finish(self.lot.choice(waiting), outcome)

    def hear_news(self) -> None:
        """One of what was sent, in any order; it may be lost, or come again."""
        processor = self._processor()
        if processor.news:
            place = self.lot.randrange(len(processor.news))
            if self.lot.random() < NEWS_LOST:
                processor.news.pop(place)
                return
            self._deliver(processor, place, is_kept=self.lot.random() < 0.2)

    def upkeep(self, limit: int = 5) -> None:
        inbox.work(limit)
        for attempt in attempts.due_for_asking(limit):
            attempts.refresh(attempt)
        for refund in refunds.due_for_asking(limit):
            refunds.refresh(refund)
        ending.expire_due(limit)
        coming_out.come_out_due(limit)
        for person in self._people[-limit:]:
            checkout.complete_waiting_orders(person)

    def order(self) -> None:
        self._count += 1
        self._bought_by(self._person())

    def _bought_by(self, person: Person) -> Order:
        basket, total_micro = goods.a_basket(self.lot, person, self._tracks, self._count)
        country = self.lot.choice(goods.COUNTRIES)
        return checkout.buy(basket, person, expected_total_micro=total_micro, country=country)

    def pay(self) -> None:
        waiting = self._waiting()
        if waiting is not None:
            checkout.pay(waiting)

    def cancel(self) -> None:
        waiting = self._waiting()
        if waiting is not None:
            checkout.cancel(waiting)

    def ask_refund(self) -> None:
        found = refunds.remainder(self._person(), "EUR")
        if found:
            one = self.lot.choice(found)
            self._count += 1
            amount = self.lot.choice([one.amount_micro, max(10_000, one.amount_micro // 20_000 * 10_000)])
            by = self.lot.choice(["dana", one.attempt.person.get_username()])
            refunds.ask(one.attempt, amount_micro=amount, key=f"refund{self._count}", by=by)

    def answer_refund(self) -> None:
        proposed = Refund.objects.filter(state=Refund.State.PROPOSED).first()
        if proposed is not None and self.lot.random() < 0.7:
            refunds.approve(proposed, by="erin")
        elif proposed is not None:
            refunds.reject(proposed, by="erin")

    def give_up(self) -> None:
        """The buyer chooses another way, and begins anew with the same form."""
        doubtful = (
            Attempt.objects.filter(state__in=["unknown", "action_required"], superseded_at__isnull=True)
            .order_by("-pk")
            .first()
        )
        if doubtful is not None:
            self.watch.given_up.add(doubtful.pk)
            attempts.supersede(doubtful)
            top_ups.carry_on(doubtful.intent)

    def accept_mismatch(self) -> None:
        found = Attempt.objects.filter(state=Attempt.State.MISMATCH).first()
        if found is not None:
            attempts.accept_mismatch(found, by=self.lot.choice(("dana", "erin")))

    def dispute(self) -> None:
        processor = self._processor()
        captured = [one for one in processor.charges[-100:] if one.state == "captured"]
        if captured:
            processor.dispute(self.lot.choice(captured), self.lot.choice(("open", "open", "won", "lost")))

    def change_mood(self) -> None:
        self._processor().mood = self.lot.choices(list(MOODS), (6, 3, 1, 1))[0]

    def close_or_open_account(self) -> None:
        processor = self._processor()
        if processor.is_closed or self.lot.random() < 0.5:
            processor.is_closed = False
            if RailBlock.objects.filter(provider=processor.name, lifted_at__isnull=True).exists():
                rails.unblock(processor.name, by="dana")
        else:
            processor.is_closed = True

    def wait(self) -> None:
        clock.advance(timedelta(seconds=10 ** self.lot.uniform(0, 5)))

    def new_buyer(self) -> None:
        person = Person.objects.create_user(f"newcomer{self._count}-{Person.objects.count()}")
        self._people = [*self._people[-MOST_BUYERS:], person]

    def _deliver(self, processor: FakeProcessor, place: int, *, is_kept: bool) -> None:
        body = processor.news[place] if is_kept else processor.news.pop(place)
        inbox.handle(inbox.receive(processor.name, {}, body))

    def _person(self) -> Person:
        return self.lot.choice(self._people)

    def _processor(self) -> Watched:
        return self.lot.choice(list(self.processors.values()))

    def _waiting(self) -> Order | None:
        return Order.objects.filter(WAITING).order_by("pk").first()
