"""What must hold after every step, whatever the outside world did. It reads only, and names the first that does not."""

import json
from collections import Counter, defaultdict
from random import Random

from django.db.models import Q, Sum

from obbligato.kernel import clock
from obbligato.kernel.money import minor_unit_micro
from obbligato.ledger.audit import audit
from obbligato.ledger.models import Account, Transfer
from obbligato.payments import health, routing
from obbligato.payments.attempts import OF_NOW
from obbligato.payments.bank.models import RAIL, BankEntry
from obbligato.payments.contract import Decline, Fact
from obbligato.payments.facts import join
from obbligato.payments.models import Attempt, Decision, RailBlock, RailHealth, Refund
from obbligato.payments.vouchers.models import VoucherBatch
from obbligato.payments.wire import from_minor, to_minor
from obbligato.sales.models import Order, OrderLine, Purchase
from obbligato.sales.preorders.models import HELD, PreOrder
from obbligato.simulation.processor import Charge, FakeProcessor

CURRENCIES = ("EUR", "USD", "JPY", "KWD", "CLF", "GBP", "ISK", "TND")
State = Attempt.State


class Violated(AssertionError):
    """An invariant does not hold: its number, and what was seen."""

    def __init__(self, number: int, what: str) -> None:
        super().__init__(f"invariant {number}: {what}")
        self.number = number


class Watch:
    """Looks at what is new since the last step, and at everything when it is told to."""

    def __init__(self, processors: dict[str, FakeProcessor]) -> None:
        self._processors = processors
        self._last_transfer = self._last_decision = 0
        self._held: dict[int, int] = defaultdict(int)
        self._said: dict[str, list[Fact]] = defaultdict(list)
        self._of_this_moment: list[tuple[str, Fact]] = []
        self.given_up: set[int] = set()
        """Attempts that their buyers superseded."""

    def heard(self, attempt_key: str, fact: Fact) -> None:
        """A fact that a processor told, and the store took in.

        That it will not serve the store now, to a request sent again, says nothing of what became of the first.
        """
        is_of_now = fact.decline in OF_NOW and not fact.reference
        if is_of_now and Attempt.objects.filter(key=attempt_key, asked_times__gt=0).exists():
            return
        if fact.state == State.NOT_SENT:
            return
        self._said[attempt_key].append(fact)
        if fact.decline in OF_NOW and not fact.reference:
            self._of_this_moment.append((attempt_key, fact))

    def cut_off(self) -> None:
        """The store was ended within this step: a no that names no charge, and was not written down, comes no more."""
        for attempt_key, fact in self._of_this_moment:
            if Attempt.objects.filter(key=attempt_key, state=State.DISPATCHED).exists():
                self._said[attempt_key].remove(fact)

    def sending(self, processor: FakeProcessor, key: str) -> None:
        """A request is about to be sent: 6 and 10 are of this moment."""
        attempt = Attempt.objects.get(key=key)
        others = Attempt.objects.filter(
            intent_id=attempt.intent_id, state__in=[State.DISPATCHED, State.UNKNOWN]
        ).exclude(pk__in=[attempt.pk, *self.given_up])
        if others.exists():
            raise Violated(6, f"{attempt.number} is sent while {others[0].number} is in doubt")
        if attempt.asked_times:
            return  # The same request under the same key: what chose its rail was looked at the first time.
        if Attempt.objects.filter(intent_id=attempt.intent_id, decline=Decline.HARD).exclude(pk=attempt.pk).exists():
            raise Violated(12, f"{attempt.number} is sent after a hard no")
        if RailBlock.objects.filter(provider=processor.name, lifted_at__isnull=True).exists():
            raise Violated(10, f"{attempt.number} is sent to {processor.name}, which is blocked")
        row = RailHealth.objects.filter(provider=processor.name).first()
        if row is not None and health.at(row.known, clock.now()).circuit == health.Circuit.OPEN:
            raise Violated(10, f"{attempt.number} is sent to {processor.name}, whose circuit is open")

    def after_step(self, lot: Random) -> None:
        """What is new since the last step."""
        self._of_this_moment = []
        self._transfers()
        self._decisions()
        self._wire(lot)

    def everything(self) -> None:
        """All rows, however old."""
        found = audit()
        if any(found.sum_micro.values()):
            raise Violated(2, f"balances sum to {found.sum_micro}")
        if found.differences:
            raise Violated(3, found.differences[0])
        self._intents()
        self._refunds()
        self._orders()
        self._vouchers()
        self._preorders()

    def settled(self) -> None:
        """When the world has been quiet long enough: whatever crashed or was lost, the end is the same."""
        for name, processor in self._processors.items():
            keys = Counter(charge.key for charge in processor.charges)
            if doubles := [key for key, count in keys.items() if count > 1]:
                raise Violated(9, f"{name} has a second charge under the key {doubles[0]}")
        self._attempts()
        called_off = Q(announcement__release__withdrawal__isnull=False)
        if late := PreOrder.objects.filter(HELD & (called_off | Q(announcement__at__lte=clock.now()))).first():
            raise Violated(17, f"{late} is held, and its day has come")
        for name, processor in self._processors.items():
            attempts = {one.key: one for one in Attempt.objects.filter(provider=name)}
            for charge in processor.charges:
                self._charge(charge, attempts.get(charge.key))

    @staticmethod
    def _charge(charge: Charge, attempt: Attempt | None) -> None:
        """8, for one charge: the store knows of it what the processor knows."""
        if attempt is None:
            raise Violated(8, f"{charge.reference} is a charge nobody asked for")
        is_right = charge.state == "captured" and charge.captured_micro == attempt.amount_micro
        if is_right and attempt.settled_at is None:
            raise Violated(8, f"{charge.reference} was captured and never came into the wallet")
        if charge.state != "captured" and attempt.settled_at is not None:
            raise Violated(8, f"{charge.reference} was never captured and came into the wallet")
        for key, amount in charge.refunds.items():
            refund = Refund.objects.get(key=key)
            if refund.amount_micro != amount or refund.state != Refund.State.DONE:
                raise Violated(8, f"{refund} was sent back and is {refund.state}")

    def _transfers(self) -> None:
        """2, 3 and 4 for what moved: a running balance beside the one that the database keeps."""
        touched: set[int] = set()
        for pk, source, target, amount in Transfer.objects.filter(pk__gt=self._last_transfer).values_list(
            "pk", "source_id", "target_id", "amount_micro"
        ):
            self._held[source] -= amount
            self._held[target] += amount
            touched |= {source, target}
            self._last_transfer = max(self._last_transfer, pk)
        guarded = list(Account.objects.filter(pk__in=touched, may_overdraw=False))
        created = sum((one.balance_micro or 0) - self._held[one.pk] for one in guarded)
        if created:
            raise Violated(2, f"{created} micro-units came from nowhere")
        for account in guarded:
            if account.balance_micro is None or account.balance_micro < 0:
                raise Violated(4, f"{account} holds {account.balance_micro}")
            if account.balance_micro != self._held[account.pk]:
                raise Violated(3, f"{account} says {account.balance_micro}, its transfers say {self._held[account.pk]}")

    def _decisions(self) -> None:
        for one in Decision.objects.filter(pk__gt=self._last_decision).order_by("pk"):
            question = routing.question_from(json.loads(json.dumps(one.question)))
            if routing.decide(question) != routing.answer_from(one.answer):
                raise Violated(11, f"decision {one.pk} comes out otherwise")
            able = {rail.name for rail in question.rails if rail.is_admitted and not rail.block}
            if not set(one.answer["order"]) <= able:
                raise Violated(10, f"decision {one.pk} chose {one.answer['order']} of {sorted(able)}")
            self._last_decision = one.pk

    def _wire(self, lot: Random) -> None:
        currency = lot.choice(CURRENCIES)
        micro = lot.randrange(10**9) * minor_unit_micro(currency)
        if from_minor(to_minor(micro, currency), currency) != micro:
            raise Violated(14, f"{micro} micro-units of {currency} do not come back from the wire")

    def _attempts(self) -> None:
        """1: the state is the join of what was heard, in whatever order it came."""
        for attempt in Attempt.objects.filter(key__in=self._said):
            facts = self._said[attempt.key]
            state = State.DISPATCHED
            for fact in facts:
                is_other = fact.state == State.SUCCEEDED and fact.amount_micro != attempt.amount_micro
                state = join(state, State.MISMATCH if is_other else fact.state)
            is_accepted = attempt.state == State.SUCCEEDED and state == State.MISMATCH
            if join(attempt.state, state) != attempt.state and not is_accepted:
                raise Violated(1, f"{attempt.number} is {attempt.state}, what was heard says {state}")
            if attempt.state == State.SUCCEEDED and state not in {State.SUCCEEDED, State.MISMATCH}:
                raise Violated(1, f"{attempt.number} succeeded, which nobody said")

    def _intents(self) -> None:
        """5: what was captured is in the wallet, each once."""
        filled = dict(
            Transfer.objects.filter(kind="top_up").order_by().values_list("reference").annotate(Sum("amount_micro"))
        )
        of_entries = self._by_bank()
        for attempt in Attempt.objects.filter(settled_at__isnull=False):
            if attempt.provider == RAIL and of_entries.get(attempt.pk) != attempt.captured_micro:
                raise Violated(5, f"{attempt.number} captured {attempt.captured_micro}, and other transfers came")
            if attempt.provider != RAIL and filled.get(f"top-up:{attempt.number}") != attempt.captured_micro:
                raise Violated(5, f"{attempt.number} captured {attempt.captured_micro}, which is not in the wallet")
        kept = Attempt.objects.filter(settled_at__isnull=False, superseded_at__isnull=True).order_by()
        doubles = [pk for pk, count in Counter(kept.values_list("intent_id", flat=True)).items() if count > 1]
        if doubles:
            raise Violated(5, f"intent {doubles[0]} has two captured attempts that nobody superseded")

    @staticmethod
    def _by_bank() -> dict[int, int]:
        """What came by transfer for each attempt, also what the bank took back later."""
        came = BankEntry.objects.filter(attempt__isnull=False, amount_micro__gt=0).order_by()
        return dict(came.values_list("attempt").annotate(Sum("amount_micro")))

    def _refunds(self) -> None:
        """7: of no charge more is sent back than it brought, whatever the processor would do."""
        for attempt in Attempt.objects.filter(provider=RAIL, refunds__isnull=False).distinct():
            sent = attempt.refunds.exclude(state=Refund.State.FAILED).aggregate(all=Sum("amount_micro"))["all"] or 0
            if sent > attempt.captured_micro:
                raise Violated(7, f"more than {attempt.number} brought is sent back: {sent}")
        for name, processor in self._processors.items():
            for charge in processor.charges:
                if sum(charge.refunds.values()) > charge.captured_micro:
                    raise Violated(7, f"{name} sent back more than {charge.reference} brought")

    def _orders(self) -> None:
        """13: a paid order has its purchases and its shares, an unpaid one neither."""
        paid = dict(
            Transfer.objects.filter(kind="sale").order_by().values_list("reference").annotate(Sum("amount_micro"))
        )
        ahead = Q(line__order__held_at__isnull=False, line__order__paid_at__isnull=True)  # 17 looks at these.
        bought = Counter(Purchase.objects.exclude(ahead).values_list("line__order_id", flat=True))
        lines = Counter(OrderLine.objects.values_list("order_id", flat=True))
        for order in Order.objects.all():
            moved = paid.get(f"order:{order.number}", 0)
            expected = (order.total_micro, lines[order.pk]) if order.paid_at else (0, 0)
            if (moved, bought[order.pk]) != expected:
                raise Violated(13, f"{order} moved {moved} and gave {bought[order.pk]} purchases, not {expected}")

    def _vouchers(self) -> None:
        """16: what is left on the vouchers of a batch is what its account holds."""
        held = dict(Account.objects.filter(kind=Account.Kind.VOUCHER).values_list("name", "balance_micro"))
        for batch in VoucherBatch.objects.annotate(left_sum=Sum("vouchers__left_micro")):
            left, in_account = batch.left_sum or 0, held.get(batch.account_name) or 0
            if left != in_account:
                raise Violated(16, f"{left} is left on {batch}, and {in_account} is in its account")

    def _preorders(self) -> None:
        """17: what is held is its buyer's: all of it returns once, to stay or to pay on the day; no music before it."""
        moved: Counter[tuple[str, str]] = Counter()
        kept = Transfer.objects.filter(kind__in=["held_ahead", "freed"])
        for reference, kind, amount in kept.values_list("reference", "kind", "amount_micro"):
            moved[reference, kind] += amount
        held: Counter[str] = Counter()
        for one in PreOrder.objects.select_related("order", "announcement"):
            reference, quoted = f"order:{one.order.number}", one.quoted_micro if one.order.held_at else 0
            found = moved[reference, "held_ahead"], moved[reference, "freed"]
            expected = quoted, 0 if one.order.is_held else quoted
            if found != expected:
                raise Violated(17, f"{one.order}: {found} was held and freed, not {expected}")
            held[f"preorder:{one.order.person_id}"] += quoted if one.order.is_held else 0
            self._delivery(one)
        accounts = Account.objects.filter(kind=Account.Kind.PREORDER).values_list("name", "balance_micro")
        if wrong := [name for name, balance in accounts if balance != held[name]]:
            raise Violated(17, f"{wrong[0]} is not what its open pre-orders come to, {held[wrong[0]]}")

    @staticmethod
    def _delivery(one: PreOrder) -> None:
        """Paid when it is out, at no more than quoted; unpaid, she has what is given at once, or nothing."""
        order, out_at = one.order, one.announcement.at
        if order.paid_at and (order.paid_at < out_at or order.total_micro > one.quoted_micro):
            raise Violated(17, f"{order} of {one.quoted_micro} was paid at {order.paid_at}, and it is out at {out_at}")
        if not order.paid_at:
            hers = Purchase.objects.standing().filter(line__order=order).values_list("track__recording_id", flat=True)
            given = set(one.announcement.given.values_list("pk", flat=True)) if order.is_held else set()
            if set(hers) - given:
                raise Violated(17, f"{order} is not paid, and gave {set(hers) - given}")
