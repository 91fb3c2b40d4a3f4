"""Bytes of a file come in their order, once, up to its size; what was told to be here is here."""

import errno
import os
import shutil
from collections import namedtuple
from datetime import timedelta
from pathlib import Path

import pytest

from obbligato.catalog.uploads import adding, handing_over, receiving, removing
from obbligato.catalog.uploads.models import FOLDER, Upload, UploadedFile
from obbligato.kernel import clock, folders
from obbligato.kernel.folders import data_folder
from obbligato.kernel.refusals import Missing
from tests.catalog.uploads.makers import an_upload, send

pytestmark = pytest.mark.django_db
State = UploadedFile.State
Usage = namedtuple("Usage", "total used free")


def full_disk(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "disk_usage", lambda _: Usage(10**9, 10**9, folders.SPARE_BYTES))


def test_a_file_comes_in_pieces_and_waits_for_the_doctor() -> None:
    file = adding.add(an_upload(), "Album/01.flac", size_bytes=6)
    reception = receiving.Reception(file, offset_bytes=0)
    reception.write(b"ab")
    assert reception.close() == 2
    assert (receiving.offset_of(file), file.state) == (2, State.COMING)
    assert receiving.came_lately(file)
    reception = receiving.Reception(file, offset_bytes=2)
    reception.write(b"cdef")
    assert reception.close() == 6
    file.refresh_from_db()
    assert (file.state, receiving.offset_of(file)) == (State.WAITING, 6)
    assert file.file.read_bytes() == b"abcdef"
    assert not file.part.exists()
    assert not receiving.came_lately(file)


def test_an_empty_file_is_whole_at_once() -> None:
    assert send(an_upload(), "01.flac", b"").file.read_bytes() == b""


def test_bytes_that_would_not_follow_are_refused() -> None:
    file = adding.add(an_upload(), "01.flac", size_bytes=6)
    for offset in (1, 7):
        with pytest.raises(receiving.WrongOffset):
            receiving.Reception(file, offset_bytes=offset)
    receiving.receive(file, [b"abcdef"])
    with pytest.raises(receiving.WrongOffset, match="6 of 6"):
        receiving.Reception(file, offset_bytes=6)


def test_more_than_was_announced_is_not_kept() -> None:
    file = adding.add(an_upload(), "01.flac", size_bytes=4)
    with pytest.raises(adding.TooLarge, match="4 bytes"):
        receiving.receive(file, [b"abc", b"de"])
    assert receiving.offset_of(file) == 3


def test_two_senders_do_not_write_at_once() -> None:
    file = adding.add(an_upload(), "01.flac", size_bytes=4)
    first = receiving.Reception(file, offset_bytes=0)
    with pytest.raises(receiving.BeingSent):
        receiving.Reception(file, offset_bytes=0)
    first.write(b"ab")
    first.close()
    assert receiving.offset_of(file) == 2


def test_a_full_disk_refuses_and_keeps_what_came(monkeypatch: pytest.MonkeyPatch) -> None:
    upload = an_upload()
    file = adding.add(upload, "01.flac", size_bytes=6)
    reception = receiving.Reception(file, offset_bytes=0)
    reception.write(b"abc")
    with monkeypatch.context() as patched:
        full_disk(patched)
        with pytest.raises(adding.NoRoom, match="go on when there is room"):
            reception.write(b"def")
        with pytest.raises(adding.NoRoom, match="What is here stays"):
            adding.add(upload, "02.flac", size_bytes=6)
    assert reception.close() == 3
    reception = receiving.Reception(file, offset_bytes=3)
    reception.write(b"def")
    assert reception.close() == 6


@pytest.mark.parametrize(("number", "refusal"), [(errno.ENOSPC, adding.NoRoom), (errno.EIO, OSError)])
def test_a_disk_that_refuses_is_understood(
    monkeypatch: pytest.MonkeyPatch, number: int, refusal: type[Exception]
) -> None:
    reception = receiving.Reception(adding.add(an_upload(), "01.flac", size_bytes=6), offset_bytes=0)

    def refuse(*_: object) -> int:
        raise OSError(number, "No.")

    with monkeypatch.context() as patched:
        patched.setattr(os, "write", refuse)
        with pytest.raises(refusal):
            reception.write(b"abc")
    assert reception.close() == 0


def test_a_plug_pulled_before_the_row_was_written_loses_nothing() -> None:
    upload = an_upload()
    file = send(upload, "Album/01.flac", b"abc")
    UploadedFile.objects.update(state=State.COMING, completed_at=None)
    found = UploadedFile.objects.get(pk=file.pk)
    assert str(found) == "Album/01.flac"
    assert receiving.offset_of(found) == 3
    receiving.complete(found)  # Somebody else has said so meanwhile.
    UploadedFile.objects.update(state=State.COMING, completed_at=None)
    assert handing_over.hand_over(upload, by="bob").state == Upload.State.ASKED


def test_a_long_file_is_settled_on_its_way(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(receiving, "SETTLED_EVERY_BYTES", 2)
    file = adding.add(an_upload(), "01.flac", size_bytes=6)
    assert receiving.receive(file, [b"ab", b"c", b"def"]) == 6


def test_what_is_removed_while_it_comes_stays_removed() -> None:
    file = adding.add(an_upload(), "01.flac", size_bytes=3)
    reception = receiving.Reception(file, offset_bytes=0)
    reception.write(b"abc")
    removing.remove(file)
    with pytest.raises(Missing, match="removed"):
        reception.close()
    assert not file.part.exists()
    assert not file.file.exists()


def test_a_path_stands_once_in_a_batch_whatever_its_case() -> None:
    upload = an_upload()
    send(upload, "Album/01.flac")
    for path in ("album/01.FLAC", "Album/01.flac"):
        with pytest.raises(adding.PathTaken, match="Remove that one"):
            adding.add(upload, path, size_bytes=1)
    for path in ("Album/01.flac/a.flac", "a.flac"):
        send(upload, "A.flac/x.flac") if path == "a.flac" else None
        with pytest.raises(adding.PathTaken, match="at once"):
            adding.add(upload, path, size_bytes=1)


def test_a_refused_file_gives_way_to_a_corrected_one() -> None:
    upload = an_upload()
    file = send(upload, "01.flac", b"bad")
    UploadedFile.objects.update(state=State.REFUSED)
    again = send(upload, "01.FLAC", b"good")
    assert not UploadedFile.objects.filter(pk=file.pk).exists()
    assert again.file.read_bytes() == b"good"
    assert not file.file.exists()


def test_limits_are_said(monkeypatch: pytest.MonkeyPatch) -> None:
    upload = an_upload()
    for size in (-1, adding.LARGEST_FILE_BYTES + 1):
        with pytest.raises(adding.TooLarge, match="8 GB"):
            adding.add(upload, "01.flac", size_bytes=size)
    monkeypatch.setattr(adding, "LARGEST_BATCH_BYTES", 9)
    send(upload, "01.flac", b"12345")
    with pytest.raises(adding.TooLarge, match="begin another"):
        adding.add(upload, "02.flac", size_bytes=5)
    monkeypatch.setattr(adding, "MOST_FILES", 1)
    with pytest.raises(adding.TooLarge, match="1 files"):
        adding.add(upload, "02.flac", size_bytes=1)


def test_only_what_is_all_here_is_handed_over() -> None:
    upload = an_upload()
    with pytest.raises(handing_over.NotAllHere, match="no file"):
        handing_over.hand_over(upload, by="bob")
    files = [adding.add(upload, f"0{n}.flac", size_bytes=3) for n in (1, 2)]
    with pytest.raises(handing_over.NotAllHere, match="2 files are"):
        handing_over.hand_over(upload, by="bob")
    receiving.receive(files[0], [b"abc"])
    with pytest.raises(handing_over.NotAllHere, match="1 file is"):
        handing_over.hand_over(upload, by="bob")
    removing.remove(files[1])
    handed = handing_over.hand_over(upload, by="bob")
    assert (handed.state, handed.asked_by) == (Upload.State.ASKED, "bob")
    for act in (
        lambda: handing_over.hand_over(upload, by="bob"),
        lambda: adding.add(upload, "03.flac", size_bytes=1),
        lambda: removing.remove(files[0]),
        lambda: removing.discard(upload),
    ):
        with pytest.raises(adding.NotOpen):
            act()


def test_who_waits_knows_for_how_many() -> None:
    upload, other = an_upload(), None
    assert not handing_over.is_something_waiting()
    first = send(upload, "01.flac")
    other = adding.begin(upload.person)
    second, third = send(other, "02.flac"), send(other, "03.flac")
    assert handing_over.is_something_waiting()
    assert handing_over.ahead_of(other) == {second.pk: 1, third.pk: 2}
    assert handing_over.ahead_of(upload) == {first.pk: 0}
    handing_over.hand_over(upload, by="bob")
    assert handing_over.batches_ahead_of(handing_over.hand_over(other, by="bob")) == 1
    assert handing_over.is_something_waiting()


def test_what_nobody_touches_for_a_week_is_swept_with_lost_bytes() -> None:
    with clock.stopped(clock.now()):
        upload = an_upload()
        file = send(upload, "01.flac")
        lost = data_folder(FOLDER, "lost", "whole")
        assert removing.sweep() >= 1
        assert not lost.exists()
        clock.advance(timedelta(days=6))
        removing.sweep()
        adding.add(upload, "02.flac", size_bytes=3)  # Somebody works on it.
        clock.advance(timedelta(days=6))
        removing.sweep()
        assert file.file.exists()
        clock.advance(timedelta(days=2))
        removing.sweep()
    assert not Upload.objects.exists()
    assert not Path(data_folder(FOLDER), upload.key).exists()


def test_a_discarded_batch_leaves_nothing() -> None:
    upload = an_upload()
    send(upload, "Album/01.flac")
    adding.add(upload, "Album/02.flac", size_bytes=3)
    removing.discard(upload)
    assert not Path(data_folder(FOLDER), upload.key).exists()
    assert not UploadedFile.objects.exists()
