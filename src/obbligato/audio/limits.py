"""The most bytes that codecs of a wandering rate are kept to, and the exact bytes of constant Opus; arithmetic only.

The encoders keep to these themselves: Opus and AAC encode a part again, lower, and Vorbis cuts its longest packets.
All bytes are those of the audio as it stands in an essence, for Ogg with its pages.
"""

from obbligato.audio.containers import mp4, ogg
from obbligato.audio.essence import Sound
from obbligato.audio.formats import Format

CONSTANT_OPUS_PACKETS_IN_PART = 12 * ogg.PACKETS_IN_PAGE
OPUS_PACKETS_IN_PART = 24 * ogg.PACKETS_IN_PAGE
AAC_PACKETS_IN_PART = 1720
"""Where nobody can ask for a byte in the middle before all is encoded, parts are longer: less is encoded twice."""
OPUS_VARIABLE_OVER_NOMINAL = 1.75
"""Music was measured at 1.2, single tones at low rates at 1.7; more have only a constant voltage and rumbling."""
OPUS_RESERVOIR_PACKETS = 2
"""What libopus' constrained rate may borrow within a part; measured 1.5 at most, with impulses at 64 kbit/s."""
AAC_OVER_NOMINAL, AAC_START_BYTES = 1.20, 4096
"""What AAC is kept to: a fifth over its rate, which music measured up to 1.16 keeps by itself, and a start."""
VORBIS_OVER_NOMINAL, VORBIS_START_BYTES, VORBIS_END_BYTES = 1.5, 16384, 8192
"""Music was measured at 1.03 of the nominal rate; noise at q6 is 1.9 by itself, at most other qualities 1.1."""

VORBIS_NOMINAL_KBPS: dict[int, tuple[tuple[int, ...], tuple[int, ...]]] = {
    9000: (
        (14, 17, 20, 23, 26, 28, 31, 34, 37, 40, 42),
        (18, 23, 28, 32, 37, 41, 46, 51, 55, 60, 64),
    ),
    15000: (
        (20, 23, 26, 29, 32, 35, 38, 41, 44, 47, 50),
        (26, 33, 39, 45, 51, 57, 64, 70, 76, 82, 88),
    ),
    26000: (
        (24, 32, 40, 48, 56, 64, 72, 79, 86, 93, 100),
        (37, 46, 56, 67, 78, 88, 105, 122, 139, 156, 172),
    ),
    40000: (
        (42, 52, 64, 72, 78, 86, 92, 110, 120, 140, 190),
        (56, 70, 90, 112, 120, 150, 180, 200, 230, 300, 380),
    ),
    50000: (
        (48, 60, 70, 80, 86, 96, 110, 120, 140, 160, 240),
        (64, 80, 96, 112, 128, 160, 192, 224, 256, 320, 500),
    ),
}
"""By the rate in Hz up to which it holds: for mono and stereo what libvorbis calls the nominal rate of q0 to q10."""


def is_constant_opus(sound: Sound) -> bool:
    """Whether every packet has the same bytes, and so every part."""
    return sound.codec == "opus" and _opus_mode(sound) == "cbr"


def opus_packets_in_part(sound: Sound) -> int:
    """Whole pages of some ten seconds at a constant rate, else of twenty."""
    return CONSTANT_OPUS_PACKETS_IN_PART if is_constant_opus(sound) else OPUS_PACKETS_IN_PART


def opus_packet_bytes(sound: Sound) -> int:
    """Bytes of a packet of 20 ms at the nominal rate."""
    return sound.bitrate_kbps * 1000 // 8 // 50


def opus_limit_bytes(sound: Sound, packets: int) -> int:
    """What so many packets, which are whole parts, take as pages: exactly at a constant rate, else at most."""
    pages_bytes = ogg.audio_pages(packets) * ogg.HEADER_BYTES
    if is_constant_opus(sound):
        size = opus_packet_bytes(sound)
        return packets * (size + ogg.segments(size)) + pages_bytes
    packets_bytes = opus_packets_limit_bytes(sound, packets)
    # A packet has a segment for every full 255 bytes and one more. Rounded down, parts are no more than their whole.
    return packets_bytes + packets_bytes // ogg.SEGMENT_BYTES + packets + pages_bytes


def opus_packets_limit_bytes(sound: Sound, packets: int) -> int:
    """The most that so many packets, which are whole parts, have themselves where the rate is not constant."""
    nominal = opus_packet_bytes(sound)
    if _opus_mode(sound) == "vbr":
        return packets * int(nominal * OPUS_VARIABLE_OVER_NOMINAL)
    # The constrained rate is that of the packets without their first byte.
    return packets * (nominal + 1) + -(-packets // OPUS_PACKETS_IN_PART) * OPUS_RESERVOIR_PACKETS * nominal


def aac_limit_bytes(sound: Sound, packets: int) -> int:
    """The most that so many packets of this sound, which are whole parts, have."""
    nominal = packets * mp4.AAC_FRAME_SAMPLES * sound.bitrate_kbps * 125 / sound.sample_rate
    kept_to = int(nominal * AAC_OVER_NOMINAL) + -(-packets // AAC_PACKETS_IN_PART) * AAC_START_BYTES
    return min(kept_to, packets * sound.channels * mp4.AAC_FRAME_BYTES)


def vorbis_limit_bytes(sound: Sound, *, until_sample: int | None = None) -> int:
    """The most that the pages of a Vorbis copy take, or those up to a sample; at its end it may have a little more."""
    until = sound.samples if until_sample is None else until_sample
    end = VORBIS_END_BYTES if until >= sound.samples else 0
    bytes_in_second = vorbis_nominal_kbps(sound) * 125 * VORBIS_OVER_NOMINAL
    return int(min(until, sound.samples) * bytes_in_second / sound.sample_rate) + VORBIS_START_BYTES + end


def vorbis_nominal_kbps(sound: Sound) -> int:
    """What libvorbis calls the nominal rate of this quality, channels and sample rate."""
    quality = vorbis_quality(sound)
    by_channels = next(rates for below, rates in VORBIS_NOMINAL_KBPS.items() if sound.sample_rate < below)
    return by_channels[sound.channels - 1][quality]


def vorbis_quality(sound: Sound) -> int:
    """6 of 'vorbis-q6'."""
    quality = Format.parse(sound.format_name).quality
    assert quality is not None, "every Vorbis format has a quality"
    return int(quality[1:])


def _opus_mode(sound: Sound) -> str | None:
    return Format.parse(sound.format_name).mode
