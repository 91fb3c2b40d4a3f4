"""Tell guests by mail where their music is, once it is paid, and when they ask. It answers nobody on a page.

A row says what is to be told; nothing a visitor sees takes longer because an address is known here.
"""

from datetime import timedelta

from django.conf import settings
from django.core.mail import EmailMessage
from django.db import transaction
from django.db.models import Count, F, Q, QuerySet
from django.db.models.functions import Lower
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import translation

from obbligato.kernel import clock
from obbligato.kernel.sentences import Sentence
from obbligato.people.mails import sending
from obbligato.people.mails.models import Mail
from obbligato.people.throttle import count_attempt
from obbligato.sales.guests.links import LIFETIME, link_to
from obbligato.sales.guests.models import Guest, LinkRequest, Notice
from obbligato.sales.guests.welcoming import address_typed
from obbligato.sales.models import Order

DAY = timedelta(hours=24)
TOLD_A_DAY, ANSWERED_A_DAY = 20, 5
"""So many mails of each kind go to one address in 24 hours: others cannot bury anybody in the store's mails."""
MOST_ASKED, WINDOW_SECONDS = 10, 60 * 60
TOLD, ASKED = "guest", "guest-links"
"""Topics of mails."""


def ask(text: str, origin: str) -> None:
    """Note that somebody wants new links to an address; the same is done for every address.

    `origin` names the network it came from. Raises BadAddress, TooManyAttempts.
    """
    address = address_typed(text)
    count_attempt("guest-links", origin, limit=MOST_ASKED, window_seconds=WINDOW_SECONDS)
    LinkRequest.objects.create(address=address)


def tell_due(limit: int) -> int:
    """Send the mails of orders that are paid by now; gives how many."""
    due = Notice.objects.filter(Q(order__isnull=True) | Q(order__paid_at__isnull=False), told_at__isnull=True)
    due = due.alias(lowered=Lower("guest__address")).exclude(lowered__in=_told_enough())
    for notice in due.select_related("guest").order_by("pk")[:limit]:
        if not _has_had_enough(notice.guest.address):
            _take_up(notice)
    return sending.send_due(TOLD, _told, limit=limit)


def answer_due(limit: int) -> int:
    """Send new links to those who asked and bought something; how many mails. Older links of theirs end by it."""
    LinkRequest.objects.filter(answered_at__lt=clock.now() - DAY).delete()
    for asked in LinkRequest.objects.filter(answered_at__isnull=True).order_by("asked_at", "pk")[:limit]:
        _answer(asked)
    return sending.send_due(ASKED, _answered, limit=limit)


def mail_of(guest: Guest) -> Mail | None:
    """The last mail with her link, while it waits or where it was refused; none once her address was set right."""
    notice = guest.notices.filter(told_at__isnull=False).order_by("pk").last()
    return Mail.objects.about(TOLD, notice.pk) if notice else None


def _take_up(notice: Notice) -> None:
    """Have it told, unless another process did."""
    with transaction.atomic():
        if Notice.objects.filter(pk=notice.pk, told_at__isnull=True).update(told_at=clock.now()):
            sending.post(TOLD, notice.pk)


def _answer(asked: LinkRequest) -> None:
    """Have it answered, unless another process did, or the address had enough answers."""
    with transaction.atomic():
        still = LinkRequest.objects.filter(pk=asked.pk, answered_at__isnull=True)
        if still.update(answered_at=clock.now()) and not _has_asked_enough(asked):
            sending.post(ASKED, asked.pk, asked.address)


def _told(mail: Mail) -> EmailMessage | None:
    notice = Notice.objects.select_related("guest__person", "order").filter(pk=mail.key).first()
    return _message(notice.guest, "told.txt", _things(notice)) if notice else None


def _answered(mail: Mail) -> EmailMessage | None:
    """The request itself may be gone by now; whose it was stands with the mail."""
    guests = _renewed(mail.detail)
    return _message(guests[0], "links.txt", {"opened": [_opened(guest) for guest in guests]}) if guests else None


def _told_enough() -> QuerySet[Notice, str]:
    """Addresses in small letters to which a day's mails have gone."""
    told = Notice.objects.filter(told_at__gt=clock.now() - DAY).values(told_to=Lower("guest__address"))
    return told.annotate(count=Count("pk")).filter(count__gte=TOLD_A_DAY).values_list("told_to", flat=True)


def _has_had_enough(address: str) -> bool:
    since = clock.now() - DAY
    return Notice.objects.filter(guest__in=Guest.objects.of(address), told_at__gt=since).count() >= TOLD_A_DAY


def _has_asked_enough(asked: LinkRequest) -> bool:
    others = LinkRequest.objects.filter(address__iexact=asked.address, answered_at__isnull=False)
    return others.exclude(pk=asked.pk).count() >= ANSWERED_A_DAY


def _renewed(address: str) -> list[Guest]:
    """Those of the address who were told of anything, or ordered ahead; each with a new link in place of her last."""
    bought = Q(notices__told_at__isnull=False) | Q(person__orders__held_at__isnull=False)
    keys = list(Guest.objects.of(address).filter(bought).values_list("pk", flat=True).distinct())
    Guest.objects.filter(pk__in=keys).update(links=F("links") + 1)
    return list(Guest.objects.filter(pk__in=keys).select_related("person").order_by("-pk"))


def _things(notice: Notice) -> dict[str, object]:
    order = notice.order
    return {"titles": _titles(order) if order else [], "order": order, "link": link_to(notice.guest)}


def _opened(guest: Guest) -> dict[str, object]:
    bought = Q(paid_at__isnull=False) | Q(held_at__isnull=False)
    order = Order.objects.filter(bought, person=guest.person).order_by("pk").first()
    return {"at": guest.created_at, "titles": _titles(order) if order else [], "link": link_to(guest)}


def _titles(order: Order) -> list[str]:
    return sorted({line.track.edition.title for line in order.lines.select_related("track__edition")})


def _message(guest: Guest, template: str, words: dict[str, object]) -> EmailMessage:
    """In the language in which she bought."""
    around = {
        "site_name": settings.SITE_NAME,
        "site_url": settings.SITE_URL,
        "ask_url": f"{settings.SITE_URL}{reverse('guest')}",
        "days": LIFETIME.days,
    }
    with translation.override(guest.person.reads):
        subject = Sentence("Your music from {store}", store=settings.SITE_NAME).in_words()
        return EmailMessage(subject, render_to_string(f"guests/{template}", {**around, **words}), to=[guest.address])
