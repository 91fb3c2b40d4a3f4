"""Masters are accepted with true facts or refused with a true sentence, whatever bytes come."""

import hashlib
import json
import os
import struct
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from mutagen.flac import FLAC

from obbligato.audio import inspecting
from obbligato.audio.errors import AudioRefused, Damaged, NotAudio, NotLossless, UnsupportedAudio
from obbligato.audio.facts import MasterFacts
from obbligato.audio.masters import inspect
from tests.audio import makers

SAMPLES = 30_011


@pytest.mark.parametrize("kind", makers.LOSSLESS_KINDS)
@pytest.mark.parametrize("bits", [16, 24])
def test_every_lossless_kind_is_accepted_with_its_samples_and_their_checksum(
    kind: str, bits: int, tmp_path: Path
) -> None:
    samples = makers.noise(samples=SAMPLES, bits=bits)
    facts = inspect(makers.write_master(tmp_path, kind, samples, bits=bits)).facts
    assert (facts.samples, facts.channels, facts.sample_rate, facts.bits) == (SAMPLES, 2, 44100, bits)
    assert facts.pcm_md5 == makers.md5_of(samples, bits=bits)


@pytest.mark.parametrize("bits", [4, 8, 12, 14, 16, 20, 24])
def test_odd_depths_keep_their_significant_bits(bits: int, tmp_path: Path) -> None:
    samples = makers.noise(samples=3000, channels=3, bits=bits)
    path = tmp_path / "odd.flac"
    path.write_bytes(makers.verbatim_flac(samples, bits=bits))
    facts = inspect(path).facts
    assert (facts.bits, facts.channels, facts.samples) == (bits, 3, 3000)
    assert facts.pcm_md5 == makers.md5_of(samples, bits=bits)
    assert facts.frames_offset == 42
    assert facts.flac_bytes == path.stat().st_size - 42


@pytest.mark.parametrize("channels", range(1, 9))
@pytest.mark.parametrize("kind", ["flac", "wav", "aiff"])
def test_one_to_eight_channels_are_accepted(kind: str, channels: int, tmp_path: Path) -> None:
    samples = makers.noise(samples=9000, channels=channels)
    facts = inspect(makers.write_master(tmp_path, kind, samples)).facts
    assert (facts.channels, facts.samples) == (channels, 9000)
    assert facts.pcm_md5 == makers.md5_of(samples, bits=16)


@pytest.mark.parametrize("sample_rate", [8000, 11025, 22050, 44100, 48000, 88200, 96000, 176400, 192000, 384000])
def test_sample_rates_from_telephone_to_studio_are_accepted(sample_rate: int, tmp_path: Path) -> None:
    samples = makers.sine(samples=sample_rate // 2 + 7, sample_rate=sample_rate)
    inspection = inspect(makers.write_master(tmp_path, "flac", samples, sample_rate=sample_rate))
    assert inspection.facts.sample_rate == sample_rate
    assert inspection.facts.samples == len(samples)
    assert inspection.facts.duration_seconds == pytest.approx(0.5, abs=0.001)
    assert inspection.loudness.true_peak_dbtp == pytest.approx(-6.02, abs=0.1)


def test_eight_bit_wav_is_signed_in_its_checksum(tmp_path: Path) -> None:
    samples = makers.noise(samples=5000, bits=8)
    facts = inspect(makers.write_master(tmp_path, "wav", samples, bits=8)).facts
    assert (facts.bits, facts.samples) == (8, 5000)
    assert facts.pcm_md5 == makers.md5_of(samples, bits=8)


@pytest.mark.parametrize("samples", [1, 2, 15, 16, 17, 799, 4095, 4096, 4097])
def test_very_short_recordings_are_measured_too(samples: int, tmp_path: Path) -> None:
    inspection = inspect(makers.write_master(tmp_path, "wav", makers.sine(samples=samples)))
    assert inspection.facts.samples == samples
    assert len(inspection.peaks) == 800
    assert inspection.loudness.integrated_lufs is None


def test_loudness_is_that_of_the_broadcasting_union_for_its_first_test_signal(tmp_path: Path) -> None:
    """EBU Tech 3341, case 1: a stereo sine of 1 kHz at -23 dBFS measures -23 LUFS within 0.1."""
    tone = makers.sine(samples=48000 * 4, channels=1, sample_rate=48000, hertz=1000.0, level=10 ** (-23 / 20), bits=24)
    path = makers.write_master(tmp_path, "flac", np.hstack([tone, tone]), sample_rate=48000, bits=24)
    loudness = inspect(path).loudness
    assert loudness.integrated_lufs == pytest.approx(-23.0, abs=0.1)
    assert loudness.true_peak_dbtp == pytest.approx(-23.0, abs=0.1)
    assert loudness.range_lu == pytest.approx(0.0, abs=0.1)


def test_a_true_peak_between_two_samples_is_found(tmp_path: Path) -> None:
    """A sine of a quarter of the rate, sampled 45 degrees off its peaks, is 3 dB higher than any of its samples."""
    wave = np.sin(np.pi / 2 * np.arange(44100) + np.pi / 4) * 0.7
    wave *= np.minimum(1.0, np.arange(44100) / 4410)
    samples = np.rint(wave * 32767).astype(np.int32)[:, None]
    loudness = inspect(makers.write_master(tmp_path, "wav", samples)).loudness
    assert loudness.true_peak_dbtp == pytest.approx(-3.1, abs=0.25)


def test_silence_has_no_loudness_and_an_even_waveform(tmp_path: Path) -> None:
    inspection = inspect(makers.write_master(tmp_path, "flac", makers.silence(samples=100_000)))
    assert inspection.loudness.integrated_lufs is None
    assert inspection.loudness.true_peak_dbtp == -144.5
    assert inspection.peaks == bytes(800)


def test_the_waveform_shows_where_it_is_loud(tmp_path: Path) -> None:
    samples = makers.silence(samples=400_000)
    samples[200_000:300_000] = -32768
    peaks = inspect(makers.write_master(tmp_path, "flac", samples)).peaks
    assert set(peaks[:399]) == {0}
    assert set(peaks[401:599]) == {255}
    assert set(peaks[601:]) == {0}


def test_the_file_is_identified_by_the_hash_of_its_bytes(tmp_path: Path) -> None:
    path = makers.write_master(tmp_path, "flac", makers.sine(samples=5000))
    assert inspect(path).sha256 == hashlib.sha256(path.read_bytes()).hexdigest()


@pytest.mark.parametrize("kind", ["mp3", "aac", "adts", "opus", "vorbis"])
def test_a_lossy_recording_is_no_master(kind: str, tmp_path: Path) -> None:
    path = makers.write_lossy(tmp_path, kind, makers.sine(samples=48000, sample_rate=48000))
    with pytest.raises(NotLossless, match="lossy"):
        inspect(path)


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"Dear listener,\nthis is a letter.\n",
        "Grüße".encode("utf-16"),
        bytes(5000),
        b"ID3\x04",
        b"f",
        b"<html>",
    ],
)
def test_text_and_nothing_are_no_audio_whatever_they_are_called(content: bytes, tmp_path: Path) -> None:
    path = tmp_path / "song.flac"
    path.write_bytes(content)
    with pytest.raises(NotAudio):
        inspect(path)


def test_playlists_that_name_other_files_are_no_audio(tmp_path: Path) -> None:
    for number, text in enumerate(
        ["#EXTM3U\n#EXTINF:1,\nfile:///etc/passwd\n", "ffconcat version 1.0\nfile 'x.wav'\n"]
    ):
        path = tmp_path / f"{number}.flac"
        path.write_text(text)
        with pytest.raises(NotAudio):
            inspect(path)


def test_floating_point_and_thirty_two_bits_are_refused_with_what_to_do(tmp_path: Path) -> None:
    whole = bytearray(makers.wav_bytes(makers.noise(samples=1000, bits=24), bits=32))
    path = tmp_path / "wide.wav"
    path.write_bytes(whole)
    with pytest.raises(UnsupportedAudio, match="32 bits"):
        inspect(path)
    whole[20:22] = struct.pack("<H", 3)
    path.write_bytes(whole)
    with pytest.raises(UnsupportedAudio, match="floating point"):
        inspect(path)


@pytest.mark.parametrize("kind", makers.LOSSLESS_KINDS)
@pytest.mark.parametrize("keep", [0.02, 0.3, 0.6, 0.97])
def test_a_truncated_master_is_damaged(kind: str, keep: float, tmp_path: Path) -> None:
    whole = makers.write_master(tmp_path, kind, makers.noise(samples=SAMPLES))
    with pytest.raises(AudioRefused):
        inspect(makers.truncated(whole, keep=keep))


@pytest.mark.parametrize("at", [0.2, 0.5, 0.8, 0.99])
def test_one_flipped_bit_in_a_flac_is_seen(at: float, tmp_path: Path) -> None:
    whole = makers.write_master(tmp_path, "flac", makers.noise(samples=SAMPLES))
    with pytest.raises(Damaged):
        inspect(makers.with_flipped_bit(whole, at=at))


@pytest.mark.parametrize("at", [0.2, 0.5, 0.8, 0.99])
def test_one_flipped_bit_in_a_flac_without_checksum_is_seen_by_its_frames(at: float, tmp_path: Path) -> None:
    path = tmp_path / "unsigned.flac"
    path.write_bytes(makers.verbatim_flac(makers.noise(samples=20_000), bits=16, md5=bytes(16), declared_samples=0))
    assert inspect(path).facts.samples == 20_000
    with pytest.raises(Damaged):
        inspect(makers.with_flipped_bit(path, at=at))


def test_an_ogg_flac_that_promises_nothing_is_refused_because_damage_could_not_be_seen(tmp_path: Path) -> None:
    samples = makers.noise(samples=SAMPLES)
    with pytest.raises(UnsupportedAudio, match="send it as FLAC"):
        inspect(makers.write_master(tmp_path, "oggflac", samples, is_promised=False))
    whole = makers.write_master(tmp_path, "oggflac", samples)
    with pytest.raises(Damaged):
        inspect(makers.with_flipped_bit(whole, at=0.5))


def test_a_hole_and_a_cut_in_a_flac_are_seen(tmp_path: Path) -> None:
    whole = makers.write_master(tmp_path, "flac", makers.noise(samples=SAMPLES * 3))
    for broken in (
        makers.with_hole(whole, at=0.4, zeros=4096),
        makers.without_stretch(whole, at=0.4, count=50_000),
    ):
        with pytest.raises(Damaged):
            inspect(broken)


def test_a_missing_frame_in_a_flac_without_any_promise_is_seen(tmp_path: Path) -> None:
    samples = makers.noise(samples=10_240)
    whole = makers.verbatim_flac(samples, bits=16, md5=bytes(16), declared_samples=0)
    frame_bytes = (len(whole) - 42) // 10
    path = tmp_path / "gap.flac"
    path.write_bytes(whole[: 42 + 3 * frame_bytes] + whole[42 + 4 * frame_bytes :])
    with pytest.raises(Damaged):
        inspect(path)


def test_a_recording_that_changes_its_channels_in_the_middle_is_refused(tmp_path: Path) -> None:
    stereo = makers.verbatim_flac(makers.noise(samples=4096), bits=16, md5=bytes(16), declared_samples=0)
    mono = makers.verbatim_flac(makers.noise(samples=4096, channels=1), bits=16)
    path = tmp_path / "changing.flac"
    path.write_bytes(stereo + mono[42:])
    with pytest.raises(Damaged):
        inspect(path)


def test_the_checksum_outranks_a_wrong_count(tmp_path: Path) -> None:
    samples = makers.noise(samples=5000)
    path = tmp_path / "miscounted.flac"
    path.write_bytes(makers.verbatim_flac(samples, bits=16, declared_samples=4321))
    assert inspect(path).facts.samples == 5000


def test_a_master_without_any_count_is_accepted_with_the_counted_one(tmp_path: Path) -> None:
    samples = makers.noise(samples=5000)
    flac, wav, endless = tmp_path / "a.flac", tmp_path / "b.wav", tmp_path / "c.wav"
    flac.write_bytes(makers.verbatim_flac(samples, bits=16, declared_samples=0))
    wav.write_bytes(makers.wav_bytes(samples, declared_bytes=0xFFFFFFFF))
    assert inspect(flac).facts.samples == 5000
    assert inspect(wav).facts.samples == 5000
    endless.write_bytes(makers.wav_bytes(samples, declared_bytes=0x7FFFFFF0))
    with pytest.raises(Damaged, match="promises 536,870,908 samples and holds 5,000"):
        inspect(endless)


def test_chunks_before_the_samples_of_a_wav_are_walked_over(tmp_path: Path) -> None:
    path = tmp_path / "chunks.wav"
    path.write_bytes(makers.wav_bytes(makers.noise(samples=500), before=b"bext" + struct.pack("<I", 11) + bytes(12)))
    assert inspect(path).facts.samples == 500


def test_frames_may_be_copied_only_where_the_file_is_nothing_but_flac(tmp_path: Path) -> None:
    plain = makers.write_master(tmp_path, "flac", makers.noise(samples=SAMPLES))
    facts = inspect(plain).facts
    assert facts.frames_offset is not None
    data = plain.read_bytes()
    assert data[facts.frames_offset : facts.frames_offset + 2] == b"\xff\xf8"
    assert facts.flac_bytes == len(data) - facts.frames_offset
    for before, behind in [
        (makers.id3v2(), b""),
        (b"", makers.id3v1()),
        (makers.id3v2(), makers.id3v1()),
        (b"", b"x" * 9),
    ]:
        tagged = inspect(makers.surrounded(plain, before=before, behind=behind)).facts
        assert tagged.frames_offset is None
        assert (tagged.samples, tagged.pcm_md5) == (facts.samples, facts.pcm_md5)


def test_foreign_bytes_between_frames_are_never_sold_as_frames(tmp_path: Path) -> None:
    whole = makers.verbatim_flac(makers.noise(samples=10_240), bits=16)
    frame_bytes = (len(whole) - 42) // 10
    path = tmp_path / "foreign.flac"
    path.write_bytes(whole[: 42 + 3 * frame_bytes] + b"something else" + whole[42 + 3 * frame_bytes :])
    try:
        assert inspect(path).facts.frames_offset is None
    except Damaged:
        pass


def test_tags_and_padding_move_the_frames(tmp_path: Path) -> None:
    path = makers.write_master(tmp_path, "flac", makers.sine(samples=SAMPLES))
    tagged = FLAC(path)
    tagged["title"] = "Arabesque"
    tagged.save(padding=lambda _: 70_000)
    facts = inspect(path).facts
    assert facts.frames_offset is not None
    assert facts.frames_offset > 70_000


@pytest.mark.parametrize("kind", ["wav", "aiff", "alac", "wavpack"])
def test_the_flac_size_of_another_container_is_a_close_upper_bound(kind: str, tmp_path: Path) -> None:
    samples = makers.sine(samples=200_000)
    exact = inspect(makers.write_master(tmp_path, "flac", samples)).facts.flac_bytes
    bound = inspect(makers.write_master(tmp_path, kind, samples)).facts.flac_bytes
    assert exact <= bound <= exact * 1.01 + 5000


def test_facts_survive_json() -> None:
    facts = MasterFacts("flac", "flac", 96000, 24, 2, 5, "00" * 16, 100, None)
    assert MasterFacts.from_json(json.loads(json.dumps(facts.to_json())) | {"newer": 1}) == facts


def test_a_missing_file_is_an_error_of_the_machine_not_of_the_recording(tmp_path: Path) -> None:
    with pytest.raises(OSError):
        inspect(tmp_path / "absent.flac")


MAGICS = [
    b"", b"fLaC", b"fLaC\x00\x00\x00\x22", b"RIFF\xff\xff\xff\x7fWAVEfmt ", b"FORM\x00\x00\x10\x00AIFFCOMM",
    b"\x00\x00\x00\x18ftypM4A ", b"wvpk\x20\x00\x00\x00\x10\x04", b"OggS\x00\x02", b"TTA1\x01\x00",
    b"ID3\x04\x00\x00\x00\x00\x00\x05",
]  # fmt: skip


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(magic=st.sampled_from(MAGICS), rest=st.binary(max_size=600))
def test_garbage_is_refused_and_never_crashes(magic: bytes, rest: bytes, tmp_path: Path) -> None:
    path = tmp_path / "garbage.flac"
    path.write_bytes(magic + rest)
    with pytest.raises(AudioRefused) as refusal:
        inspect(path)
    assert str(refusal.value).endswith(".")


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    kind=st.sampled_from(makers.LOSSLESS_KINDS),
    changes=st.lists(st.tuples(st.floats(0, 0.999), st.integers(0, 255)), max_size=20),
)
def test_changed_bytes_are_refused_or_harmless_and_never_crash(
    kind: str, changes: list[tuple[float, int]], tmp_path: Path
) -> None:
    path = tmp_path / f"original.{kind}"
    samples = makers.noise(samples=3000)
    if not path.exists():
        makers.write_master(tmp_path, kind, samples).rename(path)
    data = bytearray(path.read_bytes())
    for part, value in changes:
        data[int(part * len(data))] = value
    changed = tmp_path / "changed"
    changed.write_bytes(data)
    try:
        facts = inspect(changed).facts
    except AudioRefused:
        return
    if kind == "flac" and data[26:42] == path.read_bytes()[26:42]:
        assert facts.pcm_md5 in {makers.md5_of(samples, bits=16), bytes(16).hex()}


def test_a_child_process_inspects_as_we_do(tmp_path: Path) -> None:
    path = makers.write_master(tmp_path, "flac", makers.sine(samples=100_000))
    assert inspecting.inspect_in_child(path, timeout_seconds=60) == inspect(path)


def test_a_refusal_in_the_child_process_is_the_same_refusal(tmp_path: Path) -> None:
    path = tmp_path / "letter.flac"
    path.write_text("Dear listener")
    with pytest.raises(NotAudio, match="not audio"):
        inspecting.inspect_in_child(path, timeout_seconds=60)


def test_a_child_process_that_takes_too_long_is_stopped(tmp_path: Path) -> None:
    path = makers.write_master(tmp_path, "flac", makers.sine(samples=100_000))
    with pytest.raises(AudioRefused, match="longer than"):
        inspecting.inspect_in_child(path, timeout_seconds=0.01)


def test_a_child_process_that_asks_for_too_much_memory_is_damaged_input(tmp_path: Path) -> None:
    path = makers.write_master(tmp_path, "flac", makers.sine(samples=100_000))
    with pytest.raises(Damaged):
        inspecting.inspect_in_child(path, timeout_seconds=60, memory_bytes=64 << 20)


def test_a_pipe_is_not_waited_for(tmp_path: Path) -> None:
    path = tmp_path / "pipe.flac"
    os.mkfifo(path)
    with pytest.raises(NotAudio):
        inspect(path)
