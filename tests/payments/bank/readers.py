"""Read what the makers wrote, or be refused."""

import io
from typing import Any

import pytest

from obbligato.kernel.refusals import Refused
from obbligato.payments.bank import reading
from obbligato.payments.bank.statements import Statement
from tests.payments.bank.makers import Line

LINES = (
    Line("12.50", "Music RF18 5390 0754 7034", reference="B1", end_to_end="E1"),
    Line("-3.00", "Fee", payer="The Bank", iban="", reference="B2"),
)


def read(content: bytes, **options: Any) -> list[tuple[str, Statement]]:
    return reading.read(io.BytesIO(content), **options)


def only(content: bytes) -> Statement:
    ((_, statement),) = read(content)
    return statement


def refused(content: bytes, words: str, **options: Any) -> None:
    with pytest.raises(Refused, match=words):
        read(content, **options)
