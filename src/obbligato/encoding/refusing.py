"""The polite no of encoding, and which one goes with what went wrong. It decides nothing about who may ask."""

import threading
from datetime import datetime, timedelta

from obbligato.encoding.encoders import NotDone, Why
from obbligato.kernel import clock
from obbligato.kernel.refusals import Busy, Refused
from obbligato.kernel.sentences import Sentence

REMEMBERED_FOR, REMEMBERED_AT_MOST = timedelta(minutes=1), 1_000
NO_ROOM_SENTENCE = Sentence("The store's disk is full. Please try again later.")


class CannotEncode(Refused):
    """This master cannot be had in this format."""


class PartsVanished(CannotEncode):
    """A part was evicted or damaged before all were bound; when it is made again, it works."""


class EnoughForOne(Busy):
    """As much is being encoded for one asker as the others can bear."""


class NoRoom(Busy):
    """The disk is full, so nothing can be encoded."""


class NoEncoders(Busy):
    """The encoders do not answer at the moment."""


class LastRefusals:
    """What could not be encoded a moment ago, for those who only come by to ask how far it is. For any thread."""

    def __init__(self) -> None:
        self._guard = threading.Lock()
        self._last: dict[str, tuple[datetime, str]] = {}

    def note(self, identity: str, sentence: str) -> None:
        """Say this sentence to all who ask within the next minute."""
        with self._guard:
            self._last.pop(identity, None)  # So that the first in the dictionary is the oldest.
            self._last[identity] = clock.now(), sentence
            while len(self._last) > REMEMBERED_AT_MOST:
                del self._last[next(iter(self._last))]

    def repeat(self, identity: str) -> None:
        """Raise CannotEncode where the same was refused within the last minute; after that it may be tried again."""
        with self._guard:
            moment, sentence = self._last.get(identity, (None, ""))
            is_over = moment is not None and not clock.now() - REMEMBERED_FOR < moment <= clock.now()
            if is_over:
                del self._last[identity]
        if moment is not None and not is_over:
            raise CannotEncode(sentence)


def refusal_of(news: NotDone) -> Refused:
    """What to tell who asked for a job that was not done."""
    match news.why:
        case Why.NO_ROOM:
            return NoRoom(NO_ROOM_SENTENCE, retry_after_seconds=600)
        case Why.UNREACHABLE:
            return NoEncoders(news.sentence, retry_after_seconds=30)
        case Why.MISSING:
            return PartsVanished(news.sentence)
    return CannotEncode(news.sentence)
