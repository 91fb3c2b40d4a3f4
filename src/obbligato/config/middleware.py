"""Headers that every page carries. They never depend on what the page is about."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse

POLICY = (
    "default-src 'self'; img-src 'self' data:; media-src 'self' blob:; style-src 'self' 'unsafe-inline'; "
    "script-src 'self'; object-src 'none'; base-uri 'none'; frame-ancestors 'none'; form-action 'self'"
)
# Unfold's own scripts (Alpine) evaluate expressions; the API's documentation carries inline scripts.
LOOSER = POLICY.replace("script-src 'self'", "script-src 'self' 'unsafe-inline' 'unsafe-eval'")


def content_security_policy(
    get_response: Callable[[HttpRequest], HttpResponse],
) -> Callable[[HttpRequest], HttpResponse]:
    """Let pages load nothing that is not the store's own (Content Security Policy Level 3)."""

    def middleware(request: HttpRequest) -> HttpResponse:
        response = get_response(request)
        is_ours = not request.path.startswith(("/desk/", "/api/"))
        response.headers.setdefault("Content-Security-Policy", POLICY if is_ours else LOOSER)
        return response

    return middleware
