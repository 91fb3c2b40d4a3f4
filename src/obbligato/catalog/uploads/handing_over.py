"""Hand a batch over to be taken in, and say what waits. The work itself is done by whoever looks for these rows."""

from django.db import transaction
from django.db.models import Q

from obbligato.catalog.uploads.adding import NotOpen
from obbligato.catalog.uploads.models import Upload, UploadedFile
from obbligato.catalog.uploads.receiving import offset_of
from obbligato.kernel import clock
from obbligato.kernel.refusals import Refused

UNDER_EXAMINATION = (UploadedFile.State.WAITING, UploadedFile.State.EXAMINING)
TO_TAKE_IN = (Upload.State.ASKED, Upload.State.TAKING)


class NotAllHere(Refused):
    """A file of the batch is still coming, or there is none."""


def hand_over(upload: Upload, *, by: str) -> Upload:
    """Ask that the batch be taken in. Raises NotAllHere, NotOpen."""
    for file in upload.files.filter(state=UploadedFile.State.COMING).select_related("upload"):
        offset_of(file)  # One whose row was not told that it is whole says so now.
    with transaction.atomic():
        locked = Upload.objects.select_for_update().get(pk=upload.pk)
        if not locked.is_open:
            raise NotOpen("This upload is taken in already, or just now.")
        coming = locked.files.filter(state=UploadedFile.State.COMING).count()
        if coming:
            noun = "1 file is" if coming == 1 else f"{coming:,} files are"
            raise NotAllHere(f"{noun} not here whole. Send the rest, or remove what will not come.")
        if not locked.files.exclude(state=UploadedFile.State.TAKEN).exists():
            raise NotAllHere("There is no file in this upload.")
        # No refusals below this line.
        locked.state, locked.asked_by, locked.asked_at = Upload.State.ASKED, by, clock.now()
        locked.tries, locked.done_files, locked.all_files, locked.sentence, locked.outcome = 0, 0, 0, "", []
        locked.save()
    return locked


def is_something_waiting() -> bool:
    """Whether a file waits for the doctor, or a batch to be taken in."""
    return (
        UploadedFile.objects.filter(state__in=UNDER_EXAMINATION, upload__state=Upload.State.OPEN).exists()
        or Upload.objects.filter(state__in=TO_TAKE_IN).exists()
    )


def ahead_of(upload: Upload) -> dict[int, int]:
    """For each file of the batch that waits for the doctor, by primary key, how many are examined before it."""
    queue = UploadedFile.objects.filter(state__in=UNDER_EXAMINATION, upload__state=Upload.State.OPEN)
    order = list(queue.order_by("completed_at", "pk").values_list("pk", "upload_id"))
    return {pk: ahead for ahead, (pk, upload_id) in enumerate(order) if upload_id == upload.pk}


def batches_ahead_of(upload: Upload) -> int:
    """How many batches are taken in before this one."""
    before = Q(asked_at__lt=upload.asked_at) | Q(asked_at=upload.asked_at, pk__lt=upload.pk)
    return Upload.objects.filter(before, state__in=TO_TAKE_IN).count()
