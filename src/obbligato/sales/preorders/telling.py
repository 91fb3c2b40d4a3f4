"""Tell who ordered ahead by mail: that it is held, that the day moved, that it is out, that her money is back.

A row says what is to be told; nothing on a page waits for a mail server. No money moves here.
"""

from dataclasses import dataclass

from django.conf import settings
from django.core.mail import EmailMessage
from django.db import transaction
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import translation

from obbligato.kernel import clock
from obbligato.kernel.languages import day_text
from obbligato.kernel.money import format_money
from obbligato.kernel.sentences import Sentence
from obbligato.people.mails import sending
from obbligato.people.mails.models import Mail
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
TOPIC = "pre-order"


@dataclass(frozen=True)
class _Reader:
    """Who a mail goes to, and the page that it names."""

    address: str
    url: str
    ask_url: str = ""
    """Of a guest, whose page is a link that ends: where she gets another."""


def tell_due(limit: int) -> int:
    """Send what is to be told; gives how many mails. All they say is on the order's page too."""
    for preorder in PreOrder.objects.exclude(news="").order_by("pk")[:limit]:
        _take_up(preorder, News(preorder.news))
    return sending.send_due(TOPIC, _message, limit=limit)


def mail_of(order: Order) -> Mail | None:
    """The last mail about a pre-order, while it waits or where it was refused."""
    return Mail.objects.about(TOPIC, order.preorder.pk) if hasattr(order, "preorder") else None


def _take_up(preorder: PreOrder, news: News) -> None:
    """Have it told, unless another process did."""
    with transaction.atomic():
        if PreOrder.objects.filter(pk=preorder.pk, news=news).update(news=""):
            sending.post(TOPIC, preorder.pk, news)


def _message(mail: Mail) -> EmailMessage | None:
    found, news = PreOrder.objects.select_related("order__person", "announcement__release__edition"), News(mail.detail)
    preorder = found.get(pk=mail.key)
    reader = _reader(preorder, news)
    if reader is None:
        return None
    with translation.override(preorder.order.person.reads):
        subject, text = _mail(preorder, news, reader)
    return EmailMessage(subject[:SUBJECT_LENGTH], text, to=[reader.address])


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
