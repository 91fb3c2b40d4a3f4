"""A store is told before it opens what the loss of one thing would leave it with."""

from pathlib import Path
from typing import Any

import pytest
from django.core import checks as django_checks

from obbligato.payments import checks, registry
from obbligato.payments.contract import Capabilities, Method
from tests.payments.fakes import Saying, captured


def rail(name: str, *domains: str, currencies: tuple[str, ...] = ("EUR",)) -> Saying:
    able = Capabilities(frozenset({Method.CARD}), domains=domains, currencies=frozenset(currencies))
    return Saying(name, captured(), able)


@pytest.fixture
def bad_file(settings: Any, tmp_path: Path) -> None:
    settings.RAILS_FILE = tmp_path / "rails.toml"
    settings.RAILS_FILE.write_text("[cards]\nprovider = 'nobody'\n")
    settings.RAILS_FILE.chmod(0o600)


def test_it_asks_no_database_and_is_one_of_the_systems_checks() -> None:
    """This test has none: a query would end it."""
    with registry.instead(rail("a"), rail("b")):
        assert django_checks.run_checks() == []


def test_each_domain_that_all_rails_share_is_named() -> None:
    with registry.instead(rail("a", "network:visa"), rail("b", "network:visa", "country:nl")):
        found = checks.survivability(None)
    assert [(one.id, one.msg) for one in found] == [
        ("obbligato.W001", "If network:visa were lost tonight, nothing but balance and cash would carry EUR.")
    ]
    assert "docs/rails" in (found[0].hint or "")


def test_a_rail_in_another_currency_carries_nothing() -> None:
    with registry.instead(rail("a"), rail("b", currencies=("USD",))):
        assert [one.split()[1] for one in checks.losses()] == ["rail:a"]


def test_the_practice_processor_neither_carries_nor_needs_anything(settings: Any) -> None:
    settings.SANDBOX = True
    assert checks.losses() == []
    with registry.also(rail("a")):
        assert [one.split()[1] for one in checks.losses()] == ["rail:a"]


@pytest.mark.usefixtures("bad_file")
def test_a_bad_file_of_rails_is_an_error_with_its_sentence() -> None:
    found = checks.survivability(None)
    assert [one.id for one in found] == ["obbligato.E001"]
    assert "[cards] names no provider that is here: btcpay, mollie" in found[0].msg
