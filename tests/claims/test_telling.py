"""Mails about claims go out once, in each language, with the right side's link; a link that was cut leads nowhere."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.core import mail

from obbligato.catalog.restrictions.models import Effect
from obbligato.claims import deciding, due, hearing, telling
from obbligato.claims.models import Claim, ClaimMail, Supplier
from obbligato.claims.regimes.steps import Who
from obbligato.kernel import clock
from tests.claims.makers import COUNTER, MONDAY, a_supplier, about, disabled, fresh, in_the_us, reasons
from tests.people.mails.servers import put_in_place, refuses
from tests.storefront.makers import a_silent_release

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("on_monday")]


def test_a_mail_that_the_server_does_not_take_waits(settings: Any) -> None:
    about(a_silent_release())
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 9
    assert telling.tell_due(10) == 0
    waiting = ClaimMail.objects.get()
    assert waiting.sent_at is None
    assert str(waiting) == "received to carol@example.org"


def test_an_address_that_is_refused_keeps_nobody_waiting_and_is_given_up(settings: Any) -> None:
    server = put_in_place(settings)
    server.answers = [refuses()]
    release = a_silent_release()
    about(release, mail="nobody@example.org")
    about(release)
    assert telling.tell_due(10) == 1
    assert [one.to for one in server.taken] == [["carol@example.org"]]
    refused, taken = ClaimMail.objects.order_by("pk")
    assert (refused.sent_at, taken.sent_at) == (None, MONDAY)
    found = telling.mail_of(refused)
    assert found is not None
    assert (found.is_refused, found.said) == (True, "550 No such user here")
    assert telling.mail_of(taken) is None


@pytest.mark.parametrize("language", ["en", "fr", "ru"])
def test_every_mail_is_there_in_every_language(language: str) -> None:
    claim = disabled()
    hearing.counter(claim, COUNTER)
    kinds = {*telling.TO_CLAIMANT.values(), *telling.TO_SUPPLIER.values(), "received", "reminded"}
    for kind in kinds:
        subject, body = telling.words_of(fresh(claim), kind, language, step=claim.steps.get(act="restrict"))
        assert claim.number in subject
        assert claim.get_absolute_url() in body
        assert "{" not in body


def test_a_mail_says_what_was_so_when_its_step_was_made_whenever_it_is_sent() -> None:
    release = a_silent_release()
    a_supplier(release)
    claim = about(release)
    deciding.act(claim, "skip_hearing", by="dana", reason="As its cover shows.")
    deciding.act(claim, "decline", by="dana", reason="The label showed its contract.")
    deciding.set_standing(claim, "none", by="dana", reason="The mandate was forged.")
    Claim.objects.update(number="C-OTHER")
    telling.tell_due(10)
    declined = mail.outbox[-1]
    assert claim.number in declined.subject
    assert "The label showed its contract." in declined.body
    assert "forged" not in "".join(one.body for one in mail.outbox)


def test_what_the_store_says_by_itself_is_said_in_the_language_of_the_mail() -> None:
    in_the_us()
    release = a_silent_release()
    a_supplier(release)
    claim = about(release, asks_for_us=True, language="ru")
    deciding.restrict(claim, reasons(), by="dana")
    hearing.counter(claim, COUNTER)
    clock.advance(timedelta(days=21))
    due.move_due(10)
    telling.tell_due(10)
    to_claimant, to_supplier = mail.outbox[-2:]
    assert "Поставщик" in to_claimant.body
    assert "Le fournisseur" in to_supplier.body


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
    deciding.set_standing(claim, "proven", by="dana", reason="Her passport lies in the safe.")
    declined = ClaimMail.objects.get(claim=claim, kind="declined")
    assert "It is licensed." in declined.text
    other = about(release, work="Piece 2")
    Supplier.objects.create(label=release.label, mail="bob@label.example")
    deciding.act(other, "skip_hearing", by="dana", reason="It can be heard, too.")
    deciding.set_standing(other, "proven", by="dana", reason="Her passport lies in the safe.")
    hearing.retract(other)
    restored = ClaimMail.objects.get(claim=other, kind="restored").text
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
        texts.append(ClaimMail.objects.get(claim=claim, kind="restricted").text)
    closed, until, lifted = words
    assert closed in texts[0]
    assert until in texts[0]
    assert lifted in texts[1]
