"""Say every no of the API as a problem document (RFC 9457). It never decides that something is refused."""

import logging
from collections.abc import Iterator, Mapping
from http import HTTPStatus
from typing import Any

from django.conf import settings
from django.core.exceptions import RequestDataTooBig, SuspiciousOperation
from django.http import Http404, HttpRequest, JsonResponse
from ninja import NinjaAPI
from ninja.errors import AuthenticationError, HttpError, ValidationError

from obbligato.audio.errors import AudioRefused
from obbligato.kernel.refusals import Refused, TooMany
from obbligato.kernel.sentences import Sentence, in_words

MEDIA_TYPE = "application/problem+json"
TYPES_ADDRESS = "/api/problems/"
logger = logging.getLogger("obbligato.api")

# Kinds of problem that are the API's own: what is wrong is the request, not what it asks for.
OWN_KINDS: dict[str, tuple[int, str]] = {
    "malformed-request": (400, "The request cannot be read: it is not JSON, not UTF-8, or holds a NUL."),
    "not-signed-in": (401, "The request needs a bearer token (RFC 6750); POST /api/v1/tokens gives one."),
    "invalid-token": (401, "The bearer token is unknown, expired or was revoked."),
    "no-such-address": (404, "There is nothing at this address."),
    "method-not-allowed": (405, "The address exists, but not for this method; Allow lists those it has."),
    "request-too-large": (413, "The body is larger than the store reads."),
    "wrong-content-type": (415, "A body must be application/json."),
    "invalid-request": (422, "The request can be read, but some of its values cannot be; errors names each."),
    "impossible-format": (422, "The master cannot be carried in this format."),
    "internal-error": (500, "The store made a mistake. It was noted down; nothing was charged for it."),
}


class InvalidToken(Exception):
    """A bearer token was given, and it is not one of ours any more."""


def problem(
    request: HttpRequest,
    kind: str,
    detail: str,
    *,
    status: int = 0,
    headers: Mapping[str, str] | None = None,
    errors: list[dict[str, str]] | None = None,
) -> JsonResponse:
    """A problem document in the active language; the status is that of one of OWN_KINDS, or given for a refusal's code.

    RFC 9457, 3.1: title and detail may be in the language asked for; type and status are what programs go by.
    """
    status = status or OWN_KINDS[kind][0]
    body: dict[str, Any] = {
        "type": f"{TYPES_ADDRESS}{kind}",
        "title": in_words(title_of_code(kind)),
        "status": status,
        "detail": in_words(detail),
        "instance": request.path,
    }
    if errors is not None:
        body["errors"] = errors
    return JsonResponse(body, status=status, content_type=MEDIA_TYPE, headers=headers or {})


def title_of_code(code: str) -> str:
    """The English title of a kind: Not enough money, of not-enough-money."""
    return code.replace("-", " ").capitalize()


def answer_all_problems_of(api: NinjaAPI) -> None:
    """Let the API answer every exception that leaves one of its functions with a problem document."""
    for kind in (Exception, HttpError, ValidationError, Http404):  # The last three have handlers of their own.
        api.add_exception_handler(kind, problem_of)


def problem_of(request: HttpRequest, exception: Exception | type[Exception]) -> JsonResponse:
    """The problem document that says the same as an exception; an unforeseen one is logged and answers 500."""
    if isinstance(exception, Refused):
        return _refused(request, exception)
    if isinstance(exception, AudioRefused):
        sentence = Sentence(exception.template, **exception.values)
        return problem(request, "impossible-format", sentence)
    if isinstance(exception, ValidationError):
        return _invalid(request, exception)
    if isinstance(exception, AuthenticationError):
        return _unauthenticated(request, "not-signed-in", "Send a token: Authorization: Bearer …", "")
    if isinstance(exception, InvalidToken):
        return _unauthenticated(request, "invalid-token", "This token is not valid (any more).", "invalid_token")
    if isinstance(exception, Http404):
        return problem(request, "no-such-address", "There is nothing at this address.")
    if isinstance(exception, RequestDataTooBig):
        return problem(request, "request-too-large", "The body is larger than the store reads.")
    if isinstance(exception, SuspiciousOperation | UnicodeError):
        return problem(request, "malformed-request", "The request cannot be read.")
    if isinstance(exception, HttpError) and exception.status_code == HTTPStatus.BAD_REQUEST:
        return problem(request, "malformed-request", "The body is not valid JSON.")
    logger.error("%s %s failed", request.method, request.path, exc_info=exception)  # type: ignore[arg-type]
    return problem(request, "internal-error", "Something went wrong in the store. It was noted down.")


def kinds_of_problem() -> dict[str, tuple[int, str]]:
    """Every kind of problem by its name, with its status and what it means: what `type` leads to."""
    refusals = {_code_of(kind): (kind.status, _meaning(kind)) for kind in _descendants(Refused)}
    return dict(sorted({**refusals, **OWN_KINDS}.items()))


def _refused(request: HttpRequest, refusal: Refused) -> JsonResponse:
    headers = {"Retry-After": str(refusal.retry_after_seconds)} if isinstance(refusal, TooMany) else {}
    return problem(request, refusal.code, refusal.sentence, status=refusal.status, headers=headers)


def _unauthenticated(request: HttpRequest, kind: str, detail: str, error: str) -> JsonResponse:
    """RFC 6750, clause 3: the challenge names an error only where a token was given."""
    challenge = f'Bearer realm="{settings.SITE_NAME}"'.encode("ascii", "replace").decode()
    if error:
        challenge += f', error="{error}"'
    return problem(request, kind, detail, headers={"WWW-Authenticate": challenge})


def _invalid(request: HttpRequest, exception: ValidationError) -> JsonResponse:
    errors = [_one_error(error) for error in exception.errors]
    first = errors[0]
    detail = f"{first['pointer']}: {first['detail']}"
    return problem(request, "invalid-request", detail, errors=errors)


def _one_error(error: Mapping[str, Any]) -> dict[str, str]:
    """Where it is wrong, as a JSON Pointer in fragment form (RFC 6901, clause 6), and what is wrong there."""
    place, *path = [str(step) for step in error["loc"]]
    if place == "body":
        path = path[1:]  # The first step is the name of a Python argument, which is nobody's business.
    steps = "".join("/" + step.replace("~", "~0").replace("/", "~1") for step in path)
    sentence = str(error["msg"]).removeprefix("Value error, ")
    return {"in": place, "pointer": f"#{steps}", "detail": sentence}


def _descendants(kind: type[Refused]) -> Iterator[type[Refused]]:
    for child in kind.__subclasses__():
        if not child.__module__.startswith("tests"):
            yield child
        yield from _descendants(child)


def _code_of(kind: type[Refused]) -> str:
    return kind.__new__(kind).code


def _meaning(kind: type[Refused]) -> str:
    return " ".join((kind.__doc__ or "").split())
