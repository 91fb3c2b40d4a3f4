"""Compare what companies say they hold for the store with its books, and keep each difference until it is explained.

It believes neither side: what is booked, and as what, is a person's word.
"""

from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

from django.conf import settings
from django.db import transaction

from obbligato.kernel import clock
from obbligato.kernel.refusals import Invalid
from obbligato.ledger import accounts
from obbligato.ledger.models import Account
from obbligato.ledger.transfers import Move, transfer
from obbligato.payments import registry
from obbligato.payments.contract import NoAnswer, NotSent, TellsBalance
from obbligato.payments.reconciliation.models import Comparison, Difference

DAY = timedelta(days=1)
State = Difference.State


class Booking(StrEnum):
    """What a person can say that a company did with the money."""

    FEES = "fees"
    """It kept it for its service, or gave some of that back."""
    PAYOUT = "payout"
    """It sent it to the store's bank, whose statements are not imported."""


TO = {Booking.FEES: ("fees", Account.Kind.FEES), Booking.PAYOUT: ("bank", Account.Kind.BANK)}


class NoReason(Invalid):
    """A difference is explained by words, and only while it is open."""


@dataclass(frozen=True)
class Compared:
    """One rail in one currency: what its company holds by its own word (None: it did not say) and by our books."""

    provider: str
    currency: str
    theirs_micro: int | None
    ours_micro: int
    difference: Difference | None = None


def daily() -> list[Compared]:
    """The same as reconcile(), once a day."""
    has_today = Comparison.objects.filter(at__gt=clock.now() - DAY).exists()
    return [] if has_today else reconcile()


def reconcile() -> list[Compared]:
    """Ask every company that says what it holds, for each currency it carried; outside of any transaction."""
    return [
        _compared(rail.name, currency, _theirs(rail, currency)) for rail in _telling() for currency in _currencies(rail)
    ]


@transaction.atomic
def explain(difference: Difference, *, by: str, reason: str) -> Difference:
    """A person's word why the two differ; the same difference is not shown again. Raises NoReason."""
    difference = Difference.objects.select_for_update().get(pk=difference.pk)
    if not reason.strip() or difference.state != State.OPEN:
        raise NoReason("An open difference is explained, and in words.")
    difference.reason, difference.closed_by = reason.strip()[:300], by[:150]
    return _closed(difference, State.EXPLAINED)


@transaction.atomic
def book(difference: Difference, booking: Booking, *, by: str, reason: str) -> Difference:
    """A person's word what the company did: the books say the same from now on. Raises NoReason."""
    difference = explain(difference, by=by, reason=reason)
    name, kind = TO[booking]
    other = accounts.open_account(name, currency=difference.currency, kind=kind)
    clearing = accounts.clearing_of(difference.provider, difference.currency)
    source, target = (other, clearing) if difference.amount_micro < 0 else (clearing, other)
    reference = f"difference:{difference.pk}"
    transfer(Move(f"{reference}:{booking}", source, target, abs(difference.amount_micro), f"rail_{booking}", reference))
    difference.state = State.BOOKED
    difference.save(update_fields=["state"])
    return difference


def _telling() -> list[TellsBalance]:
    return [one for one in registry.providers() if isinstance(one, TellsBalance)]


def _currencies(rail: TellsBalance) -> list[str]:
    known = Account.objects.filter(name=f"clearing:{rail.name}").order_by("currency")
    return list(known.values_list("currency", flat=True)) or [settings.CURRENCY]


def _theirs(rail: TellsBalance, currency: str) -> int | None:
    try:
        return rail.balance(currency)
    except (NotSent, NoAnswer):
        return None


@transaction.atomic
def _compared(provider: str, currency: str, theirs_micro: int | None) -> Compared:
    ours_micro = -_held_micro(f"clearing:{provider}", currency) - _held_micro(f"held:{provider}", currency)
    Comparison.objects.create(provider=provider, currency=currency, theirs_micro=theirs_micro, ours_micro=ours_micro)
    if theirs_micro is None:
        return Compared(provider, currency, None, ours_micro)
    of_rail = Difference.objects.select_for_update().filter(provider=provider, currency=currency)
    known = of_rail.filter(state=State.OPEN).first()
    last = of_rail.filter(state=State.EXPLAINED).order_by("-closed_at", "-pk").first()
    # Refunds on their way it may have sent already, though it has not said so.
    least = -_held_micro(f"refund_due:{provider}", currency)
    apart = theirs_micro - ours_micro
    if any(least <= apart - expected <= 0 for expected in (0, last.amount_micro if last else 0)):
        if known is not None:
            _closed(known, State.GONE)
        return Compared(provider, currency, theirs_micro, ours_micro)
    difference = known or Difference(provider=provider, currency=currency)
    difference.theirs_micro, difference.ours_micro, difference.last_seen_at = theirs_micro, ours_micro, clock.now()
    difference.save()
    return Compared(provider, currency, theirs_micro, ours_micro, difference)


def _held_micro(name: str, currency: str) -> int:
    found = Account.objects.filter(name=name, currency=currency).first()
    return accounts.balance_micro(found) if found else 0


def _closed(difference: Difference, state: Difference.State) -> Difference:
    difference.state, difference.closed_at = state, clock.now()
    difference.save()
    return difference
