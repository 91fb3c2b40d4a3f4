"""What a payer's bank is answered with: all that tells a friendly fraud from a theft, and nothing of who she is."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from obbligato.kernel import clock
from obbligato.kernel.money import MICRO, format_money
from obbligato.payments import disputes, refunds, registry, top_ups
from obbligato.payments.contract import DisputeFact, Fact
from obbligato.payments.models import Attempt, Dispute
from obbligato.people.models import Person
from obbligato.sales import clawing_back
from obbligato.sales.documents import disputing
from obbligato.sales.documents.locating import Kind, Piece
from obbligato.sales.documents.models import Receipt
from obbligato.sales.models import Order
from tests.makers import alice
from tests.payments.fakes import Saying
from tests.sales.documents.makers import a_paid_order
from tests.storefront.makers import a_silent_release

pytestmark = pytest.mark.django_db
NOON = datetime(2026, 11, 18, 12, tzinfo=UTC)


@pytest.fixture
def rail() -> Iterator[Saying]:
    rail = Saying("cards", Fact("declined"))
    with registry.instead(rail), clock.stopped(NOON):
        yield rail


def topped_up(rail: Saying, person: Person, key: str) -> Attempt:
    rail.fact = Fact("succeeded", f"ch_{key}", 5 * MICRO, "EUR", country="FR")
    clock.advance(timedelta(minutes=1))
    return top_ups.start(person, amount_micro=5 * MICRO, currency="EUR", key=key, return_url="/")


def disputed(attempt: Attempt, **more: object) -> Dispute:
    fact = DisputeFact("open", f"dp_{attempt.provider_reference}", 4 * MICRO, **more)  # type: ignore[arg-type]
    dispute = disputes.note_fact(attempt, fact)
    clawing_back.follow(dispute)
    return dispute


def test_it_tells_the_payment_its_payers_others_and_what_was_bought(rail: Saying) -> None:
    person = alice()
    first, second = topped_up(rail, person, "1"), topped_up(rail, person, "2")
    clock.advance(timedelta(minutes=1))
    order = a_paid_order(person, a_silent_release(tracks=2), evidence=(Piece(Kind.LANGUAGE, "FR", "the browser"),))
    refunds.ask(first, amount_micro=5 * MICRO, key="all of it", by="alice")
    refunds.ask(second, amount_micro=MICRO, key="r", by="alice")
    clock.advance(timedelta(days=1))
    dispute = disputed(second, reason="fraudulent", respond_by=NOON + timedelta(days=9))
    text = disputing.evidence(dispute)
    joined = f"{person.date_joined:%Y-%m-%d %H:%M:%S}"
    assert text.splitlines()[:14] == [
        "Dispute dp_ch_2",
        "€4.00 since 2026-11-19 12:03:00, because: fraudulent.",
        "An answer is due by 2026-11-27 12:00:00.",
        "",
        "The payment",
        f"cards ch_2, the store's number {second.number}.",
        "€5.00, begun 2026-11-18 12:02:00, paid 2026-11-18 12:02:00.",
        "The card or bank account is of FR.",
        "€1.00 of it was sent back 2026-11-18 12:03:00, asked for 2026-11-18 12:03:00.",
        "",
        "Its payer",
        f"She has an account since {joined}.",
        "Paid 2026-11-18 12:01:00 and not disputed: €5.00 by cards.",
        "",
    ]
    receipt = Receipt.objects.get()
    bought = text.partition("What she bought with it\n")[2].splitlines()
    assert bought[0] == f"Order {order.number}, placed 2026-11-18 12:03:00, paid 2026-11-18 12:03:00, {receipt}."
    assert "  Region of the browser's language: FR (the browser)." in bought
    assert "  Country she declared: FR (the buyer, at checkout)." in bought
    assert [line for line in bought if line.startswith("  “")] == [
        f"  “{line.track.title}” as mp3-320 for {format_money(line.price_micro, 'EUR')},"
        f" of which {format_money(line.disputed_micro, 'EUR')} with this payment."
        for line in order.lines.order_by("pk")
    ]
    assert bought[-1] == disputing.NOT_KEPT


def test_where_there_is_little_it_says_so_and_who_she_is_it_never_says(rail: Saying) -> None:
    person = alice()
    attempt = topped_up(rail, person, "1")
    Attempt.objects.update(payer_country="")
    attempt.refresh_from_db()
    text = disputing.evidence(disputed(attempt))
    assert "€4.00 since 2026-11-18 12:01:00.\n\n" in text
    assert "No other payment of hers stands undisputed." in text
    assert text.endswith(f"What she bought with it\n{disputing.NOT_KEPT}\n")
    assert not Order.objects.exists()
    for word in ("alice", "example.org", "bank account is of"):
        assert word not in text


def test_another_payment_that_is_disputed_too_speaks_for_nobody(rail: Saying) -> None:
    person = alice()
    first, second = topped_up(rail, person, "1"), topped_up(rail, person, "2")
    disputed(first)
    assert "No other payment of hers stands undisputed." in disputing.evidence(disputed(second))
