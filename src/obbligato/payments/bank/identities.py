"""Know an entry again, in whatever file it stands: overlapping files count it once, twins count twice. Pure."""

import hashlib
from collections import Counter

from obbligato.payments.bank.statements import Entry, Statement

SEPARATOR = "\x1f"


def identified(statement: Statement, account: str) -> list[tuple[str, Entry]]:
    """Each booked entry with what it is known by: 64 hexadecimal digits.

    That is the bank's own reference where there is one, else day, amount, payer and text. What is alike in all that
    within one statement is told apart by being the first, the second and so on: all of a day's twins stand in it.
    Whoever changes how texts are tidied or what is marked makes every known entry a new one: it would count again.
    """
    alike: Counter[str] = Counter()
    found = []
    for entry in statement.booked:
        marks = SEPARATOR.join([account, *_marks(entry)])
        alike[marks] += 1
        digest = hashlib.sha256(f"{marks}{SEPARATOR}{alike[marks]}".encode()).hexdigest()
        found.append((digest, entry))
    return found


def _marks(entry: Entry) -> list[str]:
    place = [entry.booked_on.isoformat(), str(entry.amount_micro), entry.currency]
    if entry.bank_reference:
        return [*place, "by reference", entry.bank_reference, entry.part]
    who = [entry.payer_iban, entry.payer_name, entry.text, entry.structured_reference, entry.end_to_end_id]
    return [*place, *who, str(entry.is_reversal)]
