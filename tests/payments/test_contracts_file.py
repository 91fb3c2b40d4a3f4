"""The file of contracts is read whole or refused with a sentence that says where, and never shows a key."""

import os
from pathlib import Path

import pytest

from obbligato.payments import contracts_file, registry
from obbligato.payments.contracts_file import BadContracts

TABLE = '[cards]\nprovider = "stripe"\nsecret_key = "sk_hidden"\n'


def test_every_word_of_a_contract_is_read() -> None:
    more = 'domains = ["network:north"]\ncurrencies = ["EUR"]\ncountries = ["FR", "DE"]\n'
    (one,) = contracts_file.parse(f'{TABLE}{more}cost_fixed = "0.25"\ncost_percent = "1.5"\n'.encode())
    assert (one.name, one.provider, one.domains) == ("cards", "stripe", ("network:north",))
    assert (one.currencies, one.countries) == (frozenset({"EUR"}), frozenset({"FR", "DE"}))
    assert (one.cost_fixed_micro, one.cost_basis_points) == (250_000, 150)
    assert "hidden" not in repr(one)


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        (b"\xff", "is not UTF-8"),
        (b"[", "is not TOML"),
        (b"[Cards]", "names no rail"),
        (b"cards = 1", "stands outside of any table"),
        (TABLE.encode() + b"port = 5", "has port, which is neither a text in quotes nor a list"),
        (TABLE.encode() + b"ports = [5]", "has ports, which is neither"),
        (TABLE.encode() + b'domains = "network:north"', "has domains, which must be a list of names like network:visa"),
        (TABLE.encode() + b'currencies = ["eur"]', "has currencies, which must be a list"),
        (TABLE.encode() + b'countries = ["XX"]', "has countries, which must be a list"),
        (TABLE.encode() + b'cost_fixed = "much"', "has cost_fixed, which is no number from 0 to 100"),
        (TABLE.encode() + b'cost_percent = "-1"', "has cost_percent, which is no number"),
        (TABLE.encode() + b'cost_percent = "NaN"', "has cost_percent, which is no number"),
        (b'[cards]\nsecret_key = "sk_hidden"', "needs provider, a text in quotes"),
    ],
)
def test_what_cannot_be_read_is_refused_and_no_key_shown(text: bytes, sentence: str) -> None:
    with pytest.raises(BadContracts) as refused:
        contracts_file.parse(text)
    assert sentence in str(refused.value)
    assert "hidden" not in str(refused.value)


def test_a_file_that_others_may_read_or_that_is_none_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "rails.toml"
    assert contracts_file.read(file) == []
    file.write_text(TABLE)
    file.chmod(0o604)
    with pytest.raises(BadContracts, match="chmod 600"):
        contracts_file.read(file)
    file.chmod(0o600)
    assert [one.name for one in contracts_file.read(file)] == ["cards"]
    file.write_bytes(b"#" * 100_001)
    with pytest.raises(BadContracts, match="is no file of rails"):
        contracts_file.read(file)
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(BadContracts, match="is no file of rails"):
        contracts_file.read(tmp_path / "pipe")


@pytest.mark.parametrize("table", ['[sandbox]\nprovider = "stripe"', '[cards]\nprovider = "nobody"'])
def test_a_company_that_is_not_here_is_refused(table: str) -> None:
    with pytest.raises(BadContracts, match="names no provider that is here"):
        registry.opened(contracts_file.parse(table.encode()))
