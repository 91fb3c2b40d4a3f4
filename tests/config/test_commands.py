"""The commands say what they did, refuse with a sentence, and speak JSON to programs."""

import io
import json
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from mutagen.mp3 import MP3

from obbligato.ledger.models import Account
from tests.makers import a_release, alice
from tests.story.label import write_story_label

pytestmark = pytest.mark.django_db


def output(*words: str, **options: Any) -> str:
    text = io.StringIO()
    call_command(*words, stdout=text, **options)
    return text.getvalue()


def test_quote_prints_sizes_and_prices() -> None:
    release = a_release()
    assert "MB" in output("quote", release.slug)
    found = json.loads(output("quote", release.slug, "--format", "mp3-v0", "--json"))
    assert (found["exact"], len(found["tracks"])) == (False, 3)


def test_quote_names_what_exists() -> None:
    release = a_release()
    with pytest.raises(CommandError, match=release.slug):
        output("quote", "nothing")
    with pytest.raises(CommandError, match="There is no format"):
        output("quote", release.slug, "--format", "mp3-1")


def test_formats_are_listed_with_their_kind_of_quote() -> None:
    assert "mp3-320" in output("formats")
    kinds = {one["name"]: one["size"] for one in json.loads(output("formats", "--json"))}
    assert (kinds["mp3-320"], kinds["mp3-v0"]) == ("exact", "at most")


def test_the_ledger_is_shown_and_proven() -> None:
    person = alice("5")
    assert "The books are true." in output("ledger", "audit")
    assert json.loads(output("ledger", "audit", "--json"))["clean"]
    assert f"wallet:{person.pk}" in output("ledger", "accounts")
    assert json.loads(output("ledger", "accounts", "--json"))
    assert "credit" in output("ledger", "statement", f"wallet:{person.pk}")
    assert "5.00" in output("ledger", "statement", f"wallet:{person.pk}", "--csv")
    assert json.loads(output("ledger", "statement", "marketing", "--json"))[0]["amount"] == "-5.00"
    with pytest.raises(CommandError, match="no account"):
        output("ledger", "statement", "nothing")


def test_untrue_books_end_with_one() -> None:
    alice("5")
    Account.objects.filter(may_overdraw=False).update(balance_micro=1)
    with pytest.raises(SystemExit) as ended:
        output("ledger", "audit")
    assert ended.value.code == 1


def test_one_file_is_encoded_without_a_store(tmp_path: Path) -> None:
    source = next(write_story_label(tmp_path / "label").rglob("01*.flac"))
    target = tmp_path / "out.mp3"
    assert "bytes" in output("encode", str(source), str(target), "--format", "mp3-128")
    assert MP3(target).info.bitrate == 128_000
    with pytest.raises(CommandError, match="there already"):
        output("encode", str(source), str(target), "--format", "mp3-128")
    output("encode", str(source), str(target), "--format", "mp3-64", "--force")
    with pytest.raises(CommandError, match="no format"):
        output("encode", str(source), str(tmp_path / "x"), "--format", "wma")
    with pytest.raises(CommandError, match="no file"):
        output("encode", str(tmp_path / "none"), str(tmp_path / "x"), "--format", "wav")
    with pytest.raises(CommandError, match="could not be written"):
        output("encode", str(source), str(tmp_path / "no" / "x.wav"), "--format", "wav")


@pytest.mark.parametrize(("tasks", "storage"), [("redis://localhost", ""), ("", "s3://bucket"), ("", "")])
def test_half_a_farm_is_refused_before_anything_starts(settings: Any, tasks: str, storage: str) -> None:
    settings.TASKS_URL, settings.STORAGE_URL = tasks, storage
    with pytest.raises(CommandError, match="both TASKS_URL"):
        output("farm")
    with pytest.raises(CommandError, match="at least one process"):
        output("farm", "--processes", "0")
    if tasks or storage:
        with pytest.raises(CommandError, match="both TASKS_URL"):
            output("serve", "--prepare-only")


@pytest.mark.parametrize(
    ("tasks", "storage", "name"), [("http://x", "s3://bucket", "TASKS_URL"), ("redis://x", "http://x", "STORAGE_URL")]
)
def test_an_address_of_a_farm_that_is_none_is_said_before_anything_starts(
    settings: Any, tasks: str, storage: str, name: str
) -> None:
    settings.TASKS_URL, settings.STORAGE_URL = tasks, storage
    for command in (("farm",), ("serve", "--prepare-only")):
        with pytest.raises(CommandError, match=f"{name} must look like"):
            output(*command)
