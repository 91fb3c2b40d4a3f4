"""Let shares wait while a claim is open, as its state asks; it moves no money and decides nothing."""

from obbligato.claims.locating import recordings_of
from obbligato.claims.models import Claim
from obbligato.rights import holding
from obbligato.rights.escrow.models import Holding


def keep_in_step(claim: Claim, *, by: str) -> None:
    """Hold the shares of its recordings, or let them go; doing it again changes nothing. What was awarded stays so.

    Without standing nothing is held. A claim holds shares while it is undecided, or something of it is restricted.
    """
    if Holding.objects.filter(reference=claim.reference, outcome=Holding.Outcome.AWARDED).exists():
        return
    if wants_escrow(claim) and (recordings := recordings_of(claim)):
        holding.hold_payout(recordings, reference=claim.reference, by=by)
    else:
        holding.release_payout(claim.reference, by=by)


def wants_escrow(claim: Claim) -> bool:
    """Whether shares have to wait for it as it stands."""
    if claim.standing == Claim.Standing.NONE:
        return False
    is_restricting = claim.statements.filter(imposed_at__isnull=False, lifted_at__isnull=True)
    return is_restricting.exists() or claim.state in claim.regime.disputed
