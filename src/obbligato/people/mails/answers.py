"""Read what a mail server answered: taken never, perhaps later, or nothing to be had of it now. Pure."""

import smtplib
from dataclasses import dataclass
from enum import Enum

SAID_LENGTH = 500
CLOSING = 421
"""The server ends the talk (RFC 5321, 3.8): whatever it was asked, it takes nothing more."""


class Meaning(Enum):
    """What an answer means for the mail and for those behind it."""

    REFUSED = "this mail is never taken"
    LATER = "this mail may be taken later; the next one may be now"
    AWAY = "no mail is taken just now"


@dataclass(frozen=True)
class Answer:
    """What the server said, and what that means."""

    meaning: Meaning
    said: str


def answer_of(error: OSError | ValueError) -> Answer:
    """By RFC 5321 (4.2.1): 5yz is for ever, 4yz is for now; and 5yz to the sender is about the store, not this mail."""
    return Answer(_meaning(error), _said(error)[:SAID_LENGTH])


def _meaning(error: OSError | ValueError) -> Meaning:
    match error:
        case smtplib.SMTPRecipientsRefused():
            return _of_codes([code for code, _ in error.recipients.values()])
        case smtplib.SMTPDataError():
            return _of_codes([error.smtp_code])
        case smtplib.SMTPNotSupportedError() | ValueError():  # Its address, or a header, cannot be said in SMTP.
            return Meaning.REFUSED
    return Meaning.AWAY


def _of_codes(codes: list[int]) -> Meaning:
    if CLOSING in codes:
        return Meaning.AWAY
    return Meaning.REFUSED if all(code >= 500 for code in codes) else Meaning.LATER


def _said(error: OSError | ValueError) -> str:
    """One line without what cannot be printed."""
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        words = "; ".join(f"{code} {_text(said)}" for code, said in error.recipients.values())
    elif isinstance(error, smtplib.SMTPResponseException):
        words = f"{error.smtp_code} {_text(error.smtp_error)}"
    else:
        words = str(error) or type(error).__name__
    return "".join(one for one in " ".join(words.split()) if one.isprintable())


def _text(said: bytes | str) -> str:
    return said.decode("utf-8", "replace") if isinstance(said, bytes) else said
