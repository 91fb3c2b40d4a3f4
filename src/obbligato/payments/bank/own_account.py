"""Which bank account the store has, and had: told by settings, remembered here. A change is put before people.

Whoever can write the settings could have buyers pay into her own account. So it takes a second person, at the desk,
before buyers are told of an account that took the place of another.
"""

from dataclasses import dataclass

from django.conf import settings
from django.db import transaction
from django.db.models import QuerySet
from stdnum.iban import compact

from obbligato.kernel import clock
from obbligato.kernel.refusals import Invalid
from obbligato.payments.alerting import alert
from obbligato.payments.bank import references
from obbligato.payments.bank.models import OwnAccount


class NoBankAccount(Invalid):
    """The store has no bank account."""


class OtherAccount(Invalid):
    """The statement is of an account that the store never had."""


class NotThatAccount(Invalid):
    """What was typed in is not the account that is to be confirmed."""


@dataclass(frozen=True)
class Holder:
    """To whom and where a transfer goes."""

    iban: str
    name: str
    bic: str


def holder() -> Holder:
    """The account that transfers go to now. Raises NoBankAccount."""
    if not settings.BANK_IBAN:
        raise NoBankAccount("This store has no bank account: BANK_IBAN is not set.")
    return Holder(settings.BANK_IBAN, settings.BANK_NAME, settings.BANK_BIC)


def told() -> Holder | None:
    """The account that buyers may be told of; None while nobody has confirmed it. Raises NoBankAccount."""
    now = holder()
    return now if _confirmed().filter(iban=now.iban).exists() else None


def confirm(account: OwnAccount, *, iban: str, by: str) -> OwnAccount:
    """A person's word that this account is the store's, with the IBAN as her bank's papers have it.

    The first word counts. Raises NotThatAccount.
    """
    if compact(iban) != account.iban:
        raise NotThatAccount("This is not the IBAN of the settings. Please compare both with the bank's papers.")
    waiting = OwnAccount.objects.filter(pk=account.pk, confirmed_at__isnull=True)
    waiting.update(confirmed_at=clock.now(), confirmed_by=by[:150])
    account.refresh_from_db()
    return account


@transaction.atomic
def remember() -> None:
    """Note the account of the settings where it is another than before, and alert people of that."""
    if not settings.BANK_IBAN:
        return
    last = OwnAccount.objects.order_by("pk").last()
    if last is not None and last.iban == settings.BANK_IBAN:
        return
    needs_nobody = last is None or _confirmed().filter(iban=settings.BANK_IBAN).exists()
    confirmed_at = clock.now() if needs_nobody else None
    made = OwnAccount.objects.create(iban=settings.BANK_IBAN, confirmed_at=confirmed_at)
    if last is not None:
        alert(
            "bank_account",
            f"{last.iban} {made.iban} {clock.now():%Y-%m-%d %H:%M:%S}",
            f"The bank account of the settings changed from {last} to {made}."
            + ("" if needs_nobody else " Buyers are told of it when somebody confirms it at the desk.")
            + " If nobody here did that, set BANK_IBAN back at once.",
        )


def account_named(account: str) -> str:
    """The IBAN of ours that a statement means: itself, a bank's number of it, or nothing at all. Raises OtherAccount.

    A number without country (MT940 field 25) is ours where an IBAN of ours ends with it.
    """
    if not account:
        return holder().iban
    for iban in OwnAccount.objects.order_by("-pk").values_list("iban", flat=True):
        number = account.rpartition("/")[2].replace(" ", "").lstrip("0")
        if account.replace(" ", "").startswith(iban) or (len(number) >= 6 and iban.endswith(number)):
            return str(iban)
    raise OtherAccount(f"This is a statement of {account[:40]}, which is no account of this store.")


def _confirmed() -> QuerySet[OwnAccount]:
    return OwnAccount.objects.filter(confirmed_at__isnull=False)


def grouped(iban: str) -> str:
    """As people read it: groups of four."""
    return references.grouped(iban)
