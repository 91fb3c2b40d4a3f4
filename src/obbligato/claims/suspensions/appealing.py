"""Hear a supplier who was warned or suspended, and decide again as another person. Asking alone changes nothing."""

from django.db import transaction

from obbligato.catalog.pauses import pausing
from obbligato.claims import hearing, stepping, telling
from obbligato.claims.deciding import SamePerson
from obbligato.claims.models import Claim
from obbligato.claims.suspensions import suspending
from obbligato.claims.suspensions.models import SupplierWord
from obbligato.kernel import clock
from obbligato.kernel.refusals import Missing, Refused


class NoSuchWord(Missing):
    """Nothing of that number was said of this supplier."""


class NoAppealNow(Refused):
    """It was appealed already, or the time for that is over."""


class NoAppeal(Refused):
    """No appeal waits to be decided."""


@transaction.atomic
def appeal(claim: Claim, number: str, text: str) -> SupplierWord:
    """The supplier of a claim asks, once and within six months, that a word about her is looked at again.

    Raises NoSuchWord, NoAppealNow, NothingSaid.
    """
    word = SupplierWord.objects.select_for_update().filter(claim=claim, number=number[:20]).first()
    if word is None:
        raise NoSuchWord("There is no such decision.")
    if not word.can_be_appealed:
        raise NoAppealNow(
            "This was asked already, or the six months for it are over. A court is open to you at any time."
        )
    word.appeal = hearing.said(text)
    # Refusals end here.
    word.appealed_at = clock.now()
    word.save(update_fields=["appeal", "appealed_at"])
    suspending.say(word, "supplier.appealed", {"appeal": word.appeal})
    return word


@transaction.atomic
def decide(word: SupplierWord, *, is_lifted: bool, by: str, reason: str) -> SupplierWord:
    """Let it stand, or take it back, as somebody else than who said it. Raises NoAppeal, SamePerson, ReasonMissing."""
    word = SupplierWord.objects.select_for_update(of=("self",)).select_related("claim", "label").get(pk=word.pk)
    if word.appealed_at is None or word.decided_at is not None:
        raise NoAppeal("No appeal against this waits to be decided.")
    if word.by == by[:150]:
        raise SamePerson("You said it; somebody else has to look at it.")
    if not reason.strip():
        raise stepping.ReasonMissing("A decision needs a reason that people can read.")
    # Refusals end here.
    word.is_lifted, word.decided_by, word.decided_at, word.decided_why = (
        is_lifted,
        by[:150],
        clock.now(),
        reason.strip(),
    )
    word.save(update_fields=["is_lifted", "decided_by", "decided_at", "decided_why"])
    if is_lifted:
        pausing.lift(word.number)
    suspending.say(word, "supplier.decided_again", {"reason": word.decided_why, "person": word.decided_by})
    telling.of_supplier(word.claim, "supplier_appeal")
    return word
