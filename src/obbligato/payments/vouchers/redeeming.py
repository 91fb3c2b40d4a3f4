"""Turn a code into money in a wallet, all of it or a part, once per key. It tells nobody why a code is no good.

Unknown, mistyped, used up, expired, frozen or of another currency: the sentence is the same, and so is the work. Only
that a code is mistyped is found without a look into the database, which anybody can find out for herself.
"""

from django.db import transaction
from django.db.models import F

from obbligato.kernel import chance
from obbligato.kernel.money import LARGEST_MICRO, Money, minor_unit_micro
from obbligato.kernel.refusals import Invalid, KeyUsedOtherwise, Missing, Refused
from obbligato.kernel.sentences import Sentence
from obbligato.ledger.transfers import transfer
from obbligato.payments.keys import own_key
from obbligato.payments.vouchers import books, codes, guessing
from obbligato.payments.vouchers.fingerprints import fingerprint
from obbligato.payments.vouchers.models import Redemption, Voucher, VoucherBatch
from obbligato.people import turns
from obbligato.people.models import Person

SENTENCE = Sentence("This code cannot be redeemed. Please look at it once more: it has five groups of four characters.")


class NotRedeemable(Missing):
    """No voucher of this code can be redeemed here; why is not told."""


class NotAnyMore(Refused):
    """She redeemed of this voucher before, so what is left on it is hers to know."""


class OnePerPerson(Refused):
    """She redeemed another voucher of the same promotional batch: what is given away is for as many people."""


class BadRedemption(Invalid):
    """The amount to take from a voucher makes no sense."""


def redeem(
    person: Person, text: str, *, currency: str, key: str, address: str, most_micro: int | None = None
) -> Redemption:
    """Take what is left on a voucher, or at most so much, into the wallet. The same key gives the same redemption.

    `address` is where the request came from, for counting. Raises TooManyAttempts, NotRedeemable, NotAnyMore,
    OnePerPerson, BadRedemption, KeyUsedOtherwise.
    """
    if most_micro is not None and (not 0 < most_micro <= LARGEST_MICRO or most_micro % minor_unit_micro(currency)):
        raise BadRedemption("{currency} has no such amount to take from a voucher.", currency=currency)
    code = codes.read(text)
    known_as = fingerprint(code or codes.code_of(0))
    own = own_key(person.pk, f"redemption:{key}")
    before = _before(own, known_as)
    if before is not None:
        return before
    guessing.count_try(person.pk, address)
    if code is None:
        raise NotRedeemable(SENTENCE)
    return _redeemed(person, known_as, own, currency, most_micro)


def refuse_unusable(voucher: Voucher | None, person: Person | None, currency: str) -> Voucher:
    """A voucher that this person, or None for a visitor, could redeem now: the same work whatever is wrong with it.

    Raises NotRedeemable, NotAnyMore, OnePerPerson.
    """
    is_hers = Redemption.objects.filter(voucher_id=voucher.pk if voucher else 0, person=person).exists()
    if voucher is None or not voucher.is_usable or voucher.batch.currency != currency:
        raise _no(voucher if is_hers else None)
    if person and voucher.batch.kind == VoucherBatch.Kind.PROMOTIONAL and _has_another(person, voucher):
        raise OnePerPerson("You redeemed a voucher of this promotion before, and each person can have one.")
    return voucher


@transaction.atomic
def _redeemed(person: Person, known_as: str, own: str, currency: str, most_micro: int | None) -> Redemption:
    # Two forms of one person are taken one after the other, so that one key cannot be two redemptions.
    turns.wait_for(person.pk)
    before = _before(own, known_as)
    if before is not None:
        return before
    locked = Voucher.objects.select_for_update(of=("self",)).select_related("batch")
    voucher = refuse_unusable(locked.filter(code_hash=known_as).first(), person, currency)

    # All refusals are above; from here on the money moves.
    amount_micro = min(voucher.left_micro, most_micro or voucher.left_micro)
    redeemed = Redemption.objects.create(
        number=chance.token(8), key=own, voucher=voucher, person=person, amount_micro=amount_micro
    )
    transfer(books.redemption(redeemed))
    voucher.left_micro -= amount_micro
    voucher.save(update_fields=["left_micro"])
    return redeemed


def _before(own: str, known_as: str) -> Redemption | None:
    found = Redemption.objects.select_related("voucher__batch").filter(key=own).first()
    if found is not None and found.voucher.code_hash != known_as:
        raise KeyUsedOtherwise("This was sent before, with another code. Open the page again for this one.")
    return found


def _has_another(person: Person, voucher: Voucher) -> bool:
    """Whether she redeemed another of its batch, and not all of that was put back."""
    others = Redemption.objects.filter(person=person, voucher__batch_id=voucher.batch_id).exclude(voucher=voucher)
    return others.filter(put_back_micro__lt=F("amount_micro")).exists()


def _no(voucher: Voucher | None) -> Refused:
    if voucher is None:
        return NotRedeemable(SENTENCE)
    if voucher.left_micro == 0:
        return NotAnyMore("You redeemed this one before; nothing is left on it.")
    return NotAnyMore(
        "You redeemed this one before; {left} is left on it, which cannot be used at the moment.",
        left=Money(voucher.left_micro, voucher.batch.currency),
    )
