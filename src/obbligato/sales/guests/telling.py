"""Tell guests by mail where their music is, once it is paid, and when they ask. It answers nobody on a page.

A row says what is to be told; nothing a visitor sees takes longer because an address is known here.
"""

import logging
from datetime import timedelta

from django.conf import settings
from django.core.mail import send_mail
from django.db.models import F, Q
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import translation

from obbligato.kernel import clock
from obbligato.kernel.sentences import Sentence
from obbligato.people.throttle import count_attempt
from obbligato.sales.guests.links import LIFETIME, link_to
from obbligato.sales.guests.models import Guest, LinkRequest, Notice
from obbligato.sales.guests.welcoming import address_typed
from obbligato.sales.models import Order

DAY = timedelta(hours=24)
TOLD_A_DAY, ANSWERED_A_DAY = 20, 5
"""So many mails of each kind go to one address in 24 hours: others cannot bury anybody in the store's mails."""
MOST_ASKED, WINDOW_SECONDS = 10, 60 * 60
log = logging.getLogger(__name__)


def ask(text: str, origin: str) -> None:
    """Note that somebody wants new links to an address; the same is done for every address.

    `origin` names the network it came from. Raises BadAddress, TooManyAttempts.
    """
    address = address_typed(text)
    count_attempt("guest-links", origin, limit=MOST_ASKED, window_seconds=WINDOW_SECONDS)
    LinkRequest.objects.create(address=address)


def tell_due(limit: int) -> int:
    """Send the mails of orders that are paid by now; gives how many. None is sent twice.

    Where the mail server takes one not, the rest waits for the next round.
    """
    due = Notice.objects.filter(Q(order__isnull=True) | Q(order__paid_at__isnull=False), told_at__isnull=True)
    told = 0
    for notice in due.select_related("guest__person", "order").order_by("pk")[:limit]:
        if _has_had_enough(notice.guest.address):
            continue
        if not Notice.objects.filter(pk=notice.pk, told_at__isnull=True).update(told_at=clock.now()):
            continue
        if not _sent(notice.guest, "told.txt", _things(notice)):
            Notice.objects.filter(pk=notice.pk).update(told_at=None)
            break
        told += 1
    return told


def answer_due(limit: int) -> int:
    """Send new links to those who asked and bought something; how many mails. Older links of theirs end by it."""
    LinkRequest.objects.filter(answered_at__lt=clock.now() - DAY).delete()
    waiting = LinkRequest.objects.filter(answered_at__isnull=True).order_by("asked_at", "pk")
    answered = 0
    for asked in waiting[:limit]:
        if not LinkRequest.objects.filter(pk=asked.pk, answered_at__isnull=True).update(answered_at=clock.now()):
            continue
        guests = [] if _has_asked_enough(asked) else _renewed(asked.address)
        if not guests:
            continue
        if not _sent(guests[0], "links.txt", {"opened": [_opened(guest) for guest in guests]}):
            LinkRequest.objects.filter(pk=asked.pk).update(answered_at=None)
            break
        answered += 1
    return answered


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


def _sent(guest: Guest, template: str, words: dict[str, object]) -> bool:
    """Whether the mail was taken; it is in the language in which she bought."""
    around = {
        "site_name": settings.SITE_NAME,
        "site_url": settings.SITE_URL,
        "ask_url": f"{settings.SITE_URL}{reverse('guest')}",
        "days": LIFETIME.days,
    }
    with translation.override(guest.person.reads):
        subject = Sentence("Your music from {store}", store=settings.SITE_NAME).in_words()
        text = render_to_string(f"guests/{template}", {**around, **words})
    try:
        send_mail(subject, text, None, [guest.address])
    except OSError:  # It was not taken, so it can be tried again.
        log.exception("A mail to a guest could not be sent.")
        return False
    return True
