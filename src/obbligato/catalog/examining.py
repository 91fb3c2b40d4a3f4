"""Check files beside each other in child processes, ahead of who waits for them. It never asks the database."""

import stat
from collections.abc import Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from types import TracebackType
from typing import Self

from obbligato.audio.errors import AudioRefused
from obbligato.audio.inspecting import Inspector
from obbligato.catalog.models import Master
from obbligato.catalog.storing import master_of, sha256_of

SIZES_AT_ONCE = 500


class Examiner:
    """A few workers that examine files in the order in which they are asked to."""

    def __init__(self, known: Mapping[str, Master], *, workers: int) -> None:
        """`known` are masters by SHA-256: their files are not decoded again."""
        self._known = known
        self._inspector = Inspector()
        self._pool = ThreadPoolExecutor(max_workers=workers, thread_name_prefix="examine")

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        with self._inspector:
            self._pool.shutdown(cancel_futures=True)

    def begin(self, path: Path) -> "Future[Master]":
        """Its result is a Master, saved or not; or it raises AudioRefused with a sentence."""
        return self._pool.submit(_examine, path, self._known, self._inspector)


def known_masters(paths: Sequence[Path]) -> dict[str, Master]:
    """Masters by SHA-256 that have the size of one of these files, so that they may be the same."""
    sizes = sorted({size for path in paths if (size := _size(path)) is not None})
    found: dict[str, Master] = {}
    for start in range(0, len(sizes), SIZES_AT_ONCE):
        some = Master.objects.filter(size_bytes__in=sizes[start : start + SIZES_AT_ONCE])
        found |= {master.sha256: master for master in some.defer("peaks")}
    return found


def _examine(path: Path, known: Mapping[str, Master], inspector: Inspector) -> Master:
    try:
        if not stat.S_ISREG(path.stat().st_mode):
            raise AudioRefused("It is not a file but a device or a pipe.")
        same = known.get(sha256_of(path)) if known else None
        return same or master_of(inspector.inspect(path), path)
    except OSError as error:
        raise AudioRefused(f"The file cannot be read: {error.strerror or error}.") from error


def _size(path: Path) -> int | None:
    try:
        return path.stat().st_size
    except OSError:
        return None
