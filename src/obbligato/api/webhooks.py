"""Where payment companies send their news: kept before it is answered, understood later. It reads no body itself."""

from collections.abc import Mapping

from django.http import HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_exempt

from obbligato.api.problems import problem, problem_of
from obbligato.payments import inbox

HIDDEN = {"cookie", "authorization"}
"""No provider proves itself by these, and they are nobody's to keep."""


@csrf_exempt
def news(request: HttpRequest, rail: str) -> HttpResponse:
    """POST /api/webhooks/<rail>: 204 once the news is committed. What proves it is the provider's own signature."""
    if request.method != "POST":
        return problem(request, "method-not-allowed", "This address takes POST.", headers={"Allow": "POST"})
    try:
        inbox.receive(rail, _headers(request), request.body)
    except Exception as exception:
        return problem_of(request, exception)
    return HttpResponse(status=204)


def _headers(request: HttpRequest) -> Mapping[str, str]:
    """Names in small letters: HTTP does not tell them apart (RFC 9110, clause 5.1)."""
    return {name.lower(): value for name, value in request.headers.items() if name.lower() not in HIDDEN}
