"""Nothing that can be sent makes the API answer 500."""

import copy
import json
from typing import Any
from urllib.parse import quote

import pytest
from django.core.cache import cache
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from obbligato.catalog.models import Release
from obbligato.catalog.tracklists import tracks_of
from obbligato.people.models import Person
from tests import makers
from tests.api.calling import Caller

NASTY: list[Any] = [
    "",
    "\x00",
    "a\x00b",
    "x" * 100_000,
    "flac\n",
    "‮\U0001f3b5 é",
    "{number.__class__}",
    "%s%n",
    "'; DROP TABLE",
    "../../etc/passwd",
    "mp3-" + "9" * 5_000,
    "1e999999999",
    "NaN",
    "٣",
    "true",
    "-1",
    str(2**63),
    str(2**200),
    0,
    -1,
    2**31,
    2**63 - 1,
    2**63,
    2**200,
    1.5,
    1e308,
    True,
    None,
    [],
    {},
    [[[[[[]]]]]],
    {"amount": "1", "currency": "EUR"},
    {"amount": 1e300, "currency": "€"},
    {"amount": "999999999.999999", "currency": "XAU"},
]
VALUES = st.one_of(
    st.sampled_from(NASTY),
    st.text(max_size=40),
    st.integers(),
    st.floats(allow_nan=False, allow_infinity=False),
    st.recursive(st.none() | st.booleans(), lambda inner: st.lists(inner, max_size=3), max_leaves=5),
)
TEXTS = st.one_of(
    st.sampled_from([value for value in NASTY if isinstance(value, str) and len(value) < 10_000]),
    st.text(max_size=40),
    st.integers().map(str),
)
BODIES = st.one_of(
    st.binary(max_size=60),
    st.sampled_from(
        [b"[" * 100_000, b'{"a":' * 50_000, b"1" * 10_000, b'"\xff"', b'"\\ud800"', b'{"username": "\\ud800"}', b"null"]
    ),
    VALUES.map(lambda value: json.dumps(value).encode()),
)
READS = [
    "/releases?artist={0}",
    "/releases?genre={0}",
    "/releases?page={0}&per_page={1}",
    "/releases/{0}",
    "/releases/{0}?country={1}",
    "/releases/{slug}?country={0}",
    "/artists/{0}",
    "/search?q={0}",
    "/search?q={0}&limit={1}",
    "/formats?{0}={1}",
    "/releases/{slug}/quote?format={0}",
    "/releases/{slug}/quote?format=flac&country={0}",
    "/releases/{0}/quote?format={1}",
    "/tracks/{0}/quote?format={1}",
    "/tracks/{track}/quote?format={0}",
    "/orders?page={0}&per_page={1}",
    "/orders/{0}",
    "/wallet?currency={0}&limit={1}",
    "/wallet/top-ups/{0}",
    "/library?{0}={1}",
    "/library/{0}",
    "/library/{slug}/downloads?format={0}",
    "/library/{0}/downloads?format={1}",
    "/{0}",
]
TOKEN = {"username": "alice", "password": "x", "note": ""}
ORDER = {
    "items": [{"release": "SLUG", "format": "flac"}],
    "expected_total": {"amount": "0.30", "currency": "EUR"},
    "country": "FR",
    "key": "k",
}
TOP_UP = {
    "method": "card",
    "amount": {"amount": "5", "currency": "EUR"},
    "return_url": "/wallet",
    "key": "k",
}
WRITES: list[tuple[str, dict[str, Any]]] = [("/tokens", TOKEN), ("/orders", ORDER), ("/wallet/top-ups", TOP_UP)]
THOROUGH = settings(
    max_examples=150,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow, HealthCheck.data_too_large],
)


@pytest.fixture
def goods(db: None) -> tuple[Release, Person]:
    """Something to buy, and someone who could."""
    return makers.a_release(tracks=1), makers.alice("1")


@THOROUGH
@given(read=st.sampled_from(READS), first=TEXTS, second=TEXTS, is_signed_in=st.booleans())
def test_no_address_makes_the_store_fail(
    goods: tuple[Release, Person], read: str, first: str, second: str, is_signed_in: bool
) -> None:
    release, person = goods
    assert release.edition is not None
    track = tracks_of(release.edition)[0].pk
    words = [quote(text.encode("utf-8", "surrogatepass"), safe="") for text in (first, second)]
    address = read.format(*words, slug=release.slug, track=track)
    _assert_answered(Caller(person if is_signed_in else None).get(address))


@pytest.mark.parametrize("address", ["/releases/?country=%00", "/?a=%00", "/a%00b", "/releases/?%00=1"])
def test_a_nul_in_an_address_that_is_none_is_answered_by_the_api_not_by_a_page(db: None, address: str) -> None:
    response = Caller(None).get(address)
    assert response.status_code == 404
    _assert_answered(response)


@THOROUGH
@given(raw=st.binary(min_size=1, max_size=12), read=st.sampled_from(READS))
def test_no_bytes_in_an_address_make_the_store_fail(goods: tuple[Release, Person], raw: bytes, read: str) -> None:
    release, person = goods
    address = read.format(quote(raw, safe=""), "1", slug=release.slug, track=1)
    _assert_answered(Caller(person).get(address))


@THOROUGH
@given(data=st.data(), write=st.sampled_from(WRITES))
def test_no_value_in_a_body_makes_the_store_fail(
    goods: tuple[Release, Person], data: st.DataObject, write: tuple[str, dict[str, Any]]
) -> None:
    cache.clear()  # Else the limits on attempts would answer in place of what is tested.
    address, sound = write
    body = json.loads(json.dumps(sound).replace("SLUG", goods[0].slug))
    for path in data.draw(st.lists(st.sampled_from(_paths(sound)), min_size=1, max_size=3)):
        _put(body, path, copy.deepcopy(data.draw(VALUES)))
    _assert_answered(Caller(goods[1]).post(address, body))


@THOROUGH
@given(body=BODIES, write=st.sampled_from(WRITES))
def test_no_body_makes_the_store_fail(
    goods: tuple[Release, Person], body: bytes, write: tuple[str, dict[str, Any]]
) -> None:
    cache.clear()
    _assert_answered(Caller(goods[1]).post(write[0], body))


@THOROUGH
@given(token=st.text(st.characters(max_codepoint=255, exclude_characters="\r\n"), max_size=60), key=TEXTS)
def test_no_header_makes_the_store_fail(goods: tuple[Release, Person], token: str, key: str) -> None:
    _assert_answered(Caller().get("/wallet", Authorization=token))
    _assert_answered(Caller().get("/wallet", Authorization=f"Bearer {token}"))
    wish = json.loads(json.dumps(ORDER).replace("SLUG", goods[0].slug))
    del wish["key"]
    header = key.encode("utf-8", "replace").decode("latin-1").replace("\r", "").replace("\n", "")
    _assert_answered(Caller(goods[1]).post("/orders", wish, **{"Idempotency-Key": header}))


def _assert_answered(response: Any) -> None:
    assert response.status_code < 500, response.content
    if response.status_code >= 400:
        assert response.headers["Content-Type"] == "application/problem+json", response.content
        assert json.loads(response.content)["status"] == response.status_code


def _paths(body: Any, so_far: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """Every place in a body where another value could stand."""
    steps = body.items() if isinstance(body, dict) else enumerate(body) if isinstance(body, list) else []
    return [path for step, value in steps for path in [(*so_far, step), *_paths(value, (*so_far, step))]]


def _put(body: Any, path: tuple[Any, ...], value: Any) -> None:
    for step in path[:-1]:
        try:
            body = body[step]
        except (TypeError, KeyError, IndexError):
            return  # An earlier value took that place away.
    if isinstance(body, dict) or (isinstance(body, list) and body and isinstance(path[-1], int)):
        body[path[-1]] = value
