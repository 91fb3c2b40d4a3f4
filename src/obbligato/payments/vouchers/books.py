"""Say which account the value of a batch comes from, waits in and ends in. It plans moves; only the ledger makes them.

Sold vouchers come from the cash box, promotional ones from marketing, a gift card from its buyer's wallet. What is
annulled goes back there. What expires goes back to marketing, or, of sold ones whose printed date has come, to revenue:
they have such a date only where somebody chose one, and a gift card never has. The store's vouchers buy anything it
sells at any rate of tax, so that tax is due when they are spent, not when they are sold or expire (Directive (EU)
2016/1065, article 30b).
"""

from obbligato.ledger import accounts
from obbligato.ledger.models import Account
from obbligato.ledger.transfers import Move
from obbligato.payments.vouchers.models import Redemption, Voucher, VoucherBatch

Kind = VoucherBatch.Kind
SOURCES = {
    Kind.SOLD: ("cash", Account.Kind.CASH),
    Kind.PROMOTIONAL: ("promotion", Account.Kind.MARKETING),
}
EXPIRED = {
    Kind.SOLD: ("vouchers_expired", Account.Kind.REVENUE),
    Kind.PROMOTIONAL: SOURCES[Kind.PROMOTIONAL],
}


def account_of(batch: VoucherBatch) -> Account:
    """What is left of a batch is in it; guarded, so never more can be redeemed than was put there."""
    return accounts.open_account(batch.account_name, currency=batch.currency, kind=Account.Kind.VOUCHER)


def issue(batch: VoucherBatch) -> Move:
    """Its whole value, from where it comes."""
    is_gift_card = batch.kind == Kind.GIFT_CARD
    return Move(
        key=f"{batch.account_name}:issued",
        source=source_of(batch),
        target=account_of(batch),
        amount_micro=batch.whole_micro,
        kind="gift_card" if is_gift_card else "voucher_issued",
        reference=batch.account_name,
    )


def redemption(redeemed: Redemption) -> Move:
    """From the batch into the wallet."""
    batch = redeemed.voucher.batch
    return Move(
        key=f"redemption:{redeemed.number}",
        source=account_of(batch),
        target=accounts.wallet_of(redeemed.person_id, batch.currency),
        amount_micro=redeemed.amount_micro,
        kind="promotion" if batch.kind == Kind.PROMOTIONAL else "voucher",
        reference=f"redemption:{redeemed.number}",
    )


def put_back(redeemed: Redemption, amount_micro: int, key: str) -> Move:
    """Out of the wallet, onto the voucher again."""
    batch = redeemed.voucher.batch
    return Move(
        key=f"redemption:{redeemed.number}:back:{key}",
        source=accounts.wallet_of(redeemed.person_id, batch.currency),
        target=account_of(batch),
        amount_micro=amount_micro,
        kind="promotion_back" if batch.kind == Kind.PROMOTIONAL else "voucher_back",
        reference=f"redemption:{redeemed.number}",
    )


def end(voucher: Voucher, target: Account, amount_micro: int, kind: str) -> Move:
    """What was left on a voucher leaves its batch; `kind` says why."""
    batch = voucher.batch
    name = f"{batch.account_name}:{voucher.place}:{kind}"
    return Move(name, account_of(batch), target, amount_micro, kind, batch.account_name)


def source_of(batch: VoucherBatch) -> Account:
    """Where its value comes from, and goes back to when it is annulled."""
    if batch.kind == Kind.GIFT_CARD:
        assert batch.buyer_id is not None
        return accounts.wallet_of(batch.buyer_id, batch.currency)
    return _named(SOURCES[Kind(batch.kind)], batch.currency)


def expired_to(batch: VoucherBatch) -> Account:
    """Where what is left goes when its time is over."""
    return _named(EXPIRED[Kind(batch.kind)], batch.currency)


def _named(place: tuple[str, Account.Kind], currency: str) -> Account:
    name, kind = place
    return accounts.open_account(name, currency=currency, kind=kind)
