"""Let the doctor look at files that were uploaded, one after another, as soon as each is whole. It imports nothing."""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from django.conf import settings
from django.db import transaction

from obbligato.catalog import booklets, pictures
from obbligato.catalog.examining import Examiner
from obbligato.catalog.reports import FileReport
from obbligato.catalog.scanning import BOOKLET
from obbligato.catalog.sidecar import read_sidecar
from obbligato.catalog.uploads.models import Upload, UploadedFile
from obbligato.kernel import clock
from obbligato.kernel.refusals import Refused
from obbligato.sales.doctoring import examine
from obbligato.sales.terms import terms_of

MOST_TRIES = 2
ENDED_IT = "Examining this file ended the program twice, so it is not tried again. Is it damaged?"


@contextmanager
def an_examiner() -> Iterator[Examiner]:
    """One for many files: its twin is overwritten by the next one's."""
    with tempfile.TemporaryDirectory(prefix="obbligato-") as folder:
        twin = Path(folder) / "twin"
        with Examiner({}, workers=1, new_twin=lambda: twin) as examiner:
            yield examiner


def examine_next(examiner: Examiner) -> bool:
    """Examine the file that waits longest, and keep what is to be said of it. Gives whether one waited."""
    file = _begun()
    if file is None:
        return False
    lines = _lines(file, examiner)
    is_refused = any(line.status == "refused" for line in lines)
    state = UploadedFile.State.REFUSED if is_refused else UploadedFile.State.EXAMINED
    # It may have been removed, or taken in, meanwhile.
    examined = UploadedFile.objects.filter(pk=file.pk, state=UploadedFile.State.EXAMINING)
    examined.update(state=state, findings=[line.to_json() for line in lines])
    return True


def begin_again() -> None:
    """Whoever alone does this work calls it first: what a killed process had begun waits again, or is refused."""
    for file in UploadedFile.objects.filter(state=UploadedFile.State.EXAMINING):
        if file.tries < MOST_TRIES:
            file.state = UploadedFile.State.WAITING
        else:
            file.state = UploadedFile.State.REFUSED
            file.findings = [FileReport("refused", file.path, ENDED_IT).to_json()]
        file.save(update_fields=["state", "findings"])


@transaction.atomic
def _begun() -> UploadedFile | None:
    """The next file, marked before anything is done with it."""
    waiting = UploadedFile.objects.filter(state=UploadedFile.State.WAITING, upload__state=Upload.State.OPEN)
    file = waiting.select_related("upload").order_by("completed_at", "pk").first()
    if file is not None:
        file.state = UploadedFile.State.EXAMINING
        file.tries += 1
        file.save(update_fields=["state", "tries"])
    return file


def _lines(file: UploadedFile, examiner: Examiner) -> list[FileReport]:
    lines: list[FileReport] = []
    try:
        if file.is_audio:
            examine(file.file, report=lines.append, has_catalogue=True, examiner=examiner)
        else:
            lines.append(FileReport("examined", file.path, _looked_at(file.file)))
    except (Refused, OSError) as problem:
        reason = str(problem) if isinstance(problem, Refused) else f"It cannot be read: {problem.strerror}."
        lines.append(FileReport("refused", file.path, reason))
    return lines


def _looked_at(path: Path) -> str:
    """What a file beside the audio is. Raises what its import would warn or refuse with, OSError."""
    kind = path.suffix[1:].lower()
    if kind == BOOKLET:
        _, size_bytes = booklets.check(path)
        return f"A PDF of {max(size_bytes, 10_000) / 1_000_000:.2f} MB."
    if kind == "toml":
        terms_of(read_sidecar(path), currency=settings.CURRENCY, today=clock.today())
        return "It can be followed as it is written."
    with path.open("rb") as file:
        picture = pictures.prepare(file.read(pictures.LARGEST_BYTES + 1))
    return f"A picture of {picture.width} × {picture.height} pixels."
