"""When most releases of these tests are announced."""

from collections.abc import Iterator

import pytest

from obbligato.kernel import clock
from tests.sales.preorders.makers import NOON


@pytest.fixture
def at_noon() -> Iterator[None]:
    """The clock stands at NOON until a test moves it."""
    with clock.stopped(NOON):
        yield
