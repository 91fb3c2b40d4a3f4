"""Signed links to what someone may fetch. A link proves itself; it never opens anything but what it names."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

from django.conf import settings
from django.core import signing

from obbligato.audio.formats import Format
from obbligato.catalog.models import Edition, Track
from obbligato.kernel.refusals import Forbidden, Gone
from obbligato.library import naming
from obbligato.people.models import Person

SALT = "obbligato.library.links"
Opened = TypeVar("Opened")


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


@dataclass(frozen=True)
class LibraryTicket:
    """What a link to a whole library allows: all that a person had bought up to one of her purchases."""

    person_id: int
    last_purchase_id: int
    format_name: str
    """Of every track; empty for each as it was bought."""


@dataclass(frozen=True)
class BookletTicket:
    """What a link to a booklet allows: that of one edition, for one person."""

    person_id: int
    edition_id: int


@dataclass(frozen=True)
class ListeningTicket:
    """What a link to listen allows: one track to hear, for one person."""

    person_id: int
    track_id: int


def track_link(person: Person, track: Track, format_: Format) -> str:
    """A link to one track's copy."""
    name = naming.track_file_name(track, format_.extension)
    return f"/delivery/copies/{_token(person, [track], format_)}/{naming.in_url(name)}"


def release_link(person: Person, edition: Edition, tracks: list[Track], format_: Format) -> str:
    """A link to one zip of these tracks."""
    name = naming.release_file_name(edition)
    return f"/delivery/releases/{_token(person, tracks, format_)}/{naming.in_url(name)}.zip"


def library_link(person: Person, *, last_purchase_id: int, format_: Format | None) -> str:
    """A link to one zip of everything she had bought by then; without a format each track as it was bought."""
    values = {"p": person.pk, "u": last_purchase_id, "f": format_.name if format_ else ""}
    return f"/delivery/libraries/{signing.dumps(values, salt=SALT, compress=True)}/music.zip"


def booklet_link(person: Person, edition: Edition) -> str:
    """A link to the booklet of an edition."""
    token = signing.dumps({"p": person.pk, "b": edition.pk}, salt=SALT, compress=True)
    return f"/delivery/booklets/{token}/{naming.in_url(naming.booklet_file_name(edition))}"


def listening_link(person: Person, track: Track) -> str:
    """A link to hear all of one track; it opens no copy."""
    return f"/delivery/listening/{signing.dumps({'p': person.pk, 'l': track.pk}, salt=SALT, compress=True)}.mp3"


def open_listening_link(token: str) -> ListeningTicket:
    """What a token lets hear. Raises as open_link does."""
    return _opened(token, lambda values: ListeningTicket(int(values["p"]), int(values["l"])))


def open_booklet_link(token: str) -> BookletTicket:
    """What a token lets read. Raises as open_link does."""
    return _opened(token, lambda values: BookletTicket(int(values["p"]), int(values["b"])))


def open_link(token: str) -> Ticket:
    """What a token allows. Raises ForgedLink or ExpiredLink."""
    return _opened(token, lambda values: Ticket(int(values["p"]), tuple(map(int, values["t"])), str(values["f"])))


def open_library_link(token: str) -> LibraryTicket:
    """What the token of a library allows. Raises as open_link does."""
    return _opened(token, lambda values: LibraryTicket(int(values["p"]), int(values["u"]), str(values["f"])))


def _opened(token: str, read: Callable[[dict[str, Any]], Opened]) -> Opened:
    try:
        return read(signing.loads(token, salt=SALT, max_age=settings.LINK_LIFETIME))
    except signing.SignatureExpired:
        raise ExpiredLink("This link has expired. Your library makes a fresh one at no cost.") from None
    except (signing.BadSignature, KeyError, TypeError, ValueError):
        raise ForgedLink("This link was not made by this store.") from None


def _token(person: Person, tracks: list[Track], format_: Format) -> str:
    values = {"p": person.pk, "t": [track.pk for track in tracks], "f": format_.name}
    return signing.dumps(values, salt=SALT, compress=True)
