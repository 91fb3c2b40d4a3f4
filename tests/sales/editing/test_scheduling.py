"""A draft is published at its time by upkeep, once; what fails then says why and is not tried again by itself."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.db import IntegrityError, OperationalError, connection, transaction

from obbligato.catalog.models import Edition, Picture, Release
from obbligato.kernel import clock
from obbligato.payments.models import Alert
from obbligato.sales.editing import drafting, scheduling
from obbligato.sales.editing.drafting import Appointed
from obbligato.sales.editing.issuing import EditionMeanwhile, NotReady
from obbligato.sales.editing.models import Appointment, Draft
from obbligato.sales.editing.scheduling import BadTime, NoAppointment, moment_of
from tests import makers
from tests.sales.editing.makers import a_draft, rewrite

pytestmark = pytest.mark.django_db
NOON = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
PARIS = ZoneInfo("Europe/Paris")


def schedule(release: Release, hours: float = 6) -> Appointment:
    version = a_draft(release).version
    return scheduling.schedule(release, seen=version, at=clock.now() + timedelta(hours=hours), by="dana")


def test_what_is_due_is_published_once_by_whom_it_was_asked() -> None:
    release = makers.a_release(tracks=1)
    with clock.stopped(NOON):
        rewrite(release, by="bob", title="New")
        appointment = schedule(release)
        scheduling.issue_due(10)
        assert Edition.objects.count() == 1
        assert appointment.outcome == "To come."
        clock.advance(timedelta(hours=6))
        scheduling.issue_due(10)
        scheduling.issue_due(10)
    appointment.refresh_from_db()
    assert appointment.outcome == "Published on 2026-03-01 18:00 UTC."
    assert appointment.edition == Edition.objects.get(number=2, title="New", made_by="dana")
    assert str(appointment) == "New at 2026-03-01 18:00 UTC"
    assert not Draft.objects.exists()


def test_a_time_that_has_passed_and_one_too_far_away_are_refused() -> None:
    release = makers.a_release(tracks=1)
    with clock.stopped(NOON):
        with pytest.raises(BadTime, match=r"1 March 2026, 12:00 UTC has passed\. Publish it now"):
            schedule(release, hours=0)
        with pytest.raises(BadTime, match="more than three years"):
            schedule(release, hours=30_000)


def test_nothing_that_could_not_be_published_is_scheduled() -> None:
    release = makers.a_release(tracks=1)
    rewrite(release, title="")
    with pytest.raises(NotReady):
        schedule(release)
    rewrite(release, title="New")
    makers.a_release(tracks=2)
    with pytest.raises(EditionMeanwhile):
        schedule(release)
    assert not Appointment.objects.exists()


def test_until_then_the_draft_stays_as_it_is() -> None:
    release = makers.a_release(tracks=1)
    draft = rewrite(release, title="New")
    schedule(release)
    with pytest.raises(Appointed, match="Cancel that first"):
        rewrite(release, title="Newer")
    with pytest.raises(Appointed):
        drafting.discard(release, seen=draft.version)
    with pytest.raises(Appointed):
        schedule(release)
    cancelled = scheduling.cancel(release, by="bob")
    assert cancelled.outcome.startswith("Cancelled by bob on ")
    with pytest.raises(NoAppointment):
        scheduling.cancel(release, by="bob")
    rewrite(release, title="Newer")
    with clock.stopped(clock.now() + timedelta(days=1)):
        scheduling.issue_due(10)
    assert Edition.objects.count() == 1


def test_what_fails_says_why_and_is_not_tried_again() -> None:
    release = makers.a_release(tracks=1)
    with clock.stopped(NOON):
        rewrite(release, title="New")
        appointment = schedule(release)
        makers.a_release(tracks=2)
        clock.advance(timedelta(hours=7))
        scheduling.issue_due(10)
        appointment.refresh_from_db()
        assert appointment.outcome.startswith("Not published: Edition 2 was published by tests since this draft")
        assert (appointment.kept_at, appointment.edition) == (None, None)
        assert Alert.objects.get().sentence.startswith("“Three Small Pieces” was not published: Edition 2")
        draft = drafting.catch_up(release, seen=drafting.draft_of(release).version, by="dana")
        scheduling.issue_due(10)
        assert Edition.objects.count() == 2
        scheduling.schedule(release, seen=draft.version, at=clock.now() + timedelta(hours=1), by="dana")
        clock.advance(timedelta(hours=1))
        scheduling.issue_due(10)
    assert Edition.objects.get(number=3).title == "New"


def test_a_store_that_breaks_tells_so_and_leaves_the_draft() -> None:
    release = makers.a_release(tracks=1)
    with clock.stopped(NOON):
        rewrite(release, title="New")
        appointment = schedule(release)
        cover = Picture.objects.get()
        cover.file("tag").unlink()  # Its tags cannot be counted now.
        clock.advance(timedelta(hours=7))
        scheduling.issue_due(10)
    appointment.refresh_from_db()
    assert appointment.outcome == "Not published: The store could not publish it; its log says why."
    assert drafting.draft_of(release).content.title == "New"


def test_an_appointment_whose_draft_is_gone_publishes_nothing() -> None:
    release = makers.a_release(tracks=1)
    with clock.stopped(NOON):
        schedule(release)
        Draft.objects.all().delete()
        clock.advance(timedelta(hours=7))
        scheduling.issue_due(10)
    assert Edition.objects.count() == 1


@pytest.mark.skipif(connection.vendor != "sqlite", reason="A missing table is another error elsewhere.")
def test_a_busy_database_is_asked_again_for_an_hour() -> None:
    release = makers.a_release(tracks=1)
    with clock.stopped(NOON):
        rewrite(release, title="New")
        appointment = schedule(release)
        clock.advance(timedelta(hours=6, minutes=30))
        with a_database_that_fails(), pytest.raises(OperationalError):
            scheduling.issue_due(10)
        assert appointment.outcome == "To come."
        clock.advance(timedelta(hours=1))
        with a_database_that_fails():
            scheduling.issue_due(10)
    appointment.refresh_from_db()
    assert appointment.reason == "The database was too busy for an hour."


@contextmanager
def a_database_that_fails() -> Iterator[None]:
    """Without a table that publishing needs; its error is of the same kind as a lock that others hold for too long."""
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE editing_earlierversion RENAME TO elsewhere")
        try:
            yield
        finally:
            cursor.execute("ALTER TABLE elsewhere RENAME TO editing_earlierversion")


def test_one_release_has_one_appointment_to_come_and_it_ends_once() -> None:
    release = makers.a_release(tracks=1)
    draft = a_draft(release)
    first = schedule(release)
    with pytest.raises(IntegrityError), transaction.atomic():
        Appointment.objects.create(release=release, draft=draft, at=NOON, by="dana")
    with pytest.raises(IntegrityError), transaction.atomic():
        Appointment.objects.filter(pk=first.pk).update(kept_at=NOON, failed_at=NOON)


def test_a_moment_is_what_people_of_the_store_call_so() -> None:
    assert moment_of("2026-03-01", "18:00", ZoneInfo("UTC")) == datetime(2026, 3, 1, 18, 0, tzinfo=UTC)
    assert moment_of(" 2026-07-01", "18:00 ", PARIS) == datetime(2026, 7, 1, 16, 0, tzinfo=UTC)


def test_an_hour_that_comes_twice_or_never_is_no_moment() -> None:
    with pytest.raises(BadTime, match="02:30 comes twice on that day in Europe/Paris, as summer time ends"):
        moment_of("2026-10-25", "02:30", PARIS)
    with pytest.raises(BadTime, match="There is no 02:30 on that day in Europe/Paris"):
        moment_of("2026-03-29", "02:30", PARIS)
    assert moment_of("2026-10-25", "03:00", PARIS) == datetime(2026, 10, 25, 2, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("day", "hour"), [("soon", "18:00"), ("2026-02-30", "18:00"), ("2026-03-01", "25:00"), ("", "")]
)
def test_what_is_no_time_is_refused(day: str, hour: str) -> None:
    with pytest.raises(BadTime, match="Write a day as in"):
        moment_of(day, hour, PARIS)


def test_a_time_brings_no_zone_of_its_own() -> None:
    with pytest.raises(BadTime, match="that of Europe/Paris"):
        moment_of("2026-03-01", "18:00+05:00", PARIS)
