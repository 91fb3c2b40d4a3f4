"""One shop for all stories that need nothing else of it: each has buyers of its own and changes no release."""

from collections.abc import Iterator

import pytest

from tests.story.running import RunningStore, a_stocked_store


@pytest.fixture(scope="session", autouse=True)
def _tables(django_db_setup: None) -> None:
    """They are there before the first store is, which begins with a copy of them."""


@pytest.fixture(scope="package")
def store(_tables: None) -> Iterator[RunningStore]:
    with a_stocked_store("story_shop") as running:
        running.start()
        yield running
