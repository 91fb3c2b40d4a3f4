"""A payer takes money back through her bank, and sometimes it comes again. What is still in the wallet is taken back.

What was spent is the store's loss until the dispute is won; who else bears it is for the folders above. The bonus
that came with the payment is taken back with it, and gift cards bought since are frozen as far as the wallet did not
reach.
"""

from django.db import transaction

from obbligato.kernel import clock
from obbligato.ledger import accounts
from obbligato.ledger.models import Account
from obbligato.ledger.transfers import Move, post
from obbligato.payments.contract import DisputeFact
from obbligato.payments.models import Attempt, Dispute
from obbligato.payments.refunds import refundable_micro
from obbligato.payments.vouchers import bonuses, freezing

State = Dispute.State
RANK = {State.OPEN: 0, State.LOST: 1, State.WON: 2}
"""A chain: one that was lost and appealed against with success is won, whichever of the two is heard first."""


@transaction.atomic
def note_fact(attempt: Attempt, fact: DisputeFact) -> Dispute:
    """Take in what the provider says, in any order and any number of times, to the same result."""
    attempt = Attempt.objects.select_for_update().get(pk=attempt.pk)
    dispute, is_new = Dispute.objects.select_for_update().get_or_create(
        attempt=attempt,
        reference=fact.reference[:120],
        defaults={
            "amount_micro": fact.amount_micro,
            "reason": fact.reason[:200],
            "respond_by": fact.respond_by,
        },
    )
    if is_new:
        _taken(dispute)
    if RANK[State(fact.state)] > RANK[State(dispute.state)]:
        dispute.state, dispute.closed_at = State(fact.state), clock.now()
        if dispute.state == State.WON:
            _given_back(dispute)
        dispute.save()
    return dispute


@transaction.atomic
def give_up(dispute: Dispute, *, by: str) -> Dispute:
    """A person's word that the money is not coming back, as some companies never say so. If it does, it is won."""
    dispute = Dispute.objects.select_for_update(of=("self",)).select_related("attempt").get(pk=dispute.pk)
    if dispute.state == State.OPEN:
        dispute.state, dispute.closed_at = State.LOST, clock.now()
        dispute.reason = f"{dispute.reason[:100]} (given up by {by[:80]})".strip()
        dispute.save(update_fields=["state", "closed_at", "reason"])
    return dispute


@transaction.atomic
def reclaim(dispute: Dispute, *, most_micro: int) -> Dispute:
    """Take what came back into the wallet since: at most so much, and at most what was lacking."""
    dispute = Dispute.objects.select_for_update(of=("self",)).select_related("attempt").get(pk=dispute.pk)
    loss, _, wallet = _accounts(dispute)
    accounts.hold(wallet)
    held = accounts.wallet_balance_micro(dispute.attempt.person_id, dispute.attempt.currency)
    amount_micro = min(held, most_micro, dispute.amount_micro - dispute.reclaimed_micro)
    if amount_micro:
        act = f"reclaimed:{dispute.reclaimed_micro}"
        move = Move(
            f"dispute:{dispute.pk}:{act}", wallet, loss, amount_micro, "dispute_reclaimed", f"dispute:{dispute.pk}"
        )
        post([move])
        dispute.reclaimed_micro += amount_micro
        dispute.save(update_fields=["reclaimed_micro"])
    return dispute


def ratio_basis_points(*, disputes: int, payments: int) -> int:
    """Disputes per payments, as card networks count them; 0 where there were no payments."""
    return disputes * 10_000 // payments if payments else 0


def _taken(dispute: Dispute) -> None:
    """The provider took it: the store's loss, lessened by what is still in the wallet."""
    attempt = dispute.attempt
    cards = freezing.cards_bought_after(attempt)
    loss, clearing, wallet = _accounts(dispute)
    accounts.hold(wallet)
    held = accounts.wallet_balance_micro(attempt.person_id, attempt.currency)
    dispute.reclaimed_micro = min(held, dispute.amount_micro)
    dispute.save(update_fields=["reclaimed_micro"])
    moves = [_move(dispute, "taken", loss, clearing, dispute.amount_micro)]
    if dispute.reclaimed_micro:
        moves.append(_move(dispute, "reclaimed", wallet, loss, dispute.reclaimed_micro))
    post(moves)
    gone, left = attempt.captured_micro - refundable_micro(attempt), held - dispute.reclaimed_micro
    bonuses.take_back(attempt, gone_micro=gone, most_micro=left, key=_bonus_key(dispute))
    freezing.freeze_for(dispute, cards, dispute.amount_micro - dispute.reclaimed_micro)


def _given_back(dispute: Dispute) -> None:
    """All of it, also what gift cards have made good meanwhile."""
    loss, clearing, wallet = _accounts(dispute)
    freezing.thaw_of(dispute)
    moves = [_move(dispute, "won", clearing, loss, dispute.amount_micro)]
    if hers_micro := dispute.reclaimed_micro + freezing.made_good_micro(dispute):
        moves.append(_move(dispute, "restored", loss, wallet, hers_micro))
    post(moves)
    bonuses.give_again(_bonus_key(dispute))


def _bonus_key(dispute: Dispute) -> str:
    return f"dispute:{dispute.pk}:bonus"


def _accounts(dispute: Dispute) -> tuple[Account, Account, Account]:
    attempt = dispute.attempt
    return (
        accounts.chargeback_loss(attempt.currency),
        accounts.clearing_of(attempt.provider, attempt.currency),
        accounts.wallet_of(attempt.person_id, attempt.currency),
    )


def _move(dispute: Dispute, act: str, source: Account, target: Account, amount_micro: int) -> Move:
    reference = f"dispute:{dispute.pk}"
    return Move(f"{reference}:{act}", source, target, amount_micro, f"dispute_{act}", reference)
