"""Follow an artist, a label or a genre, or no longer. It tells nobody anything."""

from typing import Any

from obbligato.catalog.following.models import Following, GenreFollowing
from obbligato.catalog.headings.models import Heading
from obbligato.catalog.models import Artist, Label
from obbligato.kernel.refusals import Refused
from obbligato.people.models import Person

Followed = Artist | Label | Heading
MOST = 2_000


class FollowsTooMany(Refused):
    """A list that nobody could have chosen by hand."""


def follow(person: Person, whom: Followed) -> Following | GenreFollowing:
    """Note that she wants to hear of what is new from now on; following again changes nothing."""
    rows, named = _rows(person, whom)
    known: Following | GenreFollowing | None = rows.filter(**named).first()
    if known is not None:
        return known
    if person.followings.count() + person.genre_followings.count() >= MOST:
        raise FollowsTooMany(
            "You follow {most:,} artists, labels and genres already. End some of them first.", most=MOST
        )
    # Refusals end here.
    defaults = {"name": whom.name} if isinstance(whom, Heading) else {}
    following: Following | GenreFollowing = rows.get_or_create(**named, defaults=defaults)[0]
    return following


def unfollow(person: Person, whom: Followed) -> None:
    """End it; what was not told yet of others she follows is still told."""
    rows, named = _rows(person, whom)
    rows.filter(**named).delete()


def unfollow_genre(person: Person, slug: str) -> None:
    """End it, also where nothing is listed under the genre any more."""
    person.genre_followings.filter(slug=slug).delete()


def genres_followed_by(person: Person) -> list[GenreFollowing]:
    """The genres that she follows, by name."""
    return list(person.genre_followings.order_by("name"))


def is_followed(person: Person, whom: Followed) -> bool:
    """Whether she follows whom."""
    rows, named = _rows(person, whom)
    return bool(rows.filter(**named).exists())


def followed_by(person: Person) -> tuple[list[Artist], list[Label]]:
    """The artists and the labels that she follows, by name."""
    artists = Artist.objects.filter(followings__person=person).order_by("name")
    return list(artists), list(Label.objects.filter(followings__person=person).order_by("name"))


def _rows(person: Person, whom: Followed) -> tuple[Any, dict[str, Any]]:
    """Her rows of that kind, and what tells the one of whom: a genre's lists are made anew, so it is no row itself."""
    if isinstance(whom, Heading):
        return person.genre_followings, {"slug": whom.slug}
    return person.followings, {"artist": whom} if isinstance(whom, Artist) else {"label": whom}
