"""Find and open accounts by name. Opening never moves money."""

from django.db.models import Sum

from obbligato.kernel.money import minor_digits
from obbligato.ledger.models import Account, Transfer

OPEN_KINDS = {
    Account.Kind.REVENUE,
    Account.Kind.TAX,
    Account.Kind.CLEARING,
    Account.Kind.MARKETING,
    Account.Kind.FEES,
}


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


def wallet_name(person_id: int) -> str:
    """The name of a buyer's wallet."""
    return f"wallet:{person_id}"


def wallet_of(person_id: int, currency: str) -> Account:
    """A buyer's wallet in one currency."""
    return open_account(wallet_name(person_id), currency=currency, kind=Account.Kind.WALLET)


def wallet_balance_micro(person_id: int, currency: str) -> int:
    """What a buyer's wallet holds, in micro-units; 0 where none was opened yet, and looking opens none."""
    found = Account.objects.filter(name=wallet_name(person_id), currency=currency)
    return int(found.values_list("balance_micro", flat=True).first() or 0)


def balance_micro(account: Account) -> int:
    """What the account holds, in micro-units, freshly read; negative only where it may overdraw."""
    if not account.may_overdraw:
        return int(Account.objects.values_list("balance_micro", flat=True).get(pk=account.pk) or 0)
    incoming = Transfer.objects.filter(target=account).aggregate(total=Sum("amount_micro"))["total"]
    outgoing = Transfer.objects.filter(source=account).aggregate(total=Sum("amount_micro"))["total"]
    return int(incoming or 0) - int(outgoing or 0)
