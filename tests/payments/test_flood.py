"""News in floods, and news that unfolds to more than a machine holds: the inbox stays small, and the rest goes on."""

import json
import tracemalloc
import zlib
from collections.abc import Iterator

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from obbligato.kernel import clock
from obbligato.kernel.money import MICRO
from obbligato.payments import inbox, registry, top_ups
from obbligato.payments.contract import Fact
from obbligato.payments.models import Attempt, InboxEvent
from tests.makers import alice
from tests.payments.contracts.btcpay import BtcpayBench, btcpay, signed
from tests.payments.contracts.mollie import MollieBench, mollie
from tests.payments.contracts.stripe import StripeBench, stripe
from tests.payments.fakes import captured
from tests.payments.test_inbox import Telling

pytestmark = pytest.mark.django_db
UNFOLDED_BYTES = 200_000_000
MOST_MEMORY_BYTES = 20_000_000
Sent = tuple[str, dict[str, str], bytes]


@pytest.fixture
def benches() -> Iterator[tuple[StripeBench, MollieBench, BtcpayBench]]:
    with stripe() as cards, mollie() as page, btcpay() as coins, clock.stopped(clock.now()):
        page.provider.name = "page"
        with registry.instead(cards.provider, page.provider, coins.provider):
            yield cards, page, coins


def send(rail: str, headers: dict[str, str], body: bytes, kind: str = "application/json") -> int:
    answer = Client(raise_request_exception=False).post(
        f"/api/webhooks/{rail}", body, content_type=kind, headers=headers
    )
    return answer.status_code


def bomb() -> bytes:
    """A whole piece of news, and then blanks without end, by gzip (RFC 1952)."""
    packing = zlib.compressobj(9, wbits=31)
    packed = packing.compress(b'{"id": "evt_1"}')
    piece = b" " * 1_000_000
    packed += b"".join(packing.compress(piece) for _ in range(UNFOLDED_BYTES // len(piece)))
    return packed + packing.flush()


def test_news_that_is_packed_is_never_unpacked_whoever_signed_it(
    benches: tuple[StripeBench, MollieBench, BtcpayBench],
) -> None:
    cards, _, _ = benches
    packed = bomb()
    assert len(packed) < inbox.MOST_BODY_BYTES
    proofs = {"stripe": cards.double.signed(packed)[0], "page": {}, "coins": signed(packed)}
    tracemalloc.start()
    try:
        for rail, proof in proofs.items():
            for coding in ("gzip", "deflate", "identity"):
                assert send(rail, {**proof, "content-encoding": coding}, packed) == 403
        assert tracemalloc.get_traced_memory()[1] < MOST_MEMORY_BYTES
    finally:
        tracemalloc.stop()
    assert not InboxEvent.objects.exists()


def test_a_flood_of_forged_news_leaves_nothing_and_asks_the_database_next_to_nothing(
    benches: tuple[StripeBench, MollieBench, BtcpayBench],
) -> None:
    body = json.dumps({"id": "evt_1", "deliveryId": "d", "storeId": "s", "invoiceId": "i"}).encode()
    forged = {
        "stripe": ({"stripe-signature": "t=1,v1=00"}, body, "application/json", 403, 0),
        "coins": ({"btcpay-sig": "sha256=00"}, body, "application/json", 403, 0),
        # It proves nothing by itself, so what it names is looked for.
        "page": ({}, b"id=tr_guessed", "application/x-www-form-urlencoded", 404, 1),
    }
    for rail, (headers, said, kind, status, most_queries) in forged.items():
        for _ in range(50):
            with CaptureQueriesContext(
                connection,
            ) as asked:
                assert send(rail, headers, said, kind) == status
            assert len(asked) <= most_queries
    assert not InboxEvent.objects.exists()


@pytest.fixture
def two_rails() -> Iterator[tuple[Telling, Telling]]:
    rails = tuple(Telling(name, Fact("action_required", f"ch_{name}", next_url="/pay")) for name in ("a", "b"))
    with registry.instead(*rails), clock.stopped(clock.now()):
        yield rails


def tell(rail: str, number: int, **said: object) -> int:
    """How many statements it took to keep it."""
    with CaptureQueriesContext(connection) as asked:
        inbox.receive(rail, {"proof": "right"}, json.dumps({"id": f"evt_{number}", **said}).encode())
    return len(asked)


def test_news_costs_the_same_however_much_there_is_and_the_same_news_is_kept_once(
    two_rails: tuple[Telling, Telling],
) -> None:
    first, *others = [tell("a", number, reference="ch_9") for number in range(200)]
    assert set(others) == {first}
    assert len({tell("a", 7, reference="ch_9") for _ in range(200)}) == 1
    assert InboxEvent.objects.count() == 200
    assert inbox.work(10) == 10


def test_a_flood_of_one_rail_holds_up_the_news_of_no_other(two_rails: tuple[Telling, Telling]) -> None:
    attempt = top_ups.start(alice(), amount_micro=5 * MICRO, currency="EUR", key="k", return_url="/", provider="b")
    for number in range(50):
        tell("a", number, reference="ch_9")
    tell("b", 1, reference="ch_b", charge=captured(reference="ch_b").__dict__)
    assert inbox.work(10) == 11
    attempt.refresh_from_db()
    assert attempt.state == Attempt.State.SUCCEEDED
