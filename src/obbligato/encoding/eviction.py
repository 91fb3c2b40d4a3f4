"""Keep the essence cache within its bytes, least recently used out first. What is open stays readable."""

from pathlib import Path

from obbligato.kernel.folders import data_folder


def keep_within(limit_bytes: int, *, spare: Path | None = None) -> int:
    """Remove the essences unused for longest until the rest fits; returns the bytes freed.

    A reader that has a file open keeps reading it: the system frees it when the last one closes.
    """
    files = [(file.stat(), file) for file in data_folder("essences").glob("*/*.essence")]
    held = sum(stat.st_size for stat, _ in files)
    freed = 0
    for stat, file in sorted(files, key=lambda entry: entry[0].st_mtime):
        if held - freed <= limit_bytes:
            break
        if file != spare:
            file.unlink(missing_ok=True)
            freed += stat.st_size
    return freed
