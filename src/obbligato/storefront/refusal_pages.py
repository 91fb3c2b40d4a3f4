"""Turn a refusal into a page with its sentence. It never hides a bug: only Refused is caught."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from obbligato.kernel import refusals


class RefusalPages:
    """Middleware: a Refused raised by a view becomes a page with the right status."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        if not isinstance(exception, refusals.Refused):
            return None
        status = exception.status
        response = render(request, "refused.html", {"refusal": exception, "status": status}, status=status)
        if isinstance(exception, refusals.TooMany):
            response.headers["Retry-After"] = str(exception.retry_after_seconds)
        return response
