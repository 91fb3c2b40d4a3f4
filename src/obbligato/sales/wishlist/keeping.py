"""Keep a release or a track for later, or no longer. It tells nobody.

A wish is named by what it is for: "12" is release 12, "12-345" recording 345 of it. So a visitor's, which only her
session has, and a person's are one thing.
"""

import re
from collections.abc import Sequence
from typing import NamedTuple

from django.db.models import QuerySet

from obbligato.catalog.models import Release, Track
from obbligato.kernel.refusals import Missing, Refused
from obbligato.people.models import Person
from obbligato.sales.wishlist.models import Wish

MOST, MOST_OF_A_VISITOR = 500, 50
NAMED = re.compile(r"([1-9][0-9]{0,17})(?:-([1-9][0-9]{0,17}))?", re.ASCII)


class NoSuchWish(Missing):
    """The text names nothing that could be wished for."""


class WishesTooMuch(Refused):
    """A list that nobody could look through."""


class Wished(NamedTuple):
    """What is wished for, by keys alone; a recording where it is one track."""

    release_id: int
    recording_id: int | None = None

    @property
    def name(self) -> str:
        """As addresses and sessions write it."""
        return f"{self.release_id}-{self.recording_id}" if self.recording_id else str(self.release_id)


def named(text: str) -> Wished:
    """What a name stands for, there or not. Raises NoSuchWish."""
    found = NAMED.fullmatch(text)
    if found is None:
        raise NoSuchWish("There is no such wish.")
    return Wished(int(found[1]), int(found[2]) if found[2] else None)


def refuse_unknown(wished: Wished) -> None:
    """Raises NoSuchWish where no published release has it."""
    if wished.recording_id is None:
        is_there = Release.objects.published().filter(pk=wished.release_id).exists()
    else:
        is_there = Track.objects.filter(
            edition__release_id=wished.release_id,
            recording_id=wished.recording_id,
            edition__release__edition__isnull=False,
        ).exists()
    if not is_there:
        raise NoSuchWish("There is no such release or track.")


def keep(person: Person, wished: Wished) -> None:
    """She wants to come back to it; keeping it again changes nothing. Raises NoSuchWish, WishesTooMuch."""
    if _of(person, wished).exists():
        return
    refuse_unknown(wished)
    if person.wishes.count() >= MOST:
        raise WishesTooMuch("There are {most} things on your wishlist already. Take some off first.", most=MOST)
    # Refusals end here.
    kept = Wish(person=person, release_id=wished.release_id, recording_id=wished.recording_id)
    Wish.objects.bulk_create([kept], ignore_conflicts=True)  # The other click of a double click may be faster.


def drop(person: Person, wished: Wished) -> None:
    """She does not any more; dropping what is not there changes nothing."""
    _of(person, wished).delete()


def adopt(person: Person, wishes: Sequence[Wished]) -> None:
    """What a visitor kept is hers, since she signed in; as much of it as there is room for."""
    for wished in wishes:
        try:
            keep(person, wished)
        except (NoSuchWish, WishesTooMuch):
            continue


def kept_of(person: Person, release_id: int) -> set[int]:
    """The recordings of a release that she keeps, by their keys; 0 is the whole release."""
    found = Wish.objects.filter(person=person, release_id=release_id).values_list("recording_id", flat=True)
    return {recording_id or 0 for recording_id in found}


def _of(person: Person, wished: Wished) -> "QuerySet[Wish]":
    found = Wish.objects.filter(person=person, release_id=wished.release_id)
    if wished.recording_id is None:
        return found.filter(recording__isnull=True)
    return found.filter(recording_id=wished.recording_id)
