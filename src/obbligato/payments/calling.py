"""Wait for a call to a company only so long, however slowly it drips. It never says what came of the call."""

import threading
from collections.abc import Callable
from queue import Empty, SimpleQueue
from typing import TypeVar

from obbligato.payments import pausing
from obbligato.payments.contract import NoAnswer

TOTAL_SECONDS = 20.0
CONNECT_SECONDS = 5.0
"""What an SDK is to be told to wait for a connection, and at most for each piece of an answer."""
MOST_AT_ONCE = 16
Answer = TypeVar("Answer")
_places = threading.BoundedSemaphore(MOST_AT_ONCE)


def within(call: Callable[[], Answer], *, rail: str, seconds: float = TOTAL_SECONDS) -> Answer:
    """The call's answer, or its exception. Raises NoAnswer when the whole takes longer, NotSent in a pause of the rail.

    A call that is given up goes on by itself until its own time is over; as many as that may hang are bounded, and
    beyond them nothing is sent at all. It must touch no database: it runs on a thread of its own.
    """
    pausing.refuse_within(rail)
    if not _places.acquire(timeout=seconds):
        raise NoAnswer
    answers: SimpleQueue[tuple[Answer | None, BaseException | None]] = SimpleQueue()
    threading.Thread(target=_answer, args=(call, answers), name="provider-call", daemon=True).start()
    try:
        answer, trouble = answers.get(timeout=seconds)
    except Empty:
        raise NoAnswer from None
    if trouble is not None:
        raise trouble
    return answer  # type: ignore[return-value]


def _answer(call: Callable[[], Answer], answers: "SimpleQueue[tuple[Answer | None, BaseException | None]]") -> None:
    try:
        answers.put((call(), None))
    except BaseException as trouble:  # It is raised again where it is waited for.
        answers.put((None, trouble))
    finally:
        _places.release()
