"""Bytes a second of a copy that is encoded already, beside nginx sending the same file by sendfile on loopback.

The client is a process of its own, the same for both: it asks again and again on connections that stay open and
throws the bytes away. nginx has one worker process, as the store has one.
"""

import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.story.running import RunningStore

from bench.fetching import Answer, track_links, until_idle
from bench.programs import find
from bench.rows import Row, medians
from bench.scale import Scale

FORMAT = "wav"
CONFIGURATION = """
daemon off; worker_processes 1; pid {folder}/nginx.pid; error_log {folder}/error.log; {user}
events {{ worker_connections 1024; }}
http {{
  access_log off; sendfile on; tcp_nopush on; keepalive_requests 1000000;
  client_body_temp_path {folder}/body; proxy_temp_path {folder}/proxy; fastcgi_temp_path {folder}/fastcgi;
  uwsgi_temp_path {folder}/uwsgi; scgi_temp_path {folder}/scgi;
  server {{ listen 127.0.0.1:{port}; root {folder}/files; }}
}}
"""


def rows(store: RunningStore, folder: Path, scale: Scale) -> list[Row]:
    """One connection, then sixteen."""
    link = track_links(store, FORMAT)[0][0]
    with nginx(folder, _fetched(store, link)) as port:
        return [_row(store.port, link, port, connections, scale) for connections in (1, 16)]


def _row(our_port: int, link: str, nginx_port: int, connections: int, scale: Scale) -> Row:
    pairs = [
        (_rate(our_port, link, connections, scale), _rate(nginx_port, "/file", connections, scale))
        for _ in range(scale.rounds)
    ]
    ours, theirs = medians(pairs)
    words = f"{ours / 1e6:,.0f} / {theirs / 1e6:,.0f} MB/s = {ours / theirs:.2f} ×"
    plural = "connection" if connections == 1 else "connections"
    return Row(f"warm download, {connections} {plural} : nginx sendfile", words, "≥ 0.9 ×", ours / theirs >= 0.9)


def _rate(port: int, path: str, connections: int, scale: Scale) -> float:
    """Bytes a second that the client's own process got."""
    order = {"port": port, "path": path, "connections": connections, "seconds": max(1.0, scale.hold_seconds / 5)}
    command = [sys.executable, "-m", "bench.warm_client", json.dumps(order)]
    return float(subprocess.run(command, check=True, capture_output=True, text=True).stdout)


def _fetched(store: RunningStore, link: str) -> bytes:
    """The copy, which is then encoded and kept."""
    answer = Answer(store.port, link)
    assert answer.length is not None
    got = answer.first(answer.length)
    answer.close()
    until_idle(store)
    return got


@contextmanager
def nginx(folder: Path, content: bytes) -> Iterator[int]:
    """An nginx with one file at /file; gives its port."""
    (folder / "files").mkdir()
    (folder / "files" / "file").write_bytes(content)
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    # As root its worker would run as someone who cannot read this folder.
    text = CONFIGURATION.format(folder=folder, port=port, user="user root;" if os.geteuid() == 0 else "")
    (folder / "nginx.conf").write_text(text)
    process = subprocess.Popen([find("nginx"), "-p", str(folder), "-c", str(folder / "nginx.conf")])
    try:
        for _ in range(100):
            try:
                socket.create_connection(("127.0.0.1", port), timeout=1).close()
                break
            except ConnectionRefusedError:
                time.sleep(0.05)
        yield port
    finally:
        process.terminate()
        process.wait()
