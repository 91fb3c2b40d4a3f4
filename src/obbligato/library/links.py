"""Signed links to what someone may fetch. A link proves itself; it never opens anything but what it names."""

from dataclasses import dataclass

from django.conf import settings
from django.core import signing

from obbligato.audio.formats import Format
from obbligato.catalog.models import Edition, Track
from obbligato.kernel.refusals import Forbidden, Gone
from obbligato.library import naming
from obbligato.people.models import Person

SALT = "obbligato.library.links"


class ForgedLink(Forbidden):
    """The link was not made by this store, or was altered."""


class ExpiredLink(Gone):
    """The link's time is over."""


@dataclass(frozen=True)
class Ticket:
    """What a link allows: some tracks in one format, for one person."""

    person_id: int
    track_ids: tuple[int, ...]
    format_name: str


def track_link(person: Person, track: Track, format_: Format) -> str:
    """A link to one track's copy."""
    name = naming.track_file_name(track, format_.extension)
    return f"/delivery/copies/{_token(person, [track], format_)}/{naming.in_url(name)}"


def release_link(person: Person, edition: Edition, tracks: list[Track], format_: Format) -> str:
    """A link to one zip of these tracks."""
    name = naming.release_file_name(edition)
    return f"/delivery/releases/{_token(person, tracks, format_)}/{naming.in_url(name)}.zip"


def open_link(token: str) -> Ticket:
    """What a token allows. Raises ForgedLink or ExpiredLink."""
    try:
        values = signing.loads(token, salt=SALT, max_age=settings.LINK_LIFETIME)
        return Ticket(int(values["p"]), tuple(int(pk) for pk in values["t"]), str(values["f"]))
    except signing.SignatureExpired:
        raise ExpiredLink("This link has expired. Your library makes a fresh one at no cost.") from None
    except (signing.BadSignature, KeyError, TypeError, ValueError):
        raise ForgedLink("This link was not made by this store.") from None


def _token(person: Person, tracks: list[Track], format_: Format) -> str:
    values = {"p": person.pk, "t": [track.pk for track in tracks], "f": format_.name}
    return signing.dumps(values, salt=SALT, compress=True)
