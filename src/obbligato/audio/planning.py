"""Describes the sound of a copy before a sample is encoded, as far as arithmetic reaches; never opens a file.

Delays, counts of packets and their largest size follow from the number of samples alone.
"""

import hashlib
import json
from collections.abc import Callable
from dataclasses import asdict, replace

from obbligato.audio.containers import flac, mp3, mp4, ogg
from obbligato.audio.essence import Sound
from obbligato.audio.facts import MasterFacts
from obbligato.audio.formats import Format, Window, fitted, fitted_samples, is_copied, windowed
from obbligato.audio.libraries import build_id

ESSENCE_VERSION = 1
"""Raised whenever the same master and settings give other bytes than before."""
AAC_OVER_NOMINAL, AAC_START_BYTES = 1.20, 16384
"""What AAC is kept to: a fifth over its rate, which music measured up to 1.16 keeps by itself, and a start."""
OPUS_OVER_NOMINAL, OPUS_START_BYTES = 1.005, 4096
"""libopus' reservoir is one packet deep; measured 1.004 at most."""


def planned_sound(wanted: Format, facts: MasterFacts, window: Window | None = None) -> Sound:
    """The sound of the copy; audio_bytes is exact for constant MP3, WAV, AIFF and copied FLAC, else 0.

    private and, except for a copied FLAC, pcm_md5 are known only to the encoder and are empty.
    """
    part = windowed(facts, window)
    format_ = fitted(wanted, part)
    assert format_.sample_rate is not None, "a fitted format is concrete"
    assert format_.channels is not None, "a fitted format is concrete"
    sound = Sound(
        format_name=format_.name,
        codec=format_.codec,
        sample_rate=format_.sample_rate,
        channels=format_.channels,
        samples=fitted_samples(part.samples, from_rate=facts.sample_rate, to_rate=format_.sample_rate),
        bits=format_.bits or 0,
        bitrate_kbps=format_.bitrate_kbps or 0,
        identity=_identity(format_, facts, window),
    )
    if is_copied(format_, part):
        return replace(sound, bits=facts.bits, audio_bytes=facts.flac_bytes, pcm_md5=facts.pcm_md5)
    planners: dict[str, Callable[[Sound], Sound]] = {
        "mp3": _mp3, "aac": _aac, "opus": _opus, "flac": _flac, "alac": _alac, "wav": _pcm, "aiff": _pcm
    }  # fmt: skip
    return planners[sound.codec](sound)


def has_exact_size(wanted: Format, facts: MasterFacts, window: Window | None = None) -> bool:
    """Whether planned_sound knows the bytes of the audio."""
    part = windowed(facts, window)
    is_constant_mp3 = wanted.codec == "mp3" and wanted.quality is None
    return is_constant_mp3 or wanted.codec in {"wav", "aiff"} or is_copied(wanted, part)


def is_unchanged(sound: Sound, facts: MasterFacts) -> bool:
    """Whether a lossless copy without fades has the master's very samples, perhaps in wider numbers."""
    return sound.bits >= facts.bits and sound.sample_rate == facts.sample_rate


def audio_limit_bytes(sound: Sound) -> int:
    """The most bytes that the audio of this planned sound can have; exact where audio_bytes is known."""
    if sound.audio_bytes:
        return sound.audio_bytes
    pcm_bytes = sound.samples * sound.channels * sound.bits // 8
    if sound.codec == "mp3":
        kbps = (mp3.MPEG1_KBPS if sound.sample_rate in mp3.MPEG1_RATES else mp3.MPEG2_KBPS)[-1]
        return sound.packets * (sound.frame_samples // 8 * kbps * 1000 // sound.sample_rate + 1)
    if sound.codec == "aac":
        seconds = sound.packets * sound.frame_samples / sound.sample_rate
        kept_to = int(seconds * sound.bitrate_kbps * 125 * AAC_OVER_NOMINAL) + AAC_START_BYTES
        return min(kept_to, sound.packets * sound.channels * mp4.AAC_FRAME_BYTES)
    if sound.codec == "opus":
        return _opus_limit_bytes(sound)
    if sound.codec == "flac":
        block = flac.largest_frame_bytes(sound.frame_samples, channels=sound.channels, bits=sound.bits)
        return sound.packets * block
    assert sound.codec == "alac", "the size of plain PCM is exact"
    return pcm_bytes + sound.packets * mp4.alac_overhead_bytes(sound.channels)


def _mp3(sound: Sound) -> Sound:
    rate = sound.sample_rate
    frames = mp3.frame_count(sound.samples, rate)
    constant = mp3.constant_bytes(frames, rate=rate, kbps=sound.bitrate_kbps) if sound.bitrate_kbps else 0
    return replace(
        sound,
        frame_samples=mp3.samples_in_frame(rate),
        delay=mp3.ENCODER_DELAY,
        padding=mp3.padding_samples(sound.samples, rate),
        packets=frames,
        audio_bytes=constant,
    )


def _aac(sound: Sound) -> Sound:
    packets = -(-sound.samples // mp4.AAC_FRAME_SAMPLES) + 1
    padding = packets * mp4.AAC_FRAME_SAMPLES - mp4.AAC_DELAY_SAMPLES - sound.samples
    return _framed(sound, mp4.AAC_FRAME_SAMPLES, packets, delay=mp4.AAC_DELAY_SAMPLES, padding=padding)


def _opus(sound: Sound) -> Sound:
    packets = ogg.opus_packets(sound.samples)
    padding = packets * ogg.OPUS_FRAME_SAMPLES - ogg.OPUS_DELAY_SAMPLES - sound.samples
    return _framed(sound, ogg.OPUS_FRAME_SAMPLES, packets, delay=ogg.OPUS_DELAY_SAMPLES, padding=padding)


def _flac(sound: Sound) -> Sound:
    block = flac.encoder_block_samples(sound.sample_rate)
    return _framed(sound, block, -(-sound.samples // block))


def _alac(sound: Sound) -> Sound:
    return _framed(sound, mp4.ALAC_FRAME_SAMPLES, -(-sound.samples // mp4.ALAC_FRAME_SAMPLES))


def _pcm(sound: Sound) -> Sound:
    return replace(sound, audio_bytes=sound.samples * sound.channels * sound.bits // 8)


def _framed(sound: Sound, frame_samples: int, packets: int, *, delay: int = 0, padding: int = 0) -> Sound:
    return replace(sound, frame_samples=frame_samples, packets=packets, delay=delay, padding=padding)


def _opus_limit_bytes(sound: Sound) -> int:
    """Packets at the constrained rate, a byte for every started 255 of each, and the heads of the pages."""
    seconds = sound.packets * sound.frame_samples / sound.sample_rate
    packets_bytes = int(seconds * sound.bitrate_kbps * 125 * OPUS_OVER_NOMINAL) + OPUS_START_BYTES
    segments = packets_bytes // ogg.SEGMENT_BYTES + sound.packets
    # A page ends after 50 packets, or earlier where the next packet's segments, six at most, find no room.
    pages = sound.packets // ogg.PACKETS_IN_PAGE + segments // (ogg.MAX_SEGMENTS - 6) + 1
    return packets_bytes + segments + pages * ogg.HEADER_BYTES


def _identity(format_: Format, facts: MasterFacts, window: Window | None) -> str:
    """32 hexadecimal digits that are equal exactly when the audio bytes are."""
    parts = [
        ESSENCE_VERSION,
        build_id(),
        format_.name,
        format_.channels,
        facts.pcm_md5,
        [facts.samples, facts.sample_rate, facts.bits, facts.channels],
        # The frames that are copied depend on who encoded them, not only on their samples.
        facts.flac_bytes if is_copied(format_, windowed(facts, window)) else 0,
        asdict(window) if window else None,
    ]
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()[:32]
