"""Buyers who pay baskets of ten tracks from their wallets: in processes of their own, that wait for a word to begin.

`python -m bench.buyers prepare COUNT` makes so many people with full wallets and baskets; `python -m bench.buyers buy
FIRST COUNT` says “ready”, waits for a line, places and pays their orders, and says “done”; `python -m bench.buyers
history COUNT` writes so many transfers of the past.
"""

import os
import sys
from collections.abc import Callable
from typing import Any

PRICE_CEILING_MICRO = 500_000_000
FORMAT = "flac"


def main() -> None:
    """Set Django up in this process, then do as told."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "obbligato.config.settings")
    import django

    django.setup()
    act, *numbers = sys.argv[1:]
    acts: dict[str, Callable[..., None]] = {"prepare": _prepare, "buy": _buy, "history": _history}
    acts[act](*map(int, numbers))


def _prepare(count: int) -> None:
    """The first basket is filled by the store's own verb; the others are copies of its rows."""
    from obbligato.catalog.models import Release
    from obbligato.people.models import Person
    from obbligato.sales import baskets
    from obbligato.sales.models import Basket, BasketLine, Quote
    from obbligato.sales.quoting import format_named

    start = Person.objects.count()
    people = Person.objects.bulk_create(
        Person(username=f"buyer{start + number}", email=f"buyer{start + number}@example.org", country="FR")
        for number in range(count)
    )
    pattern = Basket.objects.create(key=f"pattern{start}", person=None)
    baskets.add_release(pattern, Release.objects.get(), format_named(FORMAT), territory="FR")
    lines = list(pattern.lines.select_related("quote").order_by("pk"))
    for person in people:
        basket = Basket.objects.create(key=f"bench{person.pk}", person=person)
        quotes = [_copy(line.quote) for line in lines]
        Quote.objects.bulk_create(quotes)
        copies = [_copy(line) for line in lines]
        for line, quote in zip(copies, quotes, strict=True):
            line.basket, line.quote = basket, quote
        BasketLine.objects.bulk_create(copies)
    _fill([person.pk for person in people])
    print(people[0].pk)


def _copy(row: Any) -> Any:
    """The same row once more, not stored yet."""
    from copy import copy

    made = copy(row)
    made.pk = None
    made._state = copy(row._state)
    made._state.adding = True
    return made


def _fill(people: list[int]) -> None:
    from obbligato.ledger import accounts
    from obbligato.ledger.models import Account
    from obbligato.ledger.transfers import Move, post

    source = accounts.open_account("goodwill", currency="EUR", kind=Account.Kind.MARKETING)
    post([Move(f"bench:{pk}", source, accounts.wallet_of(pk, "EUR"), PRICE_CEILING_MICRO, "goodwill") for pk in people])


def _buy(first: int, count: int) -> None:
    from obbligato.people.models import Person
    from obbligato.sales import baskets, checkout
    from obbligato.sales.models import Basket

    pairs = [
        (person, Basket.objects.select_related("person").get(key=f"bench{person.pk}"))
        for person in Person.objects.filter(pk__gte=first, pk__lt=first + count)
    ]
    total_micro = baskets.contents(pairs[0][1]).total_micro
    print("ready", flush=True)
    sys.stdin.readline()
    for person, basket in pairs:
        checkout.buy(basket, person, expected_total_micro=total_micro, country="FR")
    print("done", flush=True)


def _history(count: int) -> None:
    """Every wallet is filled once and pays ten times; amounts differ, and a snapshot is taken on the way."""
    from obbligato.ledger import accounts, snapshots
    from obbligato.ledger.models import Account, Transfer

    source = accounts.open_account("goodwill", currency="EUR", kind=Account.Kind.MARKETING)
    takers = [accounts.open_account(name, currency="EUR", kind=Account.Kind.REVENUE) for name in ("revenue", "other")]
    each = 11
    wallets = Account.objects.bulk_create(
        (
            Account(name=f"wallet:past{number}", currency="EUR", kind="wallet", may_overdraw=False, balance_micro=0)
            for number in range(count // each)
        ),
        batch_size=5_000,
    )
    for chunk in range(0, len(wallets), 2_000):
        rows = []
        for wallet in wallets[chunk : chunk + 2_000]:
            prices = [1_000 * (wallet.pk % 97 + turn) for turn in range(1, each)]
            wallet.balance_micro = wallet.pk
            rows.append(_past(wallet, source, wallet, sum(prices) + wallet.pk, 0))
            rows += [_past(wallet, wallet, takers[turn % 2], price, turn + 1) for turn, price in enumerate(prices)]
        Transfer.objects.bulk_create(rows, batch_size=2_000)
        snapshots.take()
    Account.objects.bulk_update(wallets, ["balance_micro"], batch_size=500)


def _past(wallet: Any, source: Any, target: Any, amount_micro: int, turn: int) -> Any:
    from obbligato.ledger.models import Transfer

    key = f"past:{wallet.pk}:{turn}"
    return Transfer(key=key, source=source, target=target, amount_micro=amount_micro, kind="past", reference=key)


if __name__ == "__main__":
    main()
