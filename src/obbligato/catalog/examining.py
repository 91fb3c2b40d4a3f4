"""Check files beside each other in child processes, ahead of who waits for them. It never asks the database."""

import stat
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self

from obbligato.audio import fingerprinting
from obbligato.audio.errors import AudioRefused
from obbligato.audio.inspecting import Inspector
from obbligato.audio.twins import BITS as TWIN_BITS
from obbligato.catalog.models import Master
from obbligato.catalog.storing import incoming_twin, master_of, sha256_of

SIZES_AT_ONCE = 500
RENEWED = ("facts_json", "fingerprint")
"""What another look at a known file may change of its master."""


@dataclass(frozen=True)
class Examined:
    """What became of a file: its master, saved or not, and a twin that is to be stored with it."""

    master: Master
    twin: Path | None = None
    is_renewed: bool = False
    """The master is in the database, and now says something else of RENEWED than the database does."""


_for_all: list[Inspector] = []


@contextmanager
def one_inspector() -> Iterator[None]:
    """In this block every Examiner uses the same one: the decoders are loaded once, and not by each import."""
    with Inspector() as inspector:
        _for_all.append(inspector)
        try:
            yield
        finally:
            _for_all.remove(inspector)


class Examiner:
    """A few workers that examine files in the order in which they are asked to."""

    def __init__(
        self, known: Mapping[str, Master], *, workers: int, new_twin: Callable[[], Path] = incoming_twin
    ) -> None:
        """`known` are masters by SHA-256: their files are not decoded again. A twin is written where new_twin says."""
        self._known = known
        self._new_twin = new_twin
        self._own = None if _for_all else Inspector()
        self._inspector = self._own or _for_all[-1]
        self._pool = ThreadPoolExecutor(max_workers=workers, thread_name_prefix="examine")

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        with self._own or nullcontext():
            self._pool.shutdown(cancel_futures=True)

    def begin(self, path: Path) -> "Future[Examined]":
        """Its result is what was found; or it raises AudioRefused with a sentence."""
        return self._pool.submit(_examine, path, self._known, self._inspector, self._new_twin)


def known_masters(paths: Sequence[Path]) -> dict[str, Master]:
    """Masters by SHA-256 that have the size of one of these files, so that they may be the same."""
    sizes = sorted({size for path in paths if (size := _size(path)) is not None})
    found: dict[str, Master] = {}
    for start in range(0, len(sizes), SIZES_AT_ONCE):
        some = Master.objects.filter(size_bytes__in=sizes[start : start + SIZES_AT_ONCE])
        found |= {master.sha256: master for master in some.defer("peaks")}
    return found


def _examine(path: Path, known: Mapping[str, Master], inspector: Inspector, new_twin: Callable[[], Path]) -> Examined:
    same: Master | None = None
    try:
        if not stat.S_ISREG(path.stat().st_mode):
            raise AudioRefused("It is not a file but a device or a pipe.")
        same = known.get(sha256_of(path)) if known else None
        if same is not None and not _lacks_something(same):
            return Examined(same)
        twin = new_twin()
        found = master_of(inspector.inspect(path, twin=twin), path)
    except AudioRefused:
        if same is None or same.facts.has_twin:
            raise
        return Examined(same)  # What was accepted once stays so.
    except OSError as error:
        raise AudioRefused(f"The file cannot be read: {error.strerror or error}.") from error
    made = twin if found.facts.has_twin else None
    if same is None:
        return Examined(found, made)
    return Examined(_renewed(same, found), made, is_renewed=True)


def _lacks_something(master: Master) -> bool:
    """Whether another look may tell what an older program, or one without Chromaprint, did not; or a twin is lost."""
    facts = master.facts
    is_without_twin = not facts.has_twin and facts.frames_offset is None and facts.bits in TWIN_BITS
    is_lost = facts.has_twin and not master.twin.is_file()
    return (
        is_without_twin
        or is_lost
        or master.heard is None
        or (master.fingerprint is None and fingerprinting.is_available())
    )


def _renewed(known: Master, found: Master) -> Master:
    assert known.pcm_md5 == found.pcm_md5, "the same file has the same samples"
    for name in RENEWED:
        setattr(known, name, getattr(found, name))
    known.__dict__.pop("facts", None)
    return known


def _size(path: Path) -> int | None:
    try:
        return path.stat().st_size
    except OSError:
        return None
