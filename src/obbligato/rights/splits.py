"""Declare who shares in a recording, and tell who does. It never changes a sheet that sales were made under."""

import hashlib
import json
from collections.abc import Collection, Iterable, Sequence
from dataclasses import astuple, dataclass
from datetime import datetime
from decimal import Decimal
from typing import NamedTuple

from django.db import transaction
from django.db.models import QuerySet

from obbligato.catalog.models import Recording
from obbligato.kernel import clock
from obbligato.kernel.questions import question
from obbligato.kernel.refusals import Invalid
from obbligato.rights.models import Party, Share, SplitSheet

WHOLE_BASIS_POINTS = 10_000


class SharesNotWhole(Invalid):
    """The shares of a split sheet do not add up to 100 %."""


class NoShare(Invalid):
    """The text is not a part that somebody can have of a recording."""


@dataclass(frozen=True)
class ShareTerms:
    """One party's part, in basis points (1/100 of a per cent)."""

    party: str
    role: str
    basis_points: int


class Part(NamedTuple):
    """What one party gets of a recording, in basis points of what reaches its rights-holders."""

    party_id: int
    basis_points: int


@transaction.atomic
def declare_split(recording: Recording, terms: Sequence[ShareTerms]) -> SplitSheet:
    """Let these parties share in the recording from now on. The same shares again make no new sheet."""
    total = sum(share.basis_points for share in terms)
    if total != WHOLE_BASIS_POINTS:
        raise SharesNotWhole("The shares add up to {total:g} %, not to 100 %.", total=total / 100)
    digest = hashlib.sha256(json.dumps([astuple(share) for share in terms]).encode()).hexdigest()
    current = recording.split_sheets.first()
    if current and current.digest == digest:
        return current
    sheet = SplitSheet.objects.create(recording=recording, digest=digest)
    for share in terms:
        party, _ = Party.objects.get_or_create(name=share.party)
        Share.objects.create(sheet=sheet, party=party, role=share.role, basis_points=share.basis_points)
    return sheet


def basis_points_of(percent: str) -> int:
    """Read "33.33" into basis points, a whole number above nothing. Raises NoShare with a sentence."""
    try:
        exact = Decimal(percent.strip().replace(",", ".")) * 100
        is_right = exact.is_finite() and exact == exact.to_integral_value() and 0 < exact <= WHOLE_BASIS_POINTS
    except ArithmeticError:
        is_right = False
    if not is_right:
        raise NoShare("A share is a per cent above 0 with at most two decimals.")
    return int(exact)


def shares_of(recording_ids: Iterable[int], *, at: datetime | None = None) -> dict[int, list[Part]]:
    """The shares in force now, or at a moment, of each recording that had a split sheet then."""
    by_recording: dict[int, list[Part]] = {}
    latest: dict[int, int] = {}
    for recording_id, sheet_id, *part in _shares_by(set(recording_ids), at or clock.now()):
        if latest.setdefault(recording_id, sheet_id) == sheet_id:  # The latest sheet comes first.
            by_recording.setdefault(recording_id, []).append(Part(*part))
    return by_recording


@question
def _shares_by(recordings: Collection[int], moment: datetime) -> QuerySet[Share, tuple[int, int, int, int]]:
    """Of every sheet until that moment, the latest first."""
    shares = Share.objects.filter(sheet__recording_id__in=recordings, sheet__valid_from__lte=moment)
    rows = shares.order_by("-sheet__valid_from", "-sheet_id", "pk")
    return rows.values_list("sheet__recording_id", "sheet_id", "party_id", "basis_points")
