"""A release may come with a PDF, kept as delivered; none can break an import, and none that is no PDF is taken."""

import os
from pathlib import Path

import pytest
from django.db import connection

from obbligato.catalog.booklets import LARGEST_BYTES, BadBooklet, check
from obbligato.catalog.models import Booklet, Edition, Release
from tests.catalog.makers import Importer, files_in, put_album, put_booklet, put_sidecar, put_track, snapshot
from tests.catalog.test_failures import LIMIT_BYTES, files_no_larger_than


def kept(store: Path) -> list[str]:
    """The files in the store's folder of booklets."""
    return [name for name in files_in(store) if name.startswith("booklets")]


def test_a_pdf_beside_the_audio_is_kept_as_delivered(importer: Importer, store: Path, label: Path) -> None:
    put_album(label)
    source = put_booklet(label / "booklet.pdf", size_bytes=2_100_000)
    before = snapshot(label)
    (done,) = importer(label)
    booklet = done.edition.booklet
    assert booklet is not None
    assert booklet.file == store / "booklets" / booklet.sha256[:2] / f"{booklet.sha256}.pdf"
    assert booklet.file.read_bytes() == source.read_bytes()
    assert booklet.file.stat().st_mode & 0o777 == 0o400
    assert (booklet.original_name, booklet.size_bytes) == ("booklet.pdf", 2_100_000)
    assert importer.reason(".") == "With its booklet of 2.1 MB, “booklet.pdf”."
    assert snapshot(label) == before


def test_a_release_without_a_pdf_has_no_booklet_and_nothing_is_said(
    importer: Importer, store: Path, label: Path
) -> None:
    put_album(label)
    (done,) = importer(label)
    assert done.edition.booklet is None
    assert importer.reason(".") == ""
    assert kept(store) == []


def test_the_same_folder_again_makes_no_new_edition(importer: Importer, store: Path, label: Path) -> None:
    put_album(label)
    put_booklet(label / "booklet.pdf")
    importer(label)
    (again,) = importer(label)
    assert not again.is_new_edition
    assert (Booklet.objects.count(), len(kept(store))) == (1, 1)
    assert [line.status for line in importer.lines if line.is_release] == ["unchanged"]


def test_a_booklet_that_comes_goes_or_changes_makes_a_new_edition(importer: Importer, label: Path) -> None:
    put_album(label)
    (bare,) = importer(label)
    source = put_booklet(label / "booklet.pdf")
    (first,) = importer(label)
    put_booklet(source, words="Other words.")
    (second,) = importer(label)
    source.unlink()
    (gone,) = importer(label)
    assert [done.edition.number for done in (bare, first, second, gone)] == [1, 2, 3, 4]
    assert first.edition.booklet is not None
    assert second.edition.booklet is not None
    assert first.edition.booklet != second.edition.booklet
    assert first.edition.booklet.file.is_file(), "who bought that edition still has its booklet"
    assert gone.edition.booklet is None


def test_one_booklet_of_two_releases_is_kept_once(importer: Importer, store: Path, label: Path) -> None:
    for number, name in enumerate(("One", "Two")):
        put_album(label / name, title=name, tone=1 + 3 * number)
        put_booklet(label / name / "booklet.pdf")
    one, two = importer(label)
    assert one.edition.booklet == two.edition.booklet
    assert len(kept(store)) == 1


def test_a_lone_pdf_of_another_name_may_be_a_contract_and_is_left_alone(importer: Importer, label: Path) -> None:
    put_album(label)
    put_booklet(label / "Contract.PDF")
    (done,) = importer(label)
    assert done.edition.booklet is None
    assert "no PDF of it is named booklet.pdf" in importer.reason(".")


@pytest.mark.parametrize("name", ["cover.jpg", "release.toml"])
def test_a_pipe_beside_the_audio_holds_no_import(importer: Importer, label: Path, name: str) -> None:
    put_album(label)
    (label / name).unlink(missing_ok=True)
    os.mkfifo(label / name)
    assert importer(label)
    assert "not a file but a device or a pipe" in importer.reason(name)


def test_of_two_pdfs_the_one_named_booklet_is_taken(importer: Importer, label: Path) -> None:
    put_album(label)
    put_booklet(label / "a press sheet.pdf", words="Press.")
    put_booklet(label / "Booklet (English).pdf")
    (done,) = importer(label)
    assert done.edition.booklet is not None
    assert done.edition.booklet.original_name == "Booklet (English).pdf"
    assert "press" not in importer.reason(".")


def test_of_two_pdfs_with_other_names_none_is_taken_and_that_is_said(
    importer: Importer, store: Path, label: Path
) -> None:
    put_album(label)
    put_booklet(label / "contract.pdf", words="Secret.")
    put_booklet(label / "notes.pdf")
    (done,) = importer(label)
    assert done.edition.booklet is None
    assert "none of its 2 PDFs is named booklet.pdf" in importer.reason(".")
    assert kept(store) == []


def test_of_two_booklets_the_plainer_name_is_taken_and_the_other_named(importer: Importer, label: Path) -> None:
    put_album(label)
    put_booklet(label / "booklet-2.pdf", words="More.")
    put_booklet(label / "booklet.pdf")
    (done,) = importer(label)
    assert done.edition.booklet is not None
    assert done.edition.booklet.original_name == "booklet.pdf"
    assert "booklet-2.pdf: A release has one booklet" in importer.reason(".")


def test_a_booklet_in_the_folder_of_a_disc_belongs_to_the_release(importer: Importer, label: Path) -> None:
    put_album(label / "Box" / "CD1", title="Box")
    put_album(label / "Box" / "CD2", title="Box", tone=5)
    put_booklet(label / "Box" / "CD2" / "booklet.pdf")
    (done,) = importer(label)
    assert done.edition.booklet is not None


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"", "The booklet is empty."),
        (b"%PDF", "The booklet is not a PDF."),
        (b"<!DOCTYPE html><title>Not found</title>%PDF-1.7 %%EOF", "The booklet is not a PDF."),
        (b"%PDF-", "The booklet is not whole: the end of the PDF is missing."),
        (b"%PDF-1.7\n" + bytes(5_000), "The booklet is not whole: the end of the PDF is missing."),
        (b"%PDF-1.7\n%%EOF\n" + bytes(1_024), "The booklet is not whole: the end of the PDF is missing."),
    ],
)
def test_what_is_no_whole_pdf_is_left_out_with_a_sentence(
    importer: Importer, store: Path, label: Path, content: bytes, sentence: str
) -> None:
    put_album(label)
    (label / "booklet.pdf").write_bytes(content)
    (done,) = importer(label)
    assert done.edition.booklet is None
    assert importer.reason(".") == f"booklet.pdf: {sentence}"
    assert [line.status for line in importer.lines if line.is_release] == ["warning"]
    assert kept(store) == []


def test_the_end_may_be_followed_by_a_little_and_stand_on_the_edge_of_a_chunk(tmp_path: Path) -> None:
    file = tmp_path / "booklet.pdf"
    for size_bytes in range((1 << 20) - 2, (1 << 20) + 16):
        put_booklet(file, size_bytes=size_bytes)
        assert check(file)[1] == size_bytes
    file.write_bytes(file.read_bytes() + bytes(1_000))
    check(file)


def test_a_pdf_of_more_than_200_megabytes_is_left_out_unread(tmp_path: Path) -> None:
    file = put_booklet(tmp_path / "booklet.pdf")
    os.truncate(file, LARGEST_BYTES + 1)
    with pytest.raises(BadBooklet, match="larger than 200 MB"):
        check(file)


def test_a_broken_booklet_gives_way_to_a_whole_one(importer: Importer, label: Path) -> None:
    put_album(label)
    (label / "booklet.pdf").write_bytes(b"<html>")
    put_booklet(label / "booklet2.pdf")
    (done,) = importer(label)
    assert done.edition.booklet is not None
    assert done.edition.booklet.original_name == "booklet2.pdf"


def test_a_release_does_not_lose_its_booklet_by_a_broken_file(importer: Importer, label: Path) -> None:
    put_album(label)
    put_booklet(label / "booklet.pdf")
    (first,) = importer(label)
    (label / "booklet.pdf").write_bytes(b"<html>")
    (again,) = importer(label)
    assert again.edition == first.edition
    assert "The booklet is not a PDF. The booklet that it had stays" in importer.reason(".")
    put_sidecar(label, 'description = "Now with words."')
    (second,) = importer(label)
    assert second.edition.number == 2
    assert second.edition.booklet == first.edition.booklet


def test_a_link_out_of_the_folder_is_not_followed(importer: Importer, store: Path, label: Path) -> None:
    album = put_album(label / "album")
    (album / "booklet.pdf").symlink_to("/etc/passwd")
    (album / "booklet 2.pdf").symlink_to(put_booklet(label.parent / "outside.pdf"))
    (album / "booklet 3.pdf").symlink_to(album / "missing.pdf")
    (done,) = importer(label)
    assert done.edition.booklet is None
    assert "leads out of the folder" in importer.reason("album/booklet.pdf")
    assert "leads out of the folder" in importer.reason("album/booklet 2.pdf")
    assert "leads nowhere" in importer.reason("album/booklet 3.pdf")
    assert kept(store) == []


def test_a_link_within_the_folder_is_followed(importer: Importer, label: Path) -> None:
    album = put_album(label / "album")
    (album / "booklet.pdf").symlink_to(put_booklet(label / "common" / "notes.pdf"))
    (done,) = importer(label)
    assert done.edition.booklet is not None
    assert not done.edition.booklet.file.is_symlink()


def test_a_pipe_named_like_a_booklet_is_left_out_and_nobody_waits_for_it(importer: Importer, label: Path) -> None:
    put_album(label)
    os.mkfifo(label / "booklet.pdf")
    (done,) = importer(label)
    assert done.edition.booklet is None
    assert "not a file but a device or a pipe" in importer.reason(".")


def test_a_folder_named_like_a_booklet_is_a_folder(importer: Importer, label: Path) -> None:
    put_album(label)
    (label / "booklet.pdf").mkdir()
    (done,) = importer(label)
    assert done.edition.booklet is None
    assert importer.reason(".") == ""


@pytest.mark.skipif(os.geteuid() == 0, reason="root reads everything")
def test_an_unreadable_booklet_is_left_out(importer: Importer, label: Path) -> None:
    put_album(label)
    put_booklet(label / "booklet.pdf").chmod(0)
    (done,) = importer(label)
    assert done.edition.booklet is None
    assert "The booklet cannot be read" in importer.reason(".")


def test_a_booklet_that_vanishes_during_the_import_is_left_out(importer: Importer, store: Path, label: Path) -> None:
    put_album(label)
    source = put_booklet(label / "booklet.pdf")
    (done,) = importer(label, progress=lambda _done, _total: source.unlink(missing_ok=True))
    assert done.edition.booklet is None
    assert "booklet.pdf: The booklet cannot be read: No such file" in importer.reason(".")
    assert kept(store) == []


def test_a_disk_that_fills_up_leaves_out_the_booklet_and_keeps_the_release(
    importer: Importer, store: Path, label: Path
) -> None:
    put_album(label)
    put_booklet(label / "booklet.pdf", size_bytes=LIMIT_BYTES + 1)
    with files_no_larger_than(LIMIT_BYTES):
        (done,) = importer(label)
    assert done.edition.booklet is None
    assert "booklet.pdf: The store could not keep the file" in importer.reason(".")
    assert kept(store) == []
    (again,) = importer(label)
    assert again.edition.number == 2
    assert again.edition.booklet is not None


def test_a_store_that_has_no_folder_for_booklets_leaves_them_out(importer: Importer, store: Path, label: Path) -> None:
    put_album(label)
    put_booklet(label / "booklet.pdf")
    (store / "booklets").mkdir(mode=0o700)
    sha256, _ = check(label / "booklet.pdf")
    (store / "booklets" / sha256[:2]).write_text("in the way")
    (done,) = importer(label)
    assert done.edition.booklet is None
    assert "could not keep the booklet" in importer.reason(".")


def test_a_refused_release_leaves_no_booklet_behind(importer: Importer, store: Path, label: Path) -> None:
    put_album(label / "first", title="Same")
    (label / "second").mkdir()
    (label / "second" / "01 Words.flac").write_text("These are words.")
    put_booklet(label / "second" / "booklet.pdf")
    importer(label)
    assert (Release.objects.count(), Booklet.objects.count(), kept(store)) == (1, 0, [])


@pytest.mark.skipif(connection.vendor != "sqlite", reason="the trigger is written for SQLite")
def test_a_release_that_the_database_does_not_take_leaves_no_booklet_behind(
    importer: Importer, store: Path, label: Path
) -> None:
    put_album(label / "first", tracks=1)
    put_booklet(label / "first" / "booklet.pdf")
    (done,) = importer(label)
    put_album(label / "second", tracks=1, title="Other", tone=5)
    other = put_booklet(label / "second" / "booklet.pdf", words="Other words.")
    with connection.cursor() as cursor:
        refuse = "CREATE TEMP TRIGGER no_more BEFORE INSERT ON main.catalog_track BEGIN SELECT RAISE(ABORT, 'no'); END"
        cursor.execute(refuse)
        importer(label)
        assert "The database did not take the release" in importer.reason("second/01 Piece 1.flac")
        assert done.edition.booklet is not None
        assert kept(store) == [str(done.edition.booklet.file.relative_to(store))]
        other.write_bytes((label / "first" / "booklet.pdf").read_bytes())
        importer(label)
        assert done.edition.booklet.file.is_file(), "another release has the same"
        cursor.execute("DROP TRIGGER no_more")
    assert Booklet.objects.count() == 1


def test_a_lost_booklet_is_stored_again_by_the_next_import(importer: Importer, label: Path) -> None:
    put_album(label)
    source = put_booklet(label / "booklet.pdf")
    (done,) = importer(label)
    assert done.edition.booklet is not None
    done.edition.booklet.file.unlink()
    (again,) = importer(label)
    assert not again.is_new_edition
    assert done.edition.booklet.file.read_bytes() == source.read_bytes()


def test_a_half_written_booklet_is_swept_away(importer: Importer, store: Path, label: Path) -> None:
    part = store / "booklets" / "ab" / "abcd.pdf.123.part"
    part.parent.mkdir(parents=True)
    part.write_bytes(b"%PDF-")
    put_album(label)
    importer(label)
    assert not part.exists()


def test_odd_names_of_booklets_are_printed_on_one_line(importer: Importer, label: Path) -> None:
    put_track(label / "a.flac")
    source = put_booklet(label / "booklet.pdf")
    source.rename(os.fsdecode(os.fsencode(label) + b"/booklet \xff\n\x1b[31m.pdf"))
    (done,) = importer(label)
    assert done.edition.booklet is not None
    assert Edition.objects.get().booklet == done.edition.booklet
    assert all("\n" not in line.line() and "\x1b" not in line.line() for line in importer.lines)
