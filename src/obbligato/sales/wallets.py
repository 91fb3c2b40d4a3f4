"""What a buyer has and how it came and went. It reads only."""

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Q

from obbligato.ledger import accounts
from obbligato.ledger.models import Transfer
from obbligato.payments.models import Refund
from obbligato.people.models import Person

WORDS = {
    "top_up": "Top-up",
    "sale": "Purchase",
    "held_ahead": "Held for a pre-order",
    "freed": "No longer held for a pre-order",
    "returned": "Smaller than quoted, returned",
    "bank_transfer": "Bank transfer",
    "refunded": "Refund of an order",
    "credit": "Credit",
    "cash": "Cash",
    "goodwill": "Credit from the store",
    "bonus": "Bonus",
    "bonus_back": "Bonus taken back",
    "voucher": "Voucher or gift card",
    "promotion": "Promotional voucher",
    "voucher_back": "Put back onto the voucher",
    "promotion_back": "Put back onto the voucher",
    "voucher_annulled": "Gift card taken back",
    "gift_card": "Gift card bought",
    "refund_due": "Sent back to where it came from",
    "refund_back": "Could not be sent back",
    "dispute_reclaimed": "Taken back through your bank",
    "dispute_restored": "Yours again after a dispute",
}


@dataclass
class Entry:
    """One line of a wallet's history; the amount is signed, in micro-units."""

    at: datetime
    kind: str
    amount_micro: int
    currency: str
    reference: str
    state: str = ""
    """Of a refund: where it stands, in words."""


def balance(person: Person, currency: str) -> int:
    """What is in the person's wallet, in micro-units."""
    return accounts.wallet_balance_micro(person.pk, currency)


def held_ahead(person: Person, currency: str) -> int:
    """What of her money is held for music to come, in micro-units; it is not in the wallet meanwhile."""
    return accounts.held_ahead_micro(person.pk, currency)


def history(person: Person, currency: str, *, limit: int = 200) -> list[Entry]:
    """The wallet's movements, newest first; what an order took or gave at one moment counts as one movement."""
    name = accounts.wallet_name(person.pk)
    is_hers = Q(source__name=name, source__currency=currency) | Q(target__name=name, target__currency=currency)
    rows = Transfer.objects.filter(is_hers).select_related("target").order_by("-pk")[: limit * 4]
    entries: dict[tuple[str, str, datetime], Entry] = {}
    for row in rows:
        signed = row.amount_micro if row.target.name == name else -row.amount_micro
        place = (row.kind, row.reference or row.key, row.created_at)
        if place in entries:
            entries[place].amount_micro += signed
        else:
            words = WORDS.get(row.kind, row.kind)
            entries[place] = Entry(row.created_at, words, signed, currency, row.reference)
    return _with_states(list(entries.values())[:limit])


def _with_states(entries: list[Entry]) -> list[Entry]:
    """The same, those of refunds with how far they are."""
    numbers = [one.reference.removeprefix("refund:") for one in entries if one.reference.startswith("refund:")]
    states = {f"refund:{one.number}": one.get_state_display() for one in Refund.objects.filter(number__in=numbers)}
    for entry in entries:
        entry.state = states.get(entry.reference, "")
    return entries
