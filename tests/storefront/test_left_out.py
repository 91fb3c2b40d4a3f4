"""What in a basket may not be sold any more is named, and one button takes it out and goes on with the rest."""

from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest
from django.test import Client, override_settings

from obbligato.catalog.models import Release, Withdrawal
from obbligato.catalog.restrictions.models import Effect
from obbligato.kernel import clock
from obbligato.rights.models import Licence
from obbligato.sales.models import Order
from obbligato.sales.preorders.announcing import announce
from tests.claims.orders.makers import verified
from tests.makers import alice, signed_in
from tests.storefront.makers import a_silent_release
from tests.storefront.test_journeys import checkout_form, page_of, put_in_basket

pytestmark = pytest.mark.django_db
BUTTON = "Take it out and go on with the rest"


@pytest.fixture
def two() -> Iterator[tuple[Release, Release]]:
    with clock.stopped(clock.now()):
        yield a_silent_release(title="Nocturnes", tracks=1), a_silent_release(title="Waltzes", tracks=1)


def withdraw(release: Release) -> None:
    Withdrawal.objects.create(release=release, by="bob", reason="a new mix")


def announce_it(release: Release) -> None:
    announce(release, at=clock.now() + timedelta(days=30), takes_orders=True, by="dana")


def end_licence(release: Release) -> None:
    Licence.objects.filter(recording__tracks__edition__release=release).update(territories=["DE"])


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (withdraw, "was withdrawn by its label meanwhile."),
        (announce_it, "and cannot be ordered with this."),
        (end_licence, "cannot be sold: It is not licensed for FR."),
    ],
)
def test_the_item_is_named_and_the_rest_is_bought(
    change: Callable[[Release], None], words: str, two: tuple[Release, Release]
) -> None:
    client, (kept, gone) = signed_in(alice("10")), two
    for release in two:
        put_in_basket(client, release.slug)
    form = checkout_form(client)
    assert BUTTON not in page_of(client, "/basket")
    change(gone)
    refused = client.post("/orders", form)
    page = refused.content.decode()
    assert (refused.status_code, BUTTON in page, words in page) == (409, True, True)
    assert "Nocturnes" not in page.split(BUTTON)[0].split("notice")[-1]
    assert "<strong>Waltzes</strong>" in page
    assert BUTTON in (basket := page_of(client, "/basket"))
    assert "A pre-order:" not in basket
    assert "Pay " not in page_of(client, "/checkout")
    page = client.post("/basket/leaving-out", {"next": "/checkout"}, follow=True).content.decode()
    assert "Pay " in page
    client.post("/orders", checkout_form(client))
    assert [line.track.edition.release for line in Order.objects.get().lines.all()] == [kept]


def test_where_nothing_is_left_the_button_says_so(two: tuple[Release, Release]) -> None:
    client = signed_in(alice("10"))
    put_in_basket(client, two[0].slug)
    withdraw(two[0])
    page = page_of(client, "/checkout")
    assert "Take it out" in page
    assert BUTTON not in page
    page = client.post("/basket/leaving-out", {"next": "/checkout"}, follow=True).content.decode()
    assert "Your basket is empty" in page
    assert Client().post("/basket/leaving-out").headers["Location"] == "/basket"


@override_settings(SENDS_MAIL=True)
def test_a_visitor_is_told_the_same(two: tuple[Release, Release]) -> None:
    client = Client()
    for release in two:
        put_in_basket(client, release.slug)
    form = checkout_form(client, email="alice@example.org")
    withdraw(two[1])
    refused = client.post("/guest/orders", form)
    assert (refused.status_code, BUTTON in refused.content.decode()) == (409, True)


def test_an_order_of_what_is_no_longer_sold_is_refused_as_before(two: tuple[Release, Release]) -> None:
    """Its basket is used up, so that nothing can be taken out of it."""
    client = signed_in(alice())
    put_in_basket(client, two[0].slug)
    form = checkout_form(client, waiting="1")
    client.post("/orders", form)
    withdraw(two[0])
    page = client.post(Order.objects.get().get_absolute_url() + "/payment").content.decode()
    assert "was withdrawn by its label meanwhile." in page
    assert BUTTON not in page


def test_what_is_closed_to_gifts_alone_can_still_be_bought_for_oneself(two: tuple[Release, Release]) -> None:
    client = signed_in(alice("10"))
    client.post("/basket/bundles?gift=1", {"release": two[0].slug, "format": "flac"})
    recordings = two[0].edition.tracks.values_list("recording_id", flat=True)  # type: ignore[union-attr]
    verified(list(recordings), effects=(Effect.GIFT,), territories=("WORLD",))
    page = page_of(client, "/basket")
    assert "cannot be sold:" in page
    assert "It is for me" in page
    client.post("/basket/gift", {"is_gift": "0"})
    assert "cannot be sold:" not in page_of(client, "/basket")
