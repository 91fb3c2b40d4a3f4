"""Find what a company named in the catalogue, and keep the licence as it stood when it was checked. It judges nothing.

An item that is named stays on sale: a complaint by a payment company is no claim.
"""

from collections.abc import Iterable

from django.db import transaction
from django.db.models import Q

from obbligato.catalog.models import Recording, Release
from obbligato.kernel.refusals import Invalid
from obbligato.rights import licences
from obbligato.rights.models import Licence
from obbligato.standing.models import Incident, NamedItem

MOST_LINES = 500
ABSENT = "Not in this store's catalogue."
UNLICENSED = "In the catalogue, without a licence basis: it is not on sale."


class TooManyItems(Invalid):
    """More lines than one list of items may have."""


@transaction.atomic
def name(incident: Incident, lines: Iterable[str], *, by: str) -> list[NamedItem]:
    """One row for each line and recording it names: by ISRC, by EAN/UPC, or by its exact title. Raises TooManyItems."""
    wanted = [line.strip() for line in lines if line.strip()]
    if len(wanted) > MOST_LINES:
        raise TooManyItems(f"A list has at most {MOST_LINES} items; please enter it in parts.")
    made = []
    for line in wanted:
        found = _recordings(line)
        terms = _licences(found)
        made += [_row(incident, line, one, terms.get(one.pk), by) for one in found] or [
            _row(incident, line, None, None, by)
        ]
    return made


def _recordings(line: str) -> list[Recording]:
    code = line.replace("-", "").replace(" ", "").upper()
    by_code = Recording.objects.filter(isrc=code) if len(code) == 12 and code.isalnum() else Recording.objects.none()
    if by_code.exists():
        return list(by_code.order_by("pk"))
    releases = Release.objects.filter(Q(edition__upc=code) & ~Q(edition__upc="") | Q(edition__title__iexact=line))
    of_releases = Recording.objects.filter(tracks__edition__release__in=releases)
    of_title = Recording.objects.filter(title__iexact=line)
    return (
        list((of_releases | of_title).distinct().order_by("pk")) if releases.exists() else list(of_title.order_by("pk"))
    )


def _licences(found: list[Recording]) -> dict[int, Licence]:
    rows = Licence.objects.filter(recording__in=found, replaced_at__isnull=True)
    return {row.recording_id: row for row in rows}


def _row(incident: Incident, line: str, recording: Recording | None, licence: Licence | None, by: str) -> NamedItem:
    return NamedItem.objects.create(
        incident=incident,
        text=line[:300],
        recording=recording,
        licence_basis=licence.basis if licence else "",
        licence_evidence=licence.evidence if licence else "",
        finding=_finding(recording, licence),
        checked_by=by[:150],
    )


def _finding(recording: Recording | None, licence: Licence | None) -> str:
    if recording is None:
        return ABSENT
    if licence is None:
        return UNLICENSED
    where = "everywhere" if licences.WORLD in licence.territories else f"for {', '.join(licence.territories)}"
    basis = f"licence basis “{licence.get_basis_display()}” {where}"
    words = f"In the catalogue, {basis}, declared {licence.declared_at:%Y-%m-%d}."
    refusal = licences.refusals([recording.pk], territory="").get(recording.pk, "")
    return f"{words} {refusal}".strip()
