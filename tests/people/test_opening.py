"""Whoever has the key of a new store becomes its first operator, once."""

import stat
from collections.abc import Iterator
from functools import partial

import pytest
from django.test import Client

from obbligato.kernel.folders import data_folder
from obbligato.people import opening
from obbligato.people.models import Person
from obbligato.people.opening import BadOperator, NoSuchKey
from tests import makers
from tests.meanwhile import meanwhile

pytestmark = pytest.mark.django_db
WHO = {"username": "dana", "email": "dana@example.org"}
PASSWORD = "correct horse battery"


@pytest.fixture(autouse=True)
def new_store() -> Iterator[None]:
    file = data_folder() / "opening.key"
    file.unlink(missing_ok=True)
    yield
    file.unlink(missing_ok=True)


def test_the_key_stays_the_same_and_is_the_owners_alone() -> None:
    key = opening.key()
    assert key == opening.key()
    assert len(key) >= 32
    assert stat.S_IMODE((data_folder() / "opening.key").stat().st_mode) == 0o600


def test_she_who_has_it_operates_the_store_and_nobody_comes_after_her() -> None:
    key = opening.key()
    dana = opening.make_operator(key, **WHO, password=PASSWORD)
    assert (dana.is_staff, dana.is_superuser, dana.check_password(PASSWORD)) == (True, True, True)
    assert not opening.waits()
    with pytest.raises(NoSuchKey):
        opening.make_operator(key, username="carol", email="carol@example.org", password=PASSWORD)
    assert Person.objects.count() == 1


@pytest.mark.parametrize("told", ["", "x", "é", "0" * 32])
def test_no_other_key_opens_it(told: str) -> None:
    opening.key()
    with pytest.raises(NoSuchKey):
        opening.make_operator(told, **WHO, password=PASSWORD)
    assert not Person.objects.exists()


def test_without_a_file_there_is_no_key_to_guess() -> None:
    assert not opening.is_key("")


def test_a_key_that_was_left_opens_no_store_that_has_an_operator() -> None:
    key = opening.key()
    makers.dana()
    assert not opening.is_key(key)


@pytest.mark.parametrize(
    ("change", "password", "sentence"),
    [
        ({}, "short", "too short"),
        ({}, "password123", "too common"),
        ({"email": "nowhere"}, PASSWORD, "valid email"),
        ({"username": ""}, PASSWORD, "blank"),
        ({"username": "a b/c"}, PASSWORD, "valid username"),
        ({"username": "alice"}, PASSWORD, "already exists"),
        ({"email": "alice@example.org"}, PASSWORD, "person_email_once"),
    ],
)
def test_what_cannot_be_an_account_is_told(change: dict[str, str], password: str, sentence: str) -> None:
    makers.alice()
    key = opening.key()
    with pytest.raises(BadOperator, match=sentence):
        opening.make_operator(key, **(WHO | change), password=password)
    assert opening.is_key(key)


@pytest.mark.django_db(transaction=True)
def test_a_name_taken_in_that_moment_is_told() -> None:
    key = opening.key()
    other = partial(Person.objects.create_user, "dana", "other@example.org", PASSWORD)
    with meanwhile(other, after='AS "_check"'), pytest.raises(BadOperator, match="a moment ago"):
        opening.make_operator(key, **WHO, password=PASSWORD)
    assert opening.is_key(key)


def test_the_page_asks_and_lets_her_in(client: Client) -> None:
    address = f"/setup/{opening.key()}"
    assert "Step 1 of 7" in client.get(address).content.decode()
    refused = client.post(address, {**WHO, "password": "short"})
    assert refused.status_code == 422
    assert 'value="dana"' in refused.content.decode()
    assert client.post(address, {**WHO, "password": PASSWORD}).headers["Location"] == "/desk/setup/"
    assert client.get("/desk/setup/", follow=True).status_code == 200
    assert client.get(address).status_code == 404


def test_a_wrong_address_is_no_page(client: Client) -> None:
    opening.key()
    assert client.get("/setup/nothing").status_code == 404
