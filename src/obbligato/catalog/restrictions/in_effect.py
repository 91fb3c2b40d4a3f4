"""What is closed now, asked of the database each time, so that an order holds in every process at the same moment.

One question is one look-up by recording; nothing is kept here that could be older than the order.
"""

from collections.abc import Iterable, Sequence
from typing import Any

from django.db import connection

from obbligato.catalog.restrictions.models import Effect
from obbligato.kernel import clock

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
HIDDEN_EDITIONS = f"""
    SELECT edition.id FROM catalog_edition edition WHERE edition.id IN ({{places}}) AND EXISTS (
        SELECT 1 FROM catalog_track track WHERE track.edition_id = edition.id
    ) AND NOT EXISTS (
        SELECT 1 FROM catalog_track track WHERE track.edition_id = edition.id AND NOT EXISTS (
            SELECT 1 FROM restrictions_restrictedrecording restricted
            JOIN restrictions_restriction restriction ON restriction.id = restricted.restriction_id
            WHERE restricted.recording_id = track.recording_id AND {IN_FORCE}
            AND restriction.effects LIKE '%%,search,%%'
        )
    )
"""
MOST_A_QUESTION = 500


def refusals(recording_ids: Iterable[int], *, territory: str, effect: Effect) -> dict[int, str]:
    """For each recording with which that may not be done in a territory now, the sentence for people.

    The territory is ISO 3166-1 alpha-2; for "" (not known) only what is closed everywhere counts.
    """
    closed = found(recording_ids, territory=territory)
    return {recording: effects[effect] for recording, effects in closed.items() if effect in effects}


def found(recording_ids: Iterable[int], *, territory: str) -> Closed:
    """All that is closed for these recordings in a territory, in one question; the first restriction speaks."""
    closed: Closed = {}
    for recording, effects, sentence in _rows(OF_RECORDINGS, sorted(set(recording_ids)), territory):
        for effect in effects.strip(",").split(","):
            closed.setdefault(recording, {}).setdefault(Effect(effect), sentence)
    return closed


def hidden_editions(edition_ids: Iterable[int], *, territory: str) -> set[int]:
    """The editions of which every track is closed to search and lists in a territory: they are not listed there."""
    return {edition for (edition,) in _rows(HIDDEN_EDITIONS, sorted(set(edition_ids)), territory)}


def _rows(statement: str, keys: Sequence[int], territory: str) -> Iterable[tuple[Any, ...]]:
    """Plain SQL: to put the same question together in Django takes ten times as long as to answer it."""
    moment = connection.ops.adapt_datetimefield_value(clock.now())
    for first in range(0, len(keys), MOST_A_QUESTION):
        some = keys[first : first + MOST_A_QUESTION]
        with connection.cursor() as cursor:
            places = ", ".join(["%s"] * len(some))
            values = [*some, moment, moment, moment, f"%,{territory or '-'},%"]
            cursor.execute(statement.format(places=places), values)
            yield from cursor.fetchall()
