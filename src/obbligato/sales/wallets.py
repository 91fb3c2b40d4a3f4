"""What a buyer has and how it came and went. It reads only."""

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Q

from obbligato.kernel.sentences import Sentence
from obbligato.ledger import accounts
from obbligato.ledger.models import Transfer
from obbligato.payments.models import Refund
from obbligato.people.models import Person

WORDS = {
    "top_up": Sentence("Top-up"),
    "sale": Sentence("Purchase"),
    "returned": Sentence("Smaller than quoted, returned"),
    "bank_transfer": Sentence("Bank transfer"),
    "refunded": Sentence("Refund of an order"),
    "credit": Sentence("Credit"),
    "cash": Sentence("Cash"),
    "goodwill": Sentence("Credit from the store"),
    "bonus": Sentence("Bonus"),
    "bonus_back": Sentence("Bonus taken back"),
    "voucher": Sentence("Voucher or gift card"),
    "promotion": Sentence("Promotional voucher"),
    "voucher_back": Sentence("Put back onto the voucher"),
    "promotion_back": Sentence("Put back onto the voucher"),
    "voucher_annulled": Sentence("Gift card taken back"),
    "gift_card": Sentence("Gift card bought"),
    "refund_due": Sentence("Sent back to where it came from"),
    "refund_back": Sentence("Could not be sent back"),
    "dispute_reclaimed": Sentence("Taken back through your bank"),
    "dispute_restored": Sentence("Yours again after a dispute"),
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
