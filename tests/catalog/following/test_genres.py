"""A genre is followed as artists and labels are: once, by who asks for it, and each release is told of once."""

from datetime import timedelta

import pytest
from django.core import mail

from obbligato.catalog.following import arrivals, choosing, letters, quieting
from obbligato.catalog.following.models import GenreFollowing, News
from obbligato.catalog.headings import turning
from obbligato.catalog.headings.models import Heading
from obbligato.kernel import clock
from obbligato.people.models import Person
from obbligato.sales.offers import on_sale
from tests.makers import alice, bob
from tests.storefront.makers import a_silent_release

pytestmark = pytest.mark.django_db


def a_genre(name: str = "Chamber") -> Heading:
    release = a_silent_release(title=f"First of {name}", genres=(name,))
    arrivals.note(on_sale())
    heading = turning.heading_of("genre", name.lower())
    assert heading is not None, release
    return heading


def test_following_twice_is_following_once_and_ends_once() -> None:
    person, genre = alice(), a_genre()
    assert choosing.follow(person, genre) == choosing.follow(person, genre)
    assert choosing.is_followed(person, genre)
    assert not choosing.is_followed(bob(), genre)
    assert [one.name for one in choosing.genres_followed_by(person)] == ["Chamber"]
    choosing.unfollow(person, genre)
    choosing.unfollow_genre(person, genre.slug)
    assert choosing.genres_followed_by(person) == []


def test_nobody_follows_all_there_is() -> None:
    person: Person = alice()
    genre = a_genre()
    GenreFollowing.objects.bulk_create(
        GenreFollowing(person=person, slug=f"genre-{number}", name="x") for number in range(choosing.MOST)
    )
    with pytest.raises(choosing.FollowsTooMany):
        choosing.follow(person, genre)
    with pytest.raises(choosing.FollowsTooMany):
        choosing.follow(person, a_silent_release().artist)


def test_what_is_new_in_a_genre_is_told_in_the_daily_mail_and_nothing_else() -> None:
    choosing.follow(alice(), a_genre())
    a_silent_release(title="Sonatas", genres=("Piano",))
    a_silent_release(title="Quintets", genres=("chamber", "Strings"))
    with clock.stopped(clock.now().replace(hour=letters.HOUR_UTC)):
        arrivals.note(on_sale())
        clock.advance(timedelta(days=1))
        letters.send_due(on_sale())
    (letter,) = mail.outbox
    assert "Quintets" in str(letter.body)
    assert "Sonatas" not in str(letter.body)
    assert "First of Chamber" not in str(letter.body)


def test_who_follows_artist_and_genres_is_told_of_a_release_once() -> None:
    person, genre = alice(), a_genre()
    choosing.follow(person, genre)
    choosing.follow(person, a_genre("Strings"))
    release = a_silent_release(title="Known", genres=())
    choosing.follow(person, release.artist)
    arrivals.note(on_sale())
    News.objects.all().delete()
    a_silent_release(title="Quintets", genres=("Chamber", "Strings"))
    arrivals.note(on_sale())
    assert News.objects.filter(person=person).count() == 1


def test_who_wants_no_mail_gets_no_news() -> None:
    person = alice()
    choosing.follow(person, a_genre())
    quieting.be_quiet(person)
    a_silent_release(title="Quintets", genres=("Chamber",))
    arrivals.note(on_sale())
    assert not News.objects.exists()
