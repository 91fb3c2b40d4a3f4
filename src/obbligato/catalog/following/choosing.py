"""Follow an artist, a label or a genre, or no longer. It tells nobody anything."""

from typing import Any

from obbligato.catalog.following.models import Following, GenreFollowing
from obbligato.catalog.headings.models import Heading
from obbligato.catalog.models import Artist, Label
from obbligato.kernel.refusals import Refused
from obbligato.people.models import Person

MOST = 2_000


class FollowsTooMany(Refused):
    """A list that nobody could have chosen by hand."""


def follow(person: Person, whom: Artist | Label) -> Following:
    """Note that she wants to hear of what is new from now on; following again changes nothing."""
    known = _of(person, whom)
    if known is not None:
        return known
    _refuse_too_many(person)
    # Refusals end here.
    following, _ = Following.objects.get_or_create(person=person, **_named(whom))
    return following


def follow_genre(person: Person, genre: Heading) -> GenreFollowing:
    """The same for a genre that something is listed under."""
    known = person.genre_followings.filter(slug=genre.slug).first()
    if known is not None:
        return known
    _refuse_too_many(person)
    # Refusals end here.
    wanted = {"person": person, "slug": genre.slug}
    following, _ = GenreFollowing.objects.get_or_create(**wanted, defaults={"name": genre.name})
    return following


def unfollow_genre(person: Person, slug: str) -> None:
    """End it, also where nothing is listed under the genre any more."""
    person.genre_followings.filter(slug=slug).delete()


def is_genre_followed(person: Person, slug: str) -> bool:
    """Whether she follows the genre."""
    return person.genre_followings.filter(slug=slug).exists()


def genres_followed_by(person: Person) -> list[GenreFollowing]:
    """The genres that she follows, by name."""
    return list(person.genre_followings.order_by("name"))


def unfollow(person: Person, whom: Artist | Label) -> None:
    """End it; what was not told yet of others she follows is still told."""
    Following.objects.filter(person=person, **_named(whom)).delete()


def is_followed(person: Person, whom: Artist | Label) -> bool:
    """Whether she follows whom."""
    return _of(person, whom) is not None


def followed_by(person: Person) -> tuple[list[Artist], list[Label]]:
    """The artists and the labels that she follows, by name."""
    artists = Artist.objects.filter(followings__person=person).order_by("name")
    return list(artists), list(Label.objects.filter(followings__person=person).order_by("name"))


def _refuse_too_many(person: Person) -> None:
    if person.followings.count() + person.genre_followings.count() >= MOST:
        raise FollowsTooMany(
            "You follow {most:,} artists, labels and genres already. End some of them first.", most=MOST
        )


def _of(person: Person, whom: Artist | Label) -> Following | None:
    return Following.objects.filter(person=person, **_named(whom)).first()


def _named(whom: Artist | Label) -> dict[str, Any]:
    return {"artist": whom} if isinstance(whom, Artist) else {"label": whom}
