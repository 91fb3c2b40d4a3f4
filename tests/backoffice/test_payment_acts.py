"""What an operator does about payments is asked first, done once, and signed; a GET changes nothing."""

from typing import Any

import pytest
from django.test import Client

from obbligato.payments import disputes
from obbligato.payments.contract import DisputeFact
from obbligato.payments.models import Alert, Attempt, Credit, Dispute, RailBlock, Refund
from obbligato.people.models import Person
from obbligato.sales import wallets
from tests.backoffice import acting
from tests.backoffice.goods import a_busy_store
from tests.makers import erin, signed_in

pytestmark = pytest.mark.django_db
DESK = "/desk/payments"


@pytest.fixture
def staff() -> Client:
    return signed_in(a_busy_store())


def act(client: Client, address: str, **values: str) -> str:
    return acting.act(client, f"{DESK}/{address}", is_sent_twice=True, **values)


def test_a_part_of_a_payment_is_sent_back_once(staff: Client) -> None:
    attempt = Attempt.objects.get()
    words = act(staff, f"attempt/{attempt.pk}/send-back", amount="1.50", reason="She asked.")
    assert "€1.50: Sent back." in words
    made = Refund.objects.get(amount_micro=1_500_000)
    assert (made.asked_by, made.reason) == ("dana", "She asked.")
    assert "can be sent back" in act(staff, f"attempt/{attempt.pk}/send-back", amount="900", reason="x")
    assert "is not an amount" in act(staff, f"attempt/{attempt.pk}/send-back", amount="much", reason="x")
    assert staff.post(f"{DESK}/attempt/{attempt.pk}/send-back/", {"key": "k", "amount": "1"}).status_code == 200
    assert Refund.objects.count() == 2


def test_above_the_limit_a_second_person_decides(staff: Client, settings: Any) -> None:
    settings.TWO_PERSON_LIMIT_MICRO = 1_000_000
    attempt = Attempt.objects.get()
    assert "Waits for a second person" in act(staff, f"attempt/{attempt.pk}/send-back", amount="2", reason="x")
    made = Refund.objects.get(state="proposed")
    assert "somebody else" in act(staff, f"refund/{made.pk}/approve")
    act(signed_in(erin()), f"refund/{made.pk}/approve")
    made.refresh_from_db()
    assert (made.state, made.approved_by) == ("done", "erin")


def test_cash_is_credited_against_a_receipt_and_a_large_sum_by_two(staff: Client, settings: Any) -> None:
    alice = Person.objects.get(username="alice")
    before = wallets.balance(alice, "EUR")
    cash = {"person": "alice", "currency": "EUR", "kind": "cash", "reason": "Receipt 17"}
    assert "Given." in act(staff, "credit/give", amount="20", **cash)
    assert wallets.balance(alice, "EUR") == before + 20_000_000
    settings.TWO_PERSON_LIMIT_MICRO = 1_000_000
    act(staff, "credit/give", amount="30", **cash)
    act(staff, "credit/give", amount="40", **cash)
    large, larger = Credit.objects.filter(state="proposed").order_by("amount_micro")
    assert "somebody else" in act(staff, f"credit/{large.pk}/approve")
    second = signed_in(erin())
    act(second, f"credit/{large.pk}/approve")
    act(second, f"credit/{larger.pk}/reject")
    assert wallets.balance(alice, "EUR") == before + 50_000_000
    assert "Nobody here" in act(staff, "credit/give", amount="1", **{**cash, "person": "nobody"})


def test_a_rail_is_blocked_and_used_again_by_a_word(staff: Client) -> None:
    words = act(staff, "railblock/block", provider="sandbox", reason="They wrote so.")
    assert "sandbox is blocked: They wrote so." in words
    made = RailBlock.objects.get(provider="sandbox")
    page = staff.get(f"{DESK}/railblock/rails/").content.decode()
    assert "They wrote so." in page
    assert "well" in page
    assert "nothing but balance" not in page  # What is blocked is lost already.
    act(staff, f"railblock/{made.pk}/lift")
    made.refresh_from_db()
    assert made.lifted_by == "dana"
    page = staff.get(f"{DESK}/railblock/glance/").content.decode()
    assert "rail:sandbox" in page
    assert "nothing but balance and cash would carry EUR" in page
    assert "1 of 1 usable" in staff.get("/desk/").content.decode()


def test_an_alert_is_seen_by_someone(staff: Client) -> None:
    alert = Alert.objects.get()
    act(staff, f"alert/{alert.pk}/seen")
    alert.refresh_from_db()
    assert alert.seen_by == "dana"


def test_money_set_aside_is_accepted_by_a_person(staff: Client) -> None:
    alice = Person.objects.get(username="alice")
    before = wallets.balance(alice, "EUR")
    attempt = Attempt.objects.get()
    Attempt.objects.update(
        state="mismatch", settled_at=None, reported_micro=3_000_000, reported_currency="EUR", number="other"
    )
    assert "set aside" in staff.get(f"{DESK}/attempt/{attempt.pk}/change/").content.decode()
    act(staff, f"attempt/{attempt.pk}/accept-amount")
    assert wallets.balance(alice, "EUR") == before + 3_000_000


def test_a_dispute_whose_end_nobody_tells_is_given_up_by_a_person_and_may_still_be_won(staff: Client) -> None:
    dispute = Dispute.objects.get()
    assert "Lost." in act(staff, f"dispute/{dispute.pk}/give-up")
    dispute.refresh_from_db()
    assert (dispute.state, dispute.reason) == ("lost", "fraudulent (given up by dana)")
    won = DisputeFact("won", dispute.reference, dispute.amount_micro)
    assert disputes.note_fact(dispute.attempt, won).state == "won"


def test_what_is_known_of_a_dispute_is_a_text_to_be_sent(staff: Client) -> None:
    dispute = Dispute.objects.get()
    answer = staff.get(f"{DESK}/dispute/{dispute.pk}/evidence/")
    assert answer.headers["Content-Type"] == "text/plain; charset=utf-8"
    assert f"Dispute {dispute.reference}\n" in answer.content.decode()


def test_a_payment_shows_why_its_rail_was_chosen(staff: Client) -> None:
    page = staff.get(f"{DESK}/attempt/{Attempt.objects.get().pk}/change/").content.decode()
    assert "Could carry it (score" in page


def test_staff_without_the_right_may_do_none_of_it() -> None:
    a_busy_store()
    newcomer = Person.objects.create_user("newcomer", password="a long password", is_staff=True)
    client = Client()
    client.force_login(newcomer)
    refund, block, dispute = Refund.objects.get(), RailBlock.objects.get(), Dispute.objects.get()
    acts = (f"refund/{refund.pk}/approve", f"railblock/{block.pk}/lift", f"dispute/{dispute.pk}/evidence")
    for address in (*acts, "credit/give", "railblock/rails"):
        assert client.post(f"{DESK}/{address}/", {"key": "k"}).status_code == 403, address
