"""What is kept for later by a visitor comes along when she signs in; what is taken off can be put back."""

import re

import pytest
from django.test import Client

from obbligato.catalog.models import Track
from obbligato.sales.gifts.models import Gift
from obbligato.sales.models import Basket, BasketLine
from obbligato.sales.wishlist.keeping import MOST_OF_A_VISITOR
from obbligato.sales.wishlist.models import Wish
from tests.makers import alice
from tests.storefront.makers import a_silent_release
from tests.storefront.test_journeys import page_of

pytestmark = pytest.mark.django_db


def keep(client: Client, **what: object) -> None:
    assert client.post("/wishlist/wishes", {name: str(value) for name, value in what.items()}).status_code == 302


def test_a_visitors_wishes_come_along_when_she_signs_in(client: Client) -> None:
    release = a_silent_release()
    track = Track.objects.filter(edition=release.edition).first()
    assert track
    assert "Nothing is on it" in page_of(client, "/wishlist")
    for _ in range(2):
        keep(client, release=release.slug)
        keep(client, track=track.pk, next=release.get_absolute_url())
    page = page_of(client, release.get_absolute_url())
    assert page.count("On your wishlist") == 2
    page = page_of(client, "/wishlist?format=flac")
    assert page.count("Take off") == 2
    assert "Sign in</a>" in page
    assert not Wish.objects.exists()
    client.force_login(alice())
    assert page_of(client, "/wishlist").count("Take off") == 2
    assert Wish.objects.count() == 2
    assert page_of(client, release.get_absolute_url()).count("On your wishlist") == 2
    client.logout()
    assert "Nothing is on it" in page_of(client, "/wishlist")


@pytest.mark.parametrize("is_signed_in", [False, True])
def test_what_is_taken_off_can_be_put_back(client: Client, is_signed_in: bool) -> None:
    release = a_silent_release()
    if is_signed_in:
        client.force_login(alice())
    keep(client, release=release.slug)
    answer = client.post(f"/wishlist/wishes/{release.pk}/removal")
    client.post(f"/wishlist/wishes/{release.pk}/removal")
    page = page_of(client, answer.headers["Location"])
    assert "Put it back" in page
    assert "Take off" not in page
    keep(client, name=re.findall(r'name="name" value="([^"]+)"', page)[0])
    assert "Take off" in page_of(client, "/wishlist")


@pytest.mark.parametrize("is_track", [False, True])
def test_it_moves_to_the_basket_in_the_chosen_format(client: Client, is_track: bool) -> None:
    release = a_silent_release()
    track = Track.objects.filter(edition=release.edition).first()
    assert track
    keep(client, **({"track": track.pk} if is_track else {"release": release.slug}))
    name = f"{release.pk}-{track.recording_id}" if is_track else str(release.pk)
    assert client.post(f"/wishlist/wishes/{name}/basket", {"format": "flac"}).headers["Location"] == "/basket"
    assert BasketLine.objects.filter(quote__format_name="flac").count() == (1 if is_track else 3)
    assert "Nothing is on it" in page_of(client, "/wishlist")


def test_nonsense_is_refused_in_a_sentence(client: Client) -> None:
    for form in ({}, {"release": "none"}, {"track": "x"}):
        assert client.post("/wishlist/wishes", form).status_code == 422
    for form in ({"track": "99999"}, {"name": "x"}, {"name": "99999"}):
        assert client.post("/wishlist/wishes", form).status_code == 404
    for address in ("/wishlist/wishes/x/removal", "/wishlist/wishes/99999/basket", "/wishlist/wishes/x/basket"):
        assert client.post(address).status_code == 404
    assert client.get("/wishlist?after=x").status_code == 422
    assert client.get("/wishlists/0000").status_code == 404


def test_with_the_live_page_only_the_button_changes(client: Client) -> None:
    release = a_silent_release()
    answer = client.post("/wishlist/wishes", {"release": release.slug}, headers={"HX-Request": "true"})
    assert answer.content.decode().strip().startswith('<a class="soft small" id="keep-whole"')


def test_a_visitors_list_has_pages_and_an_end(client: Client) -> None:
    release = a_silent_release(tracks=MOST_OF_A_VISITOR + 1)
    for track in Track.objects.filter(edition=release.edition)[:MOST_OF_A_VISITOR]:
        keep(client, track=track.pk)
    last = Track.objects.filter(edition=release.edition).last()
    assert last
    assert client.post("/wishlist/wishes", {"track": last.pk}).status_code == 409
    page = page_of(client, "/wishlist")
    assert page.count("Take off") == 12
    assert page_of(client, "/wishlist?after=48").count("Take off") == 2
    assert "after=12" in page


def test_whoever_has_its_link_gives_from_it(client: Client) -> None:
    release, person = a_silent_release(), alice()
    client.force_login(person)
    keep(client, release=release.slug)
    assert Client().post("/wishlist/link", {"wanted": "1"}).headers["Location"] == "/wishlist"
    client.post("/wishlist/link", {"wanted": "1", "name": "Alice <b>"})
    link = re.findall(r"/wishlists/[0-9a-f]+", page_of(client, "/wishlist"))[0]
    friend = Client()
    page = page_of(friend, link)
    assert "What Alice &lt;b&gt; wishes for" in page
    assert person.email not in page
    friend.post("/basket/bundles?gift=1", {"release": release.slug, "format": "flac"})
    assert Basket.objects.get().is_gift
    assert not Gift.objects.exists()
    client.post("/wishlist/link", {})
    assert friend.get(link).status_code == 404
    assert "Make a link" in page_of(client, "/wishlist")
