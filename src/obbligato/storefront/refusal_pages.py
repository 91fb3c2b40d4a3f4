"""Turn a refusal into a page with its sentence. It never hides a bug: only Refused is caught."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext

from obbligato.kernel import refusals


class Unreadable(refusals.Invalid):
    """What was sent holds a NUL character, which no text has and PostgreSQL stores in none."""


class RefusalPages:
    """Middleware: a Refused raised by a view becomes a page with the right status; so does what no view can read."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_view(self, request: HttpRequest, view: Callable[..., HttpResponse], *_: object) -> HttpResponse | None:
        if getattr(view, "csrf_exempt", False):
            return None  # It is no page, and reads its body itself.
        texts = [
            request.path,
            *(text for form in (request.GET, request.POST) for row in form.lists() for text in row[1]),
        ]
        if any("\x00" in str(text) for text in texts):
            return self.process_exception(request, Unreadable(gettext("The address or the form cannot be read.")))
        return None

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        if not isinstance(exception, refusals.Refused):
            return None
        status = exception.status
        response = render(request, "refused.html", {"refusal": exception, "status": status}, status=status)
        if isinstance(exception, refusals.TooMany):
            response.headers["Retry-After"] = str(exception.retry_after_seconds)
        return response
