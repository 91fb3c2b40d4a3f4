"""An order is in effect behind every door of the store at one moment, for its scope alone; lifted, it is gone."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial

import pytest
from django.test import Client
from starlette.applications import Starlette
from starlette.testclient import TestClient

from obbligato.catalog import indexing
from obbligato.catalog.models import Release, Track
from obbligato.catalog.restrictions.in_effect import UnavailableForLegalReasons
from obbligato.catalog.restrictions.models import Effect
from obbligato.claims.orders import naming, verifying
from obbligato.claims.orders.models import Paper
from obbligato.kernel.refusals import Refused
from obbligato.library import delivery, links, shelf
from obbligato.people.models import Person
from obbligato.sales import baskets, checkout, listing
from obbligato.sales.gifts import giving
from obbligato.sales.gifts.giving import Words
from obbligato.sales.models import Order, Purchase
from obbligato.sales.quoting import format_named
from obbligato.storefront import sitemaps
from tests.api.calling import Caller
from tests.claims.orders.makers import lifting, verified
from tests.makers import a_release, alice, bob, fill_wallet, signed_in

pytestmark = pytest.mark.usefixtures("open_books")
WAV = format_named("wav")
BY_ORDER = "By order of the Regional Court of Anywhere"
Door = Callable[[], bool]


@dataclass
class Store:
    """Two releases, of which everybody owns the first, and the address at which bytes are fetched."""

    owned: Release
    wanted: Release
    bytes_of: TestClient

    @property
    def recordings(self) -> list[int]:
        return [pk for release in (self.owned, self.wanted) for pk in naming.recordings_named(release.slug)]


@pytest.fixture
def store() -> Iterator[Store]:
    owned, wanted = (
        a_release("Owned Pieces", tracks=2, seconds=8),
        a_release("Wanted Pieces", tracks=2, seconds=9, upc="0012345678905"),
    )
    listing.keep([owned.pk, wanted.pk])
    indexing.rebuild()
    app = Starlette(routes=delivery.routes, exception_handlers=delivery.exception_handlers)
    with TestClient(app) as made:
        yield Store(owned, wanted, made)


def living_in(person: Person, country: str) -> Person:
    """Where the order is about her, or not."""
    person.country = country
    person.save()
    return person


def bought(person: Person, release: Release, *, is_gift: bool = False, euros: str = "20") -> Order:
    """An order of all of it, paid where there is money."""
    if float(euros):
        fill_wallet(person, euros)
    basket = baskets.basket_with(None, person)
    if is_gift:
        baskets.make_gift(basket, is_gift=True)
    baskets.add_release(basket, release, WAV, territory=person.country)
    total_micro = baskets.contents(basket).total_micro
    words = Words("carol@example.org", "", "") if is_gift else Words()
    return checkout.buy(basket, person, expected_total_micro=total_micro, country=person.country, gift=words)


def doors(store: Store, person: Person) -> dict[str, Door]:
    """Everything that she might do with one of the releases, each telling whether it is open."""
    browser, program = signed_in(person), Caller(person)
    first, hers = track_of(store.wanted), track_of(store.owned)
    mine = list(Track.objects.filter(edition=store.owned.edition).select_related("edition__release"))
    old = {
        "old link": links.track_link(person, hers, WAV),
        "old zip": links.release_link(person, store.owned.edition or hers.edition, mine, WAV),
        "old listening": links.listening_link(person, hers),
    }
    page, shelf_page = f"/releases/{store.wanted.slug}", f"/library/{store.owned.slug}"
    return {
        "sale on the page": lambda: BY_ORDER not in html(browser, page),
        "sale by a program": lambda: program.get(page).json()["sentence"] == "",  # type: ignore[attr-defined]
        "basket": lambda: may(partial(fill, store.wanted, person, is_gift=False)),
        "gift": lambda: may(partial(fill, store.wanted, person, is_gift=True)),
        "play on the page": lambda: f"/delivery/previews/{first.pk}" in html(browser, page),
        "play on home": lambda: f"/delivery/previews/{first.pk}" in html(browser, "/"),
        "preview": lambda: fetched(store, f"/delivery/previews/{first.pk}.mp3?in={person.country}"),
        "preview by a program": lambda: program.get(page).json()["tracks"][0]["preview"] != "",  # type: ignore[attr-defined]
        "blind test": lambda: browser.get(f"{page}/blind-test").status_code == 200,
        **{name: partial(fetched, store, address) for name, address in old.items()},
        "download": lambda: browser.get(f"{shelf_page}/tracks/{hers.pk}?format=wav").status_code == 302,
        "downloads by a program": lambda: program.get(f"{shelf_page}/downloads?format=wav").status_code == 200,
        "library page": lambda: "cannot be fetched" not in html(browser, shelf_page),
        "home": lambda: "Wanted Pieces" in html(browser, "/"),
        "search": lambda: page in html(browser, "/search?q=wanted"),
        "label": lambda: "Wanted Pieces" in html(browser, "/labels/test-label"),
        "list for programs": lambda: program.get("/releases").json()["count"] == 2,  # type: ignore[attr-defined]
        "search by a program": lambda: "Wanted" in program.get("/search?q=wanted").content.decode(),
    }


OF_EFFECT = {
    Effect.SELL: {"sale on the page", "sale by a program", "basket", "gift"},
    Effect.GIFT: {"gift"},
    Effect.PREVIEW: {"play on the page", "play on home", "preview", "preview by a program", "blind test"},
    Effect.REDOWNLOAD: {
        "old link", "old zip", "old listening", "download", "downloads by a program", "library page",
    },
    Effect.SEARCH: {"home", "play on home", "search", "label", "list for programs", "search by a program"},
}  # fmt: skip


def test_each_effect_closes_its_doors_for_a_german_and_none_for_an_austrian(store: Store) -> None:
    german, austrian = living_in(alice(), "DE"), living_in(bob(), "AT")
    bought(german, store.owned)
    bought(austrian, store.owned)
    hers, his = doors(store, german), doors(store, austrian)
    assert closed(hers) == closed(his) == set()
    for effect, expected in OF_EFFECT.items():
        paper = verified(store.recordings, effects=(effect,))
        assert closed(hers) == expected, effect
        if effect in {Effect.SELL, Effect.REDOWNLOAD}:  # Each costs a walk through the store.
            assert closed(his) == set()
        verifying.verify(lifting(paper.order), by="bob", why="I called.")
    assert closed(hers) == set()


def test_a_world_order_is_in_effect_in_what_is_the_same_for_everyone(store: Store, client: Client) -> None:
    order = verified(store.recordings, territories=("WORLD",), effects=tuple(Effect)).order
    slug = store.wanted.slug
    public = {
        "feed": lambda: slug in html(client, "/feeds/releases.atom"),
        "sitemap": lambda: slug in sitemaps.part("releases", 0).decode(),
        "embed": lambda: "/delivery/previews/" in html(client, f"/embed/releases/{slug}"),
        "charts and home": lambda: slug in html(client, "/"),
        "suggestions": lambda: slug in html(client, "/search/suggestions?q=wanted", HTTP_HX_REQUEST="true"),
        "preview without a country": lambda: fetched(store, f"/delivery/previews/{track_of(store.wanted).pk}.mp3"),
    }
    assert closed(public) == set(public)
    assert "the Regional Court of Anywhere, 16 O 12/26" in html(client, "/transparency/orders")
    verifying.verify(lifting(order), by="bob", why="I called.")
    assert closed(public) == set()
    assert "No order is in effect." in html(client, "/transparency/orders")


def test_what_waits_for_its_money_is_not_bought_by_its_coming(store: Store) -> None:
    german = living_in(alice(), "DE")
    order = bought(german, store.wanted, euros="0")
    paper = verified(store.recordings)
    fill_wallet(german, "50")
    assert checkout.complete_waiting_orders(german) == []
    with pytest.raises(checkout.NotOnSale, match=BY_ORDER):
        checkout.pay(order)
    verifying.verify(lifting(paper.order), by="bob", why="I called.")
    assert [one.pk for one in checkout.complete_waiting_orders(german)] == [order.pk]


def test_a_basket_filled_before_buys_nothing_and_a_gift_under_way_waits(store: Store) -> None:
    german, taker = living_in(alice(), "DE"), living_in(bob(), "DE")
    gift = bought(german, store.owned, is_gift=True).gift
    basket = baskets.basket_with(None, german)
    baskets.make_gift(basket, is_gift=True)
    baskets.add_release(basket, store.wanted, WAV, territory="DE")
    paper = verified(store.recordings, effects=(Effect.GIFT,))
    total_micro = baskets.contents(basket).total_micro
    with pytest.raises(checkout.NotOnSale, match=BY_ORDER):
        checkout.buy(basket, german, expected_total_micro=total_micro, country="DE")
    with pytest.raises(UnavailableForLegalReasons, match="waits for you"):
        giving.take(gift, taker)
    verifying.verify(lifting(paper.order), by="bob", why="I called.")
    assert giving.take(gift, taker).taken_by == taker


def test_owners_keep_what_they_bought_and_are_told_so(store: Store) -> None:
    german = living_in(alice(), "DE")
    bought(german, store.owned)
    browser, address = signed_in(german), f"/library/{store.owned.slug}"
    first, second = Track.objects.filter(edition=store.owned.edition).order_by("position")
    verified(store.recordings)
    assert "What you bought stays yours." in html(browser, address)
    assert "cannot be fetched" not in html(browser, address)
    verified([first.recording_id], effects=(Effect.REDOWNLOAD,))
    assert "One track cannot be fetched where you live for now." in html(browser, address)
    assert Purchase.objects.standing().filter(person=german).count() == 2
    item = shelf.shelf_item(german, store.owned.slug)
    assert item.open_tracks == [second]
    assert "it stays yours" in html(browser, "/library")
    link = links.library_link(german, last_purchase_id=Purchase.objects.latest("pk").pk, format_=None)
    archive = store.bytes_of.get(link).content
    assert b"Left out.txt" in archive
    assert "“Piece 1” is yours, and cannot be fetched for now.".encode() in archive
    assert b"02 Piece 2.wav" in archive
    assert b"01 Piece 1.wav" not in archive


def test_a_paper_not_in_force_closes_no_door(store: Store) -> None:
    german = living_in(alice(), "DE")
    bought(german, store.owned)
    verified(store.recordings, effects=tuple(Effect), force=Paper.Force.NONE, force_since=None)
    assert closed(doors(store, german)) == set()


def closed(all_doors: dict[str, Door]) -> set[str]:
    return {name for name, is_open in all_doors.items() if not is_open()}


def html(browser: Client, address: str, **headers: str) -> str:
    return browser.get(address, **headers).content.decode()  # type: ignore[arg-type]


def fetched(store: Store, address: str) -> bool:
    answer = store.bytes_of.get(address)
    assert answer.status_code in {200, 451}
    return answer.status_code == 200


def may(act: Callable[[], object]) -> bool:
    try:
        act()
    except Refused as refusal:
        return BY_ORDER not in str(refusal)
    return True


def fill(release: Release, person: Person, *, is_gift: bool) -> None:
    basket = baskets.basket_with(None, person)
    baskets.make_gift(basket, is_gift=is_gift)
    baskets.add_release(basket, release, WAV, territory=person.country)


def track_of(release: Release) -> Track:
    return Track.objects.select_related("master", "recording", "edition__release").get(
        edition=release.edition, position=1
    )
