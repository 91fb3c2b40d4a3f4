"""Describes the sound of a copy before a sample is encoded, as far as arithmetic reaches; never opens a file.

Delays, counts of packets and their largest size follow from the number of samples alone.
"""

import hashlib
import json
from collections.abc import Callable
from dataclasses import asdict, replace

from obbligato.audio import limits
from obbligato.audio.codecs import vorbis
from obbligato.audio.containers import flac, mp3, mp4, ogg, wv
from obbligato.audio.essence import Sound
from obbligato.audio.facts import MasterFacts
from obbligato.audio.formats import Format, Window, fitted, fitted_samples, is_copied, windowed
from obbligato.audio.libraries import build_id

ESSENCE_VERSION = 5
"""Raised whenever the same master and settings give other bytes than before."""


def planned_sound(wanted: Format, facts: MasterFacts, window: Window | None = None) -> Sound:
    """The sound of the copy; audio_bytes is exact for constant MP3 and Opus, WAV, AIFF, copied FLAC, else 0.

    private (but Vorbis') and, except for a copied FLAC, pcm_md5 are known only to the encoder and are empty. WavPack,
    which has an MD5 behind the audio, has it in private where its samples are the master's own, in the same depth.
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
        "mp3": _mp3, "aac": _aac, "opus": _opus, "vorbis": _vorbis,
        "flac": _flac, "alac": _alac, "wavpack": _wavpack, "wav": _pcm, "aiff": _pcm,
    }  # fmt: skip
    is_same_md5 = window is None and is_unchanged(sound, facts) and sound.bits == facts.bits
    if sound.codec == "wavpack" and is_same_md5:
        sound = replace(sound, private=facts.pcm_md5)
    return planners[sound.codec](sound)


def has_exact_size(wanted: Format, facts: MasterFacts, window: Window | None = None) -> bool:
    """Whether planned_sound knows the bytes of the audio."""
    part = windowed(facts, window)
    is_constant_mp3 = wanted.codec == "mp3" and wanted.quality is None
    is_constant = is_constant_mp3 or wanted.mode == "cbr" or wanted.codec in {"wav", "aiff"}
    return is_constant or is_copied(wanted, part)


def is_unchanged(sound: Sound, facts: MasterFacts) -> bool:
    """Whether a lossless copy without fades has the master's very samples, perhaps in wider numbers."""
    is_same_layout = sound.sample_rate == facts.sample_rate and sound.channels == facts.channels
    return is_same_layout and sound.bits >= facts.bits


def limit_bytes(sound: Sound, packets: range) -> int:
    """The most bytes that these packets, which are a part, can have; exact where the sound's audio_bytes are known."""
    if sound.codec == "mp3" and sound.bitrate_kbps:
        return mp3.constant_bytes(packets, rate=sound.sample_rate, kbps=sound.bitrate_kbps)
    if sound.codec in {"wav", "aiff"}:
        return len(packets) * sound.channels * sound.bits // 8
    samples = min(len(packets) * sound.frame_samples, sound.samples)
    return audio_limit_bytes(replace(sound, packets=len(packets), samples=samples, audio_bytes=0))


def audio_limit_bytes(sound: Sound) -> int:
    """The most bytes that the audio of this planned sound can have; exact where audio_bytes is known."""
    if sound.audio_bytes:
        return sound.audio_bytes
    pcm_bytes = sound.samples * sound.channels * sound.bits // 8
    if sound.codec == "mp3":
        kbps = (mp3.MPEG1_KBPS if sound.sample_rate in mp3.MPEG1_RATES else mp3.MPEG2_KBPS)[-1]
        return sound.packets * (sound.frame_samples // 8 * kbps * 1000 // sound.sample_rate + 1)
    if sound.codec == "aac":
        return limits.aac_limit_bytes(sound, sound.packets)
    if sound.codec == "opus":
        return limits.opus_limit_bytes(sound, sound.packets)
    if sound.codec == "vorbis":
        return limits.vorbis_limit_bytes(sound)
    if sound.codec == "flac":
        block = flac.largest_frame_bytes(sound.frame_samples, channels=sound.channels, bits=sound.bits)
        return sound.packets * block
    if sound.codec == "wavpack":
        return sound.packets * wv.packet_fixed_bytes(sound.channels) + wv.plain_bytes(sound)
    assert sound.codec == "alac", "the size of plain PCM is exact"
    return pcm_bytes + sound.packets * mp4.alac_overhead_bytes(sound.channels)


def _mp3(sound: Sound) -> Sound:
    rate = sound.sample_rate
    frames = mp3.frame_count(sound.samples, rate)
    constant = mp3.constant_bytes_of_all(frames, rate=rate, kbps=sound.bitrate_kbps) if sound.bitrate_kbps else 0
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
    framed = _framed(sound, ogg.OPUS_FRAME_SAMPLES, packets, delay=ogg.OPUS_DELAY_SAMPLES, padding=padding)
    is_constant = limits.is_constant_opus(sound)
    return replace(framed, audio_bytes=limits.opus_limit_bytes(framed, packets)) if is_constant else framed


def _vorbis(sound: Sound) -> Sound:
    """How many packets there will be nobody knows: the whole counts as one. Its headers are always the same."""
    return replace(_framed(sound, sound.samples, 1), private=vorbis.header_packets(sound).hex())


def _flac(sound: Sound) -> Sound:
    block = flac.encoder_block_samples(
        sound.sample_rate,
        channels=sound.channels,
        bits=sound.bits,
        level=Format.parse(sound.format_name).level,
    )
    return _framed(sound, block, -(-sound.samples // block))


def _alac(sound: Sound) -> Sound:
    return _framed(sound, mp4.ALAC_FRAME_SAMPLES, -(-sound.samples // mp4.ALAC_FRAME_SAMPLES))


def _wavpack(sound: Sound) -> Sound:
    block = wv.samples_in_block(sound.sample_rate, sound.channels)
    return _framed(sound, block, -(-sound.samples // block))


def _pcm(sound: Sound) -> Sound:
    audio_bytes = sound.samples * sound.channels * sound.bits // 8
    return replace(sound, frame_samples=1, packets=sound.samples, audio_bytes=audio_bytes)


def _framed(sound: Sound, frame_samples: int, packets: int, *, delay: int = 0, padding: int = 0) -> Sound:
    return replace(sound, frame_samples=frame_samples, packets=packets, delay=delay, padding=padding)


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
