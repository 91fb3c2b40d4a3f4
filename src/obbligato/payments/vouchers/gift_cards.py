"""Sell a buyer a gift card out of her wallet: its code is hers alone to see, in the answer to her own form.

A bonus, or what the store gave, does not become a gift card: it would be worth money to somebody else.
"""

from django.db import transaction

from obbligato.kernel.money import MICRO, Money, minor_unit_micro
from obbligato.kernel.refusals import Invalid, KeyUsedOtherwise, Missing
from obbligato.ledger import accounts
from obbligato.ledger.transfers import NotEnoughMoney
from obbligato.payments.pots import Pot, pots
from obbligato.payments.vouchers import codes
from obbligato.payments.vouchers.fingerprints import fingerprint
from obbligato.payments.vouchers.issuing import Issued, kept, made, shown_again
from obbligato.payments.vouchers.models import Voucher, VoucherBatch
from obbligato.people import turns
from obbligato.people.models import Person
from obbligato.people.throttle import count_attempt

MINIMUM_MICRO = MICRO
MAXIMUM_MICRO = 500 * MICRO


class BadGiftCard(Invalid):
    """There is no gift card of such a value."""


class NoSuchCard(Missing):
    """Among this person's gift cards there is none of that code."""


@transaction.atomic
def buy(person: Person, *, amount_micro: int, currency: str, key: str) -> Issued:
    """A gift card of that value. The same key gives the same one, and its code again.

    Raises BadGiftCard, BadBatch, NotEnoughMoney, KeyUsedOtherwise, TooManyAttempts.
    """
    if not MINIMUM_MICRO <= amount_micro <= MAXIMUM_MICRO or amount_micro % minor_unit_micro(currency):
        least, most = Money(MINIMUM_MICRO, currency), Money(MAXIMUM_MICRO, currency)
        raise BadGiftCard("A gift card is worth a whole amount between {least} and {most}.", least=least, most=most)
    # Two forms of one person are taken one after the other, so that one key cannot be two cards.
    turns.wait_for(person.pk)
    values = {"kind": VoucherBatch.Kind.GIFT_CARD, "face_micro": amount_micro, "currency": currency, "count": 1}
    who = {"buyer": person, "asked_by": person.get_username()[:150], "reason": "Bought from a wallet."}
    batch, is_new = kept(f"gift-card:{person.pk}:{key}", key, {**values, **who})
    if batch.face_micro != amount_micro or batch.currency != currency:
        raise KeyUsedOtherwise("This was sent before, for {amount}.", amount=Money(batch.face_micro, batch.currency))
    if not is_new:
        return shown_again(batch, key)
    count_attempt("gift-card", str(person.pk), limit=20, window_seconds=600)
    _refuse_given(person, amount_micro, currency)
    return made(batch, key)


def giftable_micro(person: Person, currency: str) -> int:
    """What of a wallet can become a gift card: what was paid in, by whatever way."""
    held = pots(person.pk, currency)
    return held[Pot.PAID] + held[Pot.ELSEWHERE]


def cards_of(person: Person, currency: str) -> list[Voucher]:
    """The gift cards a person bought, newest first."""
    bought = Voucher.objects.filter(batch__buyer=person, batch__currency=currency).select_related("batch")
    return list(bought.order_by("-pk"))


def card_of(person: Person, text: str) -> tuple[Voucher, str]:
    """The card of a code among those she bought, and the code as it is written. Raises NoSuchCard."""
    code = codes.read(text) or codes.code_of(0)
    card = Voucher.objects.select_related("batch").filter(batch__buyer=person, code_hash=fingerprint(code)).first()
    if card is None:
        raise NoSuchCard("There is no such gift card among yours.")
    return card, code


def _refuse_given(person: Person, amount_micro: int, currency: str) -> None:
    accounts.hold(accounts.wallet_of(person.pk, currency))
    most_micro = giftable_micro(person, currency)
    if amount_micro > most_micro:
        raise NotEnoughMoney(
            "Your wallet has {amount} for gift cards; a bonus or what the store gave you cannot become one.",
            amount=Money(most_micro, currency),
        )
