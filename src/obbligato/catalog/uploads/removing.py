"""Take files and batches away again, with their bytes. What is being taken in stays until that has ended."""

import shutil

from django.db import transaction

from obbligato.catalog.uploads.adding import KEPT, NotOpen, forget_folder
from obbligato.catalog.uploads.models import FOLDER, Upload, UploadedFile
from obbligato.kernel import clock
from obbligato.kernel.folders import data_folder


def remove(file: UploadedFile) -> None:
    """Take one file out of its batch. Raises NotOpen."""
    with transaction.atomic():
        _open_or_refused(file.upload)
        part, whole = file.part, file.file
        UploadedFile.objects.filter(pk=file.pk).delete()
    part.unlink(missing_ok=True)
    whole.unlink(missing_ok=True)


def discard(upload: Upload) -> None:
    """Take the whole batch away. Raises NotOpen."""
    with transaction.atomic():
        _open_or_refused(upload)
        Upload.objects.filter(pk=upload.pk).delete()
    forget_folder(upload)


def sweep() -> int:
    """Upkeep's: take away what nobody has touched for KEPT, and bytes that belong to no batch. Gives how many."""
    for upload in Upload.objects.filter(state=Upload.State.OPEN, touched_at__lt=clock.now() - KEPT):
        discard(upload)
    folders = {path.name: path for path in data_folder(FOLDER).iterdir() if path.is_dir()}
    # Those of batches are asked for last: a folder that was made meanwhile has a row by then.
    wanted = set(Upload.objects.exclude(state=Upload.State.TAKEN).values_list("key", flat=True))
    lost = [path for key, path in folders.items() if key not in wanted]
    for path in lost:
        shutil.rmtree(path, ignore_errors=True)
    return len(lost)


def _open_or_refused(upload: Upload) -> None:
    if not Upload.objects.select_for_update().filter(pk=upload.pk, state=Upload.State.OPEN).exists():
        raise NotOpen("This upload is taken in already, or just now.")
