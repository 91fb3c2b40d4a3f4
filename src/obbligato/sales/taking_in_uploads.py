"""Take batches that were uploaded into stock, the way `obbligato import` goes, and keep what was said with each.

What was taken in needs its uploaded bytes no more. Where a file of a release was refused, all files of that release
stay, so that a corrected one can be sent and the whole taken in again.
"""

import time
from collections import defaultdict
from dataclasses import dataclass, field
from pathlib import PurePosixPath
from typing import Any

from django.db import transaction

from obbligato.catalog.locking import ImportRunning
from obbligato.catalog.reports import FileReport
from obbligato.catalog.scanning import DISC_FOLDER
from obbligato.catalog.uploads.adding import forget_folder
from obbligato.catalog.uploads.handing_over import TO_TAKE_IN
from obbligato.catalog.uploads.models import Upload, UploadedFile
from obbligato.kernel import clock
from obbligato.kernel.refusals import Refused
from obbligato.sales.stocking import StockReport, stock_folder

MOST_TRIES = 3
BROKEN_OFF = "Taking it in was broken off three times. The store's log says by what; nothing half-done is left."
WRITTEN_EVERY_SECONDS = 1.0
ROWS_AT_ONCE = 500
SETTLED = (UploadedFile.State.REFUSED, UploadedFile.State.TAKEN)


def take_in_next() -> bool:
    """Take in the batch that waits longest. Gives whether there was one, and no other import ran."""
    upload = _begun()
    if upload is None:
        return False
    listener = _Listener(upload)
    try:
        stocked = stock_folder(
            upload.folder, report=listener.hear, by=upload.asked_by, progress=listener.note_progress, wait_seconds=0.0
        )
    except ImportRunning:
        upload.state, upload.sentence = Upload.State.ASKED, "Another import is running; this one begins after it."
        upload.tries -= 1
        upload.save(update_fields=["state", "sentence", "tries"])
        return False
    except Refused as refusal:
        upload.state, upload.sentence = Upload.State.OPEN, str(refusal)[:500]
        upload.save(update_fields=["state", "sentence"])
        return True
    listener.write()
    _conclude(upload, stocked)
    return True


def begin_again() -> None:
    """Whoever alone does this work calls it first: what a killed process had begun is asked for again."""
    for upload in Upload.objects.filter(state=Upload.State.TAKING):
        is_hopeless = upload.tries >= MOST_TRIES
        upload.state = Upload.State.OPEN if is_hopeless else Upload.State.ASKED
        upload.sentence = BROKEN_OFF if is_hopeless else "It was broken off, and begins again."
        upload.save(update_fields=["state", "sentence"])


@transaction.atomic
def _begun() -> Upload | None:
    """The next batch, marked before anything is done with it."""
    upload = Upload.objects.filter(state__in=TO_TAKE_IN).order_by("asked_at", "pk").first()
    if upload is not None:
        upload.state, upload.sentence, upload.outcome = Upload.State.TAKING, "", []
        upload.tries += 1
        upload.save(update_fields=["state", "sentence", "outcome", "tries"])
        upload.files.exclude(state=UploadedFile.State.TAKEN).update(outcome=[])
    return upload


@dataclass
class _Listener:
    """Writes what an import says into its batch, about once a second, for whoever watches."""

    upload: Upload
    said: dict[str, list[dict[str, Any]]] = field(default_factory=lambda: defaultdict(list))
    """By the path of its file, until it is written."""
    written_at: float = 0.0

    def hear(self, line: FileReport) -> None:
        if line.is_release:
            self.upload.outcome.append(line.to_json())
        elif not line.code:  # The doctor has said the others before.
            self.said[line.path].append(line.to_json())
        self._now_and_then()

    def note_progress(self, done: int, total: int) -> None:
        self.upload.done_files, self.upload.all_files = done, total
        self._now_and_then()

    def write(self) -> None:
        """Write all that was heard."""
        with transaction.atomic():
            self.upload.save(update_fields=["done_files", "all_files", "outcome"])
            files = list(self.upload.files.filter(path__in=list(self.said)))
            for file in files:
                file.outcome = [*file.outcome, *self.said[file.path]]
            UploadedFile.objects.bulk_update(files, ["outcome"], batch_size=ROWS_AT_ONCE)
        self.said.clear()
        self.written_at = time.monotonic()

    def _now_and_then(self) -> None:
        if time.monotonic() - self.written_at >= WRITTEN_EVERY_SECONDS:
            self.write()


def _conclude(upload: Upload, stocked: StockReport) -> None:
    """What was taken in loses its bytes, once it is written that it was; the rest stays and can be corrected."""
    files = list(upload.files.exclude(state=UploadedFile.State.TAKEN))
    staying = _staying(upload, files) if stocked.releases else {release_folder(file.path) for file in files}
    gone = [file for file in files if release_folder(file.path) not in staying]
    with transaction.atomic():
        for file in files:
            if _is_refused(file):
                file.state = UploadedFile.State.REFUSED
        for file in gone:
            file.state = UploadedFile.State.TAKEN
        changed = [file for file in files if file.state in SETTLED]
        UploadedFile.objects.bulk_update(changed, ["state"], batch_size=ROWS_AT_ONCE)
        upload.releases.add(*(done.release for done in stocked.releases))
        upload.state = Upload.State.OPEN if len(gone) < len(files) else Upload.State.TAKEN
        upload.sentence, upload.touched_at = stocked.sentence, clock.now()
        upload.save(update_fields=["state", "sentence", "touched_at"])
    for file in gone:
        file.file.unlink(missing_ok=True)
    if upload.state == Upload.State.TAKEN:
        forget_folder(upload)


def release_folder(path: str) -> str:
    """The folder of the release that a file belongs to: what lies in CD1, CD2 … belongs to the one above."""
    folder = PurePosixPath(path).parent
    return str(folder.parent if DISC_FOLDER.match(folder.name) else folder)


def _staying(upload: Upload, files: list[UploadedFile]) -> set[str]:
    """Folders of which something was refused, or never reached the catalogue."""
    whole = {line["path"] for line in upload.outcome if line["status"] == "refused"}
    return whole | {release_folder(file.path) for file in files if file.is_audio and not _is_in(file)}


def _is_in(file: UploadedFile) -> bool:
    return any(line["status"] in {"imported", "unchanged"} for line in file.outcome)


def _is_refused(file: UploadedFile) -> bool:
    return any(line["status"] == "refused" for line in file.outcome)
