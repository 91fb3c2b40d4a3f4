"""What is closed now, asked of the database each time, so that an order holds in every process at the same moment.

One question is one look-up by recording; nothing is kept here that could be older than the order.
"""

from collections.abc import Iterable, Sequence
from functools import cache
from typing import Any, cast

from django.conf import settings
from django.db import connection

from obbligato.catalog.models import Release, ReleaseQuerySet
from obbligato.catalog.restrictions.models import Effect
from obbligato.kernel import clock
from obbligato.kernel.refusals import Refused

Closed = dict[int, dict[Effect, str]]
"""For a recording, what may not be done with it, and the sentence for people that says why."""

IN_FORCE = """
    restriction.starts_at <= %s AND (restriction.ends_at IS NULL OR restriction.ends_at > %s)
    AND (restriction.lifted_at IS NULL OR restriction.lifted_at > %s)
    AND (restriction.territories LIKE '%%,WORLD,%%' OR restriction.territories LIKE %s)
"""
OF_RECORDINGS = f"""
    SELECT restricted.recording_id, restriction.effects, restriction.sentence
    FROM restrictions_restrictedrecording restricted
    JOIN restrictions_restriction restriction ON restriction.id = restricted.restriction_id
    WHERE restricted.recording_id IN ({{places}}) AND {IN_FORCE}
    ORDER BY restriction.starts_at, restriction.id
"""
IS_UNSEARCHED = f"""EXISTS (
    SELECT 1 FROM restrictions_restrictedrecording restricted
    JOIN restrictions_restriction restriction ON restriction.id = restricted.restriction_id
    WHERE restricted.recording_id = track.recording_id AND {IN_FORCE} AND restriction.effects LIKE '%%,search,%%'
)"""
HIDDEN_TRACKS = f"SELECT track.id FROM catalog_track track WHERE track.id IN ({{places}}) AND {IS_UNSEARCHED}"
IS_LISTED = f"""(
    EXISTS (SELECT 1 FROM catalog_track track WHERE track.edition_id = {{edition}} AND NOT {IS_UNSEARCHED})
    OR NOT EXISTS (SELECT 1 FROM catalog_track track WHERE track.edition_id = {{edition}})
)"""
HIDDEN_EDITIONS = (
    f"SELECT edition.id FROM catalog_edition edition WHERE edition.id IN ({{places}})"
    f" AND NOT {IS_LISTED.format(edition='edition.id')}"
)
MOST_A_QUESTION = 500


class UnavailableForLegalReasons(Refused):
    """A decision or an order in force closes it (RFC 7725); what is bought stays its buyer's."""

    status = 451


def refusals(recording_ids: Iterable[int], *, territory: str, effect: Effect) -> dict[int, str]:
    """For each recording with which that may not be done in a territory now, the sentence for people.

    The territory is ISO 3166-1 alpha-2; "" (nobody said) is the store's own country, as everywhere in the store.
    """
    closed = found(recording_ids, territory=territory)
    return {recording: effects[effect] for recording, effects in closed.items() if effect in effects}


def found(recording_ids: Iterable[int], *, territory: str) -> Closed:
    """All that is closed for these recordings in a territory, in one question; the first restriction speaks."""
    first: dict[tuple[int, str], str] = {}
    for recording, effects, sentence in _rows(OF_RECORDINGS, sorted(set(recording_ids)), territory):
        first.setdefault((recording, effects), sentence)
    closed: Closed = {}
    for (recording, effects), sentence in first.items():
        for effect in _effects(effects):
            closed.setdefault(recording, {}).setdefault(effect, sentence)
    return closed


def hidden_editions(edition_ids: Iterable[int], *, territory: str) -> set[int]:
    """The editions of which every track is closed to search and lists in a territory: they are not listed there."""
    return {edition for (edition,) in _rows(HIDDEN_EDITIONS, sorted(set(edition_ids)), territory)}


def listed_among(releases: Iterable[Release], *, territory: str) -> list[Release]:
    """Those of some releases that lists and searches may show in a territory, in their order."""
    shown = list(releases)
    hidden = hidden_editions((one.edition_id for one in shown if one.edition_id), territory=territory)
    return [one for one in shown if one.edition_id not in hidden]


def hidden_tracks(track_ids: Iterable[int], *, territory: str) -> set[int]:
    """The tracks whose recordings are closed to search and lists in a territory."""
    return {track for (track,) in _rows(HIDDEN_TRACKS, sorted(set(track_ids)), territory)}


def listed(releases: ReleaseQuerySet, *, territory: str) -> ReleaseQuerySet:
    """The releases without those hidden in a territory, where the database must count or page them."""
    condition = IS_LISTED.format(edition="catalog_release.edition_id")
    return cast(ReleaseQuerySet, releases.extra(where=[condition], params=_in_force(territory)))


@cache
def _effects(text: str) -> list[Effect]:
    """There are as many of these texts as sets of five effects."""
    return [Effect(value) for value in text.strip(",").split(",")]


def _rows(statement: str, keys: Sequence[int], territory: str) -> Iterable[tuple[Any, ...]]:
    """Plain SQL: to put the same question together in Django takes ten times as long as to answer it."""
    in_force = _in_force(territory)
    for first in range(0, len(keys), MOST_A_QUESTION):
        some = keys[first : first + MOST_A_QUESTION]
        with connection.cursor() as cursor:
            places = ", ".join(["%s"] * len(some))
            cursor.execute(statement.format(places=places), [*some, *in_force])
            yield from cursor.fetchall()


def _in_force(territory: str) -> list[Any]:
    """The values of IN_FORCE."""
    moment = connection.ops.adapt_datetimefield_value(clock.now())
    return [moment, moment, moment, f"%,{territory or settings.HOME_COUNTRY},%"]
