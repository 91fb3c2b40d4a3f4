"""/metrics tells this machine and the bearer of the token what the store does, and strangers nothing."""

import asyncio
from collections.abc import Mapping
from typing import Any

import pytest
from prometheus_client.parser import text_string_to_metric_families

from obbligato.config.asgi import application
from obbligato.config.metrics import is_loopback, watched_download


def get(path: str, *, client: str = "127.0.0.1", headers: Mapping[str, str] | None = None) -> tuple[int, str]:
    """Ask the application as a server does: status and text of the answer."""
    sent: list[Any] = []
    named = {"host": "localhost", **(headers or {})}
    scope = {
        "type": "http", "method": "GET", "path": path, "raw_path": path.encode(), "query_string": b"",
        "http_version": "1.1", "scheme": "http", "client": (client, 1), "server": ("localhost", 80), "root_path": "",
        "headers": [(name.encode(), value.encode()) for name, value in named.items()],
    }  # fmt: skip

    async def receive() -> dict[str, Any]:
        return {"type": "http.disconnect"}

    async def send(message: Any) -> None:
        sent.append(message)

    asyncio.run(application(scope, receive, send))
    return sent[0]["status"], b"".join(part.get("body", b"") for part in sent[1:]).decode()


def figures() -> dict[str, float]:
    """Every sample that this machine is told, by name and labels."""
    status, text = get("/metrics")
    assert status == 200
    return {
        f"{sample.name}{sorted(sample.labels.items()) or ''}": sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


def test_a_stranger_finds_no_figures() -> None:
    status, text = get("/metrics", client="203.0.113.7")
    assert status == 404
    assert "obbligato" not in text


@pytest.mark.parametrize("name", ["X-Forwarded-For", "Forwarded", "X-Real-IP", "Via"])
def test_a_proxy_on_this_machine_does_not_open_them_to_the_world(name: str) -> None:
    assert get("/metrics", headers={name.lower(): "203.0.113.7"})[0] == 404


def test_the_bearer_of_the_token_may_read_them_from_anywhere(settings: Any) -> None:
    settings.METRICS_TOKEN = "a long token of the monitor"
    elsewhere = {"client": "203.0.113.7"}
    assert get("/metrics", headers={"authorization": "Bearer a long token of the monitor"}, **elsewhere)[0] == 200
    assert get("/metrics", headers={"authorization": "Bearer another"}, **elsewhere)[0] == 404
    assert get("/metrics", headers={"authorization": "Basic a long token of the monitor"}, **elsewhere)[0] == 404


def test_no_token_set_means_that_no_token_opens() -> None:
    assert get("/metrics", client="203.0.113.7", headers={"authorization": "Bearer "})[0] == 404


@pytest.mark.parametrize(
    ("host", "is_own"),
    [("127.0.0.1", True), ("127.8.9.1", True), ("::1", True), ("::ffff:127.0.0.1", True), ("10.0.0.1", False),
     ("::ffff:203.0.113.7", False), ("localhost", False), ("", False)],
)  # fmt: skip
def test_this_machine_is_known_by_its_addresses(host: str, is_own: bool) -> None:
    assert is_loopback(host) is is_own


@pytest.mark.django_db
def test_pages_are_counted_by_status_and_timed() -> None:
    before = figures()
    assert get("/api/v1/nowhere-at-all")[0] == 404
    after = figures()
    name = "obbligato_pages_total[('status', '404')]"
    assert after[name] - before.get(name, 0) == 1
    assert after["obbligato_page_seconds_count"] - before["obbligato_page_seconds_count"] == 1


def test_downloads_are_counted_by_status() -> None:
    before = figures()
    assert get("/delivery/nothing")[0] == 404
    after = figures()
    name = "obbligato_downloads_total[('status', '404')]"
    assert after[name] - before.get(name, 0) == 1
    assert after["obbligato_sent_bytes_total"] > before["obbligato_sent_bytes_total"]
    assert after["obbligato_downloads_open"] == 0


def test_a_download_is_open_until_it_ends_however_it_ends() -> None:
    async def send(message: Any) -> None:
        raise ConnectionResetError

    async def lost() -> None:
        with watched_download(send) as noting:
            assert figures_open() == 1
            await noting({"type": "http.response.body", "body": b"lost"})

    def figures_open() -> float:
        from obbligato.config.metrics import REGISTRY

        return REGISTRY.get_sample_value("obbligato_downloads_open") or 0.0

    with pytest.raises(ConnectionResetError):
        asyncio.run(lost())
    assert figures_open() == 0


def test_the_process_shows_its_memory_and_files() -> None:
    found = figures()
    assert found["obbligato_web_process_resident_memory_bytes"] > 1_000_000
    assert found["obbligato_web_process_open_fds"] > 2


def test_the_encoders_figures_are_among_them() -> None:
    found = figures()
    assert found["obbligato_encode_queue[('priority', 'wanted-now')]"] >= 0
    assert "obbligato_encoder_restarts_total" in found
    assert "obbligato_encode_cache_bytes" in found
