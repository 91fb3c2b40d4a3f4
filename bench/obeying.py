"""Runs inside a store's environment: has it obey an order over many recordings, then asks among many restrictions.

`python -m bench.obeying RECORDINGS RESTRICTIONS` prints one JSON object: seconds until all doors obey, and milliseconds
of the question that every page and download asks.
"""

import json
import statistics
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime

import django

from bench.filling import TRACKS_A_RELEASE, fill, vocabulary

QUESTIONS = 2_000
TRACKS_A_PAGE = 12
YESTERDAY = "2026-01-01 00:00:00"
PLACES = ("JP", "DE", "US", "BR", "IN", "ZA", "IT", "ES", "PL", "SE")
"""Each recording is closed in some of them, by another order each."""


def main() -> None:
    """Fill, order, ask."""
    django.setup()
    recordings, restrictions = int(sys.argv[1]), int(sys.argv[2])
    _fill(recordings)
    seconds = _obeyed(recordings)
    _restrict(recordings, restrictions)
    print(json.dumps({"seconds": seconds, "free_ms": _asked("AT", recordings), "closed_ms": _asked("JP", recordings)}))


def _fill(recordings: int) -> None:
    from obbligato.catalog import indexing

    fill(recordings, vocabulary())
    indexing.rebuild()


def _obeyed(recordings: int) -> float:
    """Seconds from the second person's word until the last, the middle and the first release are closed everywhere."""
    from obbligato.catalog.restrictions.models import Effect
    from obbligato.claims.orders import serving, verifying
    from obbligato.claims.orders.models import CourtOrder, Paper
    from obbligato.claims.orders.serving import Document, Said

    now = datetime.now(UTC)
    said = Said(
        operative_part="Nothing of it is sold.", decided_at=now, legal_basis="§ 1", served_at=now,
        force=Paper.Force.FULL, force_since=now, recordings=tuple(range(1, recordings + 1)), territories=("WORLD",),
        effects=tuple(Effect),
    )  # fmt: skip
    order = serving.serve(
        said, Document("order.pdf", b"order"), issuer="A court", issuer_kind=CourtOrder.Issuer.COURT,
        case_number="1", by="dana",
    )  # fmt: skip
    releases = recordings // TRACKS_A_RELEASE
    doors = [door for key in (1, releases // 2, releases - 1) for door in _doors(key)]
    assert all(is_open() for is_open in doors)
    began = time.perf_counter()
    verifying.verify(order.papers.get(), by="bob", why="I called.")
    while any(is_open() for is_open in doors):
        pass
    return time.perf_counter() - began


def _doors(key: int) -> list[Callable[[], bool]]:
    from django.test import Client

    from obbligato.catalog.models import Track
    from obbligato.catalog.restrictions.in_effect import UnavailableForLegalReasons
    from obbligato.library import hearing

    browser = Client(headers={"host": "localhost"})
    track = Track.objects.filter(edition=key)[0]

    def may_be_heard() -> bool:
        try:
            hearing.preview_of(track.pk, for_whom="bench")
        except UnavailableForLegalReasons:
            return False
        return True

    return [
        lambda: b"By order of" not in browser.get(f"/releases/r-{key}").content,
        lambda: browser.get(f"/api/v1/releases/r-{key}").json()["sentence"] == "",
        lambda: f'/releases/r-{key}"' in browser.get(f"/search?q={track.title}").content.decode(),
        may_be_heard,
    ]


def _restrict(recordings: int, restrictions: int) -> None:
    """So many restrictions more, spread over the recordings; written past the models."""
    from django.db import connection, transaction

    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("UPDATE restrictions_restriction SET lifted_at = %s", [YESTERDAY])
        cursor.executemany(
            "INSERT INTO restrictions_restriction (id, authority_kind, authority_number, decided_at, effects,"
            " territories, starts_at, lifted_by, sentence, imposed_at)"
            " VALUES (%s, 'order', 'O', %s, ',sell,preview,', %s, %s, '', 'By order.', %s)",
            [
                (1_000 + number, YESTERDAY, f",{PLACES[number // recordings % len(PLACES)]},", YESTERDAY, YESTERDAY)
                for number in range(restrictions)
            ],
        )
        cursor.executemany(
            "INSERT INTO restrictions_restrictedrecording (restriction_id, recording_id) VALUES (%s, %s)",
            [(1_000 + number, number % recordings + 1) for number in range(restrictions)],
        )


def _asked(territory: str, recordings: int) -> float:
    """Milliseconds of one question about the tracks of a page, the median of many."""
    from obbligato.catalog.restrictions import in_effect

    took = []
    for number in range(QUESTIONS):
        first = number * TRACKS_A_PAGE % (recordings - TRACKS_A_PAGE) + 1
        began = time.perf_counter()
        in_effect.found(range(first, first + TRACKS_A_PAGE), territory=territory)
        took.append(1_000 * (time.perf_counter() - began))
    return statistics.median(took)


if __name__ == "__main__":
    main()
