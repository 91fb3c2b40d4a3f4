"""Findings about masters and releases are plain sentences with numbers, and an import tells them once."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from mutagen.flac import FLAC
from PIL import Image

from obbligato.audio.errors import AudioRefused
from obbligato.audio.facts import MasterFacts
from obbligato.audio.flacfile import write_flac
from obbligato.audio.hearing import Heard
from obbligato.audio.spectrogram import draw_in_child
from obbligato.catalog import side_by_side
from obbligato.catalog.diagnosing import Finding, findings, sound_of
from obbligato.catalog.hearing_again import CannotHear, hear_again
from obbligato.catalog.models import HEARD, Master
from obbligato.catalog.side_by_side import Sounding
from obbligato.catalog.spectrograms import CannotDraw, spectrogram_of
from tests.audio.makers import declared, noise, write_master
from tests.audio.tunes import tune
from tests.catalog.makers import Importer, put_album, put_track

WELL = Heard(
    used_bits=16,
    clipped_runs=0,
    longest_clipped_samples=1,
    silent_start_seconds=0.5,
    silent_end_seconds=2.0,
    longest_silence_seconds=4.0,
    longest_silence_at_seconds=61.0,
    offset=0.0004,
    are_sides_same=False,
    sides_correlation=0.4,
    silent_channels=0,
    edge_hz=None,
    edge_drop_db=None,
)
CD = declared(samples=441_000, rate=44_100, channels=2, bits=16)


def found(heard: Heard, facts: MasterFacts = CD, *, lufs: float | None = -14.0, peak: float = -1.0) -> list[Finding]:
    return findings(facts, heard, integrated_lufs=lufs, true_peak_dbtp=peak)


def test_a_sound_master_has_no_findings() -> None:
    assert found(WELL) == []
    assert found(WELL, peak=0.0, lufs=None) == []


@pytest.mark.parametrize(
    ("heard", "severity", "code", "words"),
    [
        (replace(WELL, edge_hz=16_000), "warn", "lossy", "Above 16.0 kHz there is nothing"),
        (replace(WELL, edge_hz=20_500), "note", "lossy", "MP3, AAC and Opus"),
        (replace(WELL, clipped_runs=1, longest_clipped_samples=7), "note", "clipping", "once, for up to 7 samples"),
        (replace(WELL, clipped_runs=1_234), "warn", "clipping", "1,234 times"),
        (replace(WELL, silent_start_seconds=3.0), "note", "silent-start", "begins with 3.0 seconds"),
        (replace(WELL, silent_end_seconds=9.0), "note", "silent-end", "ends with 9.0 seconds"),
        (replace(WELL, longest_silence_seconds=20.0), "warn", "silent-inside", "From 1:01 on it is silent for 20.0"),
        (replace(WELL, offset=-0.02), "warn", "offset", "-2.0 %"),
        (replace(WELL, are_sides_same=True, sides_correlation=1.0), "note", "dual-mono", "mono in two channels"),
        (replace(WELL, sides_correlation=-0.9), "warn", "inverted", "-0.90"),
        (replace(WELL, silent_channels=1, sides_correlation=None), "warn", "silent-channel", "1 of its 2 channels"),
        (replace(WELL, used_bits=None, edge_hz=16_000), "warn", "silence", "There is no sound in it"),
    ],
)
def test_each_fault_has_a_sentence_and_a_severity(heard: Heard, severity: str, code: str, words: str) -> None:
    (finding,) = found(heard)
    assert (finding.severity, finding.code) == (severity, code)
    assert words in finding.sentence
    assert finding.number is not None
    assert finding.to_json()["code"] == code


def test_files_that_promise_more_than_they_hold() -> None:
    high = declared(samples=960_000, rate=96_000, channels=2, bits=24)
    assert [one.code for one in found(replace(WELL, edge_hz=21_000, used_bits=24), high)] == ["upsampled"]
    assert [one.code for one in found(replace(WELL, edge_hz=16_000, used_bits=16), high)] == ["lossy", "padded"]
    (noted,) = found(replace(WELL, edge_hz=21_500), replace(high, sample_rate=48_000, bits=16))
    assert (noted.severity, noted.code) == ("note", "upsampled")
    assert found(replace(WELL, used_bits=20), high) == []


def test_loudness_and_peaks_are_spoken_of_where_they_are_odd() -> None:
    assert [one.severity for one in found(WELL, peak=0.4)] == ["note"]
    assert [one.severity for one in found(WELL, peak=1.4)] == ["warn"]
    assert [one.code for one in found(WELL, lufs=-5.0)] == ["loud"]
    assert [one.code for one in found(WELL, lufs=-40.0)] == ["quiet"]


def test_the_graver_is_read_first() -> None:
    heard = replace(WELL, edge_hz=20_500, offset=0.5, silent_start_seconds=9.0)
    assert [one.severity for one in found(heard)] == ["warn", "note", "note"]


def put_tune(path: Path, seed: int, *, turned: bool = False, **tags: str) -> Path:
    """Music that has a fingerprint; turned: with one side upside down."""
    path.parent.mkdir(exist_ok=True)
    samples = tune(seed, seconds=16.0)
    samples = np.stack([samples[:, 0], -samples[:, 0] if turned else samples[:, 1]], axis=1)
    write_flac(path, samples, sample_rate=22_050, bits=16)
    file = FLAC(path)
    file.update({key: [value] for key, value in tags.items()})
    file.save()
    return path


def codes(importer: Importer) -> list[tuple[str, str]]:
    return [(line.status, line.code) for line in importer.lines if line.code]


def test_an_import_tells_what_it_heard_once(importer: Importer, label: Path) -> None:
    put_tune(label / "1.flac", 1, turned=True, title="One", artist="A", album="B", tracknumber="1")
    importer(label)
    assert codes(importer) == [("warning", "inverted")]
    assert "One side is turned over" in importer.reason("1.flac")
    importer(label)
    assert codes(importer) == []


def test_a_master_from_before_is_heard_when_its_folder_comes_again(importer: Importer, label: Path) -> None:
    put_tune(label / "1.flac", 1, turned=True, title="One", artist="A", album="B", tracknumber="1")
    importer(label)
    master = Master.objects.get()
    heard = master.heard
    assert heard is not None
    forget_heard(master)
    assert sound_of(master) == []
    importer(label)
    assert codes(importer) == [("warning", "inverted")]
    assert Master.objects.get().heard == heard


def test_a_master_from_before_is_heard_when_somebody_asks(importer: Importer, label: Path) -> None:
    importer(put_album(label, tracks=1))
    master = Master.objects.get()
    heard = master.heard
    forget_heard(master)
    assert hear_again(master).heard == heard
    assert Master.objects.get().heard == heard
    master.file.chmod(0o600)
    master.file.write_bytes(b"fLaC and no more")
    with pytest.raises(CannotHear, match="cannot be read"):
        hear_again(master)
    master.file.unlink()
    with pytest.raises(CannotHear, match="cannot be read"):
        hear_again(master)


def forget_heard(master: Master) -> None:
    del master.facts_json[HEARD]
    master.save(update_fields=["facts_json"])


def test_tracks_are_compared_with_each_other(importer: Importer, label: Path) -> None:
    isrc = "DEZZZ2600001"
    put_tune(label / "1.flac", 1, title="One", artist="A", album="B", tracknumber="1", isrc=isrc)
    put_tune(label / "2.flac", 2, title="Two", artist="A", album="B", tracknumber="2", isrc=isrc)
    put_track(label / "3.flac", title="Three", artist="A", album="B", tracknumber="3")
    put_track(label / "4.flac", title="Four", artist="A", album="B", tracknumber="4")
    importer(label)
    assert [code for _, code in codes(importer) if code != "dual-mono"] == ["mixed-rates", "isrc-twice", "sound-twice"]
    said = importer.reason(".")
    assert "22.05 kHz (2 of 4), 44.1 kHz (2 of 4)" in said
    assert f"The ISRC {isrc} is used by “One” and “Two”" in said
    assert "“Three” and “Four” are the very same sound" in said


def test_a_track_is_compared_with_the_catalogue(importer: Importer, label: Path) -> None:
    isrc = "DEZZZ2600001"
    put_tune(label / "a" / "1.flac", 1, title="One", artist="A", album="B", isrc=isrc)
    (done,) = importer(label)
    known = Master.objects.get()
    put_tune(label / "b" / "1.flac", 5, title="Other", artist="A", album="C", isrc=isrc)
    (_, other) = importer(label)
    assert codes(importer) == [("warning", "isrc-taken")]
    assert "already belongs to “One” of “B”, which sounds different" in importer.reason("b/1.flac")
    again = side_by_side.elsewhere(Sounding("Again", known, isrc), besides=other.release)
    assert [(one.severity, one.code) for one in again] == [("note", "same-sound")]
    assert side_by_side.elsewhere(Sounding("One", known, ""), besides=done.release) == []
    assert side_by_side.elsewhere(Sounding("New", replaced(known), ""), besides=None)[0].code == "alike"


def replaced(master: Master) -> Master:
    """The same music from another file with other samples."""
    return Master(pcm_md5="0" * 32, fingerprint=master.fingerprint, facts_json=master.facts_json)


def test_codes_that_are_missing_are_counted() -> None:
    one, two = Sounding("One", Master(), "DEZZZ2600001"), Sounding("Two", Master(), "")
    assert side_by_side.without_codes([one], upc="4006381333931") == []
    assert "1 of its tracks have no ISRC" in side_by_side.without_codes([one, two], upc="x")[0].sentence
    assert [one.code for one in side_by_side.without_codes([two], upc="")] == ["no-isrc", "no-upc"]


def test_a_spectrogram_is_drawn_once_and_kept(importer: Importer, label: Path) -> None:
    write_master(label, "wav", noise(samples=60_000), name="noise")
    importer(label)
    master = Master.objects.get()
    picture = spectrogram_of(master)
    assert picture.parent.parent.name == "spectrograms"
    with Image.open(picture) as drawn:
        assert drawn.format == "PNG"
        assert np.asarray(drawn.convert("L"))[50:300, 200:900].mean() > 120
    before = picture.stat().st_mtime_ns
    assert spectrogram_of(master).stat().st_mtime_ns == before
    assert [file.name for file in picture.parent.iterdir()] == [picture.name]


def test_silence_and_what_is_too_short_are_drawn_too(tmp_path: Path) -> None:
    for samples in (1, 2_000, 90_000):
        write_flac(tmp_path / "silence.flac", np.zeros((samples, 1), np.int32), sample_rate=192_000, bits=24)
        draw_in_child(tmp_path / "silence.flac", tmp_path / "a.png", samples=samples)
        with Image.open(tmp_path / "a.png") as drawn:
            assert np.asarray(drawn.convert("L"))[50:300, 200:900].max() < 20


def test_there_is_always_a_reason_why_there_is_no_picture(importer: Importer, label: Path, tmp_path: Path) -> None:
    importer(put_album(label, tracks=1))
    master = Master.objects.get()
    with pytest.raises(AudioRefused, match=r"longer than 0\.01 seconds"):
        draw_in_child(master.file, tmp_path / "a.png", samples=1, timeout_seconds=0.01)
    master.file.chmod(0o600)
    master.file.write_bytes(b"fLaC and no more")
    with pytest.raises(CannotDraw, match="cannot be read to the end"):
        spectrogram_of(master)
    master.file.unlink()
    with pytest.raises(CannotDraw, match="not in the data folder"):
        spectrogram_of(master)
