"""Write a letter of ours in the language of whom it goes to, keep its PDF, and send it once. It takes no step."""

from datetime import date
from pathlib import Path
from typing import Any

from babel.dates import format_date
from django.conf import settings
from django.core.mail import EmailMessage
from django.db import transaction
from django.template.loader import render_to_string

from obbligato.kernel import clock
from obbligato.kernel.papers import pdf
from obbligato.kernel.refusals import Busy, Invalid
from obbligato.people.mails import sending
from obbligato.people.mails.models import Mail
from obbligato.standing import documents, words
from obbligato.standing.models import Incident, Letter, Ruling
from obbligato.standing.words import Paper

TEMPLATE = Path(__file__).parent / "templates" / "standing" / "letter.typ"
LANGUAGES = {"en": "English", "fr": "French", "ru": "Russian"}
TOPIC = "letter"
BY_POST = "Letter kept; sent by other means."


class BadLetter(Invalid):
    """The letter cannot be written or sent like this."""


class MailRefused(Busy):
    """The mail server did not take it."""


def write(
    incident: Incident,
    kind: words.Letter,
    *,
    language: str,
    to_name: str,
    to_email: str,
    answer_by: date,
    by: str,
    ruling: Ruling | None = None,
) -> Letter:
    """A letter ready to be read by a person and sent; nobody has it yet. Raises BadLetter."""
    if language not in LANGUAGES:
        raise BadLetter(f"Letters are written in {', '.join(LANGUAGES.values())}.")
    if not to_name.strip():
        raise BadLetter("A letter needs somebody it goes to.")
    if answer_by <= clock.today():
        raise BadLetter("The day to answer by must be to come.")
    text = render_to_string(
        f"standing/{kind}.{language}.txt", _facts(incident, language, to_name.strip(), answer_by, ruling)
    )
    subject, _, body = text.strip().partition("\n")
    paper = documents.keep(
        incident,
        pdf(TEMPLATE, _paper(incident, language, to_name, subject, body)),
        kind=Paper.LETTER_OUT,
        title=subject,
        name=f"{incident.number}-{kind}-{language}.pdf",
        by=by,
    )
    return Letter.objects.create(
        incident=incident,
        kind=kind,
        language=language,
        to_name=to_name.strip()[:200],
        to_email=to_email.strip(),
        subject=subject[:200],
        text=f"{body.strip()}\n",
        document=paper,
        answer_by=answer_by,
        written_by=by[:150],
    )


def send(letter: Letter, *, by: str, is_by_mail: bool) -> bool:
    """Send it by the store's mail, or note that a person did so otherwise; True if it was this time.

    Sent once, whoever clicks. Raises BadLetter where it has no address, MailRefused where no server took it, and then
    it is not sent.
    """
    if is_by_mail and not letter.to_email:
        raise BadLetter("The letter has no e-mail address: print it, and send it otherwise.")
    documents.content_of(letter.document)
    with transaction.atomic():
        unsent = Letter.objects.filter(pk=letter.pk, sent_at__isnull=True)
        if not unsent.update(sent_at=clock.now(), sent_by=by[:150], is_by_mail=is_by_mail):
            return False
        mail = sending.post(TOPIC, letter.pk) if is_by_mail else None
    if mail is not None:
        _send_now(letter, mail)
    letter.refresh_from_db()
    return True


def send_due(limit: int) -> int:
    """Upkeep's: send what was broken off while a person waited; gives how many were taken."""
    return sending.send_due(TOPIC, _message, limit=limit)


def mail_of(letter: Letter) -> Mail | None:
    """Its mail, while it waits or where it was refused."""
    return Mail.objects.about(TOPIC, letter.pk)


def _send_now(letter: Letter, mail: Mail) -> None:
    answer = sending.send_now(mail, _message)
    if answer is not None:
        with transaction.atomic():
            mail.delete()
            Letter.objects.filter(pk=letter.pk).update(sent_at=None, sent_by="", is_by_mail=False)
        raise MailRefused(
            "The mail server did not take the letter, so it was not sent. It said: {said}",
            said=answer.said,
            retry_after_seconds=60,
        )


def _message(mail: Mail) -> EmailMessage:
    letter = Letter.objects.select_related("document").get(pk=mail.key)
    reply_to = [settings.SELLER_EMAIL] if settings.SELLER_EMAIL else None
    message = EmailMessage(letter.subject, letter.text, None, [letter.to_email], reply_to=reply_to)
    message.attach(letter.document.original_name, documents.content_of(letter.document), "application/pdf")
    return message


def _facts(incident: Incident, language: str, to_name: str, answer_by: date, ruling: Ruling | None) -> dict[str, Any]:
    return {
        "store": settings.SELLER_NAME,
        "to_name": to_name,
        "number": incident.number,
        "received": _day(incident.notice_received_on or incident.opened_at.date(), language),
        "effective": _day(incident.notice_effective_on, language),
        "cited": incident.cited_text.strip(),
        "shortfall": incident.notice_shortfall_days,
        "agreed": incident.notice_agreed_days,
        "given": incident.notice_given_days,
        "items": list(dict.fromkeys(incident.items.order_by("pk").values_list("text", flat=True))),
        "answer_by": _day(answer_by, language),
        "ruling": ruling,
        "decided": _day(ruling.decided_on if ruling else None, language),
    }


def _day(day: date | None, language: str) -> str:
    return str(format_date(day, format="long", locale=language)) if day else ""


def _paper(incident: Incident, language: str, to_name: str, subject: str, body: str) -> dict[str, Any]:
    today = clock.today()
    address = [part.strip() for part in settings.SELLER_ADDRESS.split(";") if part.strip()]
    return {
        "language": language,
        "from": [settings.SELLER_NAME, *address, *([settings.SELLER_EMAIL] if settings.SELLER_EMAIL else [])],
        "to": to_name,
        "number": incident.number,
        "day": {"year": today.year, "month": today.month, "day": today.day},
        "date": _day(today, language),
        "subject": subject,
        # The mail says first whom it is for; the sheet has that in its head.
        "paragraphs": [part.strip() for part in body.strip().split("\n\n")[1:]],
    }
