"""What can be proven of a request that failed, and which addresses a key may be sent to."""

import socket
import ssl

import pytest
import requests

from obbligato.payments import reaching
from obbligato.payments.contract import NoAnswer, NotSent
from obbligato.payments.contracts_file import BadContracts, Contract
from tests.payments.contracts.mollie import Mollie

HTML = b"<html>"


def failure_at(address: str, timeout_seconds: float = 1.0) -> BaseException:
    with pytest.raises(requests.RequestException) as failed, reaching.session("a") as session:
        session.get(address, timeout=timeout_seconds)
    return reaching.trouble_of(failed.value)


def test_where_nobody_is_nothing_was_sent() -> None:
    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))
        assert isinstance(failure_at(f"http://127.0.0.1:{bound.getsockname()[1]}"), NotSent)


def test_a_name_that_nobody_has_and_a_strange_address_prove_it_too() -> None:
    assert isinstance(failure_at("http://nobody.invalid"), NotSent)
    assert isinstance(failure_at("http://[::1"), NotSent)


def test_a_certificate_of_somebody_else_ends_it_before_the_first_byte() -> None:
    failed = requests.exceptions.SSLError(ssl.SSLCertVerificationError("self-signed"))
    assert isinstance(reaching.trouble_of(failed), NotSent)
    assert isinstance(reaching.trouble_of(requests.exceptions.SSLError(ssl.SSLError("bad record"))), NoAnswer)


def test_who_listens_and_says_nothing_may_have_heard() -> None:
    with socket.socket() as mute:
        mute.bind(("127.0.0.1", 0))
        mute.listen()
        assert isinstance(failure_at(f"http://127.0.0.1:{mute.getsockname()[1]}", 0.2), NoAnswer)


def test_no_redirect_is_followed() -> None:
    company = Mollie()
    try:
        with company.saying(302, b"", Location="http://127.0.0.1:9/elsewhere"):
            assert isinstance(failure_at(company.address), NoAnswer)
    finally:
        company.close()


def test_causes_that_go_round_in_circles_end() -> None:
    failed = requests.ConnectionError()
    failed.__cause__ = failed
    assert isinstance(reaching.trouble_of(failed), NoAnswer)


@pytest.mark.parametrize(
    "address",
    ["https://pay.example.org", "https://pay.example.org/btcpay/", "http://127.0.0.1:8001", "http://localhost"],
)
def test_keys_go_to_https_or_to_this_machine(address: str) -> None:
    assert reaching.address_of(Contract("a", "b", {"at": address}), "at") == address.rstrip("/")


@pytest.mark.parametrize(
    "address",
    [
        "http://pay.example.org", "ftp://localhost", "https://", "https://x@pay.example.org", "https://a.example/?b",
        "https://a.example/#b", "pay.example.org", "https://a.example:port", "https://[", "https://a.example:0",
    ],
)  # fmt: skip
def test_keys_go_nowhere_else(address: str) -> None:
    with pytest.raises(BadContracts, match="begins with https://"):
        reaching.address_of(Contract("a", "b", {"at": address}), "at")


@pytest.mark.parametrize(
    ("url", "is_reachable"),
    [
        ("https://store.example.org/api", True), ("http://9.9.9.9/", True), ("http://localhost:8000/", False),
        ("http://127.0.0.1/", False), ("http://10.0.0.7/", False), ("http://[::1]/", False), ("http://store/", False),
        ("http://store.local/", False), ("", False),
    ],
)  # fmt: skip
def test_news_only_comes_where_the_world_can_go(url: str, is_reachable: bool) -> None:
    assert reaching.is_reachable(url) == is_reachable


@pytest.mark.parametrize("text", ["javascript:alert(1)", "http://elsewhere.example/", None, 7, "https://" + "x" * 300])
def test_a_strange_link_is_not_shown(text: object) -> None:
    assert reaching.link_of(text, also_below="http://127.0.0.1:8001") == ""


def test_a_link_to_https_or_to_the_company_on_this_machine_is_shown() -> None:
    for text in ("https://pay.example.org/i/1", "http://127.0.0.1:8001/i/1"):
        assert reaching.link_of(text, also_below="http://127.0.0.1:8001") == text
