"""Read the terms that a label wrote into what the store keeps, and say everything that is wrong, beside its field.

What is written as it stands in force already is not judged again, so that an old row never stops a new cover.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date

from obbligato.catalog.contents import Content
from obbligato.catalog.models import Release, Track
from obbligato.catalog.places import WORLD, is_territory
from obbligato.catalog.proofreading import Problem, day_of
from obbligato.kernel.money import parse_amount, parse_rate
from obbligato.kernel.refusals import Refused
from obbligato.rights.licences import LicenceTerms
from obbligato.rights.models import Licence
from obbligato.rights.splits import WHOLE_BASIS_POINTS, ShareTerms, basis_points_of
from obbligato.sales.editing.written import (
    FREE,
    KINDS,
    ONE_PRICE,
    WrittenPrice,
    WrittenRights,
    WrittenTerms,
    percent_of,
)
from obbligato.sales.pricing import Rates
from obbligato.sales.terms import DEFAULT_ROLE

LONGEST_EVIDENCE = 5_000


@dataclass
class ReadTerms:
    """What is to be declared: licences and shares by the key of a line. None: the price stays as it is."""

    rates: Rates | None = None
    licences: dict[str, LicenceTerms] = field(default_factory=dict)
    shares: dict[str, tuple[ShareTerms, ...]] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)


def read_terms(written: WrittenTerms, now: WrittenTerms, content: Content, *, currency: str, today: date) -> ReadTerms:
    """The terms that are written, beside those in force `now` for the same lines."""
    read = ReadTerms()
    if written.preview not in Release.Preview.values:
        read.problems.append(Problem("preview", "Choose what anyone may hear."))
    if written.price != now.price:
        read.rates = _rates(written.price, currency, read.problems)
    keys = {line.key for line in content.lines}
    for number, group in enumerate(written.groups):
        used = [key for key in group.keys if key in keys]
        found = list(_rights(group.rights, content, today, read, used))
        if any(now.rights_of(key) != group.rights for key in used):
            read.problems += [Problem(f"group.{number}.{name}", sentence) for name, sentence in found]
    read.problems += _contradictions(read, content)
    return read


def _rates(written: WrittenPrice, currency: str, problems: list[Problem]) -> Rates | None:
    if written.kind not in dict(KINDS):
        problems.append(Problem("price.kind", "Choose how it is sold."))
        return None
    if written.kind == FREE:
        return Rates(currency, 0, takes_more=written.takes_more)
    if written.kind == ONE_PRICE:
        track = _amount("track", written.track, currency, problems)
        if not track and not any(one.field == "price.track" for one in problems):
            problems.append(Problem("price.track", "What does one track cost? Choose “Free” for nothing."))
        return Rates(
            currency,
            0,
            track or 0,
            track or 0,
            _amount("album_maximum", written.album_maximum, currency, problems),
            written.takes_more,
        )
    rates = Rates(
        currency,
        _rate(written.per_megabyte, problems),
        _amount("track_minimum", written.track_minimum, currency, problems) or 0,
        _amount("track_maximum", written.track_maximum, currency, problems),
        _amount("album_maximum", written.album_maximum, currency, problems),
        written.takes_more,
    )
    if rates.track_maximum_micro is not None and rates.track_maximum_micro < rates.track_minimum_micro:
        problems.append(Problem("price.track_maximum", "The most for a track is below the least."))
    return rates


def _rate(text: str, problems: list[Problem]) -> int:
    try:
        return parse_rate(text)
    except Refused as refusal:
        problems.append(Problem("price.per_megabyte", str(refusal) if text else "What does a megabyte cost?"))
        return 0


def _amount(name: str, text: str, currency: str, problems: list[Problem]) -> int | None:
    try:
        return parse_amount(text, currency) if text else None
    except Refused as refusal:
        problems.append(Problem(f"price.{name}", str(refusal)))
        return None


def _rights(
    written: WrittenRights, content: Content, today: date, read: ReadTerms, keys: list[str]
) -> Iterator[tuple[str, str]]:
    """What is wrong with the rights of a group; what is right goes into `read`."""
    problems = [*_licence_problems(written)]
    yield from problems
    if written.basis and not problems:
        licence = _licence(written, content, today)
        if licence.valid_until and licence.valid_until <= licence.valid_from:
            yield "valid_until", f"The licence begins on {licence.valid_from}, and must end after that."
        else:
            read.licences |= dict.fromkeys(keys, licence)
    shares, wrong = _shares(written)
    yield from wrong
    if shares and not wrong:
        read.shares |= dict.fromkeys(keys, shares)


def _licence_problems(written: WrittenRights) -> Iterator[tuple[str, str]]:
    if written.basis and written.basis not in Licence.Basis.values:
        yield "basis", "This is not a licence basis."
    if not written.basis and (written.evidence or written.territories or written.valid_from or written.valid_until):
        yield "basis", "On what basis may it be sold?"
    if len(written.evidence) > LONGEST_EVIDENCE:
        yield "evidence", f"This is longer than {LONGEST_EVIDENCE:,} characters."
    for code in _codes(written.territories):
        if not is_territory(code):
            yield "territories", f"“{code[:20]}” is not a country (two letters of ISO 3166-1) nor {WORLD}."
    for name, text in (("valid_from", written.valid_from), ("valid_until", written.valid_until)):
        if _day(text) is None and text:
            yield name, "Write a day as in 2026-03-01."


def _licence(written: WrittenRights, content: Content, today: date) -> LicenceTerms:
    try:
        released = day_of(content.date)
    except ValueError:
        released = None
    return LicenceTerms(
        basis=written.basis,
        evidence=written.evidence,
        territories=_codes(written.territories) or (WORLD,),
        valid_from=_day(written.valid_from) or released or today,
        valid_until=_day(written.valid_until),
    )


def _shares(written: WrittenRights) -> tuple[tuple[ShareTerms, ...], list[tuple[str, str]]]:
    wrong: list[tuple[str, str]] = []
    shares: list[ShareTerms] = []
    for place, one in enumerate(written.shares):
        if not one.party:
            wrong.append((f"share.{place}", "Whose share is this?"))
        try:
            shares.append(ShareTerms(one.party, one.role or DEFAULT_ROLE, basis_points_of(one.percent)))
        except Refused as refusal:
            wrong.append((f"share.{place}", str(refusal)))
    total = sum(share.basis_points for share in shares)
    if written.shares and not wrong and total != WHOLE_BASIS_POINTS:
        wrong.append(("shares", f"The shares add up to {percent_of(total)} %, not to 100 %."))
    return tuple(shares), wrong


def _contradictions(read: ReadTerms, content: Content) -> Iterator[Problem]:
    """One recording on two lines has one licence and one split sheet."""
    tracks = Track.objects.filter(pk__in={line.track_id for line in content.lines})
    recordings = dict(tracks.values_list("pk", "recording_id"))
    first: dict[int, str] = {}
    for line in content.lines:
        key = first.setdefault(recordings[line.track_id], line.key)
        for rights in (read.licences, read.shares):
            if rights.get(key) != rights.get(line.key):
                yield Problem("groups", f"“{line.title}” is on it twice, with different rights.")


def _codes(text: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(text.upper().replace(",", " ").replace(";", " ").split()))


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text) if len(text) == len("2026-03-01") else None
    except ValueError:
        return None
