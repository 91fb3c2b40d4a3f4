"""The store's polite no: exceptions that carry a sentence for people. They never know what HTTP is."""

import re


class Refused(Exception):  # noqa: N818 — it is a refusal, not an error
    """Something a person asked for cannot be done; str() is one sentence that says why."""

    @property
    def code(self) -> str:
        """A stable name for programs: NotEnoughMoney becomes not-enough-money."""
        return re.sub(r"(?<!^)(?=[A-Z])", "-", type(self).__name__).lower()


class Invalid(Refused):
    """The request itself makes no sense (a malformed amount, an unknown format)."""


class Missing(Refused):
    """There is no such thing, or it is not this person's to see: the two are never told apart."""


class Forbidden(Refused):
    """The thing exists, and this person or link may not use it."""


class Gone(Refused):
    """It was there; its time is over (an expired link or quote)."""


class TooMany(Refused):
    """Too many attempts in too short a time."""

    def __init__(self, sentence: str, *, retry_after_seconds: int) -> None:
        super().__init__(sentence)
        self.retry_after_seconds = retry_after_seconds


class Busy(TooMany):
    """The machine has all the work it can hold; asking again a little later will do."""
