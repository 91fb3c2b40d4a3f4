"""Find and open accounts by name. Opening never moves money."""

from collections.abc import Collection, Iterable

from django.db.models import QuerySet, Sum

from obbligato.kernel.money import minor_digits
from obbligato.kernel.questions import question
from obbligato.ledger.models import Account, Snapshot, Transfer

OPEN_KINDS = {
    Account.Kind.REVENUE,
    Account.Kind.TAX,
    Account.Kind.ROYALTY,
    Account.Kind.CLEARING,
    Account.Kind.BANK,
    Account.Kind.CASH,
    Account.Kind.MARKETING,
    Account.Kind.FEES,
    Account.Kind.LOSS,
    Account.Kind.HELD,
}
"""What may fall below zero. A rights-holder's accrued share may: what is refunded after it was paid is carried forward.
"""


def open_account(name: str, *, currency: str, kind: Account.Kind) -> Account:
    """The account of that name and currency, opened on first use. Its kind decides whether it is guarded."""
    minor_digits(currency)
    may_overdraw = kind in OPEN_KINDS
    account, _ = Account.objects.get_or_create(
        name=name,
        currency=currency,
        defaults={
            "kind": kind,
            "may_overdraw": may_overdraw,
            "balance_micro": None if may_overdraw else 0,
        },
    )
    assert account.kind == kind, f"{account} is a {account.kind} account, not {kind}"
    return account


def open_accounts(wanted: Iterable[tuple[str, Account.Kind]], *, currency: str) -> dict[str, Account]:
    """Accounts by name, as open_account() gives each, found by one query where they are there."""
    kinds = dict(iter(wanted))
    found = {one.name: one for one in _named(kinds.keys(), currency)}
    for name, kind in kinds.items():
        if name not in found:
            found[name] = open_account(name, currency=currency, kind=kind)
        assert found[name].kind == kind, f"{found[name]} is a {found[name].kind} account, not {kind}"
    return found


@question
def _named(names: Collection[str], currency: str) -> QuerySet[Account]:
    return Account.objects.filter(name__in=names, currency=currency)


def wallet_name(person_id: int) -> str:
    """The name of a buyer's wallet."""
    return f"wallet:{person_id}"


def wallet_of(person_id: int, currency: str) -> Account:
    """A buyer's wallet in one currency."""
    return open_account(wallet_name(person_id), currency=currency, kind=Account.Kind.WALLET)


def held_ahead_of(person_id: int, currency: str) -> Account:
    """What a buyer paid ahead, in one currency: hers until the music is out, and nobody's income before."""
    return open_account(f"preorder:{person_id}", currency=currency, kind=Account.Kind.PREORDER)


def held_ahead_micro(person_id: int, currency: str) -> int:
    """What is held of a buyer's for music to come, in micro-units; looking opens no account."""
    found = Account.objects.filter(name=f"preorder:{person_id}", currency=currency)
    return int(found.values_list("balance_micro", flat=True).first() or 0)


def clearing_of(provider: str, currency: str) -> Account:
    """What a provider took for us and has not paid out yet, in one currency."""
    return open_account(f"clearing:{provider}", currency=currency, kind=Account.Kind.CLEARING)


def held_of(provider: str, currency: str) -> Account:
    """What a provider took for us and says that it holds back, in one currency; below zero as its clearing is."""
    return open_account(f"held:{provider}", currency=currency, kind=Account.Kind.HELD)


def refund_due_of(provider: str, currency: str) -> Account:
    """What is to leave by a provider, or has left and was not confirmed yet, in one currency."""
    return open_account(f"refund_due:{provider}", currency=currency, kind=Account.Kind.REFUND_DUE)


def chargeback_loss(currency: str) -> Account:
    """What was taken back from the store and nobody has made good, in one currency."""
    return open_account("chargeback_loss", currency=currency, kind=Account.Kind.LOSS)


def wallet_balance_micro(person_id: int, currency: str) -> int:
    """What a buyer's wallet holds, in micro-units; 0 where none was opened yet, and looking opens none."""
    found = Account.objects.filter(name=wallet_name(person_id), currency=currency)
    return int(found.values_list("balance_micro", flat=True).first() or 0)


def hold(*guarded: Account) -> None:
    """Lock guarded accounts until the transaction ends, in the order in which transfers do: what is read then holds."""
    rows = Account.objects.select_for_update().filter(pk__in=[one.pk for one in guarded])
    list(rows.order_by("pk").values_list("pk"))


def balance_micro(account: Account) -> int:
    """What the account holds, in micro-units, freshly read; negative only where it may overdraw."""
    if not account.may_overdraw:
        return int(Account.objects.values_list("balance_micro", flat=True).get(pk=account.pk) or 0)
    last = Snapshot.objects.filter(account=account).order_by("-through").first()
    since = last.through if last else 0
    incoming = Transfer.objects.filter(target=account, pk__gt=since).aggregate(total=Sum("amount_micro"))["total"]
    outgoing = Transfer.objects.filter(source=account, pk__gt=since).aggregate(total=Sum("amount_micro"))["total"]
    return (last.balance_micro if last else 0) + int(incoming or 0) - int(outgoing or 0)
