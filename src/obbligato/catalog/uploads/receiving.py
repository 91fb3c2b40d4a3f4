"""Put bytes that come behind those that are here, for one sender at a time. It trusts no row: a file's length tells.

What was told to be here is on the disk before it is told, so that neither kill -9 nor a power cut makes it untrue.
"""

import errno
import fcntl
import os
from collections.abc import Iterable
from datetime import timedelta

from django.db import transaction

from obbligato.catalog.uploads.adding import NoRoom, TooLarge, touch
from obbligato.catalog.uploads.models import UploadedFile
from obbligato.kernel import clock
from obbligato.kernel.folders import has_room_for, settle
from obbligato.kernel.refusals import Missing, Refused

SETTLED_EVERY_BYTES = 32_000_000
LATELY = timedelta(seconds=15)
FULL = {errno.ENOSPC, errno.EDQUOT}


class WrongOffset(Refused):
    """The bytes would not follow those that are here (tus 1.0, PATCH: 409)."""


class BeingSent(Refused):
    """Another sender, as a second tab, is just sending this file."""

    status = 423


class Reception:
    """One sender's hold on a file that comes. Whoever makes one closes it."""

    def __init__(self, file: UploadedFile, *, offset_bytes: int) -> None:
        """Begin at an offset, which must be where the file ends. Raises WrongOffset, BeingSent."""
        self._file = file
        if file.state != UploadedFile.State.COMING or offset_bytes > file.size_bytes:
            raise WrongOffset(f"The file has {offset_of(file):,} of {file.size_bytes:,} bytes.")
        self._handle = os.open(file.part, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(self._handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            self._length = os.fstat(self._handle).st_size
            if self._length != offset_bytes:
                raise WrongOffset(f"{self._length:,} bytes are here, and not {offset_bytes:,}.")
        except BlockingIOError:
            os.close(self._handle)
            raise BeingSent("The file is being sent by another tab or program.") from None
        except Refused:
            os.close(self._handle)
            raise
        self._unsettled_bytes = 0

    def write(self, data: bytes) -> None:
        """Put bytes behind the others. Raises TooLarge, of which nothing is kept, and NoRoom, as much as there was."""
        if self._length + len(data) > self._file.size_bytes:
            raise TooLarge(f"More was sent than the {self._file.size_bytes:,} bytes that were announced.")
        if not has_room_for(len(data)):
            raise _no_room()
        view = memoryview(data)
        try:
            while view:
                written = os.write(self._handle, view)
                self._length += written
                view = view[written:]
        except OSError as error:
            raise _no_room() if error.errno in FULL else error
        self._unsettled_bytes += len(data)
        if self._unsettled_bytes >= SETTLED_EVERY_BYTES:
            os.fsync(self._handle)
            self._unsettled_bytes = 0

    def close(self) -> int:
        """How many bytes are here for good; a file that is whole now joins its batch. Raises Missing."""
        try:
            os.fsync(self._handle)
            if self._length == self._file.size_bytes:
                complete(self._file)
            touch(self._file.upload)
            return self._length
        finally:
            os.close(self._handle)


def receive(file: UploadedFile, pieces: Iterable[bytes]) -> int:
    """Take all that comes of a file, from its first byte. Raises what Reception does."""
    reception = Reception(file, offset_bytes=0)
    try:
        for piece in pieces:
            reception.write(piece)
    finally:
        here = reception.close()
    return here


def offset_of(file: UploadedFile) -> int:
    """How many bytes of it are here for good."""
    if file.state != UploadedFile.State.COMING:
        return file.size_bytes
    try:
        handle = os.open(file.part, os.O_RDONLY | os.O_CLOEXEC)
    except FileNotFoundError:
        if not _lies_whole(file):
            return 0
        complete(file)  # The plug was pulled after it had joined its batch, before its row said so.
        return file.size_bytes
    try:
        os.fsync(handle)
        return os.fstat(handle).st_size
    finally:
        os.close(handle)


def came_lately(file: UploadedFile) -> bool:
    """Whether bytes of it came within LATELY: somebody is just sending it."""
    try:
        return file.part.stat().st_mtime > (clock.now() - LATELY).timestamp()
    except FileNotFoundError:
        return False


def complete(file: UploadedFile) -> None:
    """A file that is here whole joins its batch, and waits for the doctor. Raises Missing where it was removed."""
    with transaction.atomic():
        known = UploadedFile.objects.select_for_update().filter(pk=file.pk).first()
        if known is None:
            raise Missing("The file was removed while it was being sent.")
        if known.state == UploadedFile.State.COMING:
            _join(known)
            known.state, known.completed_at = UploadedFile.State.WAITING, clock.now()
            known.save(update_fields=["state", "completed_at"])
    file.state, file.completed_at = known.state, known.completed_at


def _join(file: UploadedFile) -> None:
    if _lies_whole(file) and not file.part.exists():
        return
    file.file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    file.part.replace(file.file)
    folder = file.file.parent
    while folder != file.upload.folder.parent:
        settle(folder)
        folder = folder.parent


def _lies_whole(file: UploadedFile) -> bool:
    try:
        return file.file.stat().st_size == file.size_bytes
    except OSError:
        return False


def _no_room() -> NoRoom:
    return NoRoom("The disk of the store is full. What came stays; go on when there is room.")
