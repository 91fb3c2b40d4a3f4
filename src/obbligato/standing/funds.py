"""Tell the money at an incident's rails apart to the cent, from the ledger and the payments' rows. It moves only what a
company says that it holds back, between its own two accounts.
"""

from collections import Counter
from dataclasses import dataclass

from django.db import transaction
from django.db.models import Sum

from obbligato.kernel.money import Money, format_money
from obbligato.kernel.refusals import Invalid
from obbligato.ledger import accounts
from obbligato.ledger.models import Account, Transfer
from obbligato.ledger.transfers import Move, transfer
from obbligato.payments.models import OPEN_STATES, UNFINISHED, Attempt, Refund
from obbligato.standing import holding, walking
from obbligato.standing.models import FundsWord, Incident

Kind = Account.Kind


class BadFunds(Invalid):
    """The books know of no such amount there."""


@dataclass(frozen=True)
class Funds:
    """One rail's money in one currency, in micro-units.

    captured = settled + fees + sent back + taken back + frozen + not paid out, to the last one.
    """

    provider: str
    currency: str
    captured_micro: int
    settled_micro: int
    """It sent to the store's bank."""
    fees_micro: int
    sent_back_micro: int
    """Refunds that were done."""
    taken_back_micro: int
    """Disputes and whatever else left there otherwise."""
    frozen_micro: int
    not_paid_out_micro: int
    refunds_in_flight_micro: int
    payments_in_flight_micro: int
    """Asked for there, and not decided."""


def of(incident: Incident, *, through: int | None = None) -> list[Funds]:
    """The money of each of the incident's rails, now; or as the books had it after the transfer of that id."""
    rails = sorted(incident.rails.values_list("provider", flat=True))
    return [of_rail(rail, currency, through=through) for rail in rails for currency in _currencies(rail)]


def of_rail(provider: str, currency: str, *, through: int | None = None) -> Funds:
    """One rail's money in one currency. Looking opens no account. What is in flight is so now, whatever `through`."""
    account = Account.objects.filter(name=f"clearing:{provider}", currency=currency).first()
    out, back = _by_kind(account, "source", through), _by_kind(account, "target", through)
    named = {Kind.BANK, Kind.FEES, Kind.REFUND_DUE, Kind.HELD}
    captured = out[Kind.WALLET]
    return Funds(
        provider=provider,
        currency=currency,
        captured_micro=captured,
        settled_micro=back[Kind.BANK] - out[Kind.BANK],
        fees_micro=back[Kind.FEES] - out[Kind.FEES],
        sent_back_micro=back[Kind.REFUND_DUE] - out[Kind.REFUND_DUE],
        taken_back_micro=sum(back[kind] for kind in back if kind not in named)
        - sum(out[kind] for kind in out if kind not in named and kind != Kind.WALLET),
        frozen_micro=back[Kind.HELD] - out[Kind.HELD],
        not_paid_out_micro=out.total() - back.total(),
        refunds_in_flight_micro=_refunds_micro(provider, currency),
        payments_in_flight_micro=_payments_micro(provider, currency),
    )


@transaction.atomic
def hold_back(incident: Incident, provider: str, money: Money, *, by: str, why: str) -> FundsWord:
    """The company says that it holds this back of what it took for us. Raises BadFunds, NoWhy."""
    why, incident = walking.reason(why), walking.locked(incident)
    _refuse(incident, provider, money, of_rail(provider, money.currency).not_paid_out_micro)
    held, clearing = accounts.held_of(provider, money.currency), accounts.clearing_of(provider, money.currency)
    return _moved(incident, provider, money, held, clearing, by, why, sign=1)


@transaction.atomic
def let_go(incident: Incident, provider: str, money: Money, *, by: str, why: str) -> FundsWord:
    """The company lets go of what it held back; its payout will show in the bank. Raises BadFunds, NoWhy."""
    why, incident = walking.reason(why), walking.locked(incident)
    _refuse(incident, provider, money, of_rail(provider, money.currency).frozen_micro)
    held, clearing = accounts.held_of(provider, money.currency), accounts.clearing_of(provider, money.currency)
    return _moved(incident, provider, money, clearing, held, by, why, sign=-1)


def _refuse(incident: Incident, provider: str, money: Money, most_micro: int) -> None:
    if not incident.rails.filter(provider=provider).exists():
        raise BadFunds(f"{provider} is no rail of this incident.")
    if not 0 < money.micro <= most_micro:
        raise BadFunds(f"By the books there is {format_money(most_micro, money.currency)}, so not {money}.")


def _moved(
    incident: Incident, provider: str, money: Money, source: Account, target: Account, by: str, why: str, *, sign: int
) -> FundsWord:
    word = FundsWord.objects.create(
        incident=incident, provider=provider, currency=money.currency, amount_micro=sign * money.micro, by=by[:150],
        why=why[:300],
    )  # fmt: skip
    reference = f"incident:{incident.number}"
    kind = "funds_held" if sign > 0 else "funds_released"
    transfer(Move(f"{reference}:funds:{word.pk}", source, target, money.micro, kind, reference))
    before = holding.present().get(provider)
    is_held = of_rail(provider, money.currency).frozen_micro > 0
    if before is not None and before.holds_funds != is_held:
        holding.put_funds(before, are_held=is_held, by=by, why=why)
    return word


def _by_kind(account: Account | None, side: str, through: int | None) -> "Counter[str]":
    """What went out of (source) or came back into (target) a clearing account, by the kind of the other account."""
    if account is None:
        return Counter()
    other = "target__kind" if side == "source" else "source__kind"
    made = Transfer.objects.filter(**{side: account}).order_by()
    if through is not None:
        made = made.filter(pk__lte=through)
    return Counter(dict(made.values_list(other).annotate(Sum("amount_micro"))))


def _currencies(provider: str) -> list[str]:
    known = Account.objects.filter(name=f"clearing:{provider}").order_by("currency")
    return list(known.values_list("currency", flat=True))


def _refunds_micro(provider: str, currency: str) -> int:
    rows = Refund.objects.filter(attempt__provider=provider, attempt__currency=currency, state__in=UNFINISHED)
    return int(rows.aggregate(total=Sum("amount_micro"))["total"] or 0)


def _payments_micro(provider: str, currency: str) -> int:
    rows = Attempt.objects.filter(provider=provider, currency=currency, state__in=OPEN_STATES)
    return int(rows.aggregate(total=Sum("amount_micro"))["total"] or 0)
