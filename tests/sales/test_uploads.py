"""What was uploaded is examined file by file and taken in as an import would, and each file says what became of it."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from obbligato.audio.flacfile import write_flac
from obbligato.catalog.examining import Examiner
from obbligato.catalog.locking import only_one
from obbligato.catalog.models import Release
from obbligato.catalog.uploads import handing_over, removing
from obbligato.catalog.uploads.models import Upload, UploadedFile
from obbligato.kernel.folders import data_folder
from obbligato.sales import examining_uploads, taking_in_uploads
from obbligato.sales.examining_uploads import an_examiner, examine_next
from obbligato.sales.taking_in_uploads import take_in_next
from obbligato.sales.uploads_as_releases import found_together
from tests.audio.makers import silence
from tests.catalog.makers import picture_bytes, put_album, put_booklet, sound
from tests.catalog.uploads.makers import an_upload, send, send_folder

pytestmark = pytest.mark.django_db
State = UploadedFile.State
TERMS = """
[licence]
basis = "own"
evidence = "We recorded it ourselves."
territories = ["WORLD"]
from = "2020-01-01"
"""


@pytest.fixture
def examiner() -> Iterator[Examiner]:
    with an_examiner() as examiner:
        yield examiner


def said(file: UploadedFile) -> list[str]:
    file.refresh_from_db()
    return [line["reason"] for line in file.findings]


def album(upload: Upload, folder: Path, **of_album: object) -> list[UploadedFile]:
    return send_folder(upload, put_album(folder / "Album", **of_album))  # type: ignore[arg-type]


def taken_in(upload: Upload) -> Upload:
    handing_over.hand_over(upload, by="bob")
    assert take_in_next()
    upload.refresh_from_db()
    return upload


def states(upload: Upload) -> dict[str, str]:
    return dict(upload.files.order_by("path").values_list("path", "state"))


def test_each_kind_of_file_is_examined_in_its_turn(examiner: Examiner, tmp_path: Path) -> None:
    upload = an_upload()
    wanted = {
        "01.flac": (sound(1, 0.5), State.EXAMINED, ""),
        "02.flac": (b"no audio at all", State.REFUSED, "audio"),
        "03.flac": (b"", State.REFUSED, ""),
        "cover.jpg": (picture_bytes(side=40), State.EXAMINED, "A picture of 40 × 40 pixels."),
        "front.png": (b"no picture", State.REFUSED, "broken"),
        "booklet.pdf": (put_booklet(tmp_path / "b.pdf").read_bytes(), State.EXAMINED, "A PDF of 0.01 MB."),
        "booklet two.pdf": (b"%PDF-1.7 half", State.REFUSED, "not whole"),
        "A/release.toml": (TERMS.encode(), State.EXAMINED, "It can be followed as it is written."),
        "B/release.toml": (b'titel = "x"', State.REFUSED, "titel"),
    }
    files = {path: send(upload, path, content) for path, (content, _, _) in wanted.items()}
    for path, (_, state, words) in wanted.items():
        assert examine_next(examiner)
        assert words in " ".join(said(files[path])), path
        assert files[path].state == state, path
    assert files["01.flac"].findings[0]["duration_seconds"] == 0.5
    assert not examine_next(examiner)


def test_a_file_that_went_away_is_nobody_s_fault(examiner: Examiner) -> None:
    file, gone = send(upload := an_upload(), "cover.jpg"), send(upload, "01.flac")
    file.file.unlink()
    assert examine_next(examiner)
    assert said(file) == ["It cannot be read: No such file or directory."]
    removing.remove(gone)
    assert not examine_next(examiner)


def test_a_file_that_ends_the_program_twice_is_refused() -> None:
    file = send(an_upload(), "01.flac")
    for tries in (1, 2):
        assert examining_uploads._begun() == file
        examining_uploads.begin_again()  # As after a kill.
        file.refresh_from_db()
        assert file.tries == tries
    assert (file.state, said(file)) == (State.REFUSED, [examining_uploads.ENDED_IT])
    assert examining_uploads._begun() is None


def test_a_batch_is_taken_in_and_its_bytes_are_gone(tmp_path: Path) -> None:
    upload = an_upload()
    files = album(upload, tmp_path)
    send(upload, "Album/release.toml", TERMS.encode())
    assert not take_in_next()
    taken_in(upload)
    assert upload.state == Upload.State.TAKEN
    assert set(states(upload).values()) == {State.TAKEN}
    release = Release.objects.get()
    assert list(upload.releases.all()) == [release]
    assert str(release) == "Small Pieces"
    assert (upload.done_files, upload.all_files) == (2, 2)
    assert upload.sentence.startswith("Files: 2 imported.")
    assert [line["status"] for line in upload.files.get(pk=files[0].pk).outcome] == ["imported"]
    assert not Path(data_folder("uploads"), upload.key).exists()


def test_what_the_doctor_says_is_not_said_twice(examiner: Examiner, tmp_path: Path) -> None:
    silent = tmp_path / "silent.flac"
    write_flac(silent, silence(samples=44_100), sample_rate=44_100, bits=16)
    file = send(upload := an_upload(), "01.flac", silent.read_bytes())
    assert examine_next(examiner)
    taken_in(upload)
    assert [line["code"] for line in UploadedFile.objects.get(pk=file.pk).findings] == ["", "silence"]
    assert [line["status"] for line in UploadedFile.objects.get(pk=file.pk).outcome] == ["imported"]


def test_without_terms_it_is_a_draft_and_says_so(tmp_path: Path) -> None:
    upload = an_upload()
    album(upload, tmp_path)
    taken_in(upload)
    assert any("not on sale" in line["reason"] for line in upload.outcome)


def test_a_refused_file_keeps_its_release_here_until_it_is_corrected(tmp_path: Path) -> None:
    upload = an_upload()
    album(upload, tmp_path)
    send_folder(upload, put_album(tmp_path / "Other", title="Other Pieces", tone=5))
    send(upload, "Album/CD2/03 Piece 3.flac", b"damaged")
    taken_in(upload)
    assert upload.state == Upload.State.OPEN
    assert states(upload) == {
        "Album/01 Piece 1.flac": State.WAITING,
        "Album/02 Piece 2.flac": State.WAITING,
        "Album/CD2/03 Piece 3.flac": State.REFUSED,
        "Other/01 Piece 1.flac": State.TAKEN,
        "Other/02 Piece 2.flac": State.TAKEN,
    }
    assert Release.objects.count() == 2
    send(upload, "Album/CD2/03 Piece 3.flac", sound(3, 0.5))
    taken_in(upload)
    assert upload.state == Upload.State.TAKEN
    assert Release.objects.get(edition__title="Small Pieces").edition.tracks.count() == 3  # type: ignore[union-attr]


def test_a_release_that_cannot_be_followed_stays_whole(tmp_path: Path) -> None:
    upload = an_upload()
    album(upload, tmp_path)
    send(upload, "Album/release.toml", b'titel = "x"')
    taken_in(upload)
    assert upload.state == Upload.State.OPEN
    assert states(upload)["Album/01 Piece 1.flac"] == State.REFUSED
    assert Release.objects.count() == 0


def test_a_batch_without_audio_keeps_all_it_has() -> None:
    upload = an_upload()
    send(upload, "cover.jpg", picture_bytes())
    taken_in(upload)
    assert (upload.state, states(upload)) == (Upload.State.OPEN, {"cover.jpg": State.WAITING})
    assert "no audio" in upload.sentence


def test_it_waits_for_another_import(tmp_path: Path) -> None:
    upload = an_upload()
    album(upload, tmp_path)
    handing_over.hand_over(upload, by="bob")
    with only_one(data_folder() / "import.lock"):
        assert not take_in_next()
    upload.refresh_from_db()
    assert (upload.state, upload.tries) == (Upload.State.ASKED, 0)
    assert "Another import is running" in upload.sentence
    assert take_in_next()


def test_a_folder_that_is_gone_is_said(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    upload = an_upload()
    send(upload, "01.flac")
    handing_over.hand_over(upload, by="bob")
    monkeypatch.setattr(Upload, "folder", tmp_path / "gone")
    assert take_in_next()
    upload.refresh_from_db()
    assert upload.state == Upload.State.OPEN
    assert "There is no folder" in upload.sentence


def test_what_a_kill_broke_off_begins_again_three_times(tmp_path: Path) -> None:
    upload = an_upload()
    album(upload, tmp_path)
    handing_over.hand_over(upload, by="bob")
    for _ in range(taking_in_uploads.MOST_TRIES):
        assert taking_in_uploads._begun() == upload
        upload.refresh_from_db()
        assert upload.state == Upload.State.TAKING
        taking_in_uploads.begin_again()
    upload.refresh_from_db()
    assert (upload.state, upload.sentence) == (Upload.State.OPEN, taking_in_uploads.BROKEN_OFF)
    taken_in(upload)
    assert upload.state == Upload.State.TAKEN


def told_together(upload: Upload) -> list[tuple[str, str]]:
    return [(one.folder, finding.code) for one in found_together(upload.files.all()) for finding in one.findings]


def test_what_a_folder_lacks_as_a_release_is_told_before_it_is_taken_in(examiner: Examiner, tmp_path: Path) -> None:
    upload = an_upload()
    album(upload, tmp_path)
    write_flac(tmp_path / "03.flac", silence(samples=24_000), sample_rate=48_000, bits=16)
    send(upload, "Album/CD2/03.flac", (tmp_path / "03.flac").read_bytes())
    assert told_together(upload) == []
    while examine_next(examiner):
        pass
    assert told_together(upload) == [("Album", "no-licence"), ("Album", "mixed-rates")]
    sidecar = send(upload, "Album/release.toml", b'titel = "x"')
    send(upload, "Papers/cover.jpg")
    assert told_together(upload) == [("Album", "mixed-rates")]
    for text, codes in (('title = "x"', ["no-licence", "mixed-rates"]), (TERMS, ["mixed-rates"])):
        sidecar.file.write_text(text)
        assert told_together(upload) == [("Album", code) for code in codes]
