"""Send each person her news in one mail a day: the row first, then the mail. None is ever sent twice.

A mail that was being handed over when the store was killed, or whose server fell silent, may have gone: it stays
`sending` for ever. Only what was surely not taken is tried again.
"""

import logging
import smtplib
import time
from collections.abc import Collection, Mapping, Sequence
from datetime import timedelta
from urllib.parse import urlsplit

from django.conf import settings
from django.core.cache import cache
from django.core.mail import EmailMessage, get_connection
from django.core.mail.backends.base import BaseEmailBackend
from django.db import IntegrityError, transaction
from django.db.models import F
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import translation

from obbligato.catalog.following import quieting
from obbligato.catalog.following.models import Letter, News, Quiet
from obbligato.catalog.models import Release, ReleaseQuerySet
from obbligato.catalog.restrictions import in_effect
from obbligato.kernel import clock
from obbligato.kernel.sentences import Sentence

HOUR_UTC = 8
LETTERS_A_ROUND = 200
SECONDS_A_ROUND = 10
PAUSE = timedelta(hours=1)
PAUSE_OF_SERVER = timedelta(minutes=10)
MOST_TRIES = 12
LISTED = 20
SURELY_NOT_TAKEN = (
    smtplib.SMTPResponseException,  # The server said no, by a number (RFC 5321, 4.2).
    smtplib.SMTPRecipientsRefused,
    smtplib.SMTPNotSupportedError,
)
AWAY = "following:mail-server-away-until"
log = logging.getLogger("obbligato.following")


def send_due(among: ReleaseQuerySet) -> None:
    """Send the day's letters that are due, for a bounded time; `among` are the releases on sale now.

    Where no server answers nothing is begun, and it is left in peace for some minutes.
    """
    again, people = _to_try_again(), _people_with_news()
    if not (again or people) or cache.get(AWAY, clock.now()) > clock.now():
        return
    connection = _connection()
    if connection is None:
        return
    ends = time.monotonic() + SECONDS_A_ROUND
    try:
        for letter in again:
            if time.monotonic() < ends and _is_taken_up(letter):
                _send(letter, among, connection)
        for person_id in people:
            if time.monotonic() < ends and (opened := _opened(person_id)):
                _send(opened, among, connection)
    finally:
        connection.close()


def _connection() -> BaseEmailBackend | None:
    """A server that takes mails; None where none can be reached, so that nothing of any mail has gone."""
    connection: BaseEmailBackend = get_connection()
    try:
        connection.open()
    except (OSError, smtplib.SMTPException) as error:
        log.warning("The mail server cannot be used just now: %s", error)
        cache.set(AWAY, clock.now() + PAUSE_OF_SERVER, timeout=PAUSE_OF_SERVER.total_seconds())
        return None
    return connection


def _to_try_again() -> list[Letter]:
    due = Letter.objects.filter(state=Letter.State.NOT_SENT, tried_at__lte=clock.now() - PAUSE, tries__lt=MOST_TRIES)
    return list(due.select_related("person").order_by("tried_at")[:LETTERS_A_ROUND])


def _is_taken_up(letter: Letter) -> bool:
    """Whether it is this process that tries it again."""
    still = Letter.objects.filter(pk=letter.pk, state=Letter.State.NOT_SENT)
    with transaction.atomic(durable=True):
        return bool(still.update(state=Letter.State.SENDING, tries=F("tries") + 1, tried_at=clock.now()))


def _people_with_news() -> list[int]:
    """Who has news and no letter of today yet; nobody before the hour at which letters go out."""
    if clock.now().hour < HOUR_UTC:
        return []
    waiting = News.objects.filter(letter__isnull=True).exclude(person__letters__day=clock.today())
    return list(waiting.values_list("person_id", flat=True).distinct()[:LETTERS_A_ROUND])


def _opened(person_id: int) -> Letter | None:
    """Today's letter with all her news in it; None where another process opened it first."""
    try:
        with transaction.atomic(durable=True):
            letter = Letter.objects.create(person_id=person_id, day=clock.today())
            News.objects.filter(person_id=person_id, letter__isnull=True).update(letter=letter)
    except IntegrityError:
        return None
    return letter


def _send(letter: Letter, among: ReleaseQuerySet, connection: BaseEmailBackend) -> None:
    """Hand it over; its state is `sending` by now, and committed."""
    found = among.filter(news__letter=letter).order_by("-pk")
    releases = in_effect.listed_among(found, territory=letter.person.country)
    if not releases or not _may_be_written_to(letter):
        _end(letter, Letter.State.DROPPED)
        return
    try:
        connection.send_messages([message_of(letter, releases, wished=_wished(letter))])
    except SURELY_NOT_TAKEN as error:
        log.warning("The letter %s was not taken and is tried again later: %s", letter.pk, error)
        _end(letter, Letter.State.NOT_SENT)
    else:
        _end(letter, Letter.State.SENT)


def _wished(letter: Letter) -> set[int]:
    """Releases, by their keys, that are news to her because she wished for them."""
    return set(letter.news.filter(is_wished=True).values_list("release_id", flat=True))


def message_of(letter: Letter, releases: Sequence[Release], *, wished: Collection[int] = ()) -> EmailMessage:
    """The mail in her language, with the headers by which a program ends them in one click (RFC 2369, RFC 8058)."""
    with translation.override(letter.person.reads):
        return _message(letter, releases, wished)


def _message(letter: Letter, releases: Sequence[Release], wished: Collection[int]) -> EmailMessage:
    ending_url = f"{settings.SITE_URL}{reverse('mail_ending', args=[quieting.token_for(letter.person_id)])}"
    told = [_told(release) for release in releases[:LISTED] if release.pk not in wished]
    granted = [_told(release) for release in releases[:LISTED] if release.pk in wished]
    context = {
        "person": letter.person,
        "told": told,
        "granted": granted,
        "more": max(0, len(releases) - LISTED),
        "site_name": settings.SITE_NAME,
        "site_url": settings.SITE_URL,
        "following_url": f"{settings.SITE_URL}{reverse('following')}",
        "ending_url": ending_url,
    }
    return EmailMessage(
        subject=_subject(told or granted, len(releases))[:200],
        body=render_to_string("following/letter.txt", context),
        to=[letter.person.email],
        headers={
            "Message-ID": f"<news-{letter.pk}-{letter.day:%Y%m%d}@{urlsplit(settings.SITE_URL).hostname}>",
            "List-Unsubscribe": f"<{ending_url}>",
            "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
            "Auto-Submitted": "auto-generated",
        },
    )


def _subject(told: Sequence[Mapping[str, str]], count: int) -> str:
    if count == 1:
        return Sentence("New: {line}", line=told[0]["line"]).in_words()
    return Sentence(
        "{count} new release at {store}",
        plural="{count} new releases at {store}",
        count=count,
        store=settings.SITE_NAME,
    ).in_words()


def _told(release: Release) -> dict[str, str]:
    """One line without breaks, and where the release is."""
    line = " ".join(Sentence("{release} by {artist}", release=release, artist=release.artist).in_words().split())
    return {"line": line, "url": f"{settings.SITE_URL}{release.get_absolute_url()}"}


def _may_be_written_to(letter: Letter) -> bool:
    """What may have changed since the news was noted."""
    return (
        letter.person.is_active
        and bool(letter.person.email)
        and not Quiet.objects.filter(person=letter.person_id).exists()
    )


def _end(letter: Letter, state: Letter.State) -> None:
    letter.state = state
    letter.save(update_fields=["state"])
