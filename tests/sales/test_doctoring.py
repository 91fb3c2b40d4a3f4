"""`obbligato doctor` says of a folder or a file what an import would meet, and leaves both as they were."""

import json
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from pytest_django import Settings

from obbligato.catalog.models import Master
from obbligato.catalog.reports import FileReport
from obbligato.rights.models import Share, SplitSheet
from obbligato.sales import doctoring, readiness
from obbligato.sales.doctoring import NO_CATALOGUE, Diagnosis
from obbligato.sales.models import Tariff
from tests import makers
from tests.catalog.makers import files_in, put_album, put_sidecar, put_track, snapshot

pytestmark = pytest.mark.django_db


@pytest.fixture
def store(tmp_path: Path, settings: Settings) -> Path:
    """The data folder of a store that is empty."""
    settings.DATA_FOLDER = tmp_path / "store"
    settings.DATA_FOLDER.mkdir()
    return Path(settings.DATA_FOLDER)


@pytest.fixture
def label(tmp_path: Path) -> Path:
    return tmp_path / "label"


def examined(path: Path, *, has_catalogue: bool = True) -> tuple[Diagnosis, list[FileReport]]:
    lines: list[FileReport] = []
    return doctoring.examine(path, report=lines.append, has_catalogue=has_catalogue), lines


def codes(lines: list[FileReport]) -> list[str]:
    return [line.code for line in lines if line.code and line.code != "dual-mono"]


def test_nothing_is_changed_and_nothing_kept(store: Path, label: Path) -> None:
    put_album(label)
    before = snapshot(label)
    diagnosis, lines = examined(label)
    assert [line.status for line in lines if line.samples] == ["examined", "examined"]
    assert codes(lines) == ["no-licence", "no-isrc", "no-upc", "no-split", "no-price"]
    assert diagnosis.is_importable
    assert diagnosis.sentence.startswith("2 examined, 0 refused, 1 warning, ")
    assert snapshot(label) == before
    assert files_in(store) == {}
    assert not Master.objects.exists()


def test_a_release_that_names_its_terms_is_well(store: Path, label: Path) -> None:
    put_track(label / "1.flac", title="One", artist="A", album="B", tracknumber="1", isrc="DEZZZ2600001")
    put_sidecar(label, makers.SHEET.format(
        title="B", upc="4006381333931", licence=makers.LICENCE.format(territories='"WORLD"'), per_megabyte="0.5",
        minimum="0.1", album="",
    ))  # fmt: skip
    assert codes(examined(label)[1]) == []


def test_what_would_be_refused_is_said_and_the_rest_examined(store: Path, label: Path) -> None:
    put_track(label / "a" / "1.flac", title="One", artist="A", album="B", tracknumber="1")
    put_track(label / "a" / "2.flac", tone=2, title="Two", artist="A", album="B", tracknumber="1")
    put_track(label / "a" / "4.flac", tone=3, title="Four", artist="A", album="B", tracknumber="4", isrc="nonsense")
    (label / "a" / "3.flac").write_bytes(b"no audio")
    put_track(label / "b" / "1.flac", title="One")
    put_sidecar(label / "b", "titel = 1")
    (label / "c").mkdir()
    (label / "c" / "1.flac").write_bytes(b"no audio")
    (label / "d.flac").symlink_to("/nowhere")
    diagnosis, lines = examined(label)
    refused = {line.path: line.reason for line in lines if line.status == "refused"}
    assert set(refused) == {"a/2.flac", "a/3.flac", "b", "c/1.flac"}
    assert "claims disc 1, track 1" in refused["a/2.flac"]
    assert "titel" in refused["b"]
    assert [line.path for line in lines if line.status == "skipped"] == ["d.flac"]
    assert any("not an ISRC" in line.reason for line in lines)
    assert not diagnosis.is_importable


def test_a_file_alone_is_compared_with_the_catalogue(store: Path, label: Path) -> None:
    release = makers.a_release(tracks=1)
    track = release.edition.tracks.get() if release.edition else None
    assert track is not None
    _, lines = examined(track.master.file)
    assert "same-sound" in codes(lines)
    put_track(label / "1.flac", tone=9, isrc="nonsense")
    _, lines = examined(label / "1.flac", has_catalogue=False)
    assert next(line.reason for line in lines if line.status == "note") == NO_CATALOGUE
    assert any("not an ISRC" in line.reason for line in lines)


def test_a_folder_that_is_in_the_catalogue_is_not_like_itself(store: Path, label: Path) -> None:
    put_album(label)
    call_command("import", str(label), stdout=StringIO())
    assert "same-sound" not in codes(examined(label)[1])


def test_what_is_not_there_is_refused(store: Path, label: Path) -> None:
    with pytest.raises(CommandError, match="no folder or file"):
        call_command("doctor", str(label))
    label.mkdir()
    assert examined(label)[0].sentence == "Nothing to examine: there is no audio here."
    with pytest.raises(CommandError, match="cannot be read"):
        call_command("doctor", str(label / ("x" * 300)))


def test_the_command_speaks_to_people_and_to_programs(store: Path, label: Path) -> None:
    put_album(label, tracks=1)
    said = StringIO()
    call_command("doctor", str(label), stdout=said)
    assert "Nothing was imported." in said.getvalue()
    said = StringIO()
    call_command("doctor", str(label), "--json", stdout=said)
    *lines, summary = [json.loads(line) for line in said.getvalue().splitlines()]
    assert lines[0]["status"] == "examined"
    assert summary["summary"]["examined"] == 1
    (label / "01 Piece 1.flac").write_bytes(b"no audio")
    with pytest.raises(SystemExit):
        call_command("doctor", str(label), stdout=StringIO())


def test_a_release_of_the_catalogue_says_what_it_lacks() -> None:
    release = makers.a_release()
    assert readiness.of_release(release) == []
    Share.objects.all().delete()
    SplitSheet.objects.all().delete()
    Tariff.objects.all().delete()
    assert [one.code for one in readiness.of_release(release)] == ["no-split", "no-price"]


def test_a_draft_of_the_catalogue_says_so() -> None:
    draft = makers.a_release(has_licence=False)
    (finding,) = readiness.of_release(draft)
    assert (finding.code, finding.number, finding.unit) == ("no-licence", 3, "recordings")
    draft.edition = None
    assert readiness.of_release(draft) == []
