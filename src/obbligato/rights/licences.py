"""Declare on what basis recordings may be sold, and say why one may not. Expiry takes effect by itself."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any, NamedTuple

from django.db import transaction
from django.db.models import QuerySet

from obbligato.catalog.models import Recording
from obbligato.kernel import clock
from obbligato.kernel.questions import question
from obbligato.kernel.sentences import Sentence
from obbligato.rights.models import Licence

WORLD = "WORLD"


@dataclass(frozen=True)
class LicenceTerms:
    """What a label declares for its recordings."""

    basis: str
    evidence: str
    territories: tuple[str, ...]
    valid_from: date
    valid_until: date | None = None


class Term(NamedTuple):
    """On what basis, when and where a recording may be sold; `valid_until` is the first day on which it may not."""

    basis: Licence.Basis
    valid_from: date
    valid_until: date | None
    territories: list[str]


@transaction.atomic
def declare(recording: Recording, terms: LicenceTerms, *, by: str) -> Licence:
    """Record the basis now in force for a recording; the one before it is kept as replaced."""
    current = Licence.objects.filter(recording=recording, replaced_at__isnull=True).first()
    if current and _terms_of(current) == terms:
        return current
    if current:
        current.replaced_at = clock.now()
        current.save(update_fields=["replaced_at"])
    return Licence.objects.create(
        recording=recording,
        basis=terms.basis,
        evidence=terms.evidence,
        territories=list(terms.territories),
        valid_from=terms.valid_from,
        valid_until=terms.valid_until,
        declared_by=by,
    )


def refusals(recording_ids: Iterable[int], *, territory: str, on: date | None = None) -> dict[int, str]:
    """For each recording that may not be sold there today or `on` a day, why, in a sentence. Empty means all may."""
    wanted = set(recording_ids)
    licences = declared(wanted)
    reasons = {pk: refusal(licences.get(pk), territory=territory, on=on) for pk in wanted}
    return {pk: reason for pk, reason in reasons.items() if reason}


def declared(recording_ids: Iterable[int]) -> dict[int, Term]:
    """What is declared now for each recording that has a licence, whether or not it may be sold here and today."""
    return {
        recording_id: Term(Licence.Basis(basis), *term) for recording_id, basis, *term in _rows_of(set(recording_ids))
    }


def refusal(licence: Term | None, *, territory: str, on: date | None = None) -> str:
    """Why a recording with this licence may not be sold there today or `on` a day; empty when it may."""
    if licence is None:
        return Sentence("No licence basis is recorded for this recording.")
    today = on or clock.today()
    if today < licence.valid_from:
        return Sentence("It may be sold from {day} on.", day=licence.valid_from)
    if licence.valid_until and today >= licence.valid_until:
        return Sentence("Its licence ended on {day}.", day=licence.valid_until)
    if territory and WORLD not in licence.territories and territory not in licence.territories:
        return Sentence("It is not licensed for {territory}.", territory=territory)
    return ""


@question
def _rows_of(recordings: Collection[int]) -> QuerySet[Licence, tuple[Any, ...]]:
    found = Licence.objects.filter(recording_id__in=recordings, replaced_at__isnull=True)
    return found.values_list("recording_id", "basis", "valid_from", "valid_until", "territories")


def _terms_of(licence: Licence) -> LicenceTerms:
    return LicenceTerms(
        basis=licence.basis,
        evidence=licence.evidence,
        territories=tuple(licence.territories),
        valid_from=licence.valid_from,
        valid_until=licence.valid_until,
    )
