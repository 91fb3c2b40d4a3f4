"""A call is waited for only so long, its exceptions are its caller's, and only so many may hang."""

import threading
import time

import pytest

from obbligato.payments import calling
from obbligato.payments.contract import NoAnswer


def test_an_answer_and_an_exception_come_through() -> None:
    assert calling.within(lambda: 5, rail="a") == 5
    with pytest.raises(ZeroDivisionError):
        calling.within(lambda: 1 // 0, rail="a")


def test_what_takes_too_long_is_no_answer_and_too_many_of_it_are_not_even_asked() -> None:
    released = threading.Event()
    asked: list[int] = []

    def hang() -> None:
        asked.append(1)
        released.wait(30)

    began = time.monotonic()
    for _ in range(2 * calling.MOST_AT_ONCE):
        with pytest.raises(NoAnswer):
            calling.within(hang, rail="a", seconds=0.01)
    assert 0 < len(asked) <= calling.MOST_AT_ONCE
    assert time.monotonic() - began < 10
    released.set()
    assert calling.within(lambda: "free again", rail="a") == "free again"
