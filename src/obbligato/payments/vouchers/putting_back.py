"""Put redeemed money back onto the voucher it came from: out of the wallet, never more than was redeemed of it."""

from django.db import transaction
from django.db.models import F

from obbligato.kernel.money import format_money, minor_unit_micro
from obbligato.kernel.refusals import Invalid, Refused
from obbligato.ledger.transfers import transfer
from obbligato.payments.keys import own_key
from obbligato.payments.vouchers import books, handling
from obbligato.payments.vouchers.models import Handling, Redemption


class BadPutBack(Invalid):
    """There is no such amount of the redemption to put back."""


class VoucherOver(Refused):
    """The voucher's time is over; what would be put onto it would be lost."""


@transaction.atomic
def put_back(redemption: Redemption, *, amount_micro: int, key: str, by: str, reason: str) -> Handling:
    """Put an amount back, once per key.

    Raises BadPutBack, VoucherOver, NotEnoughMoney, ReasonNeeded, KeyUsedOtherwise.
    """
    voucher = handling.locked(redemption.voucher)
    before = handling.before(voucher, key, handling.What.PUT_BACK, amount_micro)
    if before is not None:
        return before
    redemption = Redemption.objects.select_related("voucher__batch").get(pk=redemption.pk)
    currency = voucher.batch.currency
    left_micro = redemption.amount_micro - redemption.put_back_micro
    if not 0 < amount_micro <= left_micro or amount_micro % minor_unit_micro(currency):
        raise BadPutBack(f"Of this redemption {format_money(left_micro, currency)} can be put back.")
    if voucher.is_over:
        raise VoucherOver("This voucher's time is over; give a new one instead.")
    noted = handling.noted(voucher, key, handling.What.PUT_BACK, by=by, reason=reason, amount_micro=amount_micro)

    # All refusals but the wallet's own are above; the transfer makes that one.
    transfer(books.put_back(redemption, amount_micro, own_key(redemption.pk, key)[:32]))
    Redemption.objects.filter(pk=redemption.pk).update(put_back_micro=F("put_back_micro") + amount_micro)
    voucher.left_micro += amount_micro
    voucher.save(update_fields=["left_micro"])
    return noted
