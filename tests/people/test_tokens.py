"""A token opens the API for its owner until it ends; guessing is slow, and tells nothing."""

from datetime import timedelta

import pytest

from obbligato.kernel import clock
from obbligato.people import tokens
from obbligato.people.models import AccessToken
from obbligato.people.throttle import TooManyAttempts, count_attempt
from obbligato.people.tokens import WrongCredentials
from tests.makers import alice

pytestmark = pytest.mark.django_db


def sign_in(username: str, password: str = "a long password") -> str:
    text, _ = tokens.sign_in(username=username, password=password, note="my player", address="192.0.2.1")
    return text


def test_name_or_address_and_password_give_a_token() -> None:
    person = alice()
    assert tokens.person_of(sign_in("alice")) == person
    assert tokens.person_of(sign_in("ALICE@example.org")) == person
    assert "my player" in str(AccessToken.objects.first())


@pytest.mark.parametrize("username", ["alice", "nobody", "nobody@example.org"])
def test_a_wrong_password_and_an_unknown_name_sound_the_same(username: str) -> None:
    alice()
    with pytest.raises(WrongCredentials, match="do not belong together"):
        sign_in(username, "wrong")


def test_only_a_digest_is_kept() -> None:
    alice()
    text = sign_in("alice")
    assert text not in AccessToken.objects.get().digest


def test_a_token_ends_by_time_by_revocation_and_with_its_owner() -> None:
    person = alice()
    text, other = sign_in("alice"), sign_in("alice")
    with clock.stopped(clock.now() + timedelta(days=91)):
        assert tokens.person_of(text) is None
    tokens.revoke(text)
    assert tokens.person_of(text) is None
    person.is_active = False
    person.save()
    assert tokens.person_of(other) is None
    assert tokens.person_of("obb_unknown") is None


def test_another_password_ends_every_token_and_the_same_one_hashed_anew_does_not() -> None:
    person = alice()
    text = sign_in("alice")
    person.set_password("a long password")
    person.save()
    assert tokens.person_of(text) == person
    person.set_password("another long password")
    person.save()
    assert tokens.person_of(text) is None
    assert tokens.person_of(sign_in("alice", "another long password")) == person


def test_guessing_is_stopped() -> None:
    for _ in range(10):
        with pytest.raises(WrongCredentials):
            sign_in("alice", "wrong")
    with pytest.raises(TooManyAttempts) as stopped:
        sign_in("alice", "wrong")
    assert stopped.value.retry_after_seconds == 300


def test_another_key_is_counted_apart() -> None:
    for _ in range(3):
        count_attempt("x", "one", limit=3, window_seconds=60)
    count_attempt("x", "other", limit=3, window_seconds=60)
    with pytest.raises(TooManyAttempts):
        count_attempt("x", "one", limit=3, window_seconds=60)
