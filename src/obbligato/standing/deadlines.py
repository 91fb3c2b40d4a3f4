"""Days by which something has to happen: set, met, and told to people before and after. It decides nothing itself."""

from datetime import date, timedelta

from django.conf import settings
from django.core.mail import EmailMessage
from django.db import transaction
from django.db.models import Q

from obbligato.kernel import clock
from obbligato.payments.alerting import alert
from obbligato.people.mails import sending
from obbligato.people.mails.models import Mail
from obbligato.people.models import Person
from obbligato.standing.models import Deadline, Incident
from obbligato.standing.words import Due

AHEAD = timedelta(days=3)
TOPIC, MAILS_A_ROUND = "deadline", 100
PROPOSALS = {
    Due.BASIS: " If nothing has come, please confirm that the basis was refused.",
    Due.RESTORATION: " If they have not complied, enforcement can be asked for.",
}
"""What a person may do about a day that is over."""


def set_day(incident: Incident, kind: Due, day: date, *, by: str, note: str = "") -> Deadline:
    """From now on people are reminded of that day."""
    return Deadline.objects.create(incident=incident, kind=kind, day=day, set_by=by[:150], note=note[:300])


def meet(incident: Incident, kind: Due) -> None:
    """Everything of this kind has happened; nobody is reminded any more."""
    Deadline.objects.filter(incident=incident, kind=kind, met_at__isnull=True).update(met_at=clock.now())


def next_of(incident: Incident) -> Deadline | None:
    """The first day that is still to be met, also one that is over."""
    return incident.deadlines.filter(met_at__isnull=True).order_by("day", "pk").first()


def is_overdue(incident: Incident, kind: Due) -> bool:
    """Whether a day of this kind was set, and each one is over without being met."""
    days = list(incident.deadlines.filter(kind=kind, met_at__isnull=True).values_list("day", flat=True))
    return bool(days) and max(days) < clock.today()


def remind() -> int:
    """Tell people once, three days before a day, and once when it is over; gives how many were told of."""
    today = clock.today()
    waiting = Deadline.objects.filter(met_at__isnull=True).select_related("incident")
    near = waiting.filter(reminded_at__isnull=True, day__gte=today, day__lte=today + AHEAD)
    over = waiting.filter(overdue_told_at__isnull=True, day__lt=today)
    told = sum(_told(one, "reminded_at", _near(one)) for one in near.order_by("day", "pk")) + sum(
        _told(one, "overdue_told_at", _over(one)) for one in over.order_by("day", "pk")
    )
    sending.send_due(TOPIC, _message, limit=MAILS_A_ROUND)
    return told


def desk_addresses() -> list[str]:
    """Who works at the desk on incidents and can be written to."""
    may = (
        Q(is_superuser=True)
        | Q(user_permissions__codename="change_incident")
        | Q(groups__permissions__codename="change_incident")
    )
    staff = Person.objects.filter(may, is_staff=True, is_active=True).exclude(email="")
    return sorted(set(staff.values_list("email", flat=True)))


@transaction.atomic
def _told(deadline: Deadline, field: str, sentence: str) -> int:
    is_mine = Deadline.objects.filter(pk=deadline.pk, **{f"{field}__isnull": True}).update(**{field: clock.now()})
    if not is_mine:
        return 0
    alert("incident_deadline", f"{deadline.pk} {field}", sentence)
    for address in desk_addresses():
        sending.post(TOPIC, deadline.pk, address)
    return 1


def _message(mail: Mail) -> EmailMessage | None:
    """To one person, for a refused address must not keep the others waiting; None where the day was met meanwhile."""
    deadline = Deadline.objects.select_related("incident").get(pk=mail.key)
    if deadline.met_at is not None:
        return None
    sentence = _over(deadline) if deadline.day < clock.today() else _near(deadline)
    page = f"{settings.SITE_URL}/desk/standing/incident/{deadline.incident_id}/change/"
    subject = f"{settings.SITE_NAME}: incident {deadline.incident.number}"
    return EmailMessage(subject, f"{sentence}\n\n{page}\n", to=[mail.detail])


def _near(deadline: Deadline) -> str:
    return f"{deadline.get_kind_display()}: due on {deadline.day:%-d %B %Y} (incident {deadline.incident.number})."


def _over(deadline: Deadline) -> str:
    words = (
        f"{deadline.get_kind_display()}: it was due on {deadline.day:%-d %B %Y} (incident {deadline.incident.number})."
    )
    return words + PROPOSALS.get(Due(deadline.kind), "")
