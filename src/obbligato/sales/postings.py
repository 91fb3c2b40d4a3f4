"""Say which transfers a sale and a later return are made of. It plans them; only the ledger moves money."""

from collections import Counter
from collections.abc import Sequence

from django.conf import settings

from obbligato.kernel.money import split, tax_within
from obbligato.ledger import accounts
from obbligato.ledger.models import Account, Transfer
from obbligato.ledger.transfers import Move
from obbligato.rights import splits
from obbligato.sales.models import Order, OrderLine

WHOLE = 10_000


def sale_moves(order: Order, lines: Sequence[OrderLine]) -> list[Move]:
    """Wallet to tax, to the store's revenue and to each rights-holder; they sum to the order's total exactly.

    Tax is taken out of each line first; the store keeps its share of the rest, and the rights-holders divide
    what remains by the split sheet now in force. A recording without a sheet leaves all to the store.
    """
    shares = splits.shares_of({line.track.recording_id for line in lines})
    due: Counter[tuple[str, Account.Kind]] = Counter()
    for line in lines:
        tax_micro = tax_within(line.price_micro, order.tax_basis_points)
        due[f"tax:{order.country or 'none'}", Account.Kind.TAX] += tax_micro
        net_micro = line.price_micro - tax_micro
        sheet = shares.get(line.track.recording_id, [])
        store_part = settings.STORE_SHARE_BASIS_POINTS if sheet else WHOLE
        kept, passed_on = split(net_micro, [store_part, WHOLE - store_part])
        due["revenue", Account.Kind.REVENUE] += kept
        if sheet:
            parts = split(passed_on, [share.basis_points for share in sheet])
            for share, part in zip(sheet, parts, strict=True):
                due[f"royalty:{share.party_id}", Account.Kind.ROYALTY] += part
    assert sum(due.values()) == order.total_micro
    wallet = accounts.wallet_of(order.person_id, order.currency)
    reference = f"order:{order.number}"
    return [
        Move(
            key=f"{reference}:{name}",
            source=wallet,
            target=accounts.open_account(name, currency=order.currency, kind=kind),
            amount_micro=amount_micro,
            kind="sale",
            reference=reference,
        )
        for (name, kind), amount_micro in sorted(due.items())
        if amount_micro
    ]


def return_moves(order: Order, *, amount_micro: int, key: str) -> list[Move]:
    """Take part of a paid order back from everyone who got some of it, pro rata, into the buyer's wallet."""
    made = list(
        Transfer.objects.filter(reference=f"order:{order.number}", kind="sale")
        .select_related("source", "target")
        .order_by("pk")
    )
    assert 0 < amount_micro <= sum(row.amount_micro for row in made)
    parts = split(amount_micro, [row.amount_micro for row in made])
    return [
        Move(
            key=f"{key}:{row.target.name}",
            source=row.target,
            target=row.source,
            amount_micro=part,
            kind="returned",
            reference=row.reference,
        )
        for row, part in zip(made, parts, strict=True)
        if part
    ]


def return_from_store(order: Order, *, amount_micro: int, key: str) -> Move:
    """The same return borne by the store alone, where a rights-holder's part was paid out already."""
    return Move(
        key=f"{key}:store",
        source=accounts.open_account("revenue", currency=order.currency, kind=Account.Kind.REVENUE),
        target=accounts.wallet_of(order.person_id, order.currency),
        amount_micro=amount_micro,
        kind="returned",
        reference=f"order:{order.number}",
    )
