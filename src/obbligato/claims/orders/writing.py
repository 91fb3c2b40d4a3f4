"""Write the letters about an order, in the language of its paper where the store has it, and send what can be mailed.

A letter is a row first; one without an address, or whose address is refused, is printed at the desk.
"""

from collections.abc import Iterable, Sequence

from django.conf import settings
from django.core.mail import EmailMessage
from django.db.models import F
from django.template.loader import render_to_string
from django.urls import reverse

from obbligato.catalog.models import Recording
from obbligato.catalog.uploads.models import Upload
from obbligato.claims.models import Supplier
from obbligato.claims.orders import saying
from obbligato.claims.orders.models import CourtOrder, OrderLetter, Paper
from obbligato.kernel import clock
from obbligato.people.mails import sending
from obbligato.people.mails.models import Mail

LANGUAGES = ("en", "fr", "ru")
SUBJECTS = {
    "en": "Order {number}, case {case_number}",
    "fr": "Ordonnance {number}, affaire {case_number}",
    "ru": "Постановление {number}, дело {case_number}",
}
LISTED = 50
KEYS_A_QUESTION = 2_000
TOPIC = "court-order"


def query(paper: Paper, question: str) -> OrderLetter:
    """Ask the issuer what is missing."""
    return _write(
        paper, OrderLetter.Kind.QUERY, paper.order.issuer_email, _first(paper).recordings, {"question": question}
    )


def report(paper: Paper) -> list[OrderLetter]:
    """Tell the issuer what the paper has changed, and each supplier of its recordings what that means for hers."""
    letters = [_write(paper, OrderLetter.Kind.REPORT, paper.order.issuer_email, _first(paper).recordings, {})]
    for mail, (name, hers) in sorted(_suppliers(_first(paper).recordings).items()):
        letters.append(_write(paper, OrderLetter.Kind.SUPPLIER, mail, sorted(hers), {"name": name}))
    return letters


def send_due(limit: int) -> int:
    """Upkeep's: mail the letters that have an address and wait; gives how many were taken."""
    return sending.send_due(TOPIC, _message, limit=limit, sent=_note_sent)


def mail_of(letter: OrderLetter) -> Mail | None:
    """Its mail, while it waits or where it was refused."""
    return Mail.objects.about(TOPIC, letter.pk)


def _message(mail: Mail) -> EmailMessage:
    letter = OrderLetter.objects.get(pk=mail.key)
    return EmailMessage(letter.subject, letter.text, to=[letter.address])


def _note_sent(mail: Mail) -> None:
    OrderLetter.objects.filter(pk=mail.key).update(sent_at=clock.now())


def _write(
    paper: Paper, kind: OrderLetter.Kind, address: str, recordings: Sequence[int], more: dict[str, object]
) -> OrderLetter:
    """A letter about these recordings, by their keys: all of them, or those of its reader."""
    order = paper.order
    language = paper.language if paper.language in LANGUAGES else LANGUAGES[0]
    first = _first(paper)
    titles = list(Recording.objects.filter(pk__in=recordings[:LISTED]).values_list("title", flat=True))
    words = {
        "order": order,
        "paper": paper,
        "state": order.state,
        "states": CourtOrder.State,
        "at": clock.now(),
        "count": len(recordings),
        "titles": titles,
        "more": max(0, len(recordings) - LISTED),
        "places": ", ".join(first.territories),
        "effects": first.effects,
        "ends_at": first.ends_at,
        "scope": saying.scope_of(first),
        "site_name": settings.SITE_NAME,
        "orders_url": f"{settings.SITE_URL}{reverse('orders_in_force')}",
    }
    subject = SUBJECTS[language].format(number=order.number, case_number=order.case_number)
    text = render_to_string(f"court_orders/{language}/{kind.value}.txt", {**words, **more})
    letter = OrderLetter.objects.create(order=order, kind=kind, address=address, subject=subject[:200], text=text)
    if address:
        sending.post(TOPIC, letter.pk)
    return letter


def _first(paper: Paper) -> Paper:
    """The paper whose scope is meant: of a lifting, the one that it ends, which took effect last."""
    if paper.kind != Paper.Kind.LIFTING:
        return paper
    before = paper.order.papers.exclude(kind=Paper.Kind.LIFTING).filter(verified_at__isnull=False)
    return before.order_by(F("applied_at").desc(nulls_last=True), "-verified_at", "-pk")[0]


def _suppliers(keys: Sequence[int]) -> dict[str, tuple[str, set[int]]]:
    """By their addresses, who brought these recordings in: what she is called, and which of them are hers.

    She sent the release, or is known for its label. What came from the operator's own disk may have nobody.
    """
    found: dict[str, tuple[str, set[int]]] = {}
    is_anybody = Upload.objects.exists() or Supplier.objects.exists()
    for first in range(0, len(keys), KEYS_A_QUESTION) if is_anybody else ():
        some = keys[first : first + KEYS_A_QUESTION]
        for mail, name, recording in (*_senders(some), *_of_labels(some)):
            found.setdefault(mail, (name, set()))[1].add(recording)
    return found


def _senders(some: Sequence[int]) -> Iterable[tuple[str, str, int]]:
    sent = Upload.releases.through.objects.filter(release__editions__tracks__recording__in=some)
    rows = sent.filter(upload__person__is_active=True).exclude(upload__person__email="").order_by("upload__person")
    names = ("upload__person__email", "upload__person__username", "release__editions__tracks__recording")
    return rows.values_list(*names).distinct()


def _of_labels(some: Sequence[int]) -> Iterable[tuple[str, str, int]]:
    rows = Supplier.objects.filter(label__releases__editions__tracks__recording__in=some).order_by("pk")
    return rows.values_list("mail", "label__name", "label__releases__editions__tracks__recording").distinct()
