"""Mails about claims go out once, in each language, with the right side's link; a link that was cut leads nowhere."""

import smtplib
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.core import mail
from django.core.mail import EmailMessage
from django.core.mail.backends.base import BaseEmailBackend
from django.db import connection

from obbligato.catalog.restrictions.models import Effect
from obbligato.claims import deciding, hearing, telling
from obbligato.claims.models import Claim, ClaimMail, Supplier
from obbligato.claims.regimes.steps import Who
from obbligato.kernel import clock
from tests.claims.makers import COUNTER, MONDAY, about, in_the_us, reasons
from tests.storefront.makers import a_silent_release

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("on_monday")]


def disabled() -> Claim:
    in_the_us()
    claim = about(a_silent_release(), asks_for_us=True)
    deciding.restrict(claim, reasons(), by="dana")
    return Claim.objects.get(pk=claim.pk)


def test_a_mail_that_the_server_does_not_take_waits(settings: Any) -> None:
    about(a_silent_release())
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 9
    assert telling.tell_due(10) == 0
    waiting = ClaimMail.objects.get()
    assert waiting.sent_at is None
    assert str(waiting) == "received to carol@example.org"


class OneIsUnknown(BaseEmailBackend):
    """A server that knows nobody called nobody."""

    def send_messages(self, messages: Sequence[EmailMessage]) -> int:
        for one in messages:
            if "nobody" in one.to[0]:
                raise smtplib.SMTPRecipientsRefused({one.to[0]: (550, b"No such user here")})
        mail.outbox.extend(messages)
        return len(messages)


def test_an_address_that_is_refused_keeps_nobody_waiting_and_is_given_up_after_three_days(settings: Any) -> None:
    settings.EMAIL_BACKEND = f"{__name__}.{OneIsUnknown.__name__}"
    release = a_silent_release()
    about(release, mail="nobody@example.org")
    about(release)
    assert telling.tell_due(10) == 1
    assert [one.to for one in mail.outbox] == [["carol@example.org"]]
    refused = ClaimMail.objects.get(sent_at__isnull=True)
    for hours in range(1, 73):
        assert telling.tell_due(10) == 0
        refused.refresh_from_db()
        assert refused.not_before == MONDAY + timedelta(hours=hours)
        clock.advance(timedelta(hours=1))
    telling.tell_due(10)
    refused.refresh_from_db()
    assert refused.not_before == clock.now()
    assert refused.sent_at is None


def test_a_mail_that_somebody_else_just_sent_is_not_sent_again() -> None:
    about(a_silent_release())

    def send_first(execute: Any, sql: str, *rest: Any) -> Any:
        found = execute(sql, *rest)
        if sql.startswith("SELECT") and "claims_claimmail" in sql:
            ClaimMail.objects.filter(sent_at__isnull=True).update(sent_at=MONDAY)
        return found

    with connection.execute_wrapper(send_first):
        assert telling.tell_due(10) == 0
    assert mail.outbox == []


@pytest.mark.parametrize("language", ["en", "fr", "ru"])
def test_every_mail_is_there_in_every_language(language: str) -> None:
    claim = disabled()
    hearing.counter(claim, COUNTER)
    kinds = {*telling.TO_CLAIMANT.values(), *telling.TO_SUPPLIER.values(), "received"}
    for kind in kinds:
        subject, body = telling.text_of(ClaimMail(claim=Claim.objects.get(pk=claim.pk), kind=kind, language=language))
        assert claim.number in subject
        assert claim.get_absolute_url() in body
        assert "{" not in body


def test_a_link_that_was_cut_leads_nowhere() -> None:
    claim = about(a_silent_release())
    assert hearing.claim_with(claim.number, claim.secret) == claim
    for number, secret, who in [
        (claim.number, claim.secret[:-1], Who.CLAIMANT),
        (claim.number, claim.secret, Who.SUPPLIER),
        ("C-0", "", Who.CLAIMANT),
    ]:
        with pytest.raises(hearing.NoSuchClaim):
            hearing.claim_with(number, secret, who=who)


def test_a_mail_says_the_reason_of_its_step_and_neither_an_older_nor_a_later_nor_a_secret_one() -> None:
    release = a_silent_release()
    claim = about(release)
    deciding.act(claim, "skip_hearing", by="dana", reason="It can be heard.")
    deciding.act(claim, "decline", by="dana", reason="It is licensed.")
    clock.advance(timedelta(minutes=1))  # No server took mails meanwhile.
    hearing.answer(claim, "I have a contract.")
    deciding.set_standing(claim, "proven", by="dana", reason="Her passport lies in the safe.")
    declined = ClaimMail.objects.get(claim=claim, kind="declined")
    assert "It is licensed." in telling.text_of(declined)[1]
    other = about(release, work="Piece 2")
    Supplier.objects.create(label=release.label, mail="bob@label.example")
    deciding.act(other, "skip_hearing", by="dana", reason="It can be heard, too.")
    deciding.set_standing(other, "proven", by="dana", reason="Her passport lies in the safe.")
    hearing.retract(other)
    restored = telling.text_of(ClaimMail.objects.get(claim=other, kind="restored"))[1]
    for word in ("passport", "heard", "open again"):
        assert word not in restored


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("en", ("Closed: sale, preview", "until 1 January 2036", "until it is lifted")),
        ("fr", ("Fermé\u202f: vente, écoute", "jusqu’au 1 janvier 2036", "jusqu’à la levée")),
        ("ru", ("Закрыто: продажа, прослушивание", "до 1 января 2036", "до отмены")),
    ],
)
def test_the_reasons_say_what_is_closed_and_for_how_long(language: str, words: tuple[str, str, str]) -> None:
    """Regulation (EU) 2022/2065, Article 17(3)(a)."""
    texts = []
    for ends_at in (datetime(2036, 1, 1, tzinfo=UTC), None):
        claim = about(a_silent_release(), language=language)
        deciding.act(claim, "skip_hearing", by="dana", reason="As its cover shows.")
        deciding.restrict(claim, reasons(effects=(Effect.SELL, Effect.PREVIEW), ends_at=ends_at), by="dana")
        texts.append(telling.text_of(ClaimMail.objects.get(claim=claim, kind="restricted"))[1])
    closed, until, lifted = words
    assert closed in texts[0]
    assert until in texts[0]
    assert lifted in texts[1]
