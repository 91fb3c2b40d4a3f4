"""Whom an order concerns is told by mail, once and in her language."""

from datetime import timedelta
from typing import Any

import pytest
from django.core import mail

from obbligato.catalog.uploads.models import Upload
from obbligato.claims.orders import expiring, naming, verifying, writing
from obbligato.claims.orders.models import OrderLetter, OrderStep
from obbligato.kernel import clock
from tests.catalog.restrictions.makers import some_recordings
from tests.claims.orders.makers import NOON, lifting, verified
from tests.makers import a_release, alice
from tests.people.mails.servers import hangs_up, put_in_place, refuses

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)


class TestLetters:
    @pytest.mark.parametrize(
        ("language", "word"), [("en", "REPORT"), ("fr", "COMPTE"), ("ru", "СООБЩЕНИЕ"), ("de", "REPORT")]
    )
    def test_the_issuer_is_told_of_the_effect_in_its_language(self, language: str, word: str) -> None:
        with clock.stopped(NOON):
            paper = verified(some_recordings(1), language=language, ends_at=NOON + HOUR)
            assert word in OrderLetter.objects.get(kind="report").text
            clock.advance(HOUR)
            expiring.expire_due(1)
        assert OrderLetter.objects.filter(kind="report").count() == 2
        assert [str(OrderStep.objects.order_by("pk")[0]), str(paper)] == ["Served by dana", "Order of 2 November 2026"]
        assert str(OrderLetter.objects.order_by("pk")[0]) == "Report of effect to the issuer, 2 November 2026"
        assert str(paper.order).endswith(", the Regional Court of Anywhere, 16 O 12/26")

    def test_who_brought_it_in_is_told_and_told_again_when_it_ends(self) -> None:
        release, person = a_release(tracks=2), alice()
        upload = Upload.objects.create(person=person)
        upload.releases.add(release)
        order = verified(naming.recordings_named(release.slug)).order
        verifying.verify(lifting(order), by="bob", why="Called.")
        assert [one.address for one in OrderLetter.objects.filter(kind="supplier")] == ["alice@example.org"] * 2
        assert writing.send_due(10) == 4
        assert writing.send_due(10) == 0
        assert {one.to[0] for one in mail.outbox} == {"alice@example.org", "registry@court.example"}

    def test_a_mail_that_was_not_taken_is_tried_again_and_a_refused_one_is_noted(self, settings: Any) -> None:
        with clock.stopped(NOON):
            verified(some_recordings(1))
            server = put_in_place(settings)
            server.answers = [hangs_up, refuses()]
            assert writing.send_due(10) == 0
            clock.advance(timedelta(minutes=5))
            assert writing.send_due(10) == 0
        letter = OrderLetter.objects.get(kind="report")
        found = writing.mail_of(letter)
        assert found is not None
        assert (letter.sent_at, found.said) == (None, "550 No such user here")

    def test_without_an_address_it_is_printed_and_no_mail_waits(self) -> None:
        paper = verified(some_recordings(1))
        paper.order.issuer_email = ""
        (letter,) = writing.report(paper)
        assert (letter.address, writing.mail_of(letter)) == ("", None)
