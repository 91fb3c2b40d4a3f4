"""How much signed news of a payment company the store keeps a second, each committed, while its pages answer."""

import asyncio
import hashlib
import hmac
import json
import time
from pathlib import Path

from tests.story.running import RunningStore, a_store

from bench.rows import Row, percentile
from bench.scale import Scale

SENDERS = 16
LEAST_A_SECOND = 500
SLOWEST_PAGE_MS = 500
PAUSE_SECONDS = 0.05
PAGE = "/help"
SIGNING_KEY = "whsec_of_the_bench"
CONTRACT = f"""
[cards]
provider = "stripe"
secret_key = "sk_test_of_the_bench"
publishable_key = "pk_test_of_the_bench"
webhook_secrets = ["{SIGNING_KEY}"]
"""


def rows(album: Path, scale: Scale) -> list[Row]:
    """A flood of news of payments that the store does not know: each is kept all the same, in case it comes early."""
    with a_store("bench_news") as store:
        contract = store.folder / "rails.toml"
        contract.touch(mode=0o600)
        contract.write_text(CONTRACT)
        store.command("import", str(album))
        store.start()
        rate, page_ms = asyncio.run(_flood(store, scale.news))
    what = f"news of a payment company, {SENDERS} connections, each kept and committed, a second"
    return [
        Row(what, f"{rate:.0f}", f"≥ {LEAST_A_SECOND}", rate >= LEAST_A_SECOND),
        Row("a page meanwhile, 99 of 100", f"{page_ms:.0f} ms", f"≤ {SLOWEST_PAGE_MS} ms", page_ms <= SLOWEST_PAGE_MS),
    ]


async def _flood(store: RunningStore, count: int) -> tuple[float, float]:
    requests = [_request(number) for number in range(count)]
    looking = asyncio.create_task(_page_times(store.port))
    began = time.perf_counter()
    await asyncio.gather(*(_send(store.port, requests[place::SENDERS]) for place in range(SENDERS)))
    took = time.perf_counter() - began
    looking.cancel()
    times = (await asyncio.gather(looking, return_exceptions=True))[0]
    assert isinstance(times, list), times
    return count / took, percentile(times, 99)


def _request(number: int) -> bytes:
    intent = {"id": f"pi_{number}", "object": "payment_intent", "status": "succeeded", "currency": "eur",
              "amount_received": 500, "metadata": {}}  # fmt: skip
    event = {"id": f"evt_{number}", "object": "event", "type": "payment_intent.succeeded", "livemode": False,
             "created": int(time.time()), "data": {"object": intent}}  # fmt: skip
    body, moment = json.dumps(event).encode(), int(time.time())
    signature = hmac.new(SIGNING_KEY.encode(), f"{moment}.".encode() + body, hashlib.sha256).hexdigest()
    head = (
        f"POST /api/webhooks/cards HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
        f"Content-Length: {len(body)}\r\nStripe-Signature: t={moment},v1={signature}\r\n\r\n"
    )
    return head.encode() + body


async def _send(port: int, requests: list[bytes]) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    for one in requests:
        writer.write(one)
        head = await reader.readuntil(b"\r\n\r\n")
        assert head.lower().startswith(b"http/1.1 204"), head[:200]
    writer.close()


async def _page_times(port: int) -> list[float]:
    """Milliseconds of each page, one after another with a short pause between, until it is cancelled."""
    times: list[float] = []
    try:
        while True:
            began = time.perf_counter()
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            writer.write(f"GET {PAGE} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n".encode())
            assert (await reader.read()).lower().startswith(b"http/1.1 200")
            writer.close()
            times.append(1000 * (time.perf_counter() - began))
            await asyncio.sleep(PAUSE_SECONDS)
    except asyncio.CancelledError:
        return times
