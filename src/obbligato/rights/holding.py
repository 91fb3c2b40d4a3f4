"""Hold the shares of recordings for a cause, and end that: for those who had them, or for a winner. It moves no money.

The shares follow within the transaction of a sale, or in the next round of upkeep: sales.withheld looks for the rows.
"""

from collections.abc import Iterable

from django.db import transaction

from obbligato.kernel import clock
from obbligato.kernel.refusals import Forbidden, Missing
from obbligato.rights.escrow.models import HeldRecording, Holding
from obbligato.rights.models import Party

ROWS_AT_ONCE = 2_000
NOTHING_HELD = "Nothing is held for this claim."


class NothingHeld(Missing):
    """Nothing is held for this cause."""


class OnePerson(Forbidden):
    """It takes two persons to give away what is held."""


@transaction.atomic
def hold_payout(recordings: Iterable[int], *, reference: str, by: str) -> Holding:
    """From now on shares of these recordings (by id) wait for what becomes of the cause; so do those not paid out yet.

    Again for the same cause: what is new is added, and nothing that is held is let go.
    """
    holding, _ = Holding.objects.select_for_update().get_or_create(
        reference=reference, ended_at=None, defaults={"by": by[:150]}
    )
    known = set(holding.recordings.values_list("recording_id", flat=True))
    fresh = sorted(set(recordings) - known)
    if fresh:
        rows = (HeldRecording(holding=holding, recording_id=pk) for pk in fresh)
        HeldRecording.objects.bulk_create(rows, batch_size=ROWS_AT_ONCE)
        holding.looked_through = None
        holding.save(update_fields=["looked_through"])
    return holding


def release_payout(reference: str, *, by: str) -> Holding | None:
    """The cause came to nothing: each party has its shares again. None where nothing was held for it."""
    return _ended(reference, by, Holding.Outcome.RELEASED)


@transaction.atomic
def award_payout(reference: str, *, winner: str, proposed_by: str, by: str) -> Holding:
    """The cause was decided: all that is held is this party's, as two persons say. Raises NothingHeld, OnePerson."""
    if by[:150] == proposed_by[:150]:
        raise OnePerson("Nobody gives away alone what is held.")
    party, _ = Party.objects.get_or_create(name=winner)
    holding = _ended(reference, by, Holding.Outcome.AWARDED, party, proposed_by)
    if holding is None:
        raise NothingHeld(NOTHING_HELD)
    return holding


def refuse_unheld(reference: str) -> None:
    """Raises NothingHeld where no shares are held for the cause."""
    if not Holding.objects.filter(reference=reference, ended_at__isnull=True).exists():
        raise NothingHeld(NOTHING_HELD)


def holders_of(recording_ids: Iterable[int], *, but: int | None = None) -> dict[int, Holding]:
    """The oldest open holding of each recording that is held, by the recording's id; `but` one is not counted."""
    rows = HeldRecording.objects.filter(recording_id__in=set(recording_ids), holding__ended_at__isnull=True)
    found: dict[int, Holding] = {}
    for row in rows.exclude(holding=but).select_related("holding").order_by("holding_id"):
        found.setdefault(row.recording_id, row.holding)
    return found


@transaction.atomic
def _ended(
    reference: str, by: str, outcome: Holding.Outcome, winner: Party | None = None, proposed_by: str = ""
) -> Holding | None:
    holding = Holding.objects.select_for_update().filter(reference=reference, ended_at__isnull=True).first()
    if holding is not None:
        holding.outcome, holding.winner, holding.ended_at, holding.ended_by = outcome, winner, clock.now(), by[:150]
        holding.proposed_by = proposed_by[:150]
        holding.save()
    return holding
