"""Stores to measure, programs of this folder that work inside one, and commands of one with what they cost."""

import os
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from tests.story.running import RunningStore

from bench.memory import peak_megabytes


def an_empty_store(folder: Path, database_url: str = "") -> RunningStore:
    """A store that nobody has used, in a folder that is made where it is not there."""
    folder.mkdir(parents=True, exist_ok=True)
    store = RunningStore(folder, database_url)
    store.command("serve", "--prepare-only")
    return store


def told_by(store: RunningStore, module: str, *words: object) -> str:
    """What a program of this folder prints that works inside the store's own environment; it must succeed."""
    path = os.pathsep.join([store.environment["PYTHONPATH"], str(Path(__file__).parents[1])])
    within = {"DJANGO_SETTINGS_MODULE": "obbligato.config.settings", "PYTHONPATH": path}
    command = [sys.executable, "-m", module, *map(str, words)]
    return subprocess.run(
        command, env={**store.environment, **within}, stdout=subprocess.PIPE, text=True, check=True
    ).stdout


def timed(store: RunningStore, command: Sequence[str]) -> tuple[float, float]:
    """Seconds and megabytes of a command that must succeed, start of its program included."""
    began = time.perf_counter()
    running = subprocess.Popen(command, env=store.environment, text=True, stdout=subprocess.DEVNULL)
    megabytes, took = peak_megabytes(running), time.perf_counter() - began
    assert running.returncode == 0
    return took, megabytes
