"""Say of a paper that it is what it says it is, by a second person; ask its issuer, or reject it. Sure or nothing.

What is missing (a legal basis, a signature, a language that somebody here can read) is asked of the issuer first.
"""

from dataclasses import dataclass

from django.db import transaction

from obbligato.claims.orders import forcing, saying, writing
from obbligato.claims.orders.models import UNKNOWN_LANGUAGE, CourtOrder, OrderStep, Paper
from obbligato.kernel import clock
from obbligato.kernel.refusals import Refused
from obbligato.payments.two_people import refuse_the_same

QUERIED, RECEIVED = CourtOrder.State.QUERIED, CourtOrder.State.RECEIVED


class NotVerifiable(Refused):
    """Something is missing without which nobody can tell what it orders, by what right, or whose it is."""


class NotOpen(Refused):
    """Somebody has decided about this paper already."""


@dataclass(frozen=True)
class Answer:
    """What its issuer said was missing."""

    legal_basis: str
    language: str
    is_signed: bool


def missing_of(paper: Paper) -> list[str]:
    """Whole sentences for what has to be asked before it can be verified; empty where nothing has."""
    missing = []
    if paper.language == UNKNOWN_LANGUAGE:
        missing.append("Nobody here can read its language; a translation is needed.")
    if not paper.legal_basis:
        missing.append("It names no legal basis.")
    if not paper.is_signed:
        missing.append("It bears neither a signature nor a seal.")
    return missing


@transaction.atomic
def verify(paper: Paper, *, by: str, why: str) -> Paper:
    """A second person's word that it is authentic. In force, it takes effect at once; else it waits until it is.

    The second person is neither who recorded it nor who noted the last answer of its issuer.
    Raises NotOpen, NotVerifiable, SecondPersonNeeded.
    """
    paper, order = _held(paper)
    refuse_the_same(by, paper.recorded_by, "paper to be verified")
    refuse_the_same(by, paper.steps.get(kind=OrderStep.Kind.SERVED).by, "paper to be verified")
    if missing := missing_of(paper):
        raise NotVerifiable(f"{missing[0]} Ask its issuer first.")
    # All refusals are made; what follows writes.
    paper.verified_by, paper.verified_at = by[:150], clock.now()
    paper.save(update_fields=["verified_by", "verified_at"])
    saying.step(OrderStep.Kind.VERIFIED, order, paper, by=by, why=why)
    if paper.force == Paper.Force.NONE:
        forcing.wait(paper, by=by)
    else:
        forcing.take_effect(paper, by=by)
    return paper


@transaction.atomic
def ask_issuer(paper: Paper, *, question: str, by: str) -> Paper:
    """Write to its issuer; the paper waits for the answer. Raises NotOpen."""
    paper, order = _held(paper)
    if paper.kind == Paper.Kind.ORDER:
        order.state = QUERIED
        order.save(update_fields=["state"])
    saying.step(OrderStep.Kind.QUERIED, order, paper, by=by, why=question)
    writing.query(paper, question)
    return paper


@transaction.atomic
def complete(paper: Paper, answer: Answer, *, by: str, why: str) -> Paper:
    """Note what its issuer answered. Who notes it cannot verify it. Raises NotOpen."""
    paper, order = _held(paper)
    paper.legal_basis, paper.language = answer.legal_basis.strip()[:300], answer.language
    paper.is_signed, paper.recorded_by = answer.is_signed, by[:150]
    paper.save(update_fields=["legal_basis", "language", "is_signed", "recorded_by"])
    if order.state == QUERIED:
        order.state = RECEIVED
        order.save(update_fields=["state"])
    saying.step(OrderStep.Kind.COMPLETED, order, paper, by=by, why=why)
    return paper


@transaction.atomic
def reject(paper: Paper, *, by: str, why: str) -> Paper:
    """It is not what it says it is, or orders nothing of this store; nothing changes by it. Raises NotOpen."""
    paper, order = _held(paper)
    paper.rejected_at = clock.now()
    paper.save(update_fields=["rejected_at"])
    if paper.kind == Paper.Kind.ORDER:
        order.state = CourtOrder.State.REJECTED
        order.save(update_fields=["state"])
    saying.step(OrderStep.Kind.REJECTED, order, paper, by=by, why=why)
    return paper


def _held(paper: Paper) -> tuple[Paper, CourtOrder]:
    """Both, held until the transaction ends. Raises NotOpen."""
    order = CourtOrder.objects.select_for_update().get(pk=paper.order_id)
    paper = Paper.objects.get(pk=paper.pk)
    paper.order = order
    if not paper.is_open:
        raise NotOpen("Somebody has decided about this paper already.")
    return paper, order
