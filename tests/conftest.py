"""What every test gets: an empty data folder, and a database whose own refusals can be tested."""

import gc
import importlib
import os
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.conf import settings
from django.core.cache import cache
from django.db import connection
from django.test import TransactionTestCase
from pytest_django import DjangoDbBlocker

import obbligato
from obbligato.catalog import examining, tracklists
from obbligato.ledger import immutability
from obbligato.payments import pausing
from obbligato.transparency import immutability as log_immutability
from tests import tables
from tests.demand_coverage import DEMANDED, WALKED_BY

TESTS = Path(__file__).parent
SOURCE = Path(obbligato.__file__).parent
OF_A_STORE = ("browser", "running")
HEAVY = ("simulation/", "encoding/test_farm.py", "encoding/test_processes.py")
for folder in DEMANDED:  # Some modules are loaded when they are used, and that may be by a test that is not traced.
    for module in sorted((SOURCE / folder).rglob("*.py")):
        if module.stem != "__init__" and "migrations" not in module.parts:
            importlib.import_module(".".join(module.relative_to(SOURCE.parent).with_suffix("").parts))
sys.dont_write_bytecode = False
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)  # Else each store that is started compiles all of its modules anew.
# Else every table is emptied, and each permission made anew, which takes far longer.
TransactionTestCase._fixture_teardown = lambda _: tables.copy_again()  # type: ignore[attr-defined,method-assign]


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Coverage is demanded of some folders, and asked of their own tests: tracing all would take half as long again."""
    traced = (*(f"{folder}/" for folder in DEMANDED), *WALKED_BY)
    for item in items:
        if not str(item.path.relative_to(TESTS)).startswith(traced):
            item.add_marker("no_cover")
    if connection.vendor != "sqlite":
        _leave_out_what_asks_no_database(config, items)
    _begin_with_the_longest(items, processes=getattr(config, "workerinput", {"workercount": 1})["workercount"])


def _leave_out_what_asks_no_database(config: pytest.Config, items: list[pytest.Item]) -> None:
    """It has been tested with the first one, and another changes nothing for it."""
    asks = {item for item in items if _asks_a_database(item)}
    config.hook.pytest_deselected(items=[item for item in items if item not in asks])
    items[:] = [item for item in items if item in asks]


def _asks_a_database(item: pytest.Item) -> bool:
    fixtures = getattr(item, "fixturenames", ())
    return any(map(item.get_closest_marker, ("django_db", *OF_A_STORE))) or not {"db", "transactional_db"}.isdisjoint(
        fixtures
    )


def _begin_with_the_longest(items: list[pytest.Item], *, processes: int) -> None:
    """At the head of the first process's share stands what starts stores, of the second's what computes for long."""
    stories = [item for item in items if any(map(item.get_closest_marker, OF_A_STORE))]
    heavy = [item for item in items if str(item.path.relative_to(TESTS)).startswith(HEAVY)]
    first = {*stories, *heavy}
    others = [item for item in items if item not in first]
    until_second = max(0, len(items) // processes - len(stories))
    items[:] = [*stories, *others[:until_second], *heavy, *others[until_second:]]


@pytest.fixture(autouse=True)
def _fresh_counters() -> None:
    cache.clear()
    tracklists.forget()
    pausing.forget()
    shutil.rmtree(settings.DATA_FOLDER / "transparency", ignore_errors=True)  # Another test, another log.


@pytest.fixture
def open_books(transactional_db: None) -> Iterator[None]:
    """A database without a surrounding transaction; its triggers make way while the test's rows are removed."""
    if connection.vendor == "sqlite":
        yield
        return
    for guarded in (immutability, log_immutability):
        guarded.install(connection)
    yield
    for guarded in (immutability, log_immutability):
        guarded.remove(connection)


@pytest.fixture(scope="session")
def django_db_setup(
    request: pytest.FixtureRequest, django_test_environment: None, django_db_blocker: DjangoDbBlocker
) -> Iterator[None]:
    """What is there once the tables are stays to the end: tests that collect garbage need not look through it."""
    process = getattr(request.config, "workerinput", {"workerid": "main"})["workerid"]
    with django_db_blocker.unblock():
        tables.copy_for(process)
    gc.collect()
    gc.freeze()
    yield
    with django_db_blocker.unblock():
        tables.remove_of(process)


@pytest.fixture(scope="session", autouse=True)
def _inspector() -> Iterator[None]:
    """The decoders are loaded once, and not by each import."""
    with examining.one_inspector():
        yield


@pytest.fixture(scope="session", autouse=True)
def _data_folder() -> Iterator[None]:
    settings.DATA_FOLDER.mkdir(parents=True, exist_ok=True)
    yield
    shutil.rmtree(settings.DATA_FOLDER, ignore_errors=True)
