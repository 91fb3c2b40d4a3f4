"""What is to come has pages: its day, the pre-order, the money that waits, and the way back."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from obbligato.catalog.models import Release
from obbligato.config import upkeep
from obbligato.kernel import clock
from obbligato.kernel.money import MICRO
from obbligato.sales import wallets
from obbligato.sales.models import Order
from obbligato.sales.preorders.announcing import announce
from tests.makers import alice, signed_in
from tests.storefront.makers import a_silent_release
from tests.storefront.test_journeys import checkout_form, page_of, put_in_basket

pytestmark = pytest.mark.django_db
MOST_QUERIES = 12


@pytest.fixture(autouse=True)
def _stands_still() -> Iterator[None]:
    with clock.stopped(clock.now()):
        yield


def to_come(*, takes_orders: bool = True, given: int = 0) -> Release:
    release = a_silent_release()
    assert release.edition is not None
    keys = [track.recording_id for track in release.edition.tracks.order_by("position")[:given]]
    announce(release, at=clock.now() + timedelta(days=30), takes_orders=takes_orders, given=keys, by="dana")
    return Release.objects.get(pk=release.pk)


def test_a_release_to_come_says_its_day_and_can_be_pre_ordered_whole() -> None:
    release, client = to_come(given=1), Client()
    day = f"Out on {release.announcement.at:%-d %B %Y}"
    for address in ("/", release.artist.get_absolute_url(), release.label.get_absolute_url()):
        assert day in page_of(client, address)
    with CaptureQueriesContext(
        connection,
    ) as queries:
        page = page_of(client, release.get_absolute_url())
    assert len(queries) <= MOST_QUERIES
    assert day in page
    assert "Pre-order" in page
    assert "Yours at once:" in page
    assert "Add Piece 1" not in page
    assert "Give it to somebody" not in page
    assert "https://schema.org/PreOrder" in page
    assert release.slug not in page_of(client, "/releases")
    live = client.get(f"{release.get_absolute_url()}/quote", {"format": "flac"}, headers={"HX-Request": "true"})
    assert "Pre-order" in live.content.decode()


def test_one_that_takes_no_orders_says_its_day_alone() -> None:
    page = page_of(Client(), to_come(takes_orders=False).get_absolute_url())
    assert "It comes out on" in page
    assert "Pre-order" not in page


def test_it_is_ordered_seen_and_cancelled() -> None:
    person, release = alice("10"), to_come(given=1)
    client = signed_in(person)
    put_in_basket(client, release.slug)
    assert "A pre-order: it comes out on" in page_of(client, "/basket")
    assert "This is a gift" not in page_of(client, "/basket")
    assert "Pre-order for €" in page_of(client, "/checkout")
    address = client.post("/orders", checkout_form(client)).headers["Location"]
    page = page_of(client, address)
    assert "It is ordered ahead" in page
    assert "Hear what you have at once" in page
    order = Order.objects.get()
    assert "You have ordered this ahead" in page_of(client, release.get_absolute_url())
    library, wallet = page_of(client, "/library"), page_of(client, "/wallet")
    assert "To come" in library
    assert address in library
    assert "more of yours is held for music that you ordered ahead." in wallet
    assert order.total in wallet
    client.post(f"{address}/cancellation")
    page = page_of(client, address)
    assert f"All that was held for it, {order.total}, is back in your wallet." in page
    assert wallets.balance(person, "EUR") == 10 * MICRO
    assert "To come" not in page_of(client, "/library")


def test_on_the_day_it_is_in_the_library_with_a_receipt_and_what_was_left_out_is_told() -> None:
    person, release = alice("10"), to_come()
    client = signed_in(person)
    put_in_basket(client, release.slug)
    address = client.post("/orders", checkout_form(client)).headers["Location"]
    release.edition.tracks.get(position=3).recording.licences.update(territories=["DE"])  # type: ignore[union-attr]
    clock.advance(timedelta(days=31))
    upkeep.round_of_upkeep()
    page = page_of(client, address)
    assert "Thank you. It is yours." in page
    assert "“Piece 3” is not part of it" in page
    assert "Receipt (PDF)" in page
    assert page_of(client, "/library").count("Nocturnes") >= 1


def test_without_money_it_waits_and_says_what_it_waits_for() -> None:
    client, release = signed_in(alice()), to_come()
    put_in_basket(client, release.slug)
    address = client.post("/orders", checkout_form(client, waiting="1")).headers["Location"]
    page = page_of(client, address)
    assert "This order waits" in page
    assert "A pre-order: it comes out on" in page
