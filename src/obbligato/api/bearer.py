"""Know who asks by a bearer token (RFC 6750). The API never looks at a session cookie."""

from django.http import HttpRequest
from ninja.security import HttpBearer

from obbligato.api.problems import InvalidToken
from obbligato.people import tokens
from obbligato.people.models import Person


class Bearer(HttpBearer):
    """A token is needed."""

    def authenticate(self, request: HttpRequest, token: str) -> Person:
        person = tokens.person_of(token.strip())
        if person is None:
            raise InvalidToken
        return person


class Visitor:
    """Who asks without a token, where that is enough."""


def anyone(request: HttpRequest) -> Visitor | None:
    """Let in who sends no token at all; a wrong one is still refused, so that nobody is a visitor by mistake."""
    return None if request.headers.get("Authorization") else Visitor()


bearer = Bearer()
NEEDED = [bearer]
WELCOME = [bearer, anyone]


def person_of(request: HttpRequest) -> Person:
    """Who asks, at an address that needs a token."""
    person = visitor_of(request)
    assert person is not None
    return person


def visitor_of(request: HttpRequest) -> Person | None:
    """Who asks, or None for someone without a token."""
    known = getattr(request, "auth", None)
    return known if isinstance(known, Person) else None


def token_of(request: HttpRequest) -> str:
    """The text of the token this request came with."""
    return request.headers.get("Authorization", "").partition(" ")[2].strip()
