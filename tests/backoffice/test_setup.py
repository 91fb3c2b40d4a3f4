"""The steps that open a store: what was chosen is tried, kept, and shown again."""

import socketserver
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from obbligato.backoffice import choosing
from obbligato.backoffice.choosing import BadChoice
from obbligato.kernel import kept_settings
from obbligato.people.models import Person
from tests import makers

pytestmark = pytest.mark.django_db
STORE = {
    "site_name": "Quiet Records",
    "currency": "EUR",
    "home_country": "DE",
    "tax_mode": "eu",
    "store_language": "fr",
}
SELLER = {"seller_name": "Quiet Records", "seller_address": "Main Road 1\n10115 Berlin; Mitte", "seller_vat_id": "",
          "seller_email": "hello@example.org"}  # fmt: skip
MONEY = {"bank_name": "Quiet Records", "bank_iban": "DE89 3704 0044 0532 0130 00", "bank_bic": "", "sandbox": ""}


@pytest.fixture(autouse=True)
def file(tmp_path: Path, settings: Any) -> Path:
    """A file of its own, and an environment that fixes nothing."""
    settings.SETTINGS_FILE = tmp_path / "store.toml"
    settings.FIXED_NAMES = frozenset()
    return tmp_path / "store.toml"


def test_step_by_step_all_is_kept(file: Path) -> None:
    client = _dana()
    for name, told, after in (("store", STORE, "seller"), ("seller", SELLER, "money"), ("money", MONEY, "mail")):
        assert client.post(f"/desk/setup/{name}/", told).headers["Location"] == f"/desk/setup/{after}/"
    kept = kept_settings.read(file)
    assert (kept["SITE_NAME"], kept["HOME_COUNTRY"], kept["SANDBOX"]) == ("Quiet Records", "DE", "0")
    assert kept["STORE_LANGUAGE"] == "fr"
    assert kept["SELLER_ADDRESS"] == "Main Road 1; 10115 Berlin, Mitte"
    assert kept["BANK_IBAN"] == "DE89370400440532013000"


@pytest.mark.parametrize(
    ("name", "told", "sentence"),
    [
        ("store", STORE | {"site_name": ""}, "This field is required."),
        ("store", STORE | {"currency": "XYZ"}, "Select a valid choice."),
        ("seller", SELLER | {"seller_vat_id": "DE123"}, "That is no VAT id"),
        ("money", MONEY | {"bank_iban": "DE89 3704 0044 0532 0130 01"}, "That is no IBAN"),
        ("money", MONEY | {"bank_bic": "X"}, "That is no BIC"),
        ("money", MONEY | {"bank_name": ""}, "payers are asked for it"),
    ],
)
def test_what_is_wrong_is_told_and_nothing_is_kept(file: Path, name: str, told: dict[str, str], sentence: str) -> None:
    answer = _dana().post(f"/desk/setup/{name}/", told)
    assert answer.status_code == 422
    assert sentence in answer.content.decode()
    assert not file.exists()


def test_what_the_environment_fixes_is_shown_and_stays(file: Path, settings: Any) -> None:
    settings.FIXED_NAMES = frozenset({"SITE_NAME"})
    client = _dana()
    assert "The environment variable SITE_NAME says so." in client.get("/desk/setup/store/").content.decode()
    client.post("/desk/setup/store/", STORE)
    assert "SITE_NAME" not in kept_settings.read(file)


def test_a_field_that_is_no_setting_is_nobodys_to_fix(settings: Any) -> None:
    settings.FIXED_NAMES = frozenset({"HOST", "PORT", "PASSWORD"})
    assert "says so" not in _dana().get("/desk/setup/mail/").content.decode()


def test_the_currency_stays_once_something_has_a_price(file: Path) -> None:
    makers.a_release()
    client = _dana()
    assert "Releases have prices in it already." in client.get("/desk/setup/store/").content.decode()
    client.post("/desk/setup/store/", STORE | {"currency": "USD"})
    assert kept_settings.read(file)["CURRENCY"] == "EUR"


def test_a_currency_of_few_stores_can_be_kept(settings: Any) -> None:
    settings.CURRENCY = "KWD"
    assert '<option value="KWD" selected' in _dana().get("/desk/setup/store/").content.decode()


def test_nothing_is_kept_that_the_store_would_not_start_with(file: Path) -> None:
    choosing.keep({"SITE_NAME": "Quiet"})
    with pytest.raises(BadChoice, match="BANK_IBAN is no IBAN"):
        choosing.keep({"BANK_IBAN": "DE00"})
    with pytest.raises(BadChoice, match="NO_SUCH is no setting"):
        choosing.keep({"NO_SUCH": "x"})
    assert kept_settings.read(file) == {"SITE_NAME": "Quiet"}


def test_a_mail_to_her_shows_that_the_server_works(file: Path, mail_server: "_MailServer") -> None:
    told = {
        "mail_from": "store@example.org",
        "server_host": "localhost",
        "security": "smtp",
        "server_port": mail_server.port,
    }
    answer = _dana().post("/desk/setup/mail/", {**told, "server_user": "", "server_password": ""})
    assert answer.headers["Location"] == "/desk/setup/release/"
    assert kept_settings.read(file)["MAIL_URL"] == f"smtp://localhost:{mail_server.port}"
    assert any("dana@example.org" in line for line in mail_server.heard)


def test_a_server_that_does_not_answer_is_not_kept(file: Path) -> None:
    told = {"mail_from": "store@example.org", "server_host": "localhost", "security": "smtps", "server_port": "1"}
    answer = _dana().post("/desk/setup/mail/", {**told, "server_user": "u", "server_password": "p"})
    assert answer.status_code == 422
    assert "No mail could be sent" in answer.content.decode()
    assert not file.exists()


def test_a_mail_server_that_is_known_is_shown_without_its_password(settings: Any) -> None:
    settings.MAIL_URL = "smtps://dana:very%20secret@mail.example:4650"
    text = _dana().get("/desk/setup/mail/").content.decode()
    assert "mail.example" in text
    assert 'value="4650"' in text
    assert "secret" not in text


def test_the_last_steps_ask_nothing() -> None:
    client = _dana()
    assert "obbligato import FOLDER" in client.get("/desk/setup/release/").content.decode()
    release = makers.a_release()
    assert str(release) in client.get("/desk/setup/release/").content.decode()
    assert "The shop as buyers see it" in client.get("/desk/setup/done/").content.decode()
    assert client.get("/desk/setup/").headers["Location"] == "/desk/setup/store/"
    assert client.get("/desk/setup/nothing/").status_code == 404


def test_it_is_only_for_who_may_do_everything() -> None:
    clerk = Person.objects.create_user("clerk", "clerk@example.org", "a long password", is_staff=True)
    client = Client()
    client.force_login(clerk)
    assert client.get("/desk/setup/store/").status_code == 403
    assert Client().get("/desk/setup/store/").status_code == 302


class _Answering(socketserver.StreamRequestHandler):
    """As much of SMTP (RFC 5321) as takes one mail."""

    def handle(self) -> None:
        server = self.server
        assert isinstance(server, _MailServer)
        self._say("220 here")
        is_data = False
        for raw in self.rfile:
            line = raw.decode().strip()
            server.heard.append(line)
            if is_data and line != ".":
                continue
            is_data = line.upper() == "DATA"
            self._say("354 go on" if is_data else "221 bye" if line.upper() == "QUIT" else "250 well")

    def _say(self, text: str) -> None:
        self.wfile.write(f"{text}\r\n".encode())


class _MailServer(socketserver.ThreadingTCPServer):
    """A mail server on this machine that remembers what it heard."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Answering)
        self.heard: list[str] = []
        self.port = self.server_address[1]


@pytest.fixture
def mail_server() -> Iterator[_MailServer]:
    with _MailServer() as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield server
        server.shutdown()


def _dana() -> Client:
    return makers.signed_in(makers.dana())
