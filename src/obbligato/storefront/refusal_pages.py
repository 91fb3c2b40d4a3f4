"""Turn a refusal into a page with its sentence. It never hides a bug: only Refused is caught."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext

from obbligato.kernel import refusals

NO_PAGES = ("/api/", "/desk/")


class Unreadable(refusals.Invalid):
    """What was sent holds a NUL character, which no text has and PostgreSQL stores in none."""


class OnlyForForms(refusals.Refused):
    """Somebody looks at an address to which only forms are sent: typed, or gone back to."""

    status = 405


class RefusalPages:
    """Middleware: a Refused raised by a view becomes a page with the right status; so does what no view can read,
    and an address of the shop that has no page.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        is_looked_at = request.method == "GET" and not request.path.startswith(NO_PAGES)
        if response.status_code != OnlyForForms.status or not is_looked_at:
            return response
        words = gettext("There is nothing to look at here: only what a form sends goes to this address.")
        page = self._page(request, OnlyForForms(words))
        page.headers["Allow"] = response.headers.get("Allow", "POST")
        return page

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
        response = self._page(request, exception)
        if isinstance(exception, refusals.TooMany):
            response.headers["Retry-After"] = str(exception.retry_after_seconds)
        return response

    def _page(self, request: HttpRequest, refusal: refusals.Refused) -> HttpResponse:
        context = {"refusal": refusal, "status": refusal.status}
        return render(request, "refused.html", context, status=refusal.status)
