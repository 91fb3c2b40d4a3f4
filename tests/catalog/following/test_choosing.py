"""Whom a person follows: one row each, hers alone, and never both an artist and a label."""

import pytest
from django.db import IntegrityError, transaction

from obbligato.catalog.following import choosing, quieting
from obbligato.catalog.following.models import Following
from obbligato.catalog.models import Artist
from tests.makers import alice, bob
from tests.storefront.makers import a_silent_release

pytestmark = pytest.mark.django_db


def test_following_twice_is_following_once_and_ends_once() -> None:
    person, artist = alice(), a_silent_release().artist
    assert choosing.follow(person, artist) == choosing.follow(person, artist)
    assert choosing.is_followed(person, artist)
    assert not choosing.is_followed(bob(), artist)
    choosing.unfollow(person, artist)
    choosing.unfollow(person, artist)
    assert not choosing.is_followed(person, artist)


def test_the_list_is_by_name() -> None:
    person = alice()
    for name in ("Zither Trio", "Alto Choir"):
        choosing.follow(person, a_silent_release(artist=name).artist)
    choosing.follow(person, a_silent_release().label)
    artists, labels = choosing.followed_by(person)
    assert [artist.name for artist in artists] == ["Alto Choir", "Zither Trio"]
    assert [label.name for label in labels] == ["Quiet Label"]


def test_nobody_follows_the_whole_catalogue() -> None:
    person = alice()
    artists = Artist.objects.bulk_create(Artist(name=f"{n}", slug=f"n-{n}") for n in range(choosing.MOST + 1))
    Following.objects.bulk_create(Following(person=person, artist=artist) for artist in artists[:-1])
    choosing.follow(person, artists[0])
    with pytest.raises(choosing.FollowsTooMany):
        choosing.follow(person, artists[-1])


def test_the_database_itself_refuses_what_is_neither_or_both() -> None:
    person, release = alice(), a_silent_release()
    for wrong in ({}, {"artist": release.artist, "label": release.label}):
        with pytest.raises(IntegrityError), transaction.atomic():
            Following.objects.create(person=person, **wrong)


@pytest.mark.parametrize("token", ["", "1", "1.", "1.wrong", "x" * 300, "é.é"])
def test_a_link_that_was_not_signed_here_ends_nothing(token: str) -> None:
    alice()
    with pytest.raises(quieting.NoSuchLink):
        quieting.person_named(token)


def test_a_link_of_someone_who_is_gone_is_none() -> None:
    with pytest.raises(quieting.NoSuchLink):
        quieting.person_named(quieting.token_for(77))
