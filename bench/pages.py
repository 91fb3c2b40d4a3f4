"""Requests a second of the release page through the whole store, beside a bare Django view over WSGI.

Both are served by Granian with one worker and asked by the same client; the bare view renders the same template
with its values already at hand, asks no database and has no middleware. It runs on one thread, its best case: pages
are work for one core, and more threads only get in each other's way.
"""

import asyncio
import os
import subprocess
import sys
import time

import httpx2 as httpx
from tests.story.running import SOURCE, RunningStore

SLUG = "the-bench-ensemble-forty-minutes"
CLIENTS = 8
SECONDS = 6.0


def rates(store: RunningStore, *, rounds: int) -> list[tuple[float, float]]:
    """(ours, theirs) for each round, interleaved."""
    path = f"/releases/{SLUG}"
    bare_port = store.port + 1
    environment = {**store.environment, "PYTHONPATH": f"{SOURCE}:{os.getcwd()}"}
    bare = subprocess.Popen(
        [sys.executable, "-m", "granian", f"--port={bare_port}", "--interface=wsgi", "--workers=1",
         "--blocking-threads=1", "--log-level=warning", "bench.bare_view:application"],
        env=environment,
    )  # fmt: skip
    try:
        _same_page(f"http://localhost:{store.port}{path}", f"http://localhost:{bare_port}{path}")
        found = []
        for _ in range(rounds):
            ours = asyncio.run(_requests_per_second(store.port, path))
            found.append((ours, asyncio.run(_requests_per_second(bare_port, path))))
        return found
    finally:
        bare.terminate()
        bare.wait()


def _same_page(ours: str, theirs: str) -> None:
    """Wait for both, and make sure that they answer with the same page but for its forms' tokens."""
    for _ in range(100):
        try:
            one, other = httpx.get(ours), httpx.get(theirs)
            break
        except httpx.TransportError:
            time.sleep(0.1)
    assert one.status_code == other.status_code == 200
    assert abs(len(one.text) - len(other.text)) < 400, (len(one.text), len(other.text))


async def _requests_per_second(port: int, path: str) -> float:
    await _ask_until(port, path, time.monotonic() + 1.0)
    began = time.monotonic()
    counts = await asyncio.gather(*(_ask_until(port, path, began + SECONDS) for _ in range(CLIENTS)))
    return sum(counts) / (time.monotonic() - began)


async def _ask_until(port: int, path: str, ends: float) -> int:
    """One client with a connection that stays open; its answers carry a Content-Length or chunks."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    request = f"GET {path} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode()
    count = 0
    while time.monotonic() < ends:
        writer.write(request)
        await _read_answer(reader)
        count += 1
    writer.close()
    return count


async def _read_answer(reader: asyncio.StreamReader) -> None:
    head = (await reader.readuntil(b"\r\n\r\n")).lower()
    assert head.startswith(b"http/1.1 200"), head[:200]
    for line in head.split(b"\r\n"):
        if line.startswith(b"content-length:"):
            await reader.readexactly(int(line.split(b":")[1]))
            return
    while size := int((await reader.readuntil(b"\r\n")).strip(), 16):
        await reader.readexactly(size + 2)
    await reader.readexactly(2)
