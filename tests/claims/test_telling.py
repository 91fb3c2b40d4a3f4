"""Mails about claims go out once, in each language, with the right side's link; a link that was cut leads nowhere."""

from typing import Any

import pytest

from obbligato.claims import deciding, hearing, telling
from obbligato.claims.models import Claim, ClaimMail
from obbligato.claims.regimes.steps import Who
from tests.claims.makers import COUNTER, MONDAY, about, in_the_us, reasons
from tests.people.mails.servers import put_in_place, refuses
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
