"""Say under which other names an artist or a composer is looked for, and tell them. It changes no credit and no tag."""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field

from django.db import transaction

from obbligato.catalog.indexing import renew
from obbligato.catalog.models import Alias
from obbligato.catalog.naming import clean, folded
from obbligato.kernel.refusals import Invalid

MOST_ALIASES = 50
LOCALE = r"(?=[^:]{2,20}:)(?P<locale>[A-Za-z]{2,3}(?:[-_][A-Za-z0-9]{2,8}){0,2})"
LINE = re.compile(rf"(?:{LOCALE}\s*:(?:\s+|$))?(?P<name>.*)", re.DOTALL)
"""`Шопен`, or with a language before it (BCP 47; MusicBrainz writes pt_BR): `ru: Шопен`."""


class BadAlias(Invalid):
    """A name that nobody could be found by, or that finds her already."""


@dataclass(frozen=True)
class Change:
    """What was not there before, and what is gone."""

    added: list[Alias] = field(default_factory=list)
    removed: list[Alias] = field(default_factory=list)


def know_as(whose: str, lines: Iterable[str], *, seen: Iterable[str] | None = None) -> Change:
    """From now on whoever is credited as `whose` is found by these other names too, and by no others; then by search.

    `seen` is what stood there when the lines were written: what somebody else said since then stays as it is.
    Asked again it changes nothing, but search is told again. Raises BadAlias. Names that differ in accents and
    capitals alone are one.
    """
    credited = clean(whose, limit=300)
    if not credited:
        raise BadAlias("Say whose names these are.")
    wanted = _wanted(credited, lines)
    # Nothing below refuses any more.
    change = _keep(credited, wanted, None if seen is None else set(seen))
    if wanted or change.removed:
        renew(credited)
    return change


def aliases_of(whose: str) -> list[Alias]:
    """The other names of whoever is credited so, in the order in which they were said."""
    return list(Alias.objects.filter(whose_folded=Alias.compared(whose)).order_by("pk"))


def line_of(alias: Alias) -> str:
    """As it is written in a list of lines."""
    return f"{alias.locale}: {alias.name}" if alias.locale else alias.name


def _wanted(credited: str, lines: Iterable[str]) -> dict[str, Alias]:
    wanted: dict[str, Alias] = {}
    for line in lines:
        if not line.strip():
            continue
        alias = _read(credited, line)
        if alias.name_folded in wanted:
            raise BadAlias(f"“{alias.name}” is there twice: accents and capitals make no difference to search.")
        wanted[alias.name_folded] = alias
    if len(wanted) > MOST_ALIASES:
        raise BadAlias(f"There are {len(wanted)} names; {MOST_ALIASES} are the most.")
    return wanted


def _read(credited: str, line: str) -> Alias:
    match = LINE.fullmatch(line.strip())
    assert match is not None, "anything may follow where no language is said"
    written, locale = match["name"].strip(), (match["locale"] or "").replace("_", "-")
    name = clean(written, limit=Alias.MOST_LETTERS)
    if len(written) > Alias.MOST_LETTERS:
        raise BadAlias(f"“{name[:40]}…” is longer than {Alias.MOST_LETTERS} letters.")
    if not folded(name):
        raise BadAlias(f"“{name}” has no letter and no digit to search for.")
    alias = Alias(
        whose=credited,
        whose_folded=Alias.compared(credited),
        name=name,
        name_folded=Alias.compared(name),
        locale=locale,
    )
    if alias.name_folded == alias.whose_folded:
        raise BadAlias(f"“{name}” is the name itself: accents and capitals make no difference to search.")
    return alias


@transaction.atomic
def _keep(credited: str, wanted: dict[str, Alias], seen: set[str] | None) -> Change:
    """What is written as it was stays the row it was."""
    before = {alias.name_folded: alias for alias in aliases_of(credited)}
    there = {line_of(alias) for alias in before.values()}
    seen = there if seen is None else seen
    # A line that she saw and left, or that is there by now, is as it should be.
    kept = {name for name, alias in wanted.items() if line_of(alias) in seen | there}
    removed = [
        alias for name, alias in before.items() if name not in kept and (name in wanted or line_of(alias) in seen)
    ]
    Alias.objects.filter(pk__in=[alias.pk for alias in removed]).delete()
    added = [_added(alias) for name, alias in wanted.items() if name not in kept]
    return Change(added, removed)


def _added(alias: Alias) -> Alias:
    """Where somebody else said it at the same moment, that is the one."""
    compared = {"whose_folded": alias.whose_folded, "name_folded": alias.name_folded}
    written = {"whose": alias.whose, "name": alias.name, "locale": alias.locale}
    return Alias.objects.get_or_create(**compared, defaults=written)[0]
