"""Whatever is typed into an address or a form, a page answers: never an error of ours."""

import pytest
from django.http import QueryDict
from django.test import Client, override_settings
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from obbligato.audio.formats import OFFERED, Format, choices
from obbligato.kernel.refusals import Refused
from obbligato.people.models import Person
from obbligato.storefront import bench
from tests.makers import alice
from tests.storefront.makers import a_silent_release
from tests.storefront.signing_in import sign_in

pytestmark = pytest.mark.django_db
walk = settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
WORDS = st.one_of(
    st.text(max_size=30),
    st.sampled_from(
        ["mp3", "opus", "flac", "alac", "320", "v0", "16", "24", "44100", "8000", "mp3-320", "-1", "0", "9" * 30]
    ),
)
FIELDS = st.dictionaries(
    st.sampled_from(
        ["codec", "quality", "rate", "format", "page", "q", "track", "release", "country", "next", "basket"]
    ),
    WORDS,
    max_size=4,
)


@pytest.fixture
def slug(db: None) -> str:
    """Of the one release in the store, for all that is typed."""
    return a_silent_release(tracks=1).slug


@walk
@given(query=FIELDS)
def test_no_query_breaks_a_page_that_everyone_sees(client: Client, slug: str, query: dict[str, str]) -> None:
    for address in ("/", f"/releases/{slug}", f"/releases/{slug}/quote", "/search", "/basket", "/country"):
        assert client.get(address, query, headers={"HX-Request": "true"}).status_code in {200, 422}


@walk
@given(form=FIELDS)
@pytest.mark.usefixtures("slug")
def test_no_form_breaks_an_act_of_a_visitor(client: Client, form: dict[str, str]) -> None:
    for address in (
        "/basket/bundles",
        "/basket/bundles/x/removal",
        "/basket/quotes",
        "/country",
        "/sandbox/x/decision",
    ):
        assert client.post(address, form).status_code in {302, 404, 409, 422}


@walk
@given(
    form=FIELDS,
    more=st.dictionaries(
        st.sampled_from(["key", "amount", "method", "expected_total_micro", "code", "attempt"]), WORDS
    ),
)
def test_no_form_breaks_an_act_of_a_buyer(client: Client, form: dict[str, str], more: dict[str, str]) -> None:
    sign_in(client, Person.objects.first() or alice())
    vouchers = ("/redeem/redemptions", "/wallet/gift-cards/purchases", "/wallet/gift-cards/sheets")
    acts = ("/orders", "/wallet/top-ups", "/orders/1/payment", "/orders/1/cancellation", "/wallet/refunds/requests")
    for address in (*acts, *vouchers):
        assert client.post(address, form | more).status_code in {302, 404, 409, 410, 422, 429}


@walk
@given(
    form=FIELDS,
    more=st.dictionaries(st.sampled_from(["email", "code", "name", "password", "expected_total_micro"]), WORDS),
)
def test_no_form_breaks_what_a_guest_does(client: Client, form: dict[str, str], more: dict[str, str]) -> None:
    with override_settings(SENDS_MAIL=True):
        for address in (
            *("/guest/orders", "/guest/links", "/guest/links/x/opening", "/guest/address", "/guest/password"),
            *("/redeem", "/redeem/guest", "/wishlist/wishes", "/wishlist/wishes/1-2/removal", "/wishlist/link"),
        ):
            assert client.post(address, form | more).status_code in {200, 302, 403, 404, 409, 410, 422, 429}
        for address in ("/redeem", "/guest", "/checkout", "/wishlist", "/guest/links/x", "/wishlists/x"):
            assert client.get(address, form | more).status_code in {200, 404, 410, 422}


@given(codec=st.sampled_from([one["codec"] for one in choices()]), quality=WORDS, rate=WORDS)
def test_every_combination_of_knobs_is_a_format_the_bench_shows_as_chosen(codec: str, quality: str, rate: str) -> None:
    query = QueryDict(mutable=True)
    query.update({"codec": codec, "quality": quality, "rate": rate})
    chosen = bench.format_of(query)
    assert chosen.codec == codec
    assert bench.knobs(chosen).count(" selected>") == 4


@pytest.mark.parametrize("format_", OFFERED, ids=lambda one: one.name)
def test_what_the_bench_shows_asks_for_the_same_format_again(format_: Format) -> None:
    query = QueryDict(mutable=True)
    for knob in bench.knobs_of(format_):
        query[knob.name] = next(choice.value for choice in knob.choices if choice.is_chosen)
    assert bench.format_of(query) == format_


@given(name=st.text(max_size=40))
def test_a_name_is_a_format_or_a_sentence(name: str) -> None:
    query = QueryDict(mutable=True)
    query["format"] = name
    try:
        sentence = bench.format_of(query).label
    except Refused as refusal:
        sentence = str(refusal)
    assert sentence


@pytest.mark.parametrize(
    "address",
    ["/orders/%00", "/wallet/top-ups/%00", "/wallet/top-ups/%00/card", "/wallet/top-ups/%00/transfer", "/sandbox/%00"],
)
def test_a_character_that_no_text_has_is_refused_before_it_reaches_a_database(client: Client, address: str) -> None:
    client.force_login(alice())
    assert client.get(address).status_code == 422
    form = {"basket": "\0", "attempt": "\0", "amount_micro": "1", "expected_total_micro": "1"}
    for act in ("/orders", "/wallet/refunds/requests", "/orders/%00/payment", "/sandbox/%00/decision"):
        assert client.post(act, form).status_code == 422
