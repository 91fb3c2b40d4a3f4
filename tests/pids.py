"""Which processes run, as Linux tells it (proc(5)); one that has ended and was not asked after counts as ended."""

from pathlib import Path


def children_of(pid: int) -> list[int]:
    """Processes whose parent is `pid` and that have not ended."""
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit() and (fields := _fields_of(int(entry.name))) and int(fields[1]) == pid:
            found.append(int(entry.name))
    return [child for child in found if is_running(child)]


def is_running(pid: int) -> bool:
    fields = _fields_of(pid)
    return bool(fields) and fields[0] not in {"Z", "X"}


def _fields_of(pid: int) -> list[str]:
    """State, parent ... of a process, nothing where there is none."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return []
