"""Inspects a master in a child process with limits; a file that breaks the decoder breaks nothing else.

`python -m obbligato.audio.inspecting PATH MEMORY_BYTES` writes one JSON object. It never writes a file, and it
imports only what decoding needs, so that it starts quickly.
"""

import json
import os
import resource
import subprocess
import sys
from dataclasses import asdict
from pathlib import Path
from typing import Any

from obbligato.audio.errors import AudioRefused, Damaged, NotAudio, NotLossless, TooLong, UnsupportedAudio
from obbligato.audio.facts import MasterFacts
from obbligato.audio.masters import Inspection, inspect
from obbligato.audio.measuring import Loudness

MEMORY_BYTES = 1 << 30
_SOURCES = Path(__file__).resolve().parents[2]


def inspect_in_child(path: Path, *, timeout_seconds: float = 600.0, memory_bytes: int = MEMORY_BYTES) -> Inspection:
    """inspect(path) in a process of its own that is killed after timeout_seconds of wall-clock time.

    Raises what inspect raises; Damaged where the decoder crashed or asked for more than memory_bytes of address
    space; AudioRefused after the time-out.
    """
    command = [sys.executable, "-m", "obbligato.audio.inspecting", str(path.resolve()), str(memory_bytes)]
    path.stat()
    try:
        finished = subprocess.run(
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            timeout=timeout_seconds,
            env=_environment(),
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        raise AudioRefused(
            f"Checking the file took longer than {timeout_seconds:g} seconds and was stopped."
        ) from error
    return _understood(finished.stdout, exit_code=finished.returncode)


def _environment() -> dict[str, str]:
    """Our own sources first; one thread for numpy, whose pools would reserve memory that is never used."""
    inherited = os.environ.get("PYTHONPATH")
    return os.environ | {
        "PYTHONPATH": os.pathsep.join([str(_SOURCES), *([inherited] if inherited else [])]),
        "OPENBLAS_NUM_THREADS": "1",
    }


def _understood(answer: bytes, *, exit_code: int) -> Inspection:
    """What the child says; it has decoded a stranger's file, so nothing but the two known answers is believed."""
    refused: tuple[type[AudioRefused], str] | None = None
    try:
        values = json.loads(answer) if exit_code == 0 else {}
        if "inspection" in values:
            return from_json(values["inspection"])
        refused = _REFUSALS[values["refused"][0]], str(values["refused"][1])
    except (ValueError, KeyError, TypeError, IndexError):
        pass
    if refused is None:
        raise Damaged("The file made the decoder stop; it cannot be read to its end.")
    raise refused[0](refused[1])


_REFUSALS = {kind.__name__: kind for kind in (AudioRefused, Damaged, NotAudio, NotLossless, TooLong, UnsupportedAudio)}


def to_json(inspection: Inspection) -> dict[str, Any]:
    """Plain values for JSON; the waveform in hexadecimal."""
    return {
        "facts": inspection.facts.to_json(),
        "loudness": asdict(inspection.loudness),
        "peaks": inspection.peaks.hex(),
        "sha256": inspection.sha256,
    }


def from_json(values: dict[str, Any]) -> Inspection:
    """The inspection that to_json gave."""
    return Inspection(
        facts=MasterFacts.from_json(values["facts"]),
        loudness=Loudness(**values["loudness"]),
        peaks=bytes.fromhex(values["peaks"]),
        sha256=values["sha256"],
    )


def _main(path: Path, memory_bytes: int) -> dict[str, Any]:
    """Limit this process, inspect, and answer with an inspection or a refusal."""
    resource.setrlimit(resource.RLIMIT_AS, (memory_bytes, memory_bytes))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    try:
        return {"inspection": to_json(inspect(path))}
    except AudioRefused as refusal:
        return {"refused": [type(refusal).__name__, str(refusal)]}


if __name__ == "__main__":
    sys.stdout.write(json.dumps(_main(Path(sys.argv[1]), int(sys.argv[2]))))
