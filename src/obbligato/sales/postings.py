"""Say which transfers a sale and a later return are made of. It plans them; only the ledger moves money."""

from collections import Counter
from collections.abc import Sequence

from django.conf import settings

from obbligato.kernel.money import split, tax_within
from obbligato.ledger import accounts
from obbligato.ledger.models import Account
from obbligato.ledger.transfers import Move
from obbligato.rights import splits
from obbligato.rights.models import Share
from obbligato.sales.models import Order, OrderLine

WHOLE = 10_000
Due = Counter[tuple[str, Account.Kind]]


def sale_moves(order: Order, lines: Sequence[OrderLine]) -> list[Move]:
    """Wallet to tax, to the store's revenue and to each rights-holder; they sum to the order's total exactly.

    Tax is taken out of each line first; the store keeps its share of the rest, and the rights-holders divide
    what remains by the split sheet now in force. A recording without a sheet leaves all to the store.
    """
    shares = splits.shares_of({line.track.recording_id for line in lines})
    due: Due = Counter()
    for line in lines:
        due += _line_due(order, line, shares.get(line.track.recording_id, []))
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


def return_moves(order: Order, line: OrderLine, *, amount_micro: int, key: str) -> list[Move]:
    """Take part of a paid line back from those who got some of that line, pro rata, into the buyer's wallet.

    They are found as at the sale: a split sheet declared later changes nothing.
    """
    assert order.paid_at is not None
    assert 0 < amount_micro <= line.price_micro
    recording_id = line.track.recording_id
    shares = splits.shares_of({recording_id}, at=order.paid_at).get(recording_id, [])
    due = sorted(_line_due(order, line, shares).items())
    parts = split(amount_micro, [got for _, got in due])
    wallet = accounts.wallet_of(order.person_id, order.currency)
    opened = accounts.open_accounts((place for place, _ in due), currency=order.currency)
    return [
        Move(
            key=f"{key}:{name}",
            source=opened[name],
            target=wallet,
            amount_micro=part,
            kind="returned",
            reference=f"order:{order.number}",
        )
        for ((name, _), _), part in zip(due, parts, strict=True)
        if part
    ]


def _line_due(order: Order, line: OrderLine, sheet: list[Share]) -> Due:
    """Who gets what of one line: tax out of it first, the store's share of the rest, then the sheet's."""
    due: Due = Counter()
    tax_micro = tax_within(line.price_micro, order.tax_basis_points)
    due[f"tax:{order.country or 'none'}", Account.Kind.TAX] += tax_micro
    store_part = settings.STORE_SHARE_BASIS_POINTS if sheet else WHOLE
    kept, passed_on = split(line.price_micro - tax_micro, [store_part, WHOLE - store_part])
    due["revenue", Account.Kind.REVENUE] += kept
    if sheet:
        parts = split(passed_on, [share.basis_points for share in sheet])
        for share, part in zip(sheet, parts, strict=True):
            due[f"royalty:{share.party_id}", Account.Kind.ROYALTY] += part
    return due
