"""Who may send files, and whose batches are whose. Somebody else's batch does not exist for who may not see it."""

from typing import cast

from django.db.models import QuerySet
from django.http import HttpRequest

from obbligato.catalog.uploads.models import Upload, UploadedFile
from obbligato.kernel.refusals import Forbidden, Missing, Unproven
from obbligato.people.models import Person

MAY_ADD = "catalog.add_release"
MAY_EDIT = "catalog.change_release"
MAY_SEE_ALL = "uploads.change_upload"


def may_upload(request: HttpRequest) -> bool:
    """Whether somebody may bring in releases."""
    user = request.user
    return user.is_active and user.is_staff and user.has_perm(MAY_ADD)


def refuse_strangers(request: HttpRequest) -> None:
    """Raise Unproven where nobody is signed in, Forbidden where she may not bring in releases."""
    if not request.user.is_authenticated:
        raise Unproven("Nobody is signed in. Sign in again and go on.")
    if not may_upload(request):
        raise Forbidden("You may not bring in releases here.")


def refuse_who_sends_nothing(request: HttpRequest) -> None:
    """The same, but who edits releases sends covers and booklets. Raises Unproven, Forbidden."""
    user = request.user
    if not (user.is_active and user.is_staff and user.has_perm(MAY_EDIT)):
        refuse_strangers(request)


def uploads_of(request: HttpRequest) -> "QuerySet[Upload]":
    """The batches that somebody may see: her own, or all where she may act on all."""
    person = cast(Person, request.user)
    found = Upload.objects.select_related("person")
    return found if person.has_perm(MAY_SEE_ALL) else found.filter(person=person)


def upload_for(request: HttpRequest, pk: str | int) -> Upload:
    """One of them. Raises Missing."""
    found = uploads_of(request).filter(pk=pk).first() if str(pk).isdecimal() else None
    if found is None:
        raise Missing("There is no such upload. Perhaps it was discarded, or nobody had touched it for a week.")
    return found


def file_for(request: HttpRequest, pk: int) -> UploadedFile:
    """A file of one of them. Raises Missing."""
    found = UploadedFile.objects.select_related("upload__person").filter(pk=pk, upload__in=uploads_of(request)).first()
    if found is None:
        raise Missing("There is no such file. Perhaps it was removed, or nobody had touched its upload for a week.")
    return found
