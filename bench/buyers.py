"""Buyers who pay baskets of ten tracks from their wallets: in processes of their own, that wait for a word to begin.

`python -m bench.buyers prepare COUNT` makes so many people with full wallets and baskets; `python -m bench.buyers buy
FIRST COUNT` says “ready”, waits for a line, places and pays their orders, and says “done”.
"""

import os
import sys

PRICE_CEILING_MICRO = 500_000_000
FORMAT = "flac"


def main() -> None:
    """Set Django up in this process, then do as told."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "obbligato.config.settings")
    import django

    django.setup()
    act, *numbers = sys.argv[1:]
    {"prepare": _prepare, "buy": _buy}[act](*map(int, numbers))


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


def _copy(row: object) -> object:
    """The same row once more, not stored yet."""
    from copy import copy

    made = copy(row)
    made.pk = None  # type: ignore[attr-defined]
    made._state = copy(row._state)  # type: ignore[attr-defined]
    made._state.adding = True  # type: ignore[attr-defined]
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
        order = checkout.place_order(basket, person, expected_total_micro=total_micro, country="FR")
        checkout.pay(order)
    print("done", flush=True)


if __name__ == "__main__":
    main()
