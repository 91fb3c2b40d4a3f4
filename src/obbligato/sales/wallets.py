"""What a buyer has and how it came and went. It reads only."""

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Q

from obbligato.ledger import accounts
from obbligato.ledger.models import Transfer
from obbligato.people.models import Person

WORDS = {
    "top_up": "Top-up",
    "sale": "Purchase",
    "returned": "Smaller than quoted, returned",
    "refunded": "Refund of an order",
    "credit": "Credit",
    "bonus": "Bonus",
    "cash": "Cash taken",
    "goodwill": "Credit",
    "refund_due": "Sent back to where it came from",
    "refund_back": "Could not be sent back",
    "dispute_reclaimed": "Taken back by your bank",
    "dispute_restored": "Given back by your bank",
}


@dataclass
class Entry:
    """One line of a wallet's history; the amount is signed, in micro-units."""

    at: datetime
    kind: str
    amount_micro: int
    currency: str
    reference: str


def balance(person: Person, currency: str) -> int:
    """What is in the person's wallet, in micro-units."""
    return accounts.wallet_balance_micro(person.pk, currency)


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
    return list(entries.values())[:limit]
