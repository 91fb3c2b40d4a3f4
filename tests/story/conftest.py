"""Every store of the stories begins with a copy of the tables."""

import pytest


@pytest.fixture(scope="session", autouse=True)
def _tables(django_db_setup: None) -> None:
    """They are there before the first store is."""
