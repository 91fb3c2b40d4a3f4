"""What every address of the API shares: how a body is read, and a problem for whatever goes wrong. No rules."""

import json
from collections.abc import Callable
from functools import wraps
from typing import Any, NoReturn, cast

from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed, HttpResponseRedirect, JsonResponse
from django.urls import URLPattern, URLResolver
from django.views.decorators.csrf import csrf_exempt
from ninja.parser import Parser

from obbligato.api.problems import kinds_of_problem, problem, problem_of
from obbligato.kernel.sentences import Sentence

View = Callable[..., HttpResponse]


class StrictParser(Parser):
    """JSON as RFC 8259 has it: Python's own NaN and Infinity are refused."""

    def parse_body(self, request: HttpRequest) -> dict[str, Any]:
        return cast("dict[str, Any]", json.loads(request.body, parse_constant=_refuse_constant))


def guarded(patterns: list[URLPattern | URLResolver]) -> list[URLPattern | URLResolver]:
    """The same addresses, each answering even what goes wrong outside of its function with a problem."""
    for pattern in patterns:
        assert isinstance(pattern, URLPattern)
        pattern.callback = _guarded_view(cast(View, pattern.callback))
    return patterns


@csrf_exempt
def no_such_address(request: HttpRequest, rest: str) -> HttpResponse:
    """What no other pattern took, asked in whatever way: it is no page, so no form's token matters."""
    return problem(request, "no-such-address", "There is nothing at this address; /api/docs lists what is.")


@csrf_exempt
def kinds(request: HttpRequest) -> HttpResponse:
    """Every kind of problem, for those who write a client."""
    found = [_kind_document(name, status, means) for name, (status, means) in kinds_of_problem().items()]
    return JsonResponse({"problems": found})


@csrf_exempt
def kind(request: HttpRequest, name: str) -> HttpResponse:
    """What one `type` of a problem document means."""
    found = kinds_of_problem().get(name)
    if found is None:
        return problem(request, "no-such-address", "There is no such kind of problem.")
    return JsonResponse(_kind_document(name, *found))


def to_documentation(request: HttpRequest) -> HttpResponse:
    """The API's root leads to the page that explains it."""
    return HttpResponseRedirect("/api/docs")


def _kind_document(name: str, status: int, means: str) -> dict[str, object]:
    return {"type": f"/api/problems/{name}", "status": status, "means": means}


def _guarded_view(view: View) -> View:
    @wraps(view)
    def answer(request: HttpRequest, *args: object, **kwargs: object) -> HttpResponse:
        is_head = request.method == "HEAD"
        if is_head:  # RFC 9110, clause 9.3.2: HEAD is GET without the content.
            request.method = "GET"
        try:
            response = _unreadable(request) or view(request, *args, **kwargs)
        except Exception as exception:
            response = problem_of(request, exception)
        if isinstance(response, HttpResponseNotAllowed):
            response = _not_allowed(request, response)
        return _without_content(response) if is_head else response

    return answer


def _unreadable(request: HttpRequest) -> HttpResponse | None:
    """A problem where nothing behind this line could make sense of the request."""
    texts = [request.path, *request.GET.keys(), *(text for row in request.GET.lists() for text in row[1])]
    texts.append(request.headers.get("Idempotency-Key", ""))
    if any("\x00" in text for text in texts):
        return problem(request, "malformed-request", "The address holds a NUL character.")
    if request.body and request.content_type != "application/json":
        return problem(request, "wrong-content-type", "Send the body as application/json.")
    return None


def _not_allowed(request: HttpRequest, response: HttpResponse) -> HttpResponse:
    allowed = ", ".join(sorted(response.headers["Allow"].split(", ")))
    sentence = Sentence("This address takes {methods}.", methods=allowed)
    return problem(request, "method-not-allowed", sentence, headers={"Allow": allowed})


def _without_content(response: HttpResponse) -> HttpResponse:
    response.headers["Content-Length"] = str(len(response.content))
    response.content = b""
    return response


def _refuse_constant(text: str) -> NoReturn:
    raise ValueError(f"{text} is not JSON.")
