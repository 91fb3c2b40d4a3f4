"""A process that encodes what it is told and says what that cost: one JSON line in, one JSON line out.

It stays warm between jobs, as the store's encoder process does, so its start is not counted. CPU is that of the
whole process with all its threads (getrusage), before and after one job.
"""

import json
import resource
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from obbligato.audio.copies import Copy, write
from obbligato.audio.encoding import encode_essence
from obbligato.audio.facts import MasterFacts
from obbligato.audio.formats import Format
from obbligato.audio.recipes import Recipe
from obbligato.audio.tags import Tags


class Worker:
    """The other side of the pipe, for the bench itself."""

    def __init__(self) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "bench.worker"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )

    def encode(
        self, source: Path, facts: MasterFacts, format_name: str, folder: Path, *, threads: int = 1
    ) -> dict[str, Any]:
        """cpu and wall in seconds, size and memory growth in bytes. Raises RuntimeError with the worker's words."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        job = {
            "source": str(source), "facts": facts.to_json(), "format": format_name, "folder": str(folder),
            "threads": threads,
        }  # fmt: skip
        self._process.stdin.write(json.dumps(job) + "\n")
        self._process.stdin.flush()
        answer: dict[str, Any] = json.loads(self._process.stdout.readline() or '{"error": "the worker ended"}')
        if "error" in answer:
            raise RuntimeError(answer["error"])
        return answer

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        assert self._process.stdin is not None
        self._process.stdin.close()
        self._process.wait()


def main() -> None:
    """Answer one line after another until the input ends."""
    for line in sys.stdin:
        job = json.loads(line)
        answer: dict[str, Any]
        try:
            answer = _measured(job)
        except Exception as error:
            answer = {"error": f"{type(error).__name__}: {error}"}
        print(json.dumps(answer), flush=True)


def _measured(job: dict[str, Any]) -> dict[str, float]:
    Path("/proc/self/clear_refs").write_text("5")  # The peak starts anew (proc(5)).
    resident, cpu, began = _status_bytes("VmRSS"), _cpu_seconds(), time.perf_counter()
    essence, target = Path(job["folder"]) / "ours.essence", Path(job["folder"]) / "ours.copy"
    try:
        _encode(job, essence, target)
        return {
            "cpu": _cpu_seconds() - cpu,
            "wall": time.perf_counter() - began,
            "growth": _status_bytes("VmHWM") - resident,
            "size": target.stat().st_size,
        }
    finally:
        # As with the other side, what is left is removed when the clock has been read.
        essence.unlink(missing_ok=True)
        target.unlink(missing_ok=True)


def _encode(job: dict[str, Any], essence_path: Path, target: Path) -> None:
    """A whole, tagged file on the disk, as the other side writes one."""
    # Without frames to copy, a FLAC master is encoded again: that is what is compared.
    facts = replace(MasterFacts.from_json(job["facts"]), frames_offset=None)
    recipe = Recipe(Path(job["source"]), facts, Format.parse(job["format"]))
    with encode_essence(recipe, essence_path, threads=job["threads"]) as essence:
        write(Copy(essence, Tags(), None), target)


def _cpu_seconds() -> float:
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return usage.ru_utime + usage.ru_stime


def _status_bytes(name: str) -> int:
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith(name + ":"):
            return int(line.split()[1]) * 1024
    raise AssertionError(f"{name} is not in /proc/self/status")


if __name__ == "__main__":
    main()
