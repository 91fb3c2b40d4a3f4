"""When most claims of these tests are made."""

from collections.abc import Iterator

import pytest

from obbligato.kernel import clock
from tests.claims.makers import MONDAY


@pytest.fixture
def on_monday() -> Iterator[None]:
    """The clock stands at MONDAY until a test moves it."""
    with clock.stopped(MONDAY):
        yield
