"""The desk says of each mail whether it went, waits, or was refused and has to be sent in another way."""

from datetime import UTC, datetime
from typing import Any

import pytest
from django.test import Client

from obbligato.backoffice import showing
from obbligato.claims import telling
from obbligato.claims.orders import writing
from obbligato.people.mails import sending
from obbligato.people.mails.models import Mail
from obbligato.standing import letters
from tests.catalog.restrictions.makers import some_recordings
from tests.claims.makers import about
from tests.claims.orders.makers import verified
from tests.makers import dana, signed_in
from tests.people.mails.servers import put_in_place, refuses
from tests.standing.makers import an_incident
from tests.standing.test_letters import request as a_letter
from tests.storefront.makers import a_silent_release

pytestmark = pytest.mark.django_db
REFUSED = "refused, to be sent in another way: 550 No such user here"


@pytest.fixture
def staff(settings: Any) -> Client:
    put_in_place(settings)
    return signed_in(dana())


def page_of(staff: Client, address: str) -> str:
    return staff.get(f"/desk/{address}").content.decode()


def test_a_claim_and_an_order_say_which_mail_was_refused(staff: Client) -> None:
    claim = about(a_silent_release())
    order = verified(some_recordings(1)).order
    for tell in (telling.tell_due, writing.send_due):
        put = sending.get_connection()
        put.answers[:] = [refuses()]  # type: ignore[attr-defined]
        tell(10)
    assert REFUSED in page_of(staff, f"claims/claim/{claim.pk}/change/")
    assert REFUSED in page_of(staff, f"court_orders/courtorder/{order.pk}/change/")
    assert REFUSED in page_of(staff, f"court_orders/orderletter/{order.letters.get().pk}/change/")
    assert "550 No such user here" in page_of(staff, "mails/mail/")
    pages = {one.topic: page_of(staff, f"mails/mail/{one.pk}/change/") for one in Mail.objects.all()}
    assert f'href="/desk/claims/claim/{claim.pk}/change/"' in pages["claim"]
    assert f'href="/desk/court_orders/orderletter/{order.letters.get().pk}/change/"' in pages["court-order"]


def test_a_mail_whose_row_is_gone_or_that_is_about_no_page_is_shown_all_the_same(staff: Client) -> None:
    for topic in ("claim", "guest-links"):
        mail = sending.post(topic, 0)
        page = page_of(staff, f"mails/mail/{mail.pk}/change/")
        assert topic in page


def test_a_letter_to_a_company_says_it_too(staff: Client) -> None:
    letter = a_letter(an_incident("rail:north"))
    mail = sending.post(letters.TOPIC, letter.pk)
    Mail.objects.filter(pk=mail.pk).update(said="450 Later")
    assert "Its mail waits, tried 0 times: 450 Later" in page_of(
        staff, f"standing/incident/{letter.incident_id}/change/"
    )


def test_what_went_says_when() -> None:
    assert showing.mail(None, datetime(2026, 11, 2, 12, 0, tzinfo=UTC)) == "sent 2026-11-02 12:00"
    assert showing.mail(None) == showing.NOTHING
    assert showing.mail(Mail()) == "waits"
