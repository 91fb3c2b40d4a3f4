"""The page on which a card is typed in: hers alone, only while there is something to pay, and nothing of it is kept."""

from collections.abc import Iterator

import pytest
from django.test import Client

from obbligato.payments import registry
from obbligato.payments.contract import Capabilities, Fact, Method, NoAnswer, PayPage, Request
from obbligato.payments.models import Attempt
from obbligato.people import tokens
from obbligato.people.models import Person
from tests.makers import alice, bob
from tests.payments.fakes import Saying
from tests.storefront.makers import a_silent_release
from tests.storefront.test_journeys import checkout_form, page_of, put_in_basket

pytestmark = pytest.mark.django_db
BOTH = Capabilities(methods=frozenset({Method.CARD, Method.DIRECT_DEBIT}))


class Typed(Saying):
    """Its payments are finished on a page of the store."""

    page: PayPage | None = PayPage("payment_element", {"publishable_key": "pk_1", "client_secret": "of_her_payment"})

    def pay_page(self, request: Request, reference: str) -> PayPage | None:
        if self.page is None and self.fact.state == "action_required":
            raise NoAnswer
        return self.page


@pytest.fixture
def rail() -> Iterator[Typed]:
    rail = Typed("cards", Fact("action_required", "pi_1"))
    with registry.instead(rail):
        yield rail


def begin(client: Client) -> str:
    """The address that a top-up leads to."""
    client.force_login(alice())
    return client.post("/wallet/top-ups", {"amount": "10.00", "key": "k", "method": "card"}).headers["Location"]


def test_a_top_up_leads_to_the_fields_which_may_load_the_companys_script_and_no_page_else(
    rail: Typed, client: Client
) -> None:
    address = begin(client)
    assert address == f"/wallet/top-ups/{Attempt.objects.get().number}/card"
    answer = client.get(address)
    page = answer.content.decode()
    assert "Pay €10.00" in page
    assert 'data-client-secret="of_her_payment"' in page
    assert "switch it on for this page" in page
    assert "script-src 'self' https://js.stripe.com" in answer.headers["Content-Security-Policy"]
    assert answer.headers["Cache-Control"] == "no-store"
    assert "stripe.com" not in client.get("/wallet").headers["Content-Security-Policy"]
    assert "<script>" not in page


def test_it_says_what_is_paid_for(rail: Typed, client: Client) -> None:
    client.force_login(alice())
    put_in_basket(client, a_silent_release().slug)
    address = client.post("/orders", checkout_form(client, method="card")).headers["Location"]
    assert "which waits for it, is then paid by itself" in page_of(client, address)


def test_another_persons_payment_is_missing(rail: Typed, client: Client) -> None:
    address = begin(client)
    client.force_login(bob())
    assert client.get(address).status_code == 404
    client.logout()
    assert client.get(address).headers["Location"].startswith("/account/login/")


def test_where_there_is_nothing_to_pay_it_leads_to_what_became_of_it(rail: Typed, client: Client) -> None:
    address = begin(client)
    back = address.removesuffix("/card")
    rail.page = PayPage("a_page_that_is_not_here", {})
    assert client.get(address).headers["Location"] == back
    with registry.instead():
        assert client.get(address).headers["Location"] == back
    rail.fact = Fact("succeeded", "pi_1", 10_000_000, "EUR")
    assert "arrived" in page_of(client, back)
    assert client.get(address).headers["Location"] == back


def test_a_company_that_does_not_answer_is_said_in_a_sentence(rail: Typed, client: Client) -> None:
    address = begin(client)
    rail.page = None
    answer = client.get(address)
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "10")
    assert "does not answer just now" in answer.content.decode()


def test_a_refused_card_is_told_and_she_may_try_another(rail: Typed, client: Client) -> None:
    address = begin(client)
    rail.fact = Fact("action_required", "pi_1", reason="The bank did not accept this.")
    page = page_of(client, address.removesuffix("/card"))
    assert "It is not paid yet" in page
    assert "The bank did not accept this." in page
    assert f'href="{address}"' in page
    rail.fact = Fact("action_required", "pi_1")
    assert "The bank did not accept this." in page_of(client, address)


def test_what_several_rails_carry_is_one_way_to_pay_and_the_next_is_asked(rail: Typed, client: Client) -> None:
    rail.capabilities = BOTH
    rail.fact = Fact("declined", decline="technical")
    other = Saying("other", Fact("action_required", "ch_1", next_url="/bank"))
    client.force_login(alice())
    with registry.instead(rail, other):
        assert page_of(client, "/wallet").count('value="card"') == 1
        sent = client.post("/wallet/top-ups", {"amount": "10.00", "key": "k", "method": "card"})
    assert sent.headers["Location"] == "/bank"
    assert [one.provider for one in Attempt.objects.order_by("pk")] == ["cards", "other"]


def test_a_program_is_told_where_she_finishes_it(rail: Typed, client: Client) -> None:
    address = begin(client)
    token, _ = tokens.new_token(Person.objects.get(), note="sync")
    bearer = {"Authorization": f"Bearer {token}"}
    told = client.get(f"/api/v1{address.removesuffix('/card')}", headers=bearer).json()
    assert told["next_url"] == f"http://testserver{address}"


def test_a_way_that_nobody_carries_is_refused_in_a_sentence(rail: Typed, client: Client) -> None:
    client.force_login(alice())
    sent = client.post("/wallet/top-ups", {"amount": "10.00", "key": "k", "method": "cheque"})
    assert sent.status_code == 422
    assert "not known here" in sent.content.decode()


def test_many_top_ups_of_one_session_are_slowed_down_whoever_signs_in(rail: Typed, client: Client) -> None:
    client.force_login(alice())
    for number in range(20):
        rail.fact = Fact("action_required", f"pi_{number}")
        assert client.post("/wallet/top-ups", {"amount": "1", "key": str(number), "method": "card"}).status_code == 302
    assert client.post("/wallet/top-ups", {"amount": "1", "key": "x", "method": "card"}).status_code == 429
