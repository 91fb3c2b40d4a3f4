"""Files sent in pieces that can be resumed: the tus protocol 1.0.0, core, creation, termination and expiration.

https://tus.io/protocols/resumable-upload. Sessions and CSRF tokens count as on every page; a program that is not
signed in hears 401 and never a page. What it refuses it refuses in a sentence of plain text.
"""

import base64
import binascii
from collections.abc import Callable
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.http import http_date

from obbligato.backoffice import upload_access
from obbligato.catalog.uploads import adding, receiving, removing
from obbligato.catalog.uploads.models import Upload, UploadedFile
from obbligato.kernel.refusals import Invalid, Refused

VERSION = "1.0.0"
EXTENSIONS = "creation,termination,expiration"
BYTES = "application/offset+octet-stream"
TAKERS = "obbligato.takers"
PIECE_BYTES = 1_000_000
MOST_DIGITS = 15
LONGEST_METADATA = 4_000
View = Callable[[HttpRequest, Any], HttpResponse]


class BadRequest(Invalid):
    """A header that the protocol demands is missing or makes no sense."""

    status = 400


class NotBytes(Invalid):
    """The body is not of the type that the protocol demands."""

    status = 415


class NoSuchMethod(Invalid):
    """The address does not answer to that method."""

    status = 405


def files(request: HttpRequest, upload_id: int) -> HttpResponse:
    """The address under which the files of a batch are made."""
    return _answered(request, _of_batch, upload_id)


def file(request: HttpRequest, file_id: int) -> HttpResponse:
    """The address of one file."""
    return _answered(request, _of_file, file_id)


class Taking:
    """Takes the body of a PATCH, all at once or piece by piece while it comes, and then answers."""

    def __init__(self, known: UploadedFile, reception: receiving.Reception) -> None:
        self._known, self._reception = known, reception
        self._refusal: Refused | None = None

    def take(self, piece: bytes) -> bool:
        """Keep a piece; False where it cannot be kept."""
        try:
            self._reception.write(piece)
        except Refused as refusal:
            self._refusal = refusal
        return self._refusal is None

    def answer(self) -> HttpResponse:
        """204 with how far the file has come, or why it comes no further."""
        try:
            offset = self._reception.close()
            if self._refusal is not None:
                raise self._refusal
        except Refused as refusal:
            return _protocol(_refused(refusal))
        headers = {"Upload-Offset": str(offset), "Upload-Expires": _expires(self._known.upload)}
        return _protocol(HttpResponse(status=204, headers=headers))


def _answered(request: HttpRequest, act: Callable[[HttpRequest, str, int], HttpResponse], pk: int) -> HttpResponse:
    """What the act answers, or its refusal, in the words of the protocol."""
    try:
        method = _method(request)
        if method == "OPTIONS":
            return _protocol(_options())
        upload_access.refuse_who_sends_nothing(request)
        if request.headers.get("Tus-Resumable") != VERSION:
            said = f"This is tus {VERSION}, and Tus-Resumable asks for something else."
            return _protocol(_text(412, said, {"Tus-Version": VERSION}))
        return _protocol(act(request, method, pk))
    except Refused as refusal:
        return _protocol(_refused(refusal))


def _method(request: HttpRequest) -> str:
    """What is asked for; by POST alone another method may be meant, for CSRF tokens are looked at with it."""
    if request.method == "POST":
        return request.headers.get("X-HTTP-Method-Override", "POST").upper()
    return str(request.method)


def _options() -> HttpResponse:
    headers = {"Tus-Version": VERSION, "Tus-Extension": EXTENSIONS, "Tus-Max-Size": str(adding.LARGEST_FILE_BYTES)}
    return HttpResponse(status=204, headers=headers)


def _of_batch(request: HttpRequest, method: str, upload_id: int) -> HttpResponse:
    if method != "POST":
        raise NoSuchMethod(f"Files are made by POST, not by {method}.")
    upload = upload_access.upload_for(request, upload_id)
    if "Upload-Defer-Length" in request.headers:
        raise BadRequest("How long a file is must be known when it is announced.")
    size_bytes = _number(request, "Upload-Length")
    written = request.headers.get("Upload-Metadata", "")
    said = metadata(written)
    made = adding.add(upload, _path(said), size_bytes=size_bytes, modified_ms=_modified_ms(said), metadata=written)
    if size_bytes == 0:
        receiving.receive(made, [])
    headers = {"Location": address_of(made), "Upload-Expires": _expires(upload)}
    return HttpResponse(status=201, headers=headers)


def _of_file(request: HttpRequest, method: str, file_id: int) -> HttpResponse:
    known = upload_access.file_for(request, file_id)
    if method == "HEAD":
        return _head(known)
    if method == "PATCH":
        return _patch(request, known)
    if method == "DELETE":
        removing.remove(known)
        return HttpResponse(status=204)
    raise NoSuchMethod(f"A file answers to HEAD, PATCH and DELETE, not to {method}.")


def _head(known: UploadedFile) -> HttpResponse:
    headers = {
        "Upload-Offset": str(receiving.offset_of(known)),
        "Upload-Length": str(known.size_bytes),
        "Cache-Control": "no-store",
        "Upload-Expires": _expires(known.upload),
    }
    if known.metadata:
        headers["Upload-Metadata"] = known.metadata
    return HttpResponse(headers=headers)


def _patch(request: HttpRequest, known: UploadedFile) -> HttpResponse:
    """Take the body: by whoever serves while it comes, where that can be, else as it lies here."""
    if request.content_type != BYTES:
        raise NotBytes(f"The body must be of the type {BYTES}.")
    offset = _number(request, "Upload-Offset")
    announced = request.headers.get("Content-Length", "")
    if announced.isdigit() and offset + int(announced) > known.size_bytes:
        raise adding.TooLarge(f"More would be sent than the {known.size_bytes:,} bytes that were announced.")
    taking = Taking(known, receiving.Reception(known, offset_bytes=offset))
    takers = request.environ.get(TAKERS) if hasattr(request, "environ") else None
    if takers is not None:
        takers.append(taking)
        return HttpResponse(status=204)
    while (piece := request.read(PIECE_BYTES)) and taking.take(piece):
        pass
    return taking.answer()


def metadata(written: str) -> dict[str, str]:
    """Upload-Metadata: keys, each with its value in base64 where it has one. Raises BadRequest."""
    if len(written) > LONGEST_METADATA:
        raise BadRequest(f"Upload-Metadata is longer than {LONGEST_METADATA} characters.")
    said: dict[str, str] = {}
    for pair in filter(None, (pair.strip() for pair in written.split(","))):
        key, _, value = pair.partition(" ")
        try:
            decoded = base64.b64decode(value, validate=True).decode()
        except (binascii.Error, UnicodeDecodeError):
            raise BadRequest(f"The value of “{key[:40]}” in Upload-Metadata is not UTF-8 in base64.") from None
        if said.setdefault(key, decoded) is not decoded:
            raise BadRequest(f"“{key[:40]}” stands twice in Upload-Metadata.")
    return said


def address_of(known: UploadedFile) -> str:
    """Where one file answers."""
    return reverse("admin:uploads_tus_file", args=[known.pk])


def _path(said: dict[str, str]) -> str:
    """Programs name it differently, and some say “null” where they know no folder."""
    names = (said.get(key, "") for key in ("relativePath", "filename", "name"))
    return next((name for name in names if name not in {"", "null", "undefined"}), "")


def _modified_ms(said: dict[str, str]) -> int | None:
    written = said.get("lastModified", "")
    return int(written) if written.isascii() and written.isdigit() and len(written) <= MOST_DIGITS else None


def _number(request: HttpRequest, name: str) -> int:
    written = request.headers.get(name, "")
    if not (written.isascii() and written.isdigit() and len(written) <= MOST_DIGITS):
        raise BadRequest(f"{name} must be a number of bytes.")
    return int(written)


def _expires(upload: Upload) -> str:
    return http_date((upload.touched_at + adding.KEPT).timestamp())


def _refused(refusal: Refused) -> HttpResponse:
    return _text(refusal.status, str(refusal), {})


def _text(status: int, sentence: str, headers: dict[str, str]) -> HttpResponse:
    return HttpResponse(sentence, status=status, content_type="text/plain; charset=utf-8", headers=headers)


def _protocol(response: HttpResponse) -> HttpResponse:
    response.headers["Tus-Resumable"] = VERSION
    response.headers.setdefault("Cache-Control", "no-store")
    return response
