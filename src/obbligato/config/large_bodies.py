"""Let the desk's people send forms larger than anyone else's. Who it is is asked before the body is read.

Such a body waits on the disk, so that it holds neither memory nor a page thread while it comes.
"""

import asyncio
import tempfile
from importlib import import_module
from typing import BinaryIO, cast

from django.conf import settings
from django.contrib.auth import get_user
from django.core.handlers.wsgi import WSGIRequest
from django.db import close_old_connections

from obbligato.config import bodies, metrics
from obbligato.config.bodies import Receive, Send
from obbligato.config.pages import Pages, Scope, environment
from obbligato.kernel.folders import data_folder

LIMIT_BYTES = 300_000_000


def is_large(scope: Scope) -> bool:
    """Whether a form of the desk says that it is longer than what everybody may send."""
    lengths = [value for name, value in scope["headers"] if name == b"content-length"]
    is_form = scope["method"] == "POST" and scope["path"].startswith("/desk/")
    is_length = len(lengths) == 1 and lengths[0].isdigit()
    return is_form and is_length and int(lengths[0]) > settings.DATA_UPLOAD_MAX_MEMORY_SIZE


async def may_send(scope: Scope) -> bool:
    """Whether the request comes from somebody of the desk who is signed in."""
    return await asyncio.to_thread(_is_of_the_desk, scope)


async def answer(pages: Pages, scope: Scope, receive: Receive, send: Send) -> None:
    """Answer such a request when its body is here; where its sender went away, not at all."""
    with tempfile.TemporaryFile(dir=data_folder("uploads")) as file:
        body = cast(BinaryIO, file)
        try:
            if await bodies.spooled_body(receive, body, limit_bytes=LIMIT_BYTES):
                with metrics.watched_page(send) as noting:
                    await pages.answer(scope, body, noting)
        except bodies.BodyRefused as refused:
            await bodies.refuse(send, refused, scope["headers"])


def _is_of_the_desk(scope: Scope) -> bool:
    close_old_connections()
    try:
        request = WSGIRequest(environment(scope, b""))
        session = request.COOKIES.get(settings.SESSION_COOKIE_NAME)
        request.session = import_module(settings.SESSION_ENGINE).SessionStore(session)
        user = get_user(request)
        return user.is_active and user.is_staff
    finally:
        close_old_connections()
