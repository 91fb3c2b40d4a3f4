"""A store that is set up wrongly does not start, and says why."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from django.core.management import CommandError, ManagementUtility, call_command
from pytest_django import Settings

from obbligato.config.settings import _mail_server
from tests.story.running import OBBLIGATO, SOURCE


def run(tmp_path: Path, *words: str, optimised: bool = False, **settings: str) -> subprocess.CompletedProcess[str]:
    """Run a command with these settings alone."""
    environment = {"PATH": os.environ["PATH"], "OBBLIGATO_DATA": str(tmp_path), "PYTHONPATH": SOURCE, **settings}
    program = [sys.executable, *(["-O"] if optimised else []), *OBBLIGATO[1:]]
    return subprocess.run([*program, *words], env=environment, capture_output=True, text=True, check=False)


def settings_read(tmp_path: Path, **settings: str) -> subprocess.CompletedProcess[str]:
    """Only read them, as every command does first."""
    environment = {"PATH": os.environ["PATH"], "OBBLIGATO_DATA": str(tmp_path), "PYTHONPATH": SOURCE, **settings}
    program = [sys.executable, "-c", "import obbligato.config.settings"]
    return subprocess.run(program, env=environment, capture_output=True, text=True, check=False)


@pytest.mark.parametrize(
    ("settings", "sentence"),
    [
        ({"PORT": "http"}, "PORT must be a whole number"),
        ({"DATABASE_URL": "mysql://x"}, "must begin with postgresql://"),
        ({"BANK_IBAN": "DE88370400440532013000", "BANK_NAME": "x"}, "BANK_IBAN is no IBAN"),
        ({"BANK_IBAN": "DE89 3704 0044 0532 0130 00"}, "BANK_NAME must name the holder"),
        ({"BANK_BIC": "x"}, "BANK_BIC is no BIC"),
        ({"MAIL_URL": "https://mail.example"}, "MAIL_URL must be smtps://"),
        ({"STORE_LANGUAGE": "de"}, "STORE_LANGUAGE is one of en, fr, ru"),
        ({"MAIL_URL": "smtp:"}, "MAIL_URL must be smtps://"),
    ],
)
def test_nonsense_is_named(tmp_path: Path, settings: dict[str, str], sentence: str) -> None:
    done = run(tmp_path, "check", **settings)
    assert done.returncode != 0
    assert sentence in done.stderr


def test_what_was_chosen_at_the_desk_holds_unless_the_environment_says_otherwise(tmp_path: Path) -> None:
    (tmp_path / "store.toml").write_text('BANK_BIC = "x"\n')
    assert "BANK_BIC is no BIC" in settings_read(tmp_path).stderr
    assert settings_read(tmp_path, BANK_BIC="").returncode == 0


@pytest.mark.parametrize(
    ("text", "sentence"),
    [("CURENCY = 'EUR'", "CURENCY is no setting"), ("PORT = 1", "PORT must be a text"), ("PORT", "cannot be read")],
)
def test_a_file_of_choices_that_makes_no_sense_is_named(tmp_path: Path, text: str, sentence: str) -> None:
    (tmp_path / "store.toml").write_text(text)
    done = run(tmp_path, "check")
    assert sentence in done.stderr
    assert "store.toml" in done.stderr


@pytest.mark.parametrize(
    ("url", "port", "is_tls_from_the_start", "is_tls_asked_for"),
    [
        ("smtps://bob%40example.org:s%2Fcret@mail.example", 465, True, False),
        ("smtp://bob%40example.org:s%2Fcret@mail.example:2525", 2525, False, True),
        ("smtp://bob%40example.org:s%2Fcret@localhost:25", 25, False, False),
    ],
)
def test_a_password_leaves_this_machine_only_encrypted(
    url: str, port: int, is_tls_from_the_start: bool, is_tls_asked_for: bool
) -> None:
    server = _mail_server(url)
    assert (server["EMAIL_HOST_USER"], server["EMAIL_HOST_PASSWORD"]) == ("bob@example.org", "s/cret")
    assert (server["EMAIL_PORT"], server["EMAIL_USE_SSL"], server["EMAIL_USE_TLS"]) == (
        port, is_tls_from_the_start, is_tls_asked_for,
    )  # fmt: skip


def test_it_refuses_to_run_without_its_assertions(tmp_path: Path) -> None:
    assert "do not start it with python -O" in run(tmp_path, "check", optimised=True).stderr


def test_a_taken_port_is_said_before_anything_starts(tmp_path: Path) -> None:
    import socket

    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        done = run(tmp_path, "serve", PORT=str(port))
    assert done.returncode != 0
    assert f"Port {port} on 127.0.0.1 is taken" in done.stderr


RAIL = """
[cards]
provider = "stripe"
secret_key = "sk_live_1234567890"
publishable_key = "pk_live_1234567890"
webhook_secrets = ["whsec_1234567890"]
"""


def rails_file(tmp_path: Path, contract: str, mode: int = 0o600) -> Path:
    file = tmp_path / "rails.toml"
    file.write_text(contract)
    file.chmod(mode)
    return file


@pytest.mark.parametrize(
    ("contract", "mode", "sentence"),
    [
        (RAIL.replace("whsec_1234567890", ""), 0o600, "[cards] needs webhook_secrets: without a secret anyone could"),
        (RAIL + 'webhook_secret = "x"', 0o600, "[cards] has webhook_secret, which means nothing to stripe"),
        (RAIL.replace('"stripe"', '"paypals"'), 0o600, "[cards] names no provider that is here"),
        (RAIL, 0o640, "others on this machine may read it: chmod 600"),
    ],
)
def test_a_file_of_rails_that_cannot_be_used_is_refused_with_a_sentence(
    tmp_path: Path, settings: Settings, contract: str, mode: int, sentence: str
) -> None:
    """Before a database is asked: this test has none."""
    settings.RAILS_FILE, settings.PORT = rails_file(tmp_path, contract, mode), 0
    for words in (("check",), ("serve", "--prepare-only")):
        with pytest.raises(CommandError) as refused:
            call_command(*words)
        assert sentence in str(refused.value)
        assert "1234567890" not in str(refused.value)


@pytest.mark.parametrize("verb", ["check", "serve"])
def test_a_file_of_rails_that_cannot_be_used_keeps_the_store_closed(tmp_path: Path, verb: str) -> None:
    rails_file(tmp_path, RAIL, 0o640)
    done = run(tmp_path, verb, PORT="0")
    assert done.returncode != 0
    assert "others on this machine may read it: chmod 600" in done.stderr
    assert "1234567890" not in done.stdout + done.stderr
    assert not (tmp_path / "store.sqlite3").exists() or verb == "check"


def test_a_sound_file_of_rails_is_found_to_be_so(tmp_path: Path) -> None:
    rails_file(tmp_path, RAIL)
    assert run(tmp_path, "check").returncode == 0


def test_the_secret_is_made_once_and_kept_private(tmp_path: Path) -> None:
    settings_read(tmp_path)
    secret = tmp_path / "secret.key"
    first = secret.read_text()
    settings_read(tmp_path)
    assert secret.read_text() == first
    assert secret.stat().st_mode & 0o077 == 0


def test_a_newcomer_is_told_what_there_is(tmp_path: Path) -> None:
    done = run(tmp_path)
    assert done.returncode == 0
    assert "obbligato import" in done.stdout


@pytest.mark.parametrize("verb", ["demo", "serve", "import", "encode", "formats", "quote", "ledger"])
def test_every_verb_explains_itself(verb: str, capsys: pytest.CaptureFixture[str]) -> None:
    ManagementUtility().fetch_command(verb).print_help("obbligato", verb)
    assert len(capsys.readouterr().out) > 200


def test_a_command_says_what_it_can_do_and_does_nothing(tmp_path: Path) -> None:
    done = run(tmp_path, "serve", "--help")
    assert done.returncode == 0
    assert "OBBLIGATO_DATA names the folder" in done.stdout
    assert not (tmp_path / "store.sqlite3").exists()


def test_a_strange_host_is_refused_and_fills_no_log(tmp_path: Path) -> None:
    program = (
        "import django; django.setup()\n"
        "from django.test import Client\n"
        "print(Client().get('/help', headers={'host': 'strange.example'}).status_code)"
    )
    environment = {
        "PATH": os.environ["PATH"], "OBBLIGATO_DATA": str(tmp_path), "PYTHONPATH": SOURCE,
        "DJANGO_SETTINGS_MODULE": "obbligato.config.settings",
    }  # fmt: skip
    done = subprocess.run([sys.executable, "-c", program], env=environment, capture_output=True, text=True, check=False)
    assert (done.stdout.strip(), done.stderr) == ("400", "")
