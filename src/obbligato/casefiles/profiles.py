"""Who reads a case file, and what of it she is shown: tables, and questions to them. Pure; it knows no rows."""

from dataclasses import dataclass
from enum import StrEnum

from django.db.models import TextChoices

from obbligato.standing.words import Paper


class Profile(TextChoices):
    """Whom a case file is for."""

    PUBLIC = "public", "For anybody"
    COUNTERPARTY = "counterparty", "For the other side"
    COURT = "court", "For a court"


class Sort(StrEnum):
    """What a value of a case file is, where it is more than a state, a day, a number or an amount."""

    PLAIN = "plain"
    """Meant to be public, as a title or an operative part; it may name a person all the same."""
    PERSON = "person"
    """The name of a human being, or what may be one."""
    CONTACT = "contact"
    """Where she is reached."""
    WORDS = "words"
    """What somebody wrote freely to or about the other side."""
    INTERNAL = "internal"
    """What the store's people wrote for each other."""


SHOWN: dict[Profile, frozenset[Sort]] = {
    Profile.PUBLIC: frozenset({Sort.PLAIN}),
    Profile.COUNTERPARTY: frozenset({Sort.PLAIN, Sort.PERSON, Sort.CONTACT, Sort.WORDS}),
    Profile.COURT: frozenset(Sort),
}
EXHIBITED: dict[Profile, frozenset[Paper]] = {
    Profile.PUBLIC: frozenset(),
    Profile.COUNTERPARTY: frozenset({Paper.LETTER_IN, Paper.LETTER_OUT, Paper.CONTRACT, Paper.RULING}),
    Profile.COURT: frozenset(Paper),
}
"""Whose bytes are in it, just as they came. Of the others it has the hash, and WITHHELD."""
WITHHELD = (
    "The file itself is not in this version, because it may hold data of persons. Its SHA-256 stands here: whoever has"
    " the file can compare it."
)


@dataclass(frozen=True)
class Told:
    """A value, what it is, and what is said instead to whom it is not shown: of a person, her role with a number."""

    sort: Sort
    value: str
    instead: str = ""
