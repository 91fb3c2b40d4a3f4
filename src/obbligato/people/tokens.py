"""Hand out and check the API's bearer tokens. The text of a token is never stored."""

import hashlib
import secrets
from datetime import timedelta

from django.contrib.auth import authenticate

from obbligato.kernel import clock
from obbligato.kernel.refusals import Unproven
from obbligato.people.models import AccessToken, Person
from obbligato.people.throttle import count_attempt

LIFETIME = timedelta(days=90)


class WrongCredentials(Unproven):
    """Name and password do not belong together; which of the two is wrong is not told."""


def sign_in(*, username: str, password: str, note: str, address: str) -> tuple[str, AccessToken]:
    """A new token for a name (or e-mail) and password: its text, to be shown once, and its row."""
    count_attempt("sign-in", address, limit=10, window_seconds=300)
    count_attempt("sign-in-name", username.lower()[:150], limit=10, window_seconds=300)
    person = authenticate(username=_username_for(username), password=password)
    if not isinstance(person, Person):
        raise WrongCredentials("This name and password do not belong together.")
    return new_token(person, note=note)


def new_token(person: Person, *, note: str) -> tuple[str, AccessToken]:
    """A token for someone whose identity is already certain."""
    text = f"obb_{secrets.token_urlsafe(32)}"
    row = AccessToken.objects.create(
        person=person, digest=_digest(text), note=note[:100], expires_at=clock.now() + LIFETIME
    )
    return text, row


def person_of(text: str) -> Person | None:
    """Whose token this is, or None where it is unknown, expired or its owner is no longer active."""
    row = AccessToken.objects.select_related("person").filter(digest=_digest(text)).first()
    if row is None or row.expires_at <= clock.now() or not row.person.is_active:
        return None
    return row.person


def revoke(text: str) -> None:
    """End a token; ending an unknown one changes nothing."""
    AccessToken.objects.filter(digest=_digest(text)).delete()


def _username_for(name_or_email: str) -> str:
    if "@" not in name_or_email:
        return name_or_email
    person = Person.objects.filter(email__iexact=name_or_email).first()
    return person.username if person else name_or_email


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
