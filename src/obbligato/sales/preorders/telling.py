"""Tell who ordered ahead by mail: that it is held, that the day moved, that it is out, that her money is back.

A row says what is to be told; nothing on a page waits for a mail server. No money moves here.
"""

import logging
from dataclasses import dataclass

from django.conf import settings
from django.core.mail import send_mail
from django.db import transaction
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import translation

from obbligato.kernel import clock
from obbligato.kernel.languages import day_text
from obbligato.kernel.money import format_money
from obbligato.kernel.sentences import Sentence
from obbligato.people.models import Person
from obbligato.sales.guests.links import link_to
from obbligato.sales.guests.models import Guest
from obbligato.sales.guests.telling import DAY, TOLD_A_DAY
from obbligato.sales.models import Order
from obbligato.sales.preorders.models import PreOrder

News = PreOrder.News
SUBJECTS = {
    News.HELD: lambda title: Sentence("Your pre-order of “{title}”", title=title),
    News.MOVED: lambda title: Sentence("“{title}” comes out on another day", title=title),
    News.OUT: lambda title: Sentence("“{title}” is out, and yours", title=title),
    News.BACK: lambda title: Sentence("Your money for “{title}” is back", title=title),
}
SUBJECT_LENGTH = 200
log = logging.getLogger(__name__)


@dataclass(frozen=True)
class _Reader:
    """Who a mail goes to, and the page that it names."""

    address: str
    url: str
    ask_url: str = ""
    """Of a guest, whose page is a link that ends: where she gets another."""


def tell_due(limit: int) -> int:
    """Send what is to be told; gives how many mails. None is sent twice.

    A mail that a crash cut off is not sent again: all it says is on the order's page. Where the server takes one not,
    the rest waits for the next round.
    """
    found = PreOrder.objects.exclude(news="").select_related("order__person", "announcement__release__edition")
    told = 0
    for preorder in found.order_by("pk")[:limit]:
        news = News(preorder.news)
        reader = _reader(preorder, news) if _is_taken_up(preorder, news) else None
        if reader is None:
            continue
        if not _sent(preorder, news, reader):
            PreOrder.objects.filter(pk=preorder.pk, news="").update(news=news)
            break
        told += 1
    return told


def _is_taken_up(preorder: PreOrder, news: News) -> bool:
    """Whether it is this process that tells it."""
    with transaction.atomic():
        return bool(PreOrder.objects.filter(pk=preorder.pk, news=news).update(news=""))


def _reader(preorder: PreOrder, news: News) -> _Reader | None:
    """None where nobody is to be written to: no address, no mail server, or a guest whom another mail tells."""
    person: Person = preorder.order.person
    guest: Guest | None = getattr(person, "guest", None)
    if not settings.SENDS_MAIL or not person.is_active:
        return None
    if guest is not None and guest.claimed_at is None:
        if news == News.OUT or (news == News.HELD and _has_had_enough(guest.address)):
            return None
        return _Reader(guest.address, link_to(guest), f"{settings.SITE_URL}{reverse('guest')}")
    url = f"{settings.SITE_URL}{preorder.order.get_absolute_url()}"
    return _Reader(person.email, url) if person.email else None


def _has_had_enough(address: str) -> bool:
    """What costs nothing can be ordered in the name of any address; she may still ask for links (guests.telling)."""
    since = clock.now() - DAY
    return Order.objects.filter(person__guest__in=Guest.objects.of(address), held_at__gt=since).count() > TOLD_A_DAY


def _sent(preorder: PreOrder, news: News, reader: _Reader) -> bool:
    with translation.override(preorder.order.person.reads):
        subject, text = _mail(preorder, news, reader)
    try:
        send_mail(subject[:SUBJECT_LENGTH], text, None, [reader.address])
    except OSError:  # It was not taken, so it can be tried again.
        log.exception("A mail about a pre-order could not be sent.")
        return False
    return True


def _mail(preorder: PreOrder, news: News, reader: _Reader) -> tuple[str, str]:
    """Subject and text in the active language."""
    order, release = preorder.order, preorder.announcement.release
    title = " ".join(str(release).split())
    words = {
        "title": title,
        "artist": release.artist.name,
        "day": day_text(preorder.announcement.day),
        "reason": order.why_cancelled.in_words(),
        "says": [sentence.in_words() for sentence in preorder.left_out],
        "total": format_money(order.total_micro, order.currency),
        "held": format_money(preorder.quoted_micro, order.currency),
        "returned": format_money(max(0, preorder.quoted_micro - order.total_micro), order.currency),
        "has_returned": preorder.quoted_micro > order.total_micro,
        "url": reader.url,
        "ask_url": reader.ask_url,
        "site_name": settings.SITE_NAME,
        "site_url": settings.SITE_URL,
    }
    return SUBJECTS[news](title).in_words(), render_to_string(f"preorders/{news}.txt", words)
