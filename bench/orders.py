"""How soon a court's order over 10,000 recordings is in effect everywhere, and what it costs to ask whether one is."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

from tests.story.running import RunningStore

from bench.rows import Row
from bench.scale import Scale

MOST_SECONDS = 2.0
MOST_MS = 0.2


def rows(folder: Path, scale: Scale) -> list[Row]:
    """Both are measured in a store's own process, on its own database."""
    told = _measured(folder / "orders", scale.ordered_recordings, scale.restrictions)
    what = f"an order over {scale.ordered_recordings:,} recordings: until page, search, preview and API obey"
    asked = f"12 recordings asked about among {scale.restrictions:,} active restrictions, median"
    words = f"{told['free_ms']:.3f} ms where they are free, {told['closed_ms']:.3f} ms where all are closed"
    return [
        Row(what, f"{told['seconds']:.2f} s", f"≤ {MOST_SECONDS:g} s", told["seconds"] <= MOST_SECONDS),
        Row(asked, words, f"≤ {MOST_MS:g} ms", max(told["free_ms"], told["closed_ms"]) <= MOST_MS),
    ]


def _measured(folder: Path, recordings: int, restrictions: int) -> dict[str, Any]:
    folder.mkdir(parents=True)
    store = RunningStore(folder)
    store.command("serve", "--prepare-only")
    environment = {**store.environment, "DJANGO_SETTINGS_MODULE": "obbligato.config.settings"}
    environment["PYTHONPATH"] = os.pathsep.join([environment["PYTHONPATH"], str(Path(__file__).parents[1])])
    command = [sys.executable, "-m", "bench.obeying", str(recordings), str(restrictions)]
    done = subprocess.run(command, env=environment, stdout=subprocess.PIPE, text=True, check=True)
    answer: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return answer
