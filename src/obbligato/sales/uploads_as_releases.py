"""Says what uploaded files lack together, as the releases they will be, before they are taken in. It decodes nothing.

What is wrong with a file by itself is said with that file.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath

from django.conf import settings

from obbligato.catalog.diagnosing import Finding, graver_first
from obbligato.catalog.scanning import DISC_FOLDER, SIDECAR
from obbligato.catalog.side_by_side import Kind, mixed
from obbligato.catalog.sidecar import read_sidecar
from obbligato.catalog.uploads.models import UploadedFile
from obbligato.kernel import clock
from obbligato.kernel.refusals import Refused
from obbligato.sales.readiness import NO_LICENCE
from obbligato.sales.terms import terms_of


@dataclass(frozen=True)
class Together:
    """A folder with audio in it, by its path within the batch, and what is to be said of it as a whole."""

    folder: str
    findings: list[Finding]


def found_together(files: Iterable[UploadedFile]) -> list[Together]:
    """What is to be said of each folder whose sound the doctor has heard; CD1, CD2 … belong to the folder above."""
    folders: dict[str, list[UploadedFile]] = {}
    for file in files:
        folders.setdefault(_folder_of(file.path), []).append(file)
    told = [Together(folder, _findings(inside)) for folder, inside in sorted(folders.items())]
    return [one for one in told if one.findings]


def _folder_of(path: str) -> str:
    folder = PurePosixPath(path).parent
    return str(folder.parent if DISC_FOLDER.match(folder.name) else folder)


def _findings(inside: Sequence[UploadedFile]) -> list[Finding]:
    kinds = list(_kinds(inside))
    return graver_first([*_rights(inside), *mixed(kinds)]) if kinds else []


def _kinds(inside: Sequence[UploadedFile]) -> Iterator[Kind]:
    """What the doctor measured of each file that it accepted."""
    for file in inside:
        if file.state == UploadedFile.State.EXAMINED:
            yield from (
                Kind(line["sample_rate"], line["bits"], line["channels"]) for line in file.findings if line["samples"]
            )


def _rights(inside: Sequence[UploadedFile]) -> list[Finding]:
    """Whether a licence basis is named; nothing where the release.toml cannot be followed, which it says itself."""
    sidecar = next((file for file in inside if PurePosixPath(file.path).name == SIDECAR), None)
    if sidecar is None:
        return [NO_LICENCE]
    try:
        terms = terms_of(read_sidecar(sidecar.file), currency=settings.CURRENCY, today=clock.today())
    except Refused:
        return []
    return [] if terms.licence else [NO_LICENCE]
