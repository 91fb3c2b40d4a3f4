"""A label's folder comes into the catalogue as it really is, whatever lies in it."""

import os
import shutil
from pathlib import Path

import pytest

from obbligato.audio.flacfile import write_flac
from obbligato.audio.formats import CODECS
from obbligato.catalog.models import Edition, Master, Recording, Release, Track
from obbligato.catalog.tagging import picture_of, tags_of
from obbligato.catalog.tracklists import tracks_of
from tests.audio.makers import LOSSLESS_KINDS, sine, write_lossy, write_master
from tests.catalog.makers import (
    UPC,
    Importer,
    embed,
    picture_bytes,
    put_album,
    put_sidecar,
    put_track,
    snapshot,
)

REAL = os.environ.get("OBBLIGATO_CONFORMANCE", "")


def test_an_album_becomes_a_release_with_its_tracks_in_order(importer: Importer, label: Path) -> None:
    put_album(label / "album", tracks=3)
    (done,) = importer(label)
    assert str(done.release) == "Small Pieces"
    assert done.release.artist.name == "The Test Ensemble"
    assert [str(track) for track in tracks_of(done.edition)] == ["1. Piece 1", "2. Piece 2", "3. Piece 3"]
    assert set(importer.statuses().values()) == {"imported"}


def test_every_lossless_kind_is_imported_with_its_exact_sample_count(importer: Importer, label: Path) -> None:
    for number, kind in enumerate(LOSSLESS_KINDS):
        samples = sine(samples=22_050 + number, hertz=300 + 20 * number)
        write_master(label, kind, samples, name=f"{number + 1:02d} {kind}")
    (done,) = importer(label)
    counts = [track.master.facts.samples for track in tracks_of(done.edition)]
    assert counts == [22_050 + number for number in range(len(LOSSLESS_KINDS))]


def test_the_folder_is_never_changed(importer: Importer, label: Path) -> None:
    put_album(label / "album")
    (label / "album" / "cover.png").write_bytes(picture_bytes(kind="PNG"))
    (label / "album" / "notes.txt").write_text("hello")
    before = snapshot(label)
    importer(label)
    assert snapshot(label) == before


def test_importing_twice_changes_nothing(importer: Importer, label: Path) -> None:
    put_album(label / "album")
    importer(label)
    rows = [model.objects.count() for model in (Release, Edition, Track, Master, Recording)]
    (again,) = importer(label)
    assert not again.is_new_edition
    assert set(importer.statuses().values()) == {"unchanged"}
    assert [model.objects.count() for model in (Release, Edition, Track, Master, Recording)] == rows


def test_a_changed_file_makes_a_new_edition_and_leaves_the_old_one(importer: Importer, label: Path) -> None:
    put_album(label)
    (first,) = importer(label)
    put_track(label / "02 Piece 2.flac", tone=9, title="Piece 2", artist="The Test Ensemble", album="Small Pieces")
    (second,) = importer(label)
    assert second.is_new_edition
    assert second.edition.number == 2
    assert Release.objects.get().edition == second.edition
    assert first.edition.tracks.get(position=2).master != second.edition.tracks.get(position=2).master
    assert importer.statuses() == {"01 Piece 1.flac": "unchanged", "02 Piece 2.flac": "imported"}


def test_a_changed_word_in_release_toml_makes_a_new_edition(importer: Importer, label: Path) -> None:
    put_album(label)
    importer(label)
    put_sidecar(label, 'description = "Now with words."')
    (done,) = importer(label)
    assert done.edition.number == 2
    assert done.edition.description == "Now with words."


def test_discs_in_folders_are_one_release(importer: Importer, label: Path) -> None:
    put_album(label / "Box" / "CD1", title="Box")
    put_album(label / "Box" / "Disc 2", title="Box", tone=5)
    (done,) = importer(label)
    places = [(track.disc, track.position) for track in tracks_of(done.edition)]
    assert places == [(1, 1), (1, 2), (2, 1), (2, 2)]
    assert tags_of(tracks_of(done.edition)[0]).disc_total == 2


def test_several_albums_in_one_folder_are_several_releases(importer: Importer, label: Path) -> None:
    put_track(label / "a.flac", tone=1, album="One", artist="Alice", tracknumber="1")
    put_track(label / "b.flac", tone=2, album="Two", artist="Alice", tracknumber="1")
    assert {str(done.release) for done in importer(label)} == {"One", "Two"}


def test_with_a_release_toml_one_folder_is_one_release(importer: Importer, label: Path) -> None:
    put_track(label / "a.flac", tone=1, album="One")
    put_track(label / "b.flac", tone=2, album="Two")
    put_sidecar(label, 'title = "Both"\nartist = "Alice"')
    (done,) = importer(label)
    assert (done.release.artist.name, done.edition.title, done.edition.tracks.count()) == ("Alice", "Both", 2)


def test_files_without_tags_are_named_by_their_names(importer: Importer, label: Path) -> None:
    put_track(label / "Quiet_Songs" / "02 - The Second.flac", tone=2)
    put_track(label / "Quiet_Songs" / "01 The First.flac", tone=1)
    (done,) = importer(label)
    assert done.edition.title == "Quiet Songs"
    assert [track.title for track in tracks_of(done.edition)] == ["The First", "The Second"]


def test_what_release_toml_says_outranks_the_tags(importer: Importer, label: Path) -> None:
    put_album(label)
    put_sidecar(
        label,
        f'title = "Other"\nupc = "{UPC}"\nlabel = "Test Label"\ngenres = ["Piano"]\ndate = 1913-05-29\n'
        '[[tracks]]\nfile = "01 Piece 1.flac"\ntitle = "Last"\nposition = 7\nisrc = "QZ-ABC-26-00001"\n'
        '[[credits]]\nname = "Ada"\nrole = "piano"\n',
    )
    (done,) = importer(label)
    last = done.edition.tracks.get(position=7)
    assert (last.title, last.recording.isrc, last.recording.key) == ("Last", "QZABC2600001", "isrc:QZABC2600001")
    tags = tags_of(last)
    assert (tags.album, tags.upc, tags.label, tags.genre) == ("Other", UPC, "Test Label", "Piano")
    assert (tags.date, tags.track) == ("1913-05-29", 7)
    assert done.edition.credits == [{"name": "Ada", "role": "piano", "tracks": []}]


def test_every_copy_gets_replaygain_of_track_and_album(importer: Importer, label: Path) -> None:
    put_album(label)
    (done,) = importer(label)
    track = tracks_of(done.edition)[0]
    tags = tags_of(track)
    assert track.master.integrated_lufs is not None
    assert tags.track_gain_db == pytest.approx(-18 - track.master.integrated_lufs, abs=0.01)
    assert tags.album_gain_db is not None
    assert 0 < (tags.track_peak or 0) <= (tags.album_peak or 0) < 1.5


def test_what_tags_and_cover_add_is_known_for_every_container(importer: Importer, label: Path) -> None:
    put_album(label)
    (label / "cover.jpg").write_bytes(picture_bytes(side=900))
    (done,) = importer(label)
    cover = picture_of(done.edition)
    assert cover is not None
    for track in tracks_of(done.edition):
        assert set(track.tag_bytes) == set(CODECS)
        assert min(track.tag_bytes.values()) > len(cover.data)


def test_a_cover_inside_the_files_is_found(importer: Importer, label: Path) -> None:
    put_album(label)
    embed(label / "01 Piece 1.flac", picture_bytes(kind="PNG"), media_type="image/png")
    (done,) = importer(label)
    assert done.edition.cover is not None
    assert done.edition.cover.media_type == "image/png"


def test_a_broken_cover_is_a_warning_and_the_release_is_imported(importer: Importer, label: Path) -> None:
    put_album(label)
    (label / "cover.jpg").write_bytes(b"\xff\xd8\xff not a picture")
    (done,) = importer(label)
    assert done.edition.cover is None
    assert "The cover is broken" in importer.reason(".")


def test_a_cover_of_thirty_megabytes_is_left_out_with_a_warning(importer: Importer, label: Path) -> None:
    put_album(label)
    (label / "cover.png").write_bytes(bytes(30_000_000))
    (done,) = importer(label)
    assert done.edition.cover is None
    assert "larger than 20 MB" in importer.reason(".")


def test_an_empty_folder_imports_nothing_and_complains_of_nothing(importer: Importer, label: Path) -> None:
    assert importer(label) == []
    assert importer.lines == []


def test_a_text_file_named_flac_is_refused_and_the_rest_is_imported(importer: Importer, label: Path) -> None:
    put_album(label)
    (label / "03 Words.flac").write_text("These are words.")
    (done,) = importer(label)
    assert done.edition.tracks.count() == 2
    assert importer.statuses()["03 Words.flac"] == "refused"
    assert "not audio" in importer.reason("03 Words.flac")


def test_a_truncated_file_is_refused_with_what_is_missing(importer: Importer, label: Path) -> None:
    put_album(label)
    whole = (label / "02 Piece 2.flac").read_bytes()
    (label / "02 Piece 2.flac").write_bytes(whole[: len(whole) // 2])
    (done,) = importer(label)
    assert done.edition.tracks.count() == 1
    assert "promises" in importer.reason("02 Piece 2.flac")


def test_an_mp3_is_refused_because_it_is_not_lossless(importer: Importer, label: Path) -> None:
    put_album(label)
    write_lossy(label, "mp3", sine(samples=48_000, sample_rate=48_000))
    importer(label)
    assert importer.statuses()["lossy.mp3"] == "refused"
    assert "lossy" in importer.reason("lossy.mp3")


def test_of_two_files_that_claim_one_track_the_second_is_refused(importer: Importer, label: Path) -> None:
    put_track(label / "a.flac", tone=1, album="One", tracknumber="1")
    put_track(label / "b.flac", tone=2, album="One", tracknumber="1")
    (done,) = importer(label)
    assert done.edition.tracks.count() == 1
    assert importer.reason("b.flac") == "It claims disc 1, track 1, as “a.flac” already does."


def test_two_folders_that_claim_one_release_do_not_take_turns(importer: Importer, label: Path) -> None:
    put_album(label / "first", title="Same")
    put_album(label / "second", title="Same", tone=5)
    for _ in range(2):
        (done,) = importer(label)
        assert done.name == "first"
        assert "already is this release" in importer.reason("second/01 Piece 1.flac")
    assert Edition.objects.count() == 1


def test_odd_names_are_imported_and_printed_on_one_line(importer: Importer, label: Path) -> None:
    names = ["01 new\nline.flac", "02 \x1b[31mred.flac", "03 🎻.flac", "04 " + "x" * 247 + ".flac", "05 ...flac"]
    for number, name in enumerate(names, 1):
        put_track(label / name, tone=number, album="Odd")
    raw = os.fsencode(label) + b"/06 \xff\xfe.flac"
    shutil.copy(label / names[0], raw)
    (done,) = importer(label)
    assert done.edition.tracks.count() == 5 + 1
    lines = [line.line() for line in importer.lines]
    assert all("\n" not in line and "\x1b" not in line for line in lines)
    assert any("new\\nline.flac" in line for line in lines)
    assert any("\\udcff" in line for line in lines)


def test_links_are_not_followed_out_of_the_folder_or_in_loops(importer: Importer, label: Path) -> None:
    outside = put_track(label.parent / "outside.flac", tone=7)
    album = put_album(label / "album")
    (album / "out.flac").symlink_to(outside)
    (album / "nowhere.flac").symlink_to(album / "missing")
    (album / "loop").symlink_to(label)
    (album / "self.flac").symlink_to(album / "self.flac")
    (done,) = importer(label)
    assert done.edition.tracks.count() == 2
    assert "leads out of the folder" in importer.reason("album/out.flac")
    assert "leads nowhere" in importer.reason("album/nowhere.flac")
    assert "leads nowhere" in importer.reason("album/self.flac")
    assert "imported where it lies" in importer.reason("album/loop")


def test_a_folder_written_with_dots_is_the_folder_it_means(importer: Importer, label: Path) -> None:
    put_album(label / "album")
    importer(label / "album")
    (done,) = importer(label / "album" / ".." / "album")
    assert not done.is_new_edition


def test_a_pipe_named_flac_is_refused_and_nobody_waits_for_it(importer: Importer, label: Path) -> None:
    put_album(label)
    os.mkfifo(label / "03 pipe.flac")
    importer(label)
    assert "not a file" in importer.reason("03 pipe.flac")


@pytest.mark.skipif(os.geteuid() == 0, reason="root reads everything")
def test_an_unreadable_file_is_refused_and_the_rest_is_imported(importer: Importer, label: Path) -> None:
    put_album(label)
    (label / "01 Piece 1.flac").chmod(0)
    (done,) = importer(label)
    assert done.edition.tracks.count() == 1
    assert "cannot be read" in importer.reason("01 Piece 1.flac")


def test_hostile_tags_become_clean_text(importer: Importer, label: Path) -> None:
    put_track(
        label / "a.flac",
        title="x" * 1_000_000,
        artist=["<script>alert(1)</script>", "Alice\x00\x07"],
        album="\u202e gnippilf \n\r\t album",
        comment="y" * 1_000_000,
        tracknumber="99999999999999999999",
        date="not a date",
        isrc="XX",
        genre=";;;",
    )
    (done,) = importer(label)
    track = done.edition.tracks.get()
    assert len(track.title) == 300
    assert "<script>" in track.artist_credit
    assert "\x00" not in str(track.tags)
    assert done.edition.title == "gnippilf album"
    assert (done.edition.date, track.position) == (None, 1)
    assert "is not an ISRC" in importer.reason("a.flac")
    assert max(track.tag_bytes.values()) < 100_000


def test_a_damaged_file_does_not_take_tracks_from_what_is_on_sale(importer: Importer, label: Path) -> None:
    put_album(label)
    (first,) = importer(label)
    (label / "02 Piece 2.flac").write_bytes(b"fLaC, but no more")
    (again,) = importer(label)
    assert again.edition == first.edition
    assert Edition.objects.count() == 1
    assert importer.statuses()["02 Piece 2.flac"] == "refused"
    assert "stays as it was" in importer.reason(".")


def test_a_release_gets_its_upc_later_and_stays_the_same_release(importer: Importer, label: Path) -> None:
    put_album(label)
    (first,) = importer(label)
    put_sidecar(label, f'upc = "{UPC}"')
    (second,) = importer(label)
    assert second.release == first.release
    assert second.edition.number == 2


def test_a_mono_master_of_silence_is_imported(importer: Importer, label: Path) -> None:
    write_flac(label / "silence.flac", sine(samples=30_000, channels=1, level=0.0), sample_rate=44_100, bits=16)
    (done,) = importer(label)
    assert done.edition.tracks.get().master.integrated_lufs is None
    assert "silence" in importer.lines[0].line()


@pytest.mark.skipif(not REAL, reason="OBBLIGATO_CONFORMANCE names no folder of real FLACs")
def test_real_files_are_imported_exactly_or_refused_with_a_reason(importer: Importer) -> None:
    importer(Path(REAL))
    assert importer.lines
    for line in importer.lines:
        assert line.samples or line.reason, line
