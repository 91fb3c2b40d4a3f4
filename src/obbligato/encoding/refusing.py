"""The polite no of encoding, and which one goes with what went wrong. It decides nothing about who may ask."""

from obbligato.encoding.encoders import NotDone, Why
from obbligato.kernel.refusals import Busy, Refused

NO_ROOM_SENTENCE = "The store's disk is full. Please try again later."


class CannotEncode(Refused):
    """This master cannot be had in this format."""


class EnoughForOne(Busy):
    """As much is being encoded for one asker as the others can bear."""


class NoRoom(Busy):
    """The disk is full, so nothing can be encoded."""


class NoEncoders(Busy):
    """The encoders do not answer at the moment."""


def refusal_of(news: NotDone) -> Refused:
    """What to tell who asked for a job that was not done."""
    match news.why:
        case Why.NO_ROOM:
            return NoRoom(NO_ROOM_SENTENCE, retry_after_seconds=600)
        case Why.UNREACHABLE:
            return NoEncoders(news.sentence, retry_after_seconds=30)
    return CannotEncode(news.sentence)
