"""A call to the outside world ends in time, and no more of them hang at once than may."""

import threading

import pytest

from obbligato.payments import calling
from obbligato.payments.contract import NoAnswer


def test_an_answer_and_an_exception_come_through() -> None:
    assert calling.within(lambda: 7) == 7
    with pytest.raises(ZeroDivisionError):
        calling.within(lambda: 1 // 0)


def test_beyond_the_most_that_may_hang_nothing_is_called() -> None:
    gate, called = threading.Event(), []
    try:
        for _ in range(calling.MOST_AT_ONCE):
            with pytest.raises(NoAnswer):
                calling.within(gate.wait, seconds=0.01)
        with pytest.raises(NoAnswer):
            calling.within(lambda: called.append(1), seconds=0.01)
        assert not called
    finally:
        gate.set()
    assert calling.within(lambda: "again") == "again"
