"""Write the letters about an order, in the language of its paper where the store has it, and send what can be mailed.

A letter is a row first; a mail that was not taken is tried again, and one without an address is printed at the desk.
"""

import logging

from django.conf import settings
from django.core.mail import send_mail
from django.template.loader import render_to_string
from django.urls import reverse

from obbligato.catalog.models import Recording
from obbligato.catalog.uploads.models import Upload
from obbligato.claims.orders import saying
from obbligato.claims.orders.models import CourtOrder, OrderLetter, Paper
from obbligato.kernel import clock
from obbligato.people.models import Person

LANGUAGES = ("en", "fr", "ru")
SUBJECTS = {
    "en": "Order {number}, case {case_number}",
    "fr": "Ordonnance {number}, affaire {case_number}",
    "ru": "Постановление {number}, дело {case_number}",
}
LISTED = 50
KEYS_A_QUESTION = 2_000
log = logging.getLogger(__name__)


def query(paper: Paper, question: str) -> OrderLetter:
    """Ask the issuer what is missing."""
    return _write(paper, OrderLetter.Kind.QUERY, paper.order.issuer_email, {"question": question})


def report(paper: Paper) -> list[OrderLetter]:
    """Tell the issuer what the paper has changed, and each supplier of its recordings what that means for her."""
    letters = [_write(paper, OrderLetter.Kind.REPORT, paper.order.issuer_email, {})]
    for person in _suppliers(paper):
        letters.append(_write(paper, OrderLetter.Kind.SUPPLIER, person.email, {"person": person}))
    return letters


def send_due(limit: int) -> int:
    """Upkeep's: mail the letters that have an address and were not taken yet; gives how many were."""
    waiting = OrderLetter.objects.filter(sent_at__isnull=True).exclude(address="").order_by("made_at", "pk")
    return sum(_send(letter) for letter in waiting[:limit])


def _send(letter: OrderLetter) -> bool:
    try:
        send_mail(letter.subject, letter.text, None, [letter.address])
    except OSError:  # It was not taken, so it can be tried again.
        log.exception("A letter about an order could not be sent.")
        return False
    OrderLetter.objects.filter(pk=letter.pk).update(sent_at=clock.now())
    return True


def _write(paper: Paper, kind: OrderLetter.Kind, address: str, more: dict[str, object]) -> OrderLetter:
    order = paper.order
    language = paper.language if paper.language in LANGUAGES else LANGUAGES[0]
    first = _first(paper)
    titles = list(Recording.objects.filter(pk__in=first.recordings[:LISTED]).values_list("title", flat=True))
    words = {
        "order": order,
        "paper": paper,
        "state": order.state,
        "states": CourtOrder.State,
        "at": clock.now(),
        "count": len(first.recordings),
        "titles": titles,
        "more": max(0, len(first.recordings) - LISTED),
        "places": ", ".join(first.territories),
        "effects": first.effects,
        "ends_at": first.ends_at,
        "scope": saying.scope_of(first),
        "site_name": settings.SITE_NAME,
        "orders_url": f"{settings.SITE_URL}{reverse('orders_in_force')}",
    }
    subject = SUBJECTS[language].format(number=order.number, case_number=order.case_number)
    text = render_to_string(f"court_orders/{language}/{kind.value}.txt", {**words, **more})
    return OrderLetter.objects.create(order=order, kind=kind, address=address, subject=subject[:200], text=text)


def _first(paper: Paper) -> Paper:
    """The paper whose scope is meant: of a lifting, the one that it ends."""
    if paper.kind != Paper.Kind.LIFTING:
        return paper
    before = paper.order.papers.exclude(kind=Paper.Kind.LIFTING).filter(verified_at__isnull=False)
    return before.order_by("-verified_at", "-pk")[0]


def _suppliers(paper: Paper) -> list[Person]:
    """Who sent the releases of these recordings; a release that came from the operator's own disk has nobody."""
    keys, senders = _first(paper).recordings, set[int]()
    for first in range(0, len(keys), KEYS_A_QUESTION) if Upload.objects.exists() else ():
        some = keys[first : first + KEYS_A_QUESTION]
        sent = Upload.releases.through.objects.filter(release__editions__tracks__recording__in=some)
        senders |= set(sent.values_list("upload__person", flat=True).distinct())
    return list(Person.objects.filter(pk__in=senders, is_active=True).exclude(email="").order_by("pk"))
