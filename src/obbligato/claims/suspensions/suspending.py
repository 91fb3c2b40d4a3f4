"""Warn a supplier, and suspend what she publishes for a time (DSA Article 23(1)). It closes nothing that is on sale.

A suspension follows a warning, has an end, and says what it was judged on: number, share, gravity, intent.
"""

from datetime import datetime, timedelta

from django.db import transaction

from obbligato.catalog.models import Label
from obbligato.catalog.pauses import pausing
from obbligato.claims import policies, stepping, telling
from obbligato.claims.models import Claim
from obbligato.claims.suspensions.models import SupplierWord
from obbligato.kernel import chance, clock
from obbligato.kernel.refusals import Invalid, Refused
from obbligato.transparency.announcing import announce

LONGEST = timedelta(days=180)
OFTEN = 2
"""Of fewer claims by which something is closed nobody can say that she does it frequently."""


class NotWarned(Refused):
    """Nobody is suspended who was not warned, or whose warning was taken back."""


class NotOften(Refused):
    """Too little of hers was found illegal."""


class BadWord(Invalid):
    """A warning or a suspension without reasons, or without an end, is none."""


def figures(label: Label) -> tuple[int, int]:
    """By how many claims something of hers is closed now, and what share of all about her that is, in per mille."""
    claims = Claim.objects.filter(label=label)
    closed = claims.filter(statements__imposed_at__isnull=False, statements__lifted_at__isnull=True).distinct().count()
    return closed, closed * 1_000 // max(1, claims.count())


def warn(claim: Claim, *, gravity: str, intent: str, reason: str, by: str) -> SupplierWord:
    """Tell the supplier of a claim that it is noticed. Raises NotOffered, NotOften, BadWord."""
    return _said(claim, None, gravity, intent, reason, by)


def suspend(claim: Claim, *, days: int, gravity: str, intent: str, reason: str, by: str) -> SupplierWord:
    """Publish nothing new of a claim's supplier for so many days. Raises NotOffered, NotWarned, NotOften, BadWord."""
    if not 0 < days <= LONGEST.days:
        raise BadWord(f"A suspension lasts from 1 to {LONGEST.days} days.")
    if not SupplierWord.objects.filter(label=claim.label, until__isnull=True, is_lifted=False).exists():
        raise NotWarned("This supplier was not warned yet. Warn first; a suspension can follow when it goes on.")
    return _said(claim, clock.now() + timedelta(days=days), gravity, intent, reason, by)


@transaction.atomic
def _said(claim: Claim, until: datetime | None, gravity: str, intent: str, reason: str, by: str) -> SupplierWord:
    if not policies.current().is_large:
        raise stepping.NotOffered("Warnings and suspensions are for larger stores (Articles 19 and 23).")
    if claim.label is None or not all(text.strip() for text in (gravity, intent, reason)):
        raise BadWord("Say how grave it is, what is intended by it as far as one can tell, and why you decide so.")
    count, share = figures(claim.label)
    if count < (OFTEN if until else 1):
        raise NotOften(
            f"Something of hers is closed by {count} claims; that is not often. Decide about the claims first."
        )
    # Refusals end here.
    word = SupplierWord.objects.create(
        number=f"S-{chance.token(6).upper()}",
        label=claim.label,
        claim=claim,
        until=until,
        closed_count=count,
        share_per_mille=share,
        gravity=gravity.strip(),
        intent=intent.strip(),
        reason=reason.strip(),
        by=by[:150],
    )
    if until is not None:
        pausing.pause(claim.label, until=until, reference=word.number)
    say(word, "supplier.suspended" if until else "supplier.warned", {"reason": word.reason, "person": word.by})
    telling.of_supplier(claim, "supplier_word")
    return word


def say(word: SupplierWord, kind: str, personal: dict[str, str]) -> None:
    """Have the public log say it; who the supplier is, and what people wrote, only as commitments."""
    facts = {
        "claim": word.claim.number,
        "closed_count": word.closed_count,
        "share_per_mille": word.share_per_mille,
        "until": word.until.isoformat() if word.until else "",
        "is_lifted": word.is_lifted,
    }
    announce(kind, subject=f"supplier:{word.number}", facts=facts, personal={"supplier": word.label.name, **personal})
