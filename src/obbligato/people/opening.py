"""Open a new store: who has the key that stands in its folder becomes its first operator, once.

The key is told where the store is started, so nobody who only finds its address can be first.
"""

import hmac
import secrets
from pathlib import Path

from django.conf import settings
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction

from obbligato.kernel.folders import data_folder, put_file
from obbligato.kernel.refusals import Invalid, Missing
from obbligato.people.models import Person


class NoSuchKey(Missing):
    """It is not the key of a store that waits for its first operator."""


class BadOperator(Invalid):
    """The name, address or password cannot be taken."""


def waits() -> bool:
    """Whether nobody operates the store yet."""
    return not Person.objects.filter(is_staff=True).exists()


def key() -> str:
    """The key of a store that waits, made now where there is none. Readable by the owner of the folder alone."""
    file = _file()
    if not file.is_file():
        put_file(file, secrets.token_urlsafe(24).encode(), is_private=True)
    return file.read_text().strip()


def is_key(told: str) -> bool:
    """Whether a store waits and this is its key."""
    return _file().is_file() and hmac.compare_digest(told.encode(), key().encode()) and waits()


def make_operator(told: str, *, username: str, email: str, password: str) -> Person:
    """The first operator, who may do everything. Raises NoSuchKey, or BadOperator with a sentence for each fault."""
    if not is_key(told):
        raise NoSuchKey("This address was used already, or is not whole. `obbligato serve` tells the one that works.")
    made = Person(username=username, email=email, country=settings.HOME_COUNTRY, is_staff=True, is_superuser=True)
    try:
        validate_password(password, made)
        made.set_password(password)
        made.full_clean()
    except ValidationError as bad:
        raise BadOperator(" ".join(bad.messages)) from None
    # Nothing stands against it.
    try:
        with transaction.atomic():
            made.save()
    except IntegrityError:
        raise BadOperator("This name was taken a moment ago.") from None
    _file().unlink(missing_ok=True)
    return made


def _file() -> Path:
    return data_folder() / "opening.key"
