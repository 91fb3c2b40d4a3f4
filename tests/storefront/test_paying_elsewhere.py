"""Who pays on another site's page is led there by a page, and finds in her wallet what waits for her word."""

from collections.abc import Iterator

import pytest
from django.test import Client

from obbligato.kernel.money import MICRO
from obbligato.payments import refunds, registry
from obbligato.payments.contract import Fact, RefundFact
from obbligato.payments.models import Attempt
from tests.makers import alice
from tests.payments.fakes import Saying, captured

pytestmark = pytest.mark.django_db
ELSEWHERE = "https://pay.example.org/checkout/1"


@pytest.fixture
def rail() -> Iterator[Saying]:
    rail = Saying("a", Fact("action_required", "ch_1", next_url=ELSEWHERE))
    with registry.instead(rail):
        yield rail


def top_up(client: Client) -> str:
    sent = client.post("/wallet/top-ups", {"provider": "a", "amount": "5.00", "key": "k"})
    assert sent.status_code in {200, 302}
    return sent.headers.get("Location", "") or sent.content.decode()


def test_a_page_leads_her_out_because_a_form_may_not(client: Client, rail: Saying) -> None:
    client.force_login(alice())
    page = top_up(client)
    assert f'content="0;url={ELSEWHERE}"' in page
    assert f'href="{ELSEWHERE}"' in page
    assert "€5.00 is paid on a page of the payment company" in page


def test_what_ended_at_once_leads_to_its_own_page(client: Client, rail: Saying) -> None:
    client.force_login(alice())
    rail.fact = captured(5)
    assert top_up(client) == f"/wallet/top-ups/{Attempt.objects.get().number}"


def test_a_refund_that_she_has_to_take_is_in_her_wallet(client: Client, rail: Saying) -> None:
    person = alice()
    client.force_login(person)
    assert "On its way back" not in client.get("/wallet").content.decode()
    rail.fact, rail.refund_fact = captured(5), RefundFact("dispatched", "p", next_url="https://pay.example.org/p")
    top_up(client)
    refunds.ask(Attempt.objects.get(), amount_micro=2 * MICRO, key="r", by="alice")
    page = client.get("/wallet").content.decode()
    assert "On its way back to you" in page
    assert 'href="https://pay.example.org/p"' in page
