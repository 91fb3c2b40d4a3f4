"""Send the mails that wait: each at least once, or given up with what the server said; none holds up another.

Who tries a mail first moves the time from which the next may. So two never try it at once, whatever breaks it is tried
again, and a mail that was taken when the store was killed is sent once more: with the same Message-ID.
"""

import logging
import time
from collections.abc import Callable
from urllib.parse import urlsplit

from django.conf import settings
from django.core.cache import cache
from django.core.mail import EmailMessage, get_connection
from django.core.mail.backends.base import BaseEmailBackend
from django.db import transaction
from django.db.models import QuerySet

from obbligato.kernel import clock
from obbligato.people.mails.answers import Answer, Meaning, answer_of
from obbligato.people.mails.models import FIRST_PAUSE, MOST_TRIES, Mail

SECONDS_A_ROUND = 10
PAUSE_OF_SERVER = FIRST_PAUSE
AWAY = "mails:server-away-until"
log = logging.getLogger(__name__)

Maker = Callable[[Mail], EmailMessage | None]
"""Makes what a mail says, at the moment it is sent; None where nothing is left to say, or nobody to say it to."""
Noter = Callable[[Mail], object]
"""Notes that one was taken, where whoever posted it wants to know."""


def post(topic: str, key: int, detail: str = "") -> Mail:
    """Have it told, in the transaction of what is told. Told anew, it takes the place of what waited."""
    fresh = {"posted_at": clock.now(), "tries": 0, "due_at": clock.now(), "said": "", "refused_at": None}
    posted, _ = Mail.objects.update_or_create(topic=topic, key=key, detail=detail, defaults=fresh)
    return posted


def send_due(topic: str, message_of: Maker, *, limit: int, sent: Noter | None = None) -> int:
    """Send what is due of a topic, for a bounded time; gives how many were taken.

    `sent` is called with each of these, in the transaction that notes it. Where no server answers, or it goes away,
    the round ends, and it is left in peace for some minutes.
    """
    waiting = list(Mail.objects.due(topic)[:limit])
    connection = _connection() if waiting else None
    if connection is None:
        return 0
    taken, ends = 0, time.monotonic() + SECONDS_A_ROUND
    try:
        for mail in waiting:
            message = _made(mail, message_of) if time.monotonic() < ends else None
            if message is None:
                continue
            answer = _handed_over(message, connection)
            _note(mail, answer, sent)
            taken += answer is None
            if answer and answer.meaning == Meaning.AWAY:
                _leave_in_peace()
                break
    finally:
        connection.close()
    return taken


def send_now(mail: Mail, message_of: Maker) -> Answer | None:
    """Try one that was just posted, while a person waits; None where it was taken, else what the server said.

    Where this is broken off, send_due tries it again.
    """
    message = _made(mail, message_of)
    if message is None:
        return None
    answer = _handed_over(message, get_connection())
    _note(mail, answer, None)
    return answer


def _connection() -> BaseEmailBackend | None:
    """A server that takes mails; None where none can be reached, so that nothing of any mail has gone."""
    if cache.get(AWAY, clock.now()) > clock.now():
        return None
    connection: BaseEmailBackend = get_connection()
    try:
        connection.open()
    except OSError as error:  # What smtplib raises is one, too.
        log.warning("The mail server cannot be used just now: %s", error)
        _leave_in_peace()
        return None
    return connection


def _leave_in_peace() -> None:
    cache.set(AWAY, clock.now() + PAUSE_OF_SERVER, timeout=PAUSE_OF_SERVER.total_seconds())


def _made(mail: Mail, message_of: Maker) -> EmailMessage | None:
    """What it says, if it is this process that tries it now."""
    still = Mail.objects.filter(pk=mail.pk, due_at=mail.due_at, refused_at__isnull=True)
    mail.tries += 1
    mail.due_at = clock.now() + mail.pause
    with transaction.atomic(durable=True):
        if not still.update(tries=mail.tries, due_at=mail.due_at):
            return None
    message = message_of(mail)
    if message is None:
        _ours(mail).delete()
        return None
    host = urlsplit(settings.SITE_URL).hostname
    message.extra_headers.setdefault("Message-ID", f"<{mail.topic}-{mail.pk}-{mail.posted_at:%Y%m%d%H%M%S}@{host}>")
    message.extra_headers.setdefault("Auto-Submitted", "auto-generated")  # RFC 3834: no machine answers it.
    return message


def _handed_over(message: EmailMessage, connection: BaseEmailBackend) -> Answer | None:
    """None where the server took it."""
    try:
        connection.send_messages([message])
    except (OSError, ValueError) as error:
        return answer_of(error)
    return None


def _note(mail: Mail, answer: Answer | None, sent: Noter | None) -> None:
    with transaction.atomic(durable=True):
        if answer is None:
            _ours(mail).delete()
            if sent is not None:
                sent(mail)
            return
        log.warning("The %s could not be sent: %s", mail, answer.said)
        is_over = answer.meaning == Meaning.REFUSED or mail.tries >= MOST_TRIES
        _ours(mail).update(said=answer.said, refused_at=clock.now() if is_over else None)


def _ours(mail: Mail) -> QuerySet[Mail]:
    """The row as this try left it: what was posted anew meanwhile is another telling, and stays."""
    return Mail.objects.filter(pk=mail.pk, due_at=mail.due_at)
