"""Resident memory of a process and all its descendants, from /proc (Linux)."""

import os
import re
import subprocess
import time
from pathlib import Path

PAGE_BYTES = os.sysconf("SC_PAGE_SIZE")


def resident_megabytes(pid: int) -> float:
    """RSS of the process tree in megabytes; what processes share is counted in each, so it is never too small."""
    return sum(_resident_bytes(one) for one in family(pid)) / 1_000_000


def peak_megabytes(process: "subprocess.Popen[str]") -> float:
    """The most that a process had of its own until it ended; what the kernel tells its parent begins with the parent's.

    It is looked at every 20 ms, and the kernel's own mark rises only, so what is missed is of the last moment.
    """
    peak = 0
    while process.poll() is None:
        peak = max(peak, _peak_bytes(process.pid))
        time.sleep(0.02)
    return peak / 1_000_000


def family(pid: int) -> set[int]:
    """A process and all its descendants."""
    pids, found = {pid}, True
    while found:
        children = {child for child in _all() if _parent(child) in pids} - pids
        pids |= children
        found = bool(children)
    return pids


def _all() -> list[int]:
    return [int(name) for name in os.listdir("/proc") if name.isdigit()]


def _parent(pid: int) -> int:
    try:
        return int(Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[1])
    except (FileNotFoundError, ProcessLookupError):
        return 0


def _peak_bytes(pid: int) -> int:
    try:
        found = re.search(r"VmHWM:\s+(\d+) kB", Path(f"/proc/{pid}/status").read_text())
    except (FileNotFoundError, ProcessLookupError):
        return 0
    return int(found[1]) * 1024 if found else 0


def _resident_bytes(pid: int) -> int:
    try:
        return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * PAGE_BYTES
    except (FileNotFoundError, ProcessLookupError):  # It has ended meanwhile.
        return 0
