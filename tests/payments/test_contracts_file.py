"""The file of contracts opens rails, or says in one sentence what is wrong with it and never shows a key."""

from pathlib import Path
from typing import Any

import pytest

from obbligato.payments import contracts_file, registry
from obbligato.payments.contracts_file import BadContracts
from tests.payments.contracts.btcpay import SECRET

GOOD = """
[cards]
provider = "mollie"
api_key = "live_secretkey"
domains = ["acquirer:north"]
currencies = ["EUR", "CHF"]
countries = ["DE", "FR"]
cost_fixed = "0.25"
cost_percent = "1.5"

[coins]
provider = "btcpay"
server_address = "https://pay.example.org"
api_key = "secretkey"
store_id = "abc"
webhook_secrets = ["webhooksecret1"]
"""


@pytest.fixture
def file(settings: Any, tmp_path: Path) -> Path:
    settings.RAILS_FILE = tmp_path / "rails.toml"
    settings.RAILS_FILE.touch(mode=0o600)
    return settings.RAILS_FILE


def test_each_table_opens_a_rail(file: Path, settings: Any) -> None:
    settings.SANDBOX = False
    file.write_text(GOOD)
    cards, coins = registry.providers()
    assert (cards.name, coins.name, registry.provider("coins")) == ("cards", "coins", coins)
    able = cards.capabilities
    assert (able.cost_fixed_micro, able.cost_basis_points) == (250_000, 150)
    assert (able.currencies, able.countries) == ({"EUR", "CHF"}, {"DE", "FR"})
    assert "acquirer:north" in able.domains
    assert coins.capabilities.currencies is None


def test_without_a_file_there_is_no_contract(tmp_path: Path) -> None:
    assert contracts_file.read(tmp_path / "none.toml") == []


def test_a_file_that_others_may_read_is_refused(file: Path) -> None:
    file.chmod(0o640)
    with pytest.raises(BadContracts, match="chmod 600"):
        contracts_file.read(file)
    with pytest.raises(BadContracts, match="is no file of rails"):
        contracts_file.read(file.parent)


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("[cards", "is not TOML"),
        ("cards = 1", "cards stands outside of any table"),
        ('[Cards]\nprovider = "mollie"', "“Cards” names no rail"),
        ("[cards]", "needs provider, a text in quotes"),
        ("[cards]\nprovider = 7", "has provider, which is neither a text in quotes nor a list of them"),
        ('[cards]\nprovider = ["mollie"]', "needs provider, a text in quotes"),
        ('[cards]\nprovider = "sandbox"', "names no provider that is here"),
        ('[sandbox]\nprovider = "mollie"', "names no provider that is here"),
        ('[cards]\nprovider = "mollie"\ndomains = "network:visa"', "has domains, which must be a list of names like"),
        ('[cards]\nprovider = "mollie"\ndomains = ["visa"]', "has domains, which must be a list of names like"),
        (
            '[cards]\nprovider = "mollie"\ncurrencies = ["euro"]',
            "has currencies, which must be a list of names of three",
        ),
        ('[cards]\nprovider = "mollie"\ncountries = ["XX"]', "has countries, which must be a list of names of two"),
        ('[cards]\nprovider = "mollie"\ncost_fixed = "-1"', "has cost_fixed, which is no number"),
        ('[cards]\nprovider = "mollie"\ncost_percent = "a"', "has cost_percent, which is no number"),
        ('[cards]\nprovider = "mollie"\ncost_percent = "NaN"', "has cost_percent, which is no number"),
        ('[cards]\nprovider = "mollie"\napi_key = ""', "needs api_key, a text in quotes"),
        ('[cards]\nprovider = "mollie"\napi_kee = "live_secretkey"', "has api_kee, which means nothing to mollie"),
    ],
)
def test_what_is_wrong_is_said(text: str, sentence: str) -> None:
    with pytest.raises(BadContracts, match=sentence) as refused:
        registry.opened(contracts_file.parse(text.encode()))
    assert "secretkey" not in str(refused.value)


def test_what_is_no_text_is_said() -> None:
    with pytest.raises(BadContracts, match="is not UTF-8"):
        contracts_file.parse(b"\xff")


def test_one_secret_may_stand_without_a_list() -> None:
    text = GOOD.replace('["webhooksecret1"]', '"webhooksecret1"')
    assert contracts_file.parse(text.encode())[1].secrets("webhook_secrets") == (SECRET,)
