"""Every page answers, says what it must, and shows nobody what is another's."""

from typing import Any

import pytest
from django.template.loader import render_to_string
from django.test import Client

from obbligato.catalog.models import Booklet
from obbligato.people.models import Person
from obbligato.sales import checkout
from obbligato.sales.baskets import add_release, basket_with
from obbligato.sales.models import Order
from obbligato.sales.quoting import format_named
from tests.makers import alice, bob
from tests.storefront.makers import a_silent_release

pytestmark = pytest.mark.django_db


def text_of(client: Client, address: str, status: int = 200) -> str:
    response = client.get(address)
    assert response.status_code == status, response.content[:500]
    return response.content.decode()


def test_home_lists_releases_on_sale(client: Client) -> None:
    a_silent_release(title="Nocturnes")
    assert "Nocturnes" in text_of(client, "/")


def test_home_without_releases_says_so(client: Client) -> None:
    assert "Nothing is on sale yet" in text_of(client, "/")


def test_release_page_quotes_tracks_and_album(client: Client) -> None:
    release = a_silent_release()
    page = text_of(client, release.get_absolute_url())
    assert "Piece 1" in page
    assert "MB" in page
    assert "€" in page
    assert "Put album in basket" in page
    assert "Own recording" in page
    assert "at most" not in page, "MP3 at a constant rate has an exact size"


def test_release_page_says_that_there_is_a_booklet_and_how_large(client: Client) -> None:
    booklet = Booklet.objects.create(sha256="b" * 64, original_name="<b>.pdf", size_bytes=2_140_000)
    assert "Booklet (PDF, 2.1 MB)" in text_of(client, a_silent_release(booklet=booklet).get_absolute_url())
    assert "Booklet" not in text_of(client, a_silent_release().get_absolute_url())


def test_release_page_in_a_bounded_format_says_at_most(client: Client) -> None:
    release = a_silent_release()
    assert "at most" in text_of(client, f"{release.get_absolute_url()}?codec=opus&quality=128")


def test_another_codec_keeps_no_quality_it_lacks(client: Client) -> None:
    release = a_silent_release()
    page = text_of(client, f"{release.get_absolute_url()}?codec=opus&quality=320&rate=44100")
    assert '<option value="256" selected>256 kbit/s' in page


def test_an_unknown_format_is_refused_in_a_sentence(client: Client) -> None:
    release = a_silent_release()
    page = text_of(client, f"{release.get_absolute_url()}?format=wax", status=422)
    assert "There is no format" in page


def test_live_quote_is_a_fragment_and_without_htmx_the_page(client: Client) -> None:
    release = a_silent_release()
    address = f"{release.get_absolute_url()}/quote?codec=flac"
    fragment = client.get(address, headers={"HX-Request": "true"}).content.decode()
    assert "<html" not in fragment
    assert 'hx-swap-oob="true"' in fragment
    assert client.get(address).headers["Location"] == f"{release.get_absolute_url()}?codec=flac"


def test_a_track_that_is_not_on_sale_says_why(client: Client) -> None:
    release = a_silent_release(territories=("JP",))
    page = text_of(client, release.get_absolute_url())
    assert "It is not licensed for" in page
    assert "Put album in basket" not in page


def test_hostile_titles_are_shown_as_text(client: Client) -> None:
    hostile = "<script>alert(1)</script>\"'><img src=x onerror=alert(2)>"
    release = a_silent_release(title=hostile, artist=hostile, track_title=hostile, description=hostile)
    for address in ("/", release.get_absolute_url(), release.artist.get_absolute_url()):
        page = text_of(client, address)
        assert "<script>alert" not in page
        assert "<img src=x" not in page
        assert "&lt;script&gt;alert(1)" in page


def test_artist_page_lists_her_releases(client: Client) -> None:
    release = a_silent_release()
    assert "Nocturnes" in text_of(client, release.artist.get_absolute_url())


@pytest.mark.parametrize("address", ["/releases/none", "/artists/none", "/nothing", "/sandbox/none"])
def test_what_is_not_there_is_a_page_that_says_so(client: Client, address: str) -> None:
    assert "New releases" in text_of(client, address, status=404)


@pytest.mark.parametrize(
    "address", ["/basket", "/checkout", "/help", "/country", "/account/login/", "/account/signup/"]
)
def test_pages_for_everyone_answer(client: Client, address: str) -> None:
    assert "<h1>" in text_of(client, address)


def test_password_reset_answers_in_the_stores_words(client: Client) -> None:
    assert "Forgotten the password?" in text_of(client, "/account/password/reset/")
    page = client.post("/account/password/reset/", {"email": "nobody@example.org"}, follow=True)
    assert "Look into your mail" in page.content.decode()


@pytest.mark.parametrize("address", ["/wallet", "/library", "/orders/1", "/wallet/top-ups/1"])
def test_pages_of_a_buyer_ask_a_visitor_to_sign_in(client: Client, address: str) -> None:
    response = client.get(address)
    assert response.status_code == 302
    assert response.headers["Location"].startswith("/account/login/?next=")


def test_sign_up_says_what_is_stored(client: Client) -> None:
    assert "What is kept about you" in text_of(client, "/account/signup/")


def test_another_buyers_order_is_as_missing_as_none(client: Client) -> None:
    order = _order_of(alice())
    client.force_login(bob())
    text_of(client, order.get_absolute_url(), status=404)
    text_of(client, "/orders/0000", status=404)
    assert client.post(f"{order.get_absolute_url()}/cancellation").status_code == 404


def test_posts_without_a_token_are_refused_kindly(client: Client) -> None:
    strict = Client(enforce_csrf_checks=True)
    response = strict.post("/basket/bundles", {"release": "x"})
    assert response.status_code == 403
    assert "Please try again" in response.content.decode()


def test_the_country_is_remembered(client: Client) -> None:
    assert client.post("/country", {"country": "JP", "next": "/help"}).headers["Location"] == "/help"
    assert "Japan" in text_of(client, "/help")


@pytest.mark.parametrize(("count", "signed_in"), [(3, False), (24, False), (24, True)])
def test_the_release_page_asks_the_database_the_same_few_questions_for_any_length(
    client: Client, count: int, signed_in: bool, django_assert_max_num_queries: Any
) -> None:
    release = a_silent_release(tracks=count)
    if signed_in:
        client.force_login(alice("1"))
    with django_assert_max_num_queries(13 if signed_in else 9):
        text_of(client, release.get_absolute_url())


def test_the_country_follows_a_person(client: Client) -> None:
    person = alice()
    client.force_login(person)
    client.post("/country", {"country": "JP"})
    person.refresh_from_db()
    assert person.country == "JP"


def test_a_country_that_is_none_is_refused(client: Client) -> None:
    assert client.post("/country", {"country": "Atlantis"}).status_code == 422


def test_next_never_leads_out_of_the_store(client: Client) -> None:
    response = client.post("/country", {"country": "JP", "next": "https://elsewhere.example/"})
    assert response.headers["Location"] == "/"


def test_pages_carry_no_inline_script(client: Client) -> None:
    release = a_silent_release()
    for address in ("/", release.get_absolute_url(), "/basket", "/account/signup/"):
        page = text_of(client, address)
        assert "<script>" not in page
        assert " onclick=" not in page
        assert "javascript:" not in page


def _order_of(person: Person) -> Order:
    basket = basket_with(None, person)
    add_release(basket, a_silent_release(), format_named("mp3-320"), territory="FR")
    total_micro = sum(line.quote.price_micro for line in basket.lines.select_related("quote"))
    return checkout.place_order(basket, person, expected_total_micro=total_micro, country="FR")


def test_too_many_sign_ins_are_slowed_down_kindly(client: Client) -> None:
    alice()
    wrong = {"login": "alice", "password": "not this one"}
    pages = [client.post("/account/login/", wrong).content.decode() for _ in range(8)]
    assert "Too many failed login attempts" in pages[-1]


@pytest.mark.parametrize("name", ["400.html", "403.html", "403_csrf.html", "404.html", "429.html", "500.html"])
def test_pages_for_trouble_can_be_shown_without_a_request(name: str) -> None:
    assert "<h1>" in render_to_string(name)


def test_what_answers_a_form_leads_back_to_the_page_that_had_it(client: Client) -> None:
    page = client.get("/help?about=forms")
    assert 'name="next" value="/help?about=forms"' in page.content.decode()
    came = {"HTTP_REFERER": "http://testserver/releases/x?format=flac"}
    refused = client.post("/basket/bundles", {"release": "x", "format": "nonsense"}, **came)
    assert refused.status_code == 422
    assert 'name="next" value="/releases/x?format=flac"' in refused.content.decode()
    for elsewhere in ("", "http://elsewhere.example/releases/x"):
        refused = client.post("/basket/bundles", {"release": "x", "format": "nonsense"}, HTTP_REFERER=elsewhere)
        assert 'name="next" value="/"' in refused.content.decode()


def test_an_address_that_only_takes_forms_is_a_page_for_who_looks_at_it(client: Client) -> None:
    page = client.get("/basket/bundles")
    assert (page.status_code, page.headers["Allow"]) == (405, "POST")
    assert "There is nothing to look at here: only what a form sends goes to this address." in page.content.decode()
    assert client.post("/help").content == b""
    assert client.get("/api/v1/orders").status_code != 200
