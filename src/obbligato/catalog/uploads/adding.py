"""Begin a batch, and announce a file of it. Bytes come later; nothing is announced that could not be kept."""

import shutil
from datetime import timedelta

from django.db import transaction
from django.db.models import Q, QuerySet, Sum

from obbligato.catalog.uploads.models import Upload, UploadedFile
from obbligato.catalog.uploads.paths import fold, safe_path
from obbligato.kernel import clock
from obbligato.kernel.folders import has_room_for
from obbligato.kernel.refusals import Invalid, Refused
from obbligato.people.models import Person

LARGEST_FILE_BYTES = 8_000_000_000
"""Five hours of 24 bits at 96 kHz, uncompressed."""
LARGEST_BATCH_BYTES = 200_000_000_000
MOST_FILES = 10_000
KEPT = timedelta(days=7)
"""So long a batch stays that nobody touches."""
TOUCHED_EVERY = timedelta(minutes=1)
REPLACEABLE = (UploadedFile.State.REFUSED, UploadedFile.State.TAKEN)


class TooLarge(Invalid):
    """The file or its batch is larger than what is taken by a browser."""

    status = 413


class NoRoom(Refused):
    """The disk of the store is full (RFC 4918, 11.5). What is here already stays and can be gone on with."""

    status = 507


class NotOpen(Refused):
    """The batch is being taken in, or was; nothing is added to it any more."""


class PathTaken(Refused):
    """The batch has another file of that name."""


def begin(person: Person) -> Upload:
    """A new batch without a file."""
    return Upload.objects.create(person=person)


def add(
    upload: Upload, path: str, *, size_bytes: int, modified_ms: int | None = None, metadata: str = ""
) -> UploadedFile:
    """Announce a file; one that was refused, or taken in, gives way to it.

    Raises BadPath, NotForAStore, TooLarge, NoRoom, NotOpen, PathTaken.
    """
    path = safe_path(path)
    if size_bytes < 0 or size_bytes > LARGEST_FILE_BYTES:
        raise TooLarge(f"A file may have at most {LARGEST_FILE_BYTES / 1e9:g} GB.")
    if not has_room_for(size_bytes):
        raise NoRoom("The disk of the store is full. What is here stays; send the rest when there is room.")
    with transaction.atomic():
        locked = Upload.objects.select_for_update().get(pk=upload.pk)
        _refuse(locked, path, size_bytes)
        # No refusals below this line.
        replaced = locked.files.filter(path_folded=fold(path)).first()
        if replaced is not None:
            replaced.file.unlink(missing_ok=True)
            replaced.delete()
        made = UploadedFile.objects.create(
            upload=locked,
            path=path,
            path_folded=fold(path),
            size_bytes=size_bytes,
            modified_ms=modified_ms,
            metadata=metadata,
        )
        made.part.unlink(missing_ok=True)  # A database that was put back may count as before.
        touch(locked)
    return made


def touch(upload: Upload) -> None:
    """Somebody works on it; that is written once a minute."""
    now = clock.now()
    if upload.touched_at < now - TOUCHED_EVERY:
        upload.touched_at = now
        Upload.objects.filter(pk=upload.pk).update(touched_at=now)  # It may have been discarded meanwhile.


def _refuse(upload: Upload, path: str, size_bytes: int) -> None:
    if not upload.is_open:
        raise NotOpen("This upload is taken in already, or just now. Begin another one.")
    if (same := upload.files.filter(path_folded=fold(path)).first()) and same.state not in REPLACEABLE:
        raise PathTaken(f"“{same.path}” is in this upload already. Remove that one first.")
    if _on_the_way(upload, path).exists():
        raise PathTaken(f"“{path}” would be a file and a folder at once.")
    if upload.files.count() >= MOST_FILES:
        raise TooLarge(f"An upload has at most {MOST_FILES:,} files. Take this one in and begin another.")
    declared = upload.files.exclude(state=UploadedFile.State.TAKEN).aggregate(sum=Sum("size_bytes"))["sum"] or 0
    if declared + size_bytes > LARGEST_BATCH_BYTES:
        raise TooLarge(f"An upload has at most {LARGEST_BATCH_BYTES / 1e9:g} GB. Take this one in and begin another.")


def _on_the_way(upload: Upload, path: str) -> "QuerySet[UploadedFile]":
    """Files that this one would lie in, or that would lie in it."""
    names = fold(path).split("/")
    above = ["/".join(names[:count]) for count in range(1, len(names))]
    present = upload.files.exclude(state=UploadedFile.State.TAKEN)
    return present.filter(Q(path_folded__in=above) | Q(path_folded__startswith=f"{fold(path)}/"))


def forget_folder(upload: Upload) -> None:
    """Remove all bytes of a batch."""
    shutil.rmtree(upload.folder.parent, ignore_errors=True)
