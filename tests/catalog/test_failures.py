"""When the machine fails an import, nothing half-written remains; and two imports never meet."""

import resource
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from mutagen.flac import FLAC

from obbligato.catalog.importing import NoSuchFolder, import_folder
from obbligato.catalog.locking import ImportRunning, only_one
from obbligato.catalog.models import Edition, Master, Release
from obbligato.catalog.storing import store as store_master
from tests.catalog.makers import Importer, files_in, put_album, put_track

LIMIT_BYTES = 12_000_000  # More than the database and its journal ever are.


def grow(path: Path) -> None:
    """Make a FLAC larger than the limit, by padding (RFC 9639, 8.3)."""
    FLAC(path).save(padding=lambda _: LIMIT_BYTES + 1_000_000)


@contextmanager
def files_no_larger_than(size_bytes: int) -> Iterator[None]:
    """A disk that takes no more: the system itself refuses to write beyond this size."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size_bytes, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def test_a_disk_that_fills_up_leaves_nothing_of_the_release(importer: Importer, store: Path, label: Path) -> None:
    put_album(label / "big", tracks=1)
    grow(put_track(label / "big" / "02 long.flac", tone=8, tracknumber="2"))
    with files_no_larger_than(LIMIT_BYTES):
        assert importer(label) == []
    assert "could not keep the file" in importer.reason("big/02 long.flac")
    assert importer.statuses() == {"big/01 Piece 1.flac": "refused", "big/02 long.flac": "refused"}
    assert not [name for name in files_in(store) if name.startswith("masters")]
    assert (Release.objects.count(), Edition.objects.count(), Master.objects.count()) == (0, 0, 0)
    assert len(importer(label)) == 1


def test_a_full_disk_refuses_one_release_and_the_next_is_imported(importer: Importer, label: Path) -> None:
    grow(put_track(label / "a" / "long.flac", tone=8, album="Long"))
    put_album(label / "b", tracks=1)
    with files_no_larger_than(LIMIT_BYTES):
        (done,) = importer(label)
    assert done.name == "b"


def test_what_a_killed_import_left_behind_is_swept_away(importer: Importer, store: Path, label: Path) -> None:
    part = store / "masters" / "ab" / "abcd.flac.123.part"
    part.parent.mkdir(parents=True)
    part.write_bytes(b"half")
    put_album(label)
    importer(label)
    assert not part.exists()


def test_a_lost_master_file_is_stored_again_by_the_next_import(importer: Importer, label: Path) -> None:
    put_album(label, tracks=1)
    importer(label)
    master = Master.objects.get()
    master.file.unlink()
    importer(label)
    assert master.file.stat().st_size == master.size_bytes


def test_a_master_is_stored_once_and_is_the_delivered_file(importer: Importer, label: Path) -> None:
    put_album(label, tracks=1)
    importer(label)
    master = Master.objects.get()
    assert master.file.read_bytes() == (label / "01 Piece 1.flac").read_bytes()
    assert not store_master(master, label / "01 Piece 1.flac")


def test_a_second_import_at_the_same_time_is_refused_and_changes_nothing(store: Path, label: Path) -> None:
    put_album(label)
    with only_one(store / "import.lock"), pytest.raises(ImportRunning, match="Another import is running"):
        import_folder(label, report=print, by="bob")
    assert Release.objects.count() == 0


def test_an_import_may_wait_for_the_other_one(store: Path, label: Path) -> None:
    put_album(label)
    holder = (
        "import fcntl, sys, time; f = open(sys.argv[1], 'w'); fcntl.flock(f, fcntl.LOCK_EX);"
        " print('held', flush=True); time.sleep(0.5)"
    )
    command = [sys.executable, "-c", holder, str(store / "import.lock")]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as other:
        assert other.stdout is not None
        other.stdout.readline()
        with pytest.raises(ImportRunning):
            import_folder(label, report=lambda _: None, by="bob")
        assert len(import_folder(label, report=lambda _: None, by="bob", wait_seconds=30)) == 1


def test_a_folder_that_is_not_there_is_refused_with_its_name(store: Path, label: Path) -> None:
    with pytest.raises(NoSuchFolder, match="There is no folder"):
        import_folder(label / "missing", report=lambda _: None, by="bob")
