"""Whatever comes in whatever order, an order closes its scope when two people and its force say so, and else none."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from obbligato.catalog.restrictions import in_effect
from obbligato.catalog.restrictions.models import Effect, Restriction
from obbligato.claims.orders import expiring, forcing, verifying
from obbligato.claims.orders.models import CourtOrder, Paper
from obbligato.kernel import clock
from obbligato.kernel.refusals import Refused
from tests.catalog.restrictions.makers import some_recordings
from tests.claims.orders.makers import NOON, amendment, lifting, served

HOUR = timedelta(hours=1)
ACTS = ("verify", "verify by who recorded it", "in force", "amend", "lift", "reject", "an hour passes")


@dataclass
class Known:
    """What a paper is, as a person would keep it on a sheet beside the store."""

    paper: Paper
    recording: int | None
    ends_hour: int | None
    is_in_force: bool
    is_verified: bool = False
    is_over: bool = False


class Sheet:
    """The order as it must be: `closed` is the one recording it closes."""

    def __init__(self, keys: list[int], is_in_force: bool, lasts: int | None) -> None:
        self.keys, self.hour = keys, 0
        self.closed: int | None = None
        self.ends_hour: int | None = None
        paper = served([keys[0]], **force(is_in_force), ends_at=ends(0, lasts))
        self.order, self.papers = paper.order, [Known(paper, keys[0], lasts, is_in_force)]

    def do(self, act: str) -> None:
        last = self.papers[-1]
        if act == "an hour passes":
            self.hour += 1
            clock.advance(HOUR)
            expiring.expire_due(10)
        elif act == "verify":
            verifying.verify(last.paper, by="bob", why="I called.")
            last.is_verified = True
            self._apply(last)
        elif act == "verify by who recorded it":
            verifying.verify(last.paper, by="dana", why="It is mine.")
            raise AssertionError("one person is not two")
        elif act == "in force":
            forcing.note_force(last.paper, Paper.Force.FULL, since=clock.now(), by="bob", why="The clerk said so.")
            last.is_in_force = True
            self._apply(last)
        elif act == "reject":
            verifying.reject(last.paper, by="bob", why="Forged.")
            last.is_over = True
        elif act == "amend":
            self.papers.append(Known(amendment(self.order, [self.keys[1]]), self.keys[1], None, is_in_force=True))
        else:
            self.papers.append(Known(lifting(self.order), None, None, is_in_force=True))

    def _apply(self, known: Known) -> None:
        if known.is_verified and known.is_in_force:
            self.closed, self.ends_hour = known.recording, known.ends_hour

    @property
    def expected(self) -> set[int]:
        has_ended = self.ends_hour is not None and self.hour >= self.ends_hour
        return set() if self.closed is None or has_ended else {self.closed}


def force(is_in_force: bool) -> dict[str, Any]:
    return {} if is_in_force else {"force": Paper.Force.NONE, "force_since": None}


def ends(hour: int, lasts: int | None) -> Any:
    return None if lasts is None else NOON + (hour + lasts) * HOUR


@pytest.mark.django_db
@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    acts=st.lists(st.sampled_from(ACTS), min_size=1, max_size=7),
    is_in_force=st.booleans(),
    lasts=st.none() | st.integers(1, 3),
)
def test_it_closes_what_the_last_paper_says_that_was_verified_and_in_force(
    acts: list[str], is_in_force: bool, lasts: int | None
) -> None:
    keys = some_recordings(2)
    with clock.stopped(NOON):
        sheet = Sheet(keys, is_in_force, lasts)
        for act in acts:
            try:
                sheet.do(act)
            except Refused:
                pass
            found = in_effect.refusals(keys, territory="DE", effect=Effect.SELL)
            assert set(found) == sheet.expected, (act, acts)
            is_effective = CourtOrder.objects.get(pk=sheet.order.pk).state == CourtOrder.State.EFFECTIVE
            assert is_effective == bool(sheet.expected)
    whose = Paper.objects.filter(order=sheet.order, applied_at__isnull=False)
    assert Restriction.objects.filter(authority_number=sheet.order.number).count() <= whose.count()
    assert not whose.filter(force=Paper.Force.NONE).exists()
