"""Opus and AAC in parts: the same bytes in any order, exact lengths, no click at a joint, never beyond the limit."""

from dataclasses import replace

import numpy as np
import pytest

from obbligato.audio.codecs import aac
from obbligato.audio.containers import ogg
from obbligato.audio.parts import Parts
from obbligato.audio.planning import audio_limit_bytes
from tests.audio import in_memory
from tests.audio.in_memory import HOSTILE, encoded, hostile, music, serial, sound_of

RATE = 48000
OPUS = ("opus-64", "opus-128", "opus-256", "opus-vbr-64", "opus-vbr-256", "opus-cbr-64", "opus-cbr-160", "opus-cbr-256")


@pytest.mark.parametrize(
    ("name", "channels"), [("opus-96", 2), ("opus-96", 1), ("opus-vbr-128", 2), ("opus-cbr-128", 1), ("aac-128", 2)]
)
def test_parts_are_the_same_bytes_in_any_order_and_however_samples_come(name: str, channels: int) -> None:
    signal = music(RATE * 45 + 17, sample_rate=RATE, channels=channels)
    sound = sound_of(name, signal, sample_rate=RATE)
    count = Parts(sound).count
    assert count > 1
    forward, parts = encoded(sound, signal)
    backward, again = encoded(sound, signal, order=reversed(range(count)), block_samples=1001)
    assert forward == backward
    assert parts == again
    assert len({part.private for part in parts}) == 1
    assert len(forward) <= audio_limit_bytes(sound)


@pytest.mark.parametrize("name", ["opus-128", "opus-vbr-128", "opus-cbr-128"])
@pytest.mark.parametrize("samples", [1, 3, 647, 648, 649, 960, 38_088, 38_089, 460_488, 460_489, 500_001])
def test_an_opus_copy_of_any_length_is_exact_for_others(name: str, samples: int) -> None:
    """Lengths around the ends of packets, of pages and of parts."""
    signal = music(samples, sample_rate=RATE)
    sound = sound_of(name, signal, sample_rate=RATE)
    data = in_memory.in_ogg(sound, encoded(sound, signal)[0])
    for heard in (in_memory.heard_by_libsndfile(data), in_memory.heard_by_ffmpeg(data)):
        assert heard.shape == (samples, 2)
        assert samples < 1000 or in_memory.is_in_time(heard, signal)


@pytest.mark.parametrize("name", ["opus-cbr-64", "opus-cbr-96", "opus-cbr-128", "opus-cbr-192", "opus-cbr-256"])
@pytest.mark.parametrize("kind", ["silence", "noise", "impulses"])
@pytest.mark.parametrize("samples", [1, 461_000, 700_000])
def test_constant_opus_is_as_long_as_arithmetic_says(name: str, kind: str, samples: int) -> None:
    signal = hostile(kind, samples, channels=1 if name == "opus-cbr-64" else 2)
    sound = sound_of(name, signal, sample_rate=RATE)
    parts = Parts(sound)
    assert parts.is_exact
    essence, made = encoded(sound, signal)
    assert len(essence) == sound.audio_bytes == parts.start_bytes(parts.count)
    assert [sum(part.packet_sizes) for part in made] == [parts.limit_bytes(index) for index in range(parts.count)]


@pytest.mark.parametrize("name", OPUS)
@pytest.mark.parametrize("channels", [1, 2])
@pytest.mark.parametrize("kind", HOSTILE)
def test_no_signal_takes_opus_beyond_its_limit(name: str, channels: int, kind: str) -> None:
    signal = hostile(kind, 100_000, channels=channels)
    sound = sound_of(name, signal, sample_rate=RATE)
    essence, _ = encoded(sound, signal)
    assert len(essence) <= audio_limit_bytes(sound)
    assert not sound.audio_bytes or len(essence) == sound.audio_bytes


def test_a_part_that_would_break_its_limit_is_made_again_lower() -> None:
    """A constant voltage takes twice the nominal rate, were it let."""
    signal = hostile("constant", 240_000)
    sound = sound_of("opus-vbr-128", signal, sample_rate=RATE)
    essence, _ = encoded(sound, signal)
    free, _ = encoded(replace(sound, bitrate_kbps=112), signal)
    limit = audio_limit_bytes(sound)
    assert limit * 0.7 < len(essence) <= limit
    assert len(free) < limit
    assert len(in_memory.heard_by_libsndfile(in_memory.in_ogg(sound, essence))) == 240_000


@pytest.mark.parametrize(("name", "channels"), [("aac-96", 1), ("aac-96", 2), ("aac-192", 1), ("aac-256", 2)])
@pytest.mark.parametrize("kind", HOSTILE)
def test_no_signal_takes_aac_beyond_its_limit(name: str, channels: int, kind: str) -> None:
    signal = hostile(kind, 120_000, channels=channels)
    sound = sound_of(name, signal, sample_rate=44100)
    essence, _ = encoded(sound, signal)
    assert len(essence) <= audio_limit_bytes(sound)


@pytest.mark.parametrize("name", ["opus-128", "opus-vbr-64", "aac-128"])
def test_the_limits_of_parts_are_no_more_than_that_of_the_whole(name: str) -> None:
    for samples in (1, 460_488, 460_489, 5_000_000, 12_345_678):
        sound = sound_of(name, np.broadcast_to(0.0, (samples, 2)), sample_rate=RATE)
        parts = Parts(sound)
        assert sum(parts.limit_bytes(index) for index in range(parts.count)) <= audio_limit_bytes(sound)


@pytest.mark.parametrize("samples", [1, 3, 1023, 1024, 1025, 879_616, 879_617, 900_000])
def test_an_aac_copy_of_any_length_is_exact_for_players(samples: int) -> None:
    """FFmpeg obeys the start of the edit list and plays the last packet whole; players obey both ends."""
    signal = music(samples, sample_rate=44100)
    sound = sound_of("aac-128", signal, sample_rate=44100)
    essence, parts = encoded(sound, signal)
    sizes = [size for part in parts for size in part.packet_sizes]
    assert len(sizes) == sound.packets
    sound = replace(sound, audio_bytes=len(essence), private=parts[0].private.hex())
    heard = in_memory.heard_by_ffmpeg(in_memory.in_mp4(sound, essence, sizes))
    assert len(heard) == -(-samples // 1024) * 1024
    assert samples < 3000 or in_memory.is_in_time(heard[:samples], signal)


@pytest.mark.parametrize(("name", "channels"), [("opus-96", 1), ("opus-vbr-128", 2), ("opus-cbr-128", 2)])
def test_no_joint_of_opus_is_heard(name: str, channels: int) -> None:
    signal = music(RATE * 45, sample_rate=RATE, channels=channels)
    sound = sound_of(name, signal, sample_rate=RATE)
    in_parts = in_memory.heard_by_libsndfile(in_memory.in_ogg(sound, encoded(sound, signal)[0]))
    at_once = in_memory.heard_by_libsndfile(in_memory.in_ogg(sound, serial(sound, signal)))
    part_samples = Parts(sound).packets_in_part * ogg.OPUS_FRAME_SAMPLES
    joints = [index * part_samples for index in range(1, Parts(sound).count)]
    assert_joints_are_as_good(in_parts, at_once, signal, joints)


@pytest.mark.parametrize("name", ["aac-96", "aac-256"])
def test_a_joint_of_aac_is_as_good_as_any_other_place(name: str) -> None:
    """One joint may fall where the rate is short, as any packet of one encoder may; many together are no worse."""
    signal = music(44100 * 40, sample_rate=44100)
    sound = sound_of(name, signal, sample_rate=44100)
    bitrate = sound.bitrate_kbps * 1000
    at_once, private = aac.encoded(in_memory.InMemory(signal), sound, range(sound.packets), bitrate=bitrate)
    jointed, joints = list(at_once), range(200, sound.packets - 60, 60)
    for joint in joints:
        packets = range(joint, joint + 12)
        jointed[joint : joint + 12], _ = aac.encoded(in_memory.InMemory(signal), sound, packets, bitrate=bitrate)
    heard = []
    for packets in (jointed, at_once):
        done = replace(sound, audio_bytes=sum(map(len, packets)), private=private.hex())
        heard.append(in_memory.heard_by_ffmpeg(in_memory.in_mp4(done, b"".join(packets), list(map(len, packets)))))
    differences = []
    for joint in joints:
        near = [range((joint - 2) * 1024, (joint + 2) * 1024)]
        differences.append(in_memory.error_db(heard[0], signal, near) - in_memory.error_db(heard[1], signal, near))
        steps = [np.abs(np.diff(one[near[0].start : near[0].stop], axis=0)).max() for one in heard]
        assert steps[0] < steps[1] * 1.5 + 0.02
    assert np.mean(differences) < 1
    assert np.median(differences) < 0.5


def assert_joints_are_as_good(
    in_parts: in_memory.Signal, at_once: in_memory.Signal, signal: in_memory.Signal, joints: list[int]
) -> None:
    """Within 40 ms around the joints the error is less than 1 dB above that of one encoder for everything."""
    near = [range(joint - 960, joint + 960) for joint in joints]
    joint_db, serial_db = (in_memory.error_db(heard, signal, near) for heard in (in_parts, at_once))
    assert joint_db < serial_db + 1
    steps = [np.abs(np.diff(heard, axis=0)) for heard in (in_parts, at_once)]
    for place in near:
        # A click would be a step that the other copy has not.
        assert steps[0][place.start : place.stop].max() < steps[1][place.start : place.stop].max() * 1.25 + 0.01
