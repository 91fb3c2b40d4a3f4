"""Publish a draft at a time: kept as a row, looked for by upkeep. What cannot be published then is tried no more."""

import logging
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from django.db import OperationalError, transaction

from obbligato.catalog.models import Release
from obbligato.catalog.publishing import Publication
from obbligato.kernel import clock
from obbligato.kernel.refusals import Gone, Invalid, Refused
from obbligato.payments.alerting import alert
from obbligato.sales.editing.drafting import held_draft
from obbligato.sales.editing.issuing import enact, refuse_unready, show
from obbligato.sales.editing.models import TO_COME, Appointment

FURTHEST = timedelta(days=3 * 365)
BUSY_FOR = timedelta(hours=1)
"""So long a database that is too busy is no reason to give up."""
REASON_LENGTH = 500
log = logging.getLogger(__name__)


class BadTime(Invalid):
    """The time is not one at which something can be published."""


class NoAppointment(Gone):
    """Nothing is to be published at a time, or not any more."""


@transaction.atomic
def schedule(release: Release, *, seen: int, at: datetime, by: str) -> Appointment:
    """Have the draft published at a time. Raises what publishing it now would raise, and BadTime."""
    if at <= clock.now():
        raise BadTime(f"{at.astimezone(UTC):%-d %B %Y, %H:%M} UTC has passed. Publish it now, or name a time to come.")
    if at > clock.now() + FURTHEST:
        raise BadTime("That is more than three years from now.")
    draft = held_draft(release, seen=seen)
    refuse_unready(draft)
    # Nothing below refuses any more.
    return Appointment.objects.create(release=draft.release, draft=draft, at=at, by=by)


@transaction.atomic
def cancel(release: Release, *, by: str) -> Appointment:
    """Let the draft be as before: nothing is published then. Raises NoAppointment."""
    appointment = _held(release.appointments.filter(TO_COME).values_list("pk", flat=True).first())
    if appointment is None:
        raise NoAppointment("It is not to be published at a time: it was published already, or that was cancelled.")
    appointment.cancelled_at, appointment.cancelled_by = clock.now(), by
    appointment.save(update_fields=["cancelled_at", "cancelled_by"])
    return appointment


def issue_due(most: int) -> None:
    """Upkeep's: publish what is to be published by now, the oldest first, and note with each what came of it."""
    due = Appointment.objects.filter(TO_COME, at__lte=clock.now()).order_by("at", "pk")
    for pk in list(due.values_list("pk", flat=True)[:most]):
        _keep(pk)


def moment_of(day: str, hour: str, zone: ZoneInfo) -> datetime:
    """The moment that people of a time zone call so: "2026-10-25" and "02:30". Raises BadTime.

    When summer time begins an hour is left out, and when it ends one comes twice: neither names a moment.
    """
    try:
        named = datetime.combine(date.fromisoformat(day.strip()), time.fromisoformat(hour.strip()))
    except ValueError:
        raise BadTime("Write a day as in 2026-03-01 and a time as in 18:00.") from None
    if named.tzinfo is not None:
        raise BadTime(f"Write the time without a time zone; it is that of {zone.key}.")
    first, second = named.replace(tzinfo=zone, fold=0), named.replace(tzinfo=zone, fold=1)
    if first.astimezone(UTC).astimezone(zone).replace(tzinfo=None) != named:
        raise BadTime(f"There is no {named:%H:%M} on that day in {zone.key}: the clocks skip it as summer time begins.")
    if first.utcoffset() != second.utcoffset():
        raise BadTime(f"{named:%H:%M} comes twice on that day in {zone.key}, as summer time ends. Name another time.")
    return first.astimezone(UTC)


def _keep(pk: int) -> None:
    try:
        publication = _enact(pk)
    except OperationalError:
        if not Appointment.objects.filter(pk=pk, at__lte=clock.now() - BUSY_FOR).exists():
            raise
        _fail(pk, "The database was too busy for an hour.")
    except Refused as refusal:
        _fail(pk, str(refusal))
    except Exception:
        log.exception("An appointment could not be kept.")
        _fail(pk, "The store could not publish it; its log says why.")
    else:
        if publication is not None:
            show(publication.release)


@transaction.atomic
def _enact(pk: int) -> Publication | None:
    appointment = _held(pk)
    if appointment is None or appointment.draft is None:
        return None
    # It is kept or it fails, and then all of this is taken back; its draft is free to be published from here on.
    appointment.kept_at = clock.now()
    appointment.save(update_fields=["kept_at"])
    version = appointment.draft.version
    publication = enact(appointment.release, seen=version, by=appointment.by)
    Appointment.objects.filter(pk=pk).update(edition=publication.edition)
    return publication


@transaction.atomic
def _fail(pk: int, reason: str) -> None:
    """Note why, and put it before a person; what was cancelled meanwhile needs neither."""
    for appointment in Appointment.objects.select_for_update().filter(TO_COME, pk=pk):
        appointment.failed_at, appointment.reason = clock.now(), reason[:REASON_LENGTH]
        appointment.save(update_fields=["failed_at", "reason"])
        alert("publication_failed", f"appointment {pk}", f"“{appointment.release}” was not published: {reason}")


def _held(pk: int | None) -> Appointment | None:
    return Appointment.objects.select_for_update().filter(TO_COME, pk=pk or 0).first()
