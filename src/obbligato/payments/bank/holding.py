"""Hold all that a file may move before any of it moves, in the order in which buyers' own acts do. It moves nothing.

That order is payments, refunds, accounts, each by its primary key: whoever has one of the later ones asks for none of
the earlier. So a file of a thousand entries and a buyer's refund never wait for one another.
"""

from collections.abc import Iterable, Iterator, Sequence
from typing import TypeVar

from obbligato.ledger import accounts
from obbligato.payments.bank import filling, outgoing, references
from obbligato.payments.bank.models import RAIL, OutgoingTransfer, OwnAccount
from obbligato.payments.bank.statements import Entry
from obbligato.payments.models import Attempt, Refund

AT_ONCE = 500
One = TypeVar("One")


def desk() -> None:
    """One file, or one person's word whose money it is, at a time; the others wait until the transaction ends."""
    list(OwnAccount.objects.select_for_update().order_by("pk"))


def all_of(entries: Iterable[Entry]) -> None:
    """Whatever these entries name, and the accounts of whose it is; after desk(), until the transaction ends."""
    texts = {(one.currency, one.structured_reference, one.end_to_end_id, one.text) for one in entries}
    names = sorted({name for _, *said in texts for name in references.found_in(*said)})
    ours = [one for some in _parts(names) for one in _transfers(some)]
    attempts = _attempts(names, ours)
    for some in _parts(sorted(one.key for one in ours)):
        list(Refund.objects.select_for_update().filter(key__in=some).order_by("pk").values_list("pk"))
    wallets = {accounts.wallet_of(one.person_id, one.currency) for one in attempts}
    currencies = sorted({currency for currency, *_ in texts})
    accounts.hold(*wallets, *(of(one) for one in currencies for of in (filling.unidentified, outgoing.on_its_way)))


def _transfers(names: Sequence[str]) -> list[OutgoingTransfer]:
    found = OutgoingTransfer.objects.select_for_update(of=("self",)).select_related("entry")
    return list(found.filter(end_to_end_id__in=names).order_by("pk"))


def _attempts(names: Sequence[str], ours: Sequence[OutgoingTransfer]) -> list[Attempt]:
    """Those that are named, and those of which a transfer of ours sent something back."""
    known = Attempt.objects.filter(provider=RAIL)
    found = {
        pk for some in _parts(names) for pk in known.filter(provider_reference__in=some).values_list("pk", flat=True)
    }
    found |= {pk for one in ours for pk in (one.attempt_id, one.entry and one.entry.attempt_id) if pk}
    locked = Attempt.objects.select_for_update().order_by("pk")
    return [one for some in _parts(sorted(found)) for one in locked.filter(pk__in=some)]


def _parts(whole: Sequence[One]) -> Iterator[Sequence[One]]:
    """In pieces that any database takes as parameters."""
    for start in range(0, len(whole), AT_ONCE):
        yield whole[start : start + AT_ONCE]
