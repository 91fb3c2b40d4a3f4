"""Say which transfers a sale and what is later taken back of it are made of. It plans; only the ledger moves money."""

import re
from collections import Counter
from collections.abc import Mapping, Sequence

from obbligato.kernel.money import split, tax_within
from obbligato.ledger import accounts
from obbligato.ledger.models import Account, Transfer
from obbligato.ledger.transfers import Move
from obbligato.rights import splits
from obbligato.rights.splits import Part
from obbligato.sales.models import Order, OrderLine
from obbligato.sales.withheld.places import places_of

WHOLE = 10_000
RETURNS = ("returned", "refunded")
"""Kinds of transfers by which some of a line went back to the wallet: it was smaller, or a person gave it back."""
RETURN = re.compile(r"(.+?):(revenue|tax:[A-Za-z]+|royalty:[0-9]+)")
"""A return's key: what it is for, then the account that the sale had filled, wherever that share is by now."""
Due = Counter[tuple[str, Account.Kind]]


def sale_moves(order: Order, lines: Sequence[OrderLine], recordings: Mapping[int, int]) -> list[Move]:
    """Wallet to tax, to the store's revenue and to each rights-holder; they sum to the order's total exactly.

    Tax is taken out of each line first; the store keeps its share of the rest, and the rights-holders divide
    what remains by the split sheet now in force. A recording without a sheet leaves all to the store. `recordings`
    tells the recording of each line's track, by their keys.
    """
    shares = splits.shares_of(recordings.values())
    due: Due = Counter()
    for line in lines:
        due += line_due(order, line, shares.get(recordings[line.track_id], []))
    assert sum(due.values()) == order.total_micro
    wallet = accounts.wallet_name(order.person_id)
    opened = accounts.open_accounts([*due, (wallet, Account.Kind.WALLET)], currency=order.currency)
    reference = f"order:{order.number}"
    return [
        Move(
            key=f"{reference}:{name}",
            source=opened[wallet],
            target=opened[name],
            amount_micro=amount_micro,
            kind="sale",
            reference=reference,
        )
        for (name, _), amount_micro in sorted(due.items())
        if amount_micro
    ]


def return_moves(order: Order, line: OrderLine, *, amount_micro: int, key: str, kind: str = "returned") -> list[Move]:
    """Take part of a paid line back from those who got some of that line, pro rata, into the buyer's wallet.

    `key` begins with return_key(line): so it is known later what each account gave back already.
    """
    assert key.startswith(return_key(order, line))
    parts, places = parts_of(order, line, amount_micro), places_of(line)
    sources = {name: places.get(name, (name, kind)) for name, kind in parts}
    wallet = accounts.wallet_of(order.person_id, order.currency)
    opened = accounts.open_accounts(sources.values(), currency=order.currency)
    return [
        Move(
            key=f"{key}:{name}",
            source=opened[sources[name][0]],
            target=wallet,
            amount_micro=part,
            kind=kind,
            reference=f"order:{order.number}",
        )
        for (name, _), part in parts.items()
        if part
    ]


def return_key(order: Order, line: OrderLine) -> str:
    """What the keys of all transfers begin with that take back some of this line."""
    return f"order:{order.number}:return:{line.pk}"


def read_key(key: str) -> tuple[str, str]:
    """A return's key without its account, and the name of the account that the sale had filled."""
    found = RETURN.fullmatch(key)
    assert found is not None
    return found[1], found[2]


def parts_of(order: Order, line: OrderLine, amount_micro: int) -> dict[tuple[str, Account.Kind], int]:
    """Divide part of a paid line among the accounts that got some of it, by what each still has of it, in micro-units.

    However often a line is taken back from, no account gives more than it got, and the whole is the whole exactly.
    """
    has = sorted(still_has(order, line).items())
    assert 0 < amount_micro <= sum(left for _, left in has)
    return dict(zip((place for place, _ in has), split(amount_micro, [left for _, left in has]), strict=True))


def line_due(order: Order, line: OrderLine, sheet: Sequence[Part]) -> Due:
    """Who gets what of one line: tax out of it first, the store's share of the rest, then the sheet's."""
    due: Due = Counter()
    tax_micro, kept, passed_on = divided(order, line, is_shared=bool(sheet))
    due[f"tax:{order.country or 'none'}", Account.Kind.TAX] += tax_micro
    due["revenue", Account.Kind.REVENUE] += kept
    if sheet:
        parts = split(passed_on, [share.basis_points for share in sheet])
        for share, part in zip(sheet, parts, strict=True):
            due[f"royalty:{share.party_id}", Account.Kind.ROYALTY] += part
    return due


def divided(order: Order, line: OrderLine, *, is_shared: bool) -> tuple[int, int, int]:
    """A line's price as tax, what the store keeps, and what its rights-holders get together; in micro-units."""
    tax_micro = tax_within(line.price_micro, order.tax_basis_points)
    store_part = order.store_share_basis_points if is_shared else WHOLE
    kept, passed_on = split(line.price_micro - tax_micro, [store_part, WHOLE - store_part])
    return tax_micro, kept, passed_on


def still_has(order: Order, line: OrderLine) -> Due:
    """What each account got of a line at its sale, less what it gave back and what a dispute holds of it.

    The shares are found as at the sale: a split sheet declared later changes nothing.
    """
    assert order.paid_at is not None
    recording_id = line.track.recording_id
    has = line_due(order, line, splits.shares_of({recording_id}, at=order.paid_at).get(recording_id, []))
    given = Transfer.objects.filter(reference=f"order:{order.number}", kind__in=RETURNS)
    gone = Counter[str]()
    of_line = given.filter(key__startswith=f"{return_key(order, line)}:")
    for key, amount in of_line.values_list("key", "amount_micro"):
        gone[read_key(key)[1]] += amount
    for parts in line.claw_backs.exclude(claw_back__state="won").values_list("parts", flat=True):
        gone.update(parts)
    for name, kind in has:
        has[name, kind] -= gone[name]
    return has
