"""A buyer follows with a plain form, sees her list, and ends the mails from a mail program that knows no cookie."""

import pytest
from django.test import Client

from obbligato.catalog.following import choosing, quieting
from tests.makers import alice, bob
from tests.storefront.makers import a_silent_release

pytestmark = pytest.mark.django_db


def test_a_visitor_is_asked_to_sign_in_and_comes_back(client: Client) -> None:
    artist = a_silent_release().artist
    page = client.get(artist.get_absolute_url()).content.decode()
    assert f'href="/account/login/?next={artist.get_absolute_url()}"' in page
    response = client.post(f"{artist.get_absolute_url()}/following", {"wanted": "1"})
    assert response.headers["Location"] == artist.get_absolute_url()
    assert client.get("/following").headers["Location"].startswith("/account/login/?next=")


@pytest.mark.parametrize("kind", ["artist", "label"])
def test_following_is_a_form_and_so_is_ending_it(client: Client, kind: str) -> None:
    release, person = a_silent_release(), alice()
    whom = release.artist if kind == "artist" else release.label
    client.force_login(person)
    page = client.get(whom.get_absolute_url()).content.decode()
    assert f'action="{whom.get_absolute_url()}/following"' in page
    followed = client.post(f"{whom.get_absolute_url()}/following", {"wanted": "1"}, follow=True).content.decode()
    assert "Follow no longer" in followed
    assert whom.name in client.get("/following").content.decode()
    response = client.post(f"{whom.get_absolute_url()}/following", {"next": "/following"})
    assert response.headers["Location"] == "/following"
    assert "You follow nobody yet" in client.get("/following").content.decode()


def test_with_htmx_only_the_button_comes_back(client: Client) -> None:
    artist = a_silent_release().artist
    client.force_login(alice())
    response = client.post(f"{artist.get_absolute_url()}/following", {"wanted": "1"}, headers={"HX-Request": "true"})
    assert "<html" not in response.content.decode()
    assert 'id="follow-button">Follow no longer' in response.content.decode()


def test_nobody_sees_or_ends_what_another_follows(client: Client) -> None:
    artist, person = a_silent_release().artist, alice()
    choosing.follow(person, artist)
    client.force_login(bob())
    assert artist.name not in client.get("/following").content.decode()
    client.post(f"{artist.get_absolute_url()}/following", {})
    assert choosing.is_followed(person, artist)


def test_a_form_of_another_site_follows_nobody() -> None:
    artist, person = a_silent_release().artist, alice()
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(person)
    assert strict.post(f"{artist.get_absolute_url()}/following", {"wanted": "1"}).status_code == 403
    assert not choosing.is_followed(person, artist)


def test_mails_are_switched_off_and_on_in_the_list(client: Client) -> None:
    person = alice()
    client.force_login(person)
    client.post("/following/mails", {})
    assert quieting.is_quiet(person)
    choosing.follow(person, artist := a_silent_release().artist)
    assert "want no mails" in client.get(artist.get_absolute_url()).content.decode()
    assert "Tell me by mail again" in client.get("/following").content.decode()
    client.post("/following/mails", {"wanted": "1"})
    assert not quieting.is_quiet(person)


def test_one_click_ends_the_mails_without_cookie_or_sign_in() -> None:
    """RFC 8058, 3.2: a POST of List-Unsubscribe=One-Click, no cookies, no redirect."""
    person = alice()
    choosing.follow(person, a_silent_release().artist)
    strict = Client(enforce_csrf_checks=True)
    address = f"/unsubscribe/{quieting.token_for(person.pk)}"
    for content_type in ("application/x-www-form-urlencoded", "multipart/form-data; boundary=x"):
        quieting.speak_again(person)
        body = b"List-Unsubscribe=One-Click"
        if "multipart" in content_type:
            body = b'--x\r\nContent-Disposition: form-data; name="List-Unsubscribe"\r\n\r\nOne-Click\r\n--x--\r\n'
        response = strict.generic("POST", address, body, content_type)
        assert (response.status_code, response.cookies) == (200, {})
        assert quieting.is_quiet(person)
    assert choosing.followed_by(person)[0] != []


def test_looking_at_the_link_ends_nothing() -> None:
    person, client = alice(), Client()
    address = f"/unsubscribe/{quieting.token_for(person.pk)}"
    page = client.get(address).content.decode()
    assert "No more mails?" in page
    assert "alice" not in page
    assert not quieting.is_quiet(person)
    assert "no-store" in client.get(address).headers["Cache-Control"]


def test_a_forged_link_is_a_page_that_says_so(client: Client) -> None:
    person = alice()
    for token in (f"{person.pk}", f"{person.pk}.forged", quieting.token_for(person.pk)[:-1]):
        assert client.post(f"/unsubscribe/{token}").status_code == 404
    assert not quieting.is_quiet(person)


def test_a_genre_is_followed_from_its_page_and_ended_from_the_list(client: Client) -> None:
    a_silent_release(genres=("Chamber",))
    assert 'href="/account/login/?next=/genres/chamber"' in client.get("/genres/chamber").content.decode()
    client.force_login(alice())
    page = client.post("/genres/chamber/following", {"wanted": "1"}, follow=True).content.decode()
    assert "Follow no longer" in page
    part = client.post("/genres/chamber/following", {"wanted": "1"}, headers={"HX-Request": "true"}).content.decode()
    assert "<html" not in part
    assert "Chamber" in client.get("/following").content.decode()
    response = client.post("/genres/chamber/following", {"next": "/following"})
    assert response.headers["Location"] == "/following"
    assert "You follow nobody yet" in client.get("/following").content.decode()
    assert client.post("/genres/there-is-none/following", {"wanted": "1"}).headers["Location"] == "/genres"
