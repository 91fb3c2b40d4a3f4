"""Close recordings by a decision or an order, and open them again. Nothing else closes any, and nothing is edited.

A change of scope is the end of one restriction and another in its place from the same moment on: `lift` and `impose` in
one transaction, so that no moment lies between them.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar

from django.db import connection, transaction
from django.db.models import Q

from obbligato.catalog.restrictions.models import Effect, RestrictedRecording, Restriction, listed
from obbligato.catalog.restrictions.scopes import WORLD
from obbligato.kernel import clock
from obbligato.kernel.countries import COUNTRIES
from obbligato.kernel.refusals import Invalid

ROWS_A_STATEMENT = 2_000
NAME = """
    INSERT INTO restrictions_restrictedrecording (restriction_id, recording_id)
    SELECT %s, recording.id FROM catalog_recording recording WHERE recording.id IN ({places})
"""


class NoAuthority(Invalid):
    """Only a decision that was made, or an order in force, may restrict anything, and not earlier than it is one."""


class BadScope(Invalid):
    """The scope names nothing, or something that does not exist."""


@dataclass(frozen=True)
class Authority:
    """By what something is closed: a decision with reasons, or an order in force, since when."""

    DECISION: ClassVar[str] = Restriction.Kind.DECISION.value
    ORDER: ClassVar[str] = Restriction.Kind.ORDER.value

    kind: str
    number: str
    decided_at: datetime


@transaction.atomic
def impose(
    *,
    authority: Authority,
    recordings: Iterable[int],
    territories: Sequence[str],
    effects: Sequence[Effect],
    starts_at: datetime,
    ends_at: datetime | None,
    sentence: str,
) -> Restriction:
    """Close effects for recordings in territories (ISO 3166-1 alpha-2 or WORLD) for [starts_at, ends_at).

    The sentence is for people. Raises NoAuthority, BadScope.
    """
    wanted = sorted(set(recordings))
    _refuse(authority, starts_at)
    _refuse_scope(wanted, territories, effects)
    if ends_at is not None and ends_at <= starts_at:
        raise BadScope("A restriction must end after it begins.")
    if not sentence.strip():
        raise BadScope("A restriction needs a sentence that says why, for people to read.")
    # Refusals but one end here; what follows writes.
    restriction = Restriction.objects.create(
        authority_kind=authority.kind,
        authority_number=authority.number,
        decided_at=authority.decided_at,
        effects=listed([effect.value for effect in Effect if effect in effects]),
        territories=listed(sorted(set(territories))),
        starts_at=starts_at,
        ends_at=ends_at,
        sentence=sentence.strip(),
    )
    if _named(restriction, wanted) != len(wanted):
        raise BadScope("A recording that this names is not in the catalogue.")
    return restriction


@transaction.atomic
def lift(*, authority: Authority, at: datetime, by: str) -> int:
    """End what an authority imposed, from a moment on (never in the past); gives how many restrictions ended.

    What other decisions or orders close stays closed.
    """
    moment = max(at, clock.now())
    imposed = Restriction.objects.filter(authority_kind=authority.kind, authority_number=authority.number)
    running = imposed.filter(Q(ends_at__isnull=True) | Q(ends_at__gt=moment), lifted_at__isnull=True)
    return running.update(lifted_at=moment, lifted_by=by[:150])


def _refuse(authority: Authority, starts_at: datetime) -> None:
    if authority.kind not in Restriction.Kind.values or not authority.number:
        raise NoAuthority("Only a decision with reasons, or an order in force, can restrict a recording.")
    if authority.decided_at > clock.now():
        raise NoAuthority("This was not decided yet.")
    if starts_at < authority.decided_at:
        raise NoAuthority("A restriction cannot begin before what it rests on.")


def _refuse_scope(recordings: Sequence[int], territories: Sequence[str], effects: Sequence[Effect]) -> None:
    if not recordings or not territories or not effects:
        raise BadScope("A restriction must name recordings, territories and effects.")
    if unknown := [code for code in territories if code != WORLD and code not in COUNTRIES]:
        raise BadScope(f"“{unknown[0][:8]}” is not a country this store knows.")
    if set(effects) - set(Effect):
        raise BadScope("A restriction can close sale, preview, downloads, gifts and search, and nothing else.")


def _named(restriction: Restriction, recordings: Sequence[int]) -> int:
    """Write which recordings it is about; gives how many of them there are. One statement for thousands of rows."""
    with connection.cursor() as cursor:
        for first in range(0, len(recordings), ROWS_A_STATEMENT):
            some = recordings[first : first + ROWS_A_STATEMENT]
            places = ", ".join(["%s"] * len(some))
            cursor.execute(NAME.format(places=places), [restriction.pk, *some])
    return RestrictedRecording.objects.filter(restriction=restriction).count()
