"""Write each person her news in one mail a day: the row first, with all the news in it, then the mail."""

from collections.abc import Collection, Mapping, Sequence
from functools import partial

from django.conf import settings
from django.core.mail import EmailMessage
from django.db import IntegrityError, transaction
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import translation

from obbligato.catalog.following import quieting
from obbligato.catalog.following.models import Letter, News, Quiet
from obbligato.catalog.models import Release, ReleaseQuerySet
from obbligato.catalog.restrictions import in_effect
from obbligato.kernel import clock
from obbligato.kernel.sentences import Sentence
from obbligato.people.mails import sending
from obbligato.people.mails.models import Mail

HOUR_UTC = 8
LETTERS_A_ROUND = 200
LISTED = 20
TOPIC = "news"


def send_due(among: ReleaseQuerySet) -> None:
    """Open the letters of the day, and send those that are due; `among` are the releases on sale now."""
    for person_id in _people_with_news():
        _open(person_id)
    sending.send_due(TOPIC, partial(_message_in, among), limit=LETTERS_A_ROUND)


def _people_with_news() -> list[int]:
    """Who has news and no letter of today yet; nobody before the hour at which letters go out."""
    if clock.now().hour < HOUR_UTC:
        return []
    waiting = News.objects.filter(letter__isnull=True).exclude(person__letters__day=clock.today())
    return list(waiting.values_list("person_id", flat=True).distinct()[:LETTERS_A_ROUND])


def _open(person_id: int) -> None:
    """Today's letter with all her news in it, unless another process opened it first."""
    try:
        with transaction.atomic():
            letter = Letter.objects.create(person_id=person_id, day=clock.today())
            News.objects.filter(person_id=person_id, letter__isnull=True).update(letter=letter)
            sending.post(TOPIC, letter.pk)
    except IntegrityError:
        return


def _message_in(among: ReleaseQuerySet, mail: Mail) -> EmailMessage | None:
    """Of what is still on sale; None where nothing is, or she is not to be written to any more."""
    letter = Letter.objects.select_related("person").filter(pk=mail.key).first()
    if letter is None or not _may_be_written_to(letter):
        return None
    found = among.filter(news__letter=letter).order_by("-pk")
    releases = in_effect.listed_among(found, territory=letter.person.country)
    return message_of(letter, releases, wished=_wished(letter)) if releases else None


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
            "List-Unsubscribe": f"<{ending_url}>",
            "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
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
