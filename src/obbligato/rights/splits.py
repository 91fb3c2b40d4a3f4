"""Declare who shares in a recording, and tell who does. It never changes a sheet that sales were made under."""

import hashlib
import json
from collections.abc import Iterable, Sequence
from dataclasses import astuple, dataclass
from datetime import datetime

from django.db import transaction

from obbligato.catalog.models import Recording
from obbligato.kernel import clock
from obbligato.kernel.refusals import Invalid
from obbligato.rights.models import Party, Share, SplitSheet

WHOLE_BASIS_POINTS = 10_000


class SharesNotWhole(Invalid):
    """The shares of a split sheet do not add up to 100 %."""


@dataclass(frozen=True)
class ShareTerms:
    """One party's part, in basis points (1/100 of a per cent)."""

    party: str
    role: str
    basis_points: int


@transaction.atomic
def declare_split(recording: Recording, terms: Sequence[ShareTerms]) -> SplitSheet:
    """Let these parties share in the recording from now on. The same shares again make no new sheet."""
    total = sum(share.basis_points for share in terms)
    if total != WHOLE_BASIS_POINTS:
        raise SharesNotWhole(f"The shares add up to {total / 100:g} %, not to 100 %.")
    digest = hashlib.sha256(json.dumps([astuple(share) for share in terms]).encode()).hexdigest()
    current = recording.split_sheets.first()
    if current and current.digest == digest:
        return current
    sheet = SplitSheet.objects.create(recording=recording, digest=digest)
    for share in terms:
        party, _ = Party.objects.get_or_create(name=share.party)
        Share.objects.create(sheet=sheet, party=party, role=share.role, basis_points=share.basis_points)
    return sheet


def shares_of(recording_ids: Iterable[int], *, at: datetime | None = None) -> dict[int, list[Share]]:
    """The shares in force now, or at a moment, of each recording that had a split sheet then."""
    latest: dict[int, int] = {}
    sheets = SplitSheet.objects.filter(recording_id__in=set(recording_ids), valid_from__lte=at or clock.now())
    for pk, recording_id in sheets.values_list("pk", "recording_id"):
        latest.setdefault(recording_id, pk)
    by_recording: dict[int, list[Share]] = {recording_id: [] for recording_id in latest}
    rows = Share.objects.filter(sheet_id__in=latest.values()).select_related("party", "sheet").order_by("pk")
    for share in rows:
        by_recording[share.sheet.recording_id].append(share)
    return by_recording
