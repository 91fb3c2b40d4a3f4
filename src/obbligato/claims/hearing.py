"""Hear both sides of a claim: the supplier's answer and counter-notice, what the claimant adds, tells, or takes back.

None of these restricts anything; a retraction ends what the claim had restricted.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from django.db import transaction
from django.utils.crypto import constant_time_compare

from obbligato.claims import deciding, documents, escrow, misuse, notices, stepping
from obbligato.claims.documents import Sent
from obbligato.claims.elements import Counter, counter_missing, missing_of
from obbligato.claims.locating import locate
from obbligato.claims.models import Claim, ClaimStep, Complaint, CounterNotice
from obbligato.claims.receiving import add_targets, standing_of
from obbligato.claims.regimes.steps import State, Who
from obbligato.kernel.refusals import Invalid, Missing, Refused

LONGEST_TEXT = 10_000


class NoSuchClaim(Missing):
    """There is no claim under this link."""


class CounterIncomplete(Invalid):
    """A counter-notice lacks what § 512(g)(3) wants in it."""


class AnsweredTooLate(Refused):
    """The claim is decided: what is said now is no answer to it."""


class NothingSaid(Invalid):
    """There is no text, or too long a one."""


@dataclass(frozen=True)
class Added:
    """What a claimant adds to a notice in which something was missing; what is empty stays as it was."""

    values: dict[str, Any]
    locators: tuple[str, ...] = ()
    sent: Sequence[Sent] = ()


def claim_with(number: str, secret: str, *, who: Who = Who.CLAIMANT) -> Claim:
    """The claim of a link of that side. Raises NoSuchClaim, whatever is wrong with it."""
    claim = Claim.objects.select_related("label").filter(number=number[:20]).first()
    proof = "" if claim is None else claim.secret if who is Who.CLAIMANT else claim.supplier_secret
    if claim is None or not constant_time_compare(proof, secret):
        raise NoSuchClaim("There is no claim under this link. Perhaps a part of it was lost on the way.")
    return claim


@transaction.atomic
def add(claim: Claim, added: Added) -> Claim:
    """Documents at any time; words and places while something is missing. Complete, the claim goes on by itself.

    Raises BadNotice, BadDocument, NotPossibleNow, Suspended.
    """
    claim = stepping.locked(claim)
    is_incomplete = claim.state == State.INCOMPLETE
    if (added.values or added.locators) and not is_incomplete:
        raise stepping.NotPossibleNow("The notice is complete; its words stand as they are. A document can be added.")
    fuller = replace(claim.notice, **added.values, locators=(*claim.notice.locators, *added.locators))
    notices.refuse_bad(fuller)
    misuse.refuse_suspended(fuller.mail if is_incomplete else "")
    if documents.add(claim, added.sent, sent_by=Who.CLAIMANT):
        stepping.note(claim, "document", who=Who.CLAIMANT, by="the claimant", reason="")
    for name, value in added.values.items():
        setattr(claim, name, value)
    if claim.standing == Claim.Standing.NONE:
        has_mandate = claim.documents.filter(is_mandate=True).exists()
        claim.standing = standing_of(fuller, has_mandate=has_mandate, is_trusted=claim.is_trusted)
        claim.deadline = stepping.deadline_of(claim, claim.state_since)
    claim.save()
    add_targets(claim, locate(added.locators))
    if is_incomplete and not missing(claim):
        stepping.take(claim, "complete", who=Who.CLAIMANT, by="the claimant")
    escrow.keep_in_step(claim, by="the claimant")
    return claim


def missing(claim: Claim) -> list[str]:
    """A sentence for each element that the claim's notice lacks."""
    located = claim.targets.exclude(release__isnull=True, recording__isnull=True).count()
    return [str(one.sentence) for one in missing_of(claim.regime_name, claim.notice, located)]


@transaction.atomic
def retract(claim: Claim) -> ClaimStep:
    """The claimant takes it back: what it restricted opens again and what waited is paid. Raises NotPossibleNow."""
    return stepping.take(stepping.locked(claim), "retract", who=Who.CLAIMANT, by="the claimant")


@transaction.atomic
def tell_of_court(claim: Claim, *, court: str, case: str, sent: Sequence[Sent] = ()) -> ClaimStep:
    """The claimant has filed an action (§ 512(g)(2)(C)): nothing is put back before it ends. Raises NothingSaid."""
    claim = stepping.locked(claim)
    if not (court.strip() and case.strip()):
        raise NothingSaid("Name the court, and the number of the case.")
    documents.add(claim, sent, sent_by=Who.CLAIMANT)
    reason = f"{court.strip()[:200]}, {case.strip()[:100]}"
    return stepping.take(claim, "tell_of_court", who=Who.CLAIMANT, by="the claimant", reason=reason)


@transaction.atomic
def answer(claim: Claim, text: str, *, sent: Sequence[Sent] = ()) -> ClaimStep:
    """What the supplier says of a claim. While she is heard, that ends the hearing; after it, and before the decision,

    it is read too. Raises NothingSaid, BadDocument, AnsweredTooLate.
    """
    claim, words = stepping.locked(claim), said(text)
    if claim.state not in stepping.UNDECIDED:
        raise AnsweredTooLate(
            "This claim is decided, so there is nothing to answer any more. If your page offers a complaint or a"
            " counter-notice, say it there. A court is open to you at any time."
        )
    documents.add(claim, sent, sent_by=Who.SUPPLIER)
    if claim.regime.step("answer", State(claim.state), Who.SUPPLIER):
        return stepping.take(claim, "answer", who=Who.SUPPLIER, by="the supplier", reason=words)
    return stepping.note(claim, "answer", who=Who.SUPPLIER, by="the supplier", reason=words)


@transaction.atomic
def counter(claim: Claim, notice: Counter) -> CounterNotice:
    """Counter a claim under § 512(g)(3). Raises CounterIncomplete with a sentence for each thing missing."""
    claim = stepping.locked(claim)
    stepping.allowed(claim, "counter", who=Who.SUPPLIER)
    lacking = counter_missing(notice)
    if lacking:
        raise CounterIncomplete(" ".join(str(one.sentence) for one in lacking))
    if max(len(notice.name), len(notice.signature)) > notices.LONGEST_LINE or len(notice.address) > LONGEST_TEXT:
        raise NothingSaid("A name, a signature or an address is too long.")
    made = CounterNotice.objects.create(
        claim=claim,
        name=notice.name,
        address=notice.address,
        explanation=notice.explanation[:LONGEST_TEXT],
        signature=notice.signature,
    )
    stepping.take(claim, "counter", who=Who.SUPPLIER, by="the supplier")
    return made


@transaction.atomic
def complain(claim: Claim, text: str, *, who: Who) -> Complaint:
    """Ask that a decision is looked at again, by somebody else, within six months (DSA Article 20).

    Raises NotPossibleNow, NotOffered, TooLate, NothingSaid.
    """
    claim, words = stepping.locked(claim), said(text)
    stepping.allowed(claim, "complain", who=who)
    decider = deciding.first_decider(claim)
    made = Complaint.objects.create(claim=claim, who=who.value, text=words, first_decider=decider)
    stepping.take(claim, "complain", who=who, by=f"the {who.value}")
    return made


def said(text: str) -> str:
    """What somebody wrote, without the blanks around it. Raises NothingSaid."""
    words = text.strip()
    if not 0 < len(words) <= LONGEST_TEXT:
        raise NothingSaid("Please write something, in at most {most} characters.", most=LONGEST_TEXT)
    return words
