"""Fill an empty store so that it can be tried: the demo label, a buyer with credit, an operator. Safe to repeat."""

import json
import os
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from django.conf import settings

from obbligato.catalog.aliases import aliases_of, know_as
from obbligato.demo.aliases import ALIASES
from obbligato.demo.label import write_label
from obbligato.kernel.folders import data_folder, put_file
from obbligato.kernel.money import MICRO
from obbligato.ledger import accounts
from obbligato.ledger.models import Account
from obbligato.ledger.transfers import Move, transfer
from obbligato.people.models import Person
from obbligato.sales.stocking import StockReport, stock_folder

CREDIT_MICRO = 10 * MICRO
Progress = Callable[[str, int, int], None]


@dataclass(frozen=True)
class Passwords:
    """What the demo's two people sign in with."""

    alice: str
    dana: str


def is_made() -> bool:
    """Whether this data folder holds a finished demo store."""
    return _passwords_file().is_file()


def make(progress: Progress) -> StockReport:
    """Write the label, take it into stock, and make the two people; what is there already stays as it is."""
    folder = data_folder() / "demo-label"
    if not folder.is_dir():
        workers = os.cpu_count() or 1
        write_label(folder, workers=workers, progress=lambda _title, *so_far: progress("Playing the scores", *so_far))
    report = stock_folder(
        folder,
        report=lambda _line: None,
        by="demo",
        workers=os.cpu_count() or 1,
        progress=lambda done, total: progress("Checking and importing", done, total),
    )
    _name_composers()
    _make_people(Passwords(alice=secrets.token_urlsafe(8), dana=secrets.token_urlsafe(8)))
    return report


def passwords() -> Passwords:
    """The passwords made with the demo store."""
    return Passwords(**json.loads(_passwords_file().read_text()))


def _name_composers() -> None:
    """Under the names by which people of other languages look for them; what somebody said at the desk stays."""
    for composer, names in ALIASES.items():
        if not aliases_of(composer):
            know_as(composer, names)


def _make_people(made: Passwords) -> None:
    alice = _person("alice", made.alice)
    dana = _person("dana", made.dana)
    dana.is_staff = dana.is_superuser = True
    dana.save()
    currency = settings.CURRENCY
    marketing = accounts.open_account("marketing", currency=currency, kind=Account.Kind.MARKETING)
    wallet = accounts.wallet_of(alice.pk, currency)
    transfer(Move(f"demo-credit:{alice.pk}", marketing, wallet, CREDIT_MICRO, "credit", "demo"))
    # Written last: a demo that was interrupted before is made again.
    put_file(_passwords_file(), json.dumps(vars(made)).encode(), is_private=True)


def _person(name: str, password: str) -> Person:
    person, _ = Person.objects.get_or_create(
        username=name, defaults={"email": f"{name}@example.org", "country": settings.HOME_COUNTRY}
    )
    person.set_password(password)
    person.save()
    return person


def _passwords_file() -> Path:
    return data_folder() / "demo-people.json"
