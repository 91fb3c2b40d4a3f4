"""A page is in the language its reader chose, or her browser asks for; and she always sees how to change it."""

from typing import Any

import pytest
from django.test import Client

from obbligato.people.models import Person
from tests import makers
from tests.storefront.makers import a_silent_release

pytestmark = pytest.mark.django_db


def _lang(answer: Any) -> str:
    return str(answer.content.decode().partition('<html lang="')[2].partition('"')[0])


@pytest.mark.parametrize(
    ("asked", "language"),
    [
        ("", "en"),
        ("fr", "fr"),
        ("fr-CA, en;q=0.8", "fr"),
        ("de, ru;q=0.7, en;q=0.3", "ru"),
        ("de", "en"),
        ("\x00;q", "en"),
    ],
)
def test_the_browser_is_asked_among_what_the_store_has(client: Client, asked: str, language: str) -> None:
    answer = client.get("/help", headers={"Accept-Language": asked})
    assert _lang(answer) == language == answer.headers["Content-Language"]
    assert {"Accept-Language", "Cookie"} <= {word.strip() for word in answer.headers["Vary"].split(",")}


def test_a_choice_is_kept_in_a_cookie_and_goes_before_the_browser(client: Client) -> None:
    answer = client.post("/language", {"language": "ru", "next": "/help"})
    assert answer.headers["Location"] == "/help"
    assert client.cookies["language"]["samesite"] == "Lax"
    assert _lang(client.get("/help", headers={"Accept-Language": "fr"})) == "ru"


def test_every_page_has_a_way_out_in_each_languages_own_name(client: Client) -> None:
    page = client.get("/help", headers={"Accept-Language": "fr"}).content.decode()
    for code, name in (("en", "English"), ("fr", "Français"), ("ru", "Русский")):
        assert f'value="{code}" lang="{code}"' in page
        assert f">{name}</button>" in page


def test_a_choice_goes_with_the_account_to_another_browser(client: Client) -> None:
    alice = makers.alice()
    client.force_login(alice)
    client.post("/language", {"language": "fr"})
    alice.refresh_from_db()
    assert alice.language == "fr"
    elsewhere = Client()
    elsewhere.force_login(alice)
    assert _lang(elsewhere.get("/help", headers={"Accept-Language": "ru"})) == "fr"


def test_whoever_signs_up_is_written_to_in_the_language_of_the_page(client: Client) -> None:
    told = {"email": "alice@example.org", "username": "alice", "password1": "a long pass phrase"}
    client.post("/account/signup/", told, headers={"Accept-Language": "fr"})
    assert Person.objects.get(username="alice").language == "fr"


@pytest.mark.parametrize("odd", ["de", "", "../"])
def test_an_odd_language_is_refused_and_an_odd_cookie_is_none(client: Client, odd: str) -> None:
    assert client.post("/language", {"language": odd}).status_code == 422
    client.cookies["language"] = odd
    assert _lang(client.get("/help")) == "en"


def test_the_stores_own_language_is_the_last_resort(client: Client, settings: Any) -> None:
    settings.LANGUAGE_CODE = "fr"
    assert _lang(client.get("/help", headers={"Accept-Language": "de"})) == "fr"


def test_what_programs_fetch_for_all_their_readers_is_in_the_stores_own(client: Client) -> None:
    answer = client.get("/feeds/releases.atom", headers={"Accept-Language": "fr"})
    assert answer.headers["Content-Language"] == "en"
    assert "Accept-Language" not in answer.headers.get("Vary", "")


def test_a_page_that_is_remembered_for_a_moment_is_remembered_in_its_language(client: Client, settings: Any) -> None:
    settings.PAGE_AGE_SECONDS = 60
    slug = a_silent_release().slug
    for language in ("fr", "en", "ru"):
        page = client.get(f"/releases/{slug}", headers={"Accept-Language": language})
        assert _lang(page) == language
    assert "€" in page.content.decode()
