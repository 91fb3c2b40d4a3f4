"""The /delivery addresses: copies, zips, previews and covers, by ranges, to thousands of slow clients at once.

It never charges, never asks who is signed in (the link is the proof), and keeps no copy on disk.
"""

from collections.abc import Callable
from functools import partial

from django.conf import settings
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.middleware.gzip import GZipMiddleware
from starlette.requests import Request
from starlette.responses import FileResponse, JSONResponse, Response
from starlette.routing import Route

from obbligato.audio.formats import Format
from obbligato.catalog.models import Master, Picture, Track
from obbligato.catalog.restrictions.in_effect import UnavailableForLegalReasons
from obbligato.catalog.waveforms import drawing
from obbligato.kernel.countries import COUNTRIES
from obbligato.kernel.languages import wanted
from obbligato.kernel.refusals import Missing, Refused, TooMany
from obbligato.library import copies, hearing, links, naming, ranges
from obbligato.library.archives import booklet_of, library_zip, release_zip
from obbligato.library.blind import samples, tickets
from obbligato.library.fetching import Fetchable
from obbligato.library.links import ListeningTicket, Ticket
from obbligato.library.recent import Recent
from obbligato.library.shelf import EDITION_OF_TRACK, country_of, why_closed
from obbligato.library.threads import in_thread
from obbligato.library.zips import Zip

PRIVATE = {"Cache-Control": "private, no-transform", "X-Content-Type-Options": "nosniff"}
UNKEPT = {"Cache-Control": "private, no-store, no-transform", "X-Content-Type-Options": "nosniff"}
ASKED_AGAIN = {"Cache-Control": "public, no-cache", "X-Content-Type-Options": "nosniff"}
"""Kept by whoever likes, and asked about each time (RFC 9111, 5.2.2.4): an order holds for what was kept, too."""
FOR_EVER = {"Cache-Control": "public, max-age=31536000, immutable", "X-Content-Type-Options": "nosniff"}
_recent_copies: Recent[tuple[int, str], tuple[Fetchable, str]] = Recent()


class NoSuchThing(Missing):
    """There is nothing at this address."""


async def copy(request: Request) -> Response:
    """One track's copy."""
    ticket = links.open_link(request.path_params["token"])
    format_ = Format.parse(ticket.format_name)
    await in_thread(_refuse_closed, ticket)  # Asked each time: an order counts from its moment on.
    key = (ticket.track_ids[0], ticket.format_name)
    found = _recent_copies.get(key)
    if found is None:
        found = await in_thread(_copy, ticket, format_)
        if isinstance(found[0], copies.WholeCopy):  # Which is for every reader the same.
            _recent_copies.keep(key, found, seconds=settings.PAGE_AGE_SECONDS)
    source, name = found
    headers = {**PRIVATE, "Content-Disposition": naming.disposition(name)}
    return await ranges.answer(request, source, media_type=format_.media_type, headers=headers)


async def release(request: Request) -> Response:
    """Everything owned of a release, as one zip."""
    ticket = links.open_link(request.path_params["token"])
    return await _zip(request, *await release_zip(ticket))


async def library(request: Request) -> Response:
    """Everything that someone owned when the link was made, as one zip."""
    ticket = links.open_library_link(request.path_params["token"])
    return await _zip(request, *await library_zip(ticket))


async def booklet(request: Request) -> Response:
    """The booklet of an edition somebody owns, by itself."""
    source, name = await in_thread(booklet_of, links.open_booklet_link(request.path_params["token"]))
    headers = {**PRIVATE, "Content-Disposition": naming.disposition(name)}
    return await ranges.answer(request, source, media_type="application/pdf", headers=headers)


async def preview(request: Request) -> Response:
    """What anyone may hear of a track on a published release."""
    for_whom = f"visitor:{request.client.host if request.client else ''}"
    country = request.query_params.get("in", "")
    territory = country if country in COUNTRIES else ""
    track_id = request.path_params["track_id"]
    source = await in_thread(partial(hearing.preview_of, track_id, for_whom=for_whom, territory=territory))
    return await ranges.answer(request, source, media_type="audio/mpeg", headers=ASKED_AGAIN)


async def listening(request: Request) -> Response:
    """All of a track, for who owns it."""
    ticket = links.open_listening_link(request.path_params["token"])
    for_whom = f"person:{ticket.person_id}"
    source = await in_thread(_whole, ticket, for_whom)
    return await ranges.answer(request, source, media_type="audio/mpeg", headers=PRIVATE)


async def blind_sample(request: Request) -> Response:
    """One of the three samples of a round; nothing but its sound says which."""
    ticket = tickets.opened(request.path_params["token"])
    for_whom = f"visitor:{request.client.host if request.client else ''}"
    number, place = request.path_params["number"], request.path_params["place"]
    source = await samples.sample_of(ticket, number, place, for_whom=for_whom)
    return await ranges.answer(request, source, media_type="audio/wav", headers=UNKEPT)


async def wave(request: Request) -> Response:
    """The waveform of a master, to be drawn in any colour."""
    peaks = await in_thread(_peaks, request.path_params["sha256"])
    return Response(drawing(peaks), media_type="image/svg+xml", headers=FOR_EVER)


async def cover(request: Request) -> Response:
    """A cover in one of its sizes."""
    picture = await in_thread(_picture, request.path_params["sha256"])
    size = request.path_params["size"]
    file = picture.file(size)
    if size not in {"page", "thumb", "original", "tag"} or not file.is_file():
        raise NoSuchThing("There is no such picture.")
    media_type = picture.media_type if size == "original" else "image/jpeg"
    return FileResponse(file, media_type=media_type, headers=FOR_EVER)


def refuse(request: Request, error: Exception) -> Response:
    """A refusal as a problem document (RFC 9457), in the language of who asks."""
    assert isinstance(error, Refused)
    headers = {"Retry-After": str(error.retry_after_seconds)} if isinstance(error, TooMany) else {}
    language = wanted(
        request.cookies.get(settings.LANGUAGE_COOKIE_NAME, ""), request.headers.get("Accept-Language", "")
    )
    headers |= {"Content-Language": language, "Vary": "Accept-Language, Cookie"}
    return _problem(request, error.status, error.sentence.said_in(language), error.code, headers)


def refuse_address(request: Request, error: Exception) -> Response:
    """An address or method that is not there, as a problem document."""
    assert isinstance(error, HTTPException)
    return _problem(request, error.status_code, error.detail, "no-such-address", dict(error.headers or {}))


routes = [
    Route("/delivery/copies/{token}/{name}", copy, methods=["GET"]),
    Route("/delivery/releases/{token}/{name}", release, methods=["GET"]),
    Route("/delivery/libraries/{token}/{name}", library, methods=["GET"]),
    Route("/delivery/booklets/{token}/{name}", booklet, methods=["GET"]),
    Route("/delivery/previews/{track_id:int}.mp3", preview, methods=["GET"]),
    Route("/delivery/listening/{token}.mp3", listening, methods=["GET"]),
    Route("/delivery/blind-tests/{token}/{number:int}-{place}.wav", blind_sample, methods=["GET"]),
    Route("/delivery/waves/{sha256}.svg", wave, methods=["GET"], middleware=[Middleware(GZipMiddleware)]),
    Route("/delivery/covers/{sha256}-{size}.jpg", cover, methods=["GET"]),
]
exception_handlers: dict[type[Exception], Callable[[Request, Exception], Response]] = {
    Refused: refuse,
    HTTPException: refuse_address,
}


async def _zip(request: Request, archive: Zip, name: str) -> Response:
    headers = {**PRIVATE, "Content-Disposition": naming.disposition(f"{name}.zip")}
    return await ranges.answer(request, archive, media_type="application/zip", headers=headers)


def _copy(ticket: Ticket, format_: Format) -> tuple[Fetchable, str]:
    """The copy that a ticket names, and its file's name."""
    wanted = Track.objects.select_related("master", "recording", *EDITION_OF_TRACK)
    track = wanted.filter(pk=ticket.track_ids[0]).first()
    if track is None:
        raise NoSuchThing("There is no such track.")
    source = copies.copy_of(track, format_, for_whom=f"person:{ticket.person_id}")
    return source, naming.track_file_name(track, format_.extension)


def _refuse_closed(ticket: Ticket) -> None:
    if sentence := why_closed(ticket.track_ids[0], person_id=ticket.person_id):
        raise UnavailableForLegalReasons(sentence)


def _whole(ticket: ListeningTicket, for_whom: str) -> Fetchable:
    return hearing.whole_of(ticket.track_id, for_whom=for_whom, territory=country_of(ticket.person_id))


def _peaks(sha256: str) -> bytes:
    peaks = Master.objects.filter(sha256=sha256[:64]).values_list("peaks", flat=True).first()
    if peaks is None:
        raise NoSuchThing("There is no such waveform.")
    return bytes(peaks)


def _picture(sha256: str) -> Picture:
    picture = Picture.objects.filter(sha256=sha256[:64]).first()
    if picture is None:
        raise NoSuchThing("There is no such picture.")
    return picture


def _problem(request: Request, status: int, sentence: str, code: str, headers: dict[str, str]) -> Response:
    document = {"type": f"/problems/{code}", "title": sentence, "status": status, "instance": request.url.path}
    return JSONResponse(document, status, headers, media_type="application/problem+json")
