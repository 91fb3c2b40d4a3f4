"""What every page carries, headers and fewer bytes. It never depends on what the page is about."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.middleware.gzip import GZipMiddleware

POLICY = (
    "default-src 'self'; img-src 'self' data:; media-src 'self' blob:; style-src 'self' 'unsafe-inline'; "
    "script-src 'self'; object-src 'none'; base-uri 'none'; frame-ancestors 'none'; form-action 'self'"
)
# A page that a view marked for it (Django's xframe_options_exempt) may stand in any page's frame.
FRAMED = POLICY.replace("frame-ancestors 'none'", "frame-ancestors *")
# Unfold's own scripts (Alpine) evaluate expressions; the API's documentation carries inline scripts.
LOOSER = POLICY.replace("script-src 'self'", "script-src 'self' 'unsafe-inline' 'unsafe-eval'")


def compressed_pages(
    get_response: Callable[[HttpRequest], HttpResponseBase],
) -> Callable[[HttpRequest], HttpResponseBase]:
    """Send pages compressed to whom it suits. Pictures and papers are so already.

    Django adds some bytes at random, so that a page's length tells nothing of the secrets in it (BREACH).
    """
    gzip = GZipMiddleware(get_response)

    def middleware(request: HttpRequest) -> HttpResponseBase:
        response = get_response(request)
        is_page = response.headers.get("Content-Type", "").startswith("text/html")
        return gzip.process_response(request, response) if is_page else response

    return middleware


def content_security_policy(
    get_response: Callable[[HttpRequest], HttpResponse],
) -> Callable[[HttpRequest], HttpResponse]:
    """Let pages load nothing that is not the store's own (Content Security Policy Level 3)."""

    def middleware(request: HttpRequest) -> HttpResponse:
        response = get_response(request)
        is_ours = not request.path.startswith(("/desk/", "/api/"))
        policy = FRAMED if is_ours and getattr(response, "xframe_options_exempt", False) else POLICY
        response.headers.setdefault("Content-Security-Policy", policy if is_ours else LOOSER)
        return response

    return middleware
