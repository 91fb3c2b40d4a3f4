"""The store's polite no: exceptions that carry a sentence for people, and never an answer to a request.

Each kind also has a number, the one under which RFC 9110 lists the same no, so that every door gives the same.
"""

import re
from typing import ClassVar

from obbligato.kernel.sentences import Sentence


class Refused(Exception):
    """Something a person asked for cannot be done; str() is one English sentence that says why.

    `Refused("It costs {price} at least.", price=…)` keeps words and values apart, so that the top layers can say it
    in another language. A text without values is taken as it is.
    """

    status: ClassVar[int] = 409

    def __init__(self, sentence: str, **values: object) -> None:
        self.sentence = sentence if isinstance(sentence, Sentence) else Sentence(sentence, **values)
        super().__init__(self.sentence)

    def in_words(self) -> str:
        """The sentence in the active language."""
        return self.sentence.in_words()

    @property
    def code(self) -> str:
        """A stable name for programs: NotEnoughMoney becomes not-enough-money."""
        return re.sub(r"(?<!^)(?=[A-Z])", "-", type(self).__name__).lower()


class Invalid(Refused):
    """The request itself makes no sense (a malformed amount, an unknown format)."""

    status = 422


class KeyUsedOtherwise(Invalid):
    """The key that makes a request happen once was already used for another; it means one thing for ever."""


class Missing(Refused):
    """There is no such thing, or it is not this person's to see: the two are never told apart."""

    status = 404


class Unproven(Refused):
    """Who asks has not shown who she is (a wrong password)."""

    status = 401


class Forbidden(Refused):
    """The thing exists, and this person or link may not use it."""

    status = 403


class Gone(Refused):
    """It was there; its time is over (an expired link or quote)."""

    status = 410


class TooMany(Refused):
    """Too many attempts in too short a time."""

    status = 429

    def __init__(self, sentence: str, *, retry_after_seconds: int, **values: object) -> None:
        super().__init__(sentence, **values)
        self.retry_after_seconds = retry_after_seconds


class Busy(TooMany):
    """The machine has all the work it can hold; asking again a little later will do."""

    status = 503
