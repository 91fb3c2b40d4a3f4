"""CPU of importing an album with all analysis, beside `flac -t` (xiph.org) decoding the same files."""

import os
import resource
import shutil
import subprocess
from pathlib import Path

from tests.story.running import a_store


def cpu_seconds(folder: Path) -> tuple[float, float]:
    """Ours and theirs, in CPU seconds of all processes; ours includes the start of the command itself."""
    flac = shutil.which("flac")
    if flac is None:
        raise SystemExit("The bench compares with the flac program. Debian: apt-get install flac")
    files = [str(file) for file in sorted(folder.rglob("*.flac"))]
    with a_store("bench_import") as store:
        before = _children_seconds()
        store.command("import", str(folder))
        ours = _children_seconds() - before
    before = _children_seconds()
    subprocess.run([flac, "-t", "-s", *files], check=True, env={**os.environ, "LC_ALL": "C"})
    return ours, _children_seconds() - before


def _children_seconds() -> float:
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime
