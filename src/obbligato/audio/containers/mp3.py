"""MP3 frames by arithmetic, and the Info frame that tells players the exact length; never any encoding.

Sources: ISO 11172-3, 2.4.1.3 (header), 2.4.3.1 (padding); the Xing header; the LAME tag's revision 1 description.
"""

import struct
from array import array
from collections.abc import Sequence

from obbligato.audio.essence import Sound

ENCODER_DELAY = 576
"""What LAME puts before the first sample; a decoder adds 529 of its own, which players know."""
MPEG1_RATES = {44100: 0, 48000: 1, 32000: 2}
MPEG2_RATES = {22050: 0, 24000: 1, 16000: 2}
MPEG1_KBPS = (0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320)
MPEG2_KBPS = (0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160)
FRAMES_IN_PART = 392
"""8 times 49: after 49 frames of 44,100 or 22,050 Hz the padding begins again, so all whole parts are of one length."""
PRE_ROLL_FRAMES = 16
"""Frames encoded before a part and thrown away, so that the encoder has heard what came before."""
XING_BYTES = 120
XING_QUALITY_BYTES = 4
"""The last ones of them."""
LAME_BYTES = 36
LAME_GAPS, LAME_LENGTH = 21, 28
"""Where in them delay and padding, and the length of the music stand; two checks end them."""
VARIABLE_INFO_KBPS = {1152: 128, 576: 64}
"""Rates of the Info frame in a variable stream, large enough for all its fields."""


def prefix(sound: Sound, tag_block: bytes, packet_sizes: Sequence[int]) -> bytes:
    """Everything before the first audio frame: the ID3 block and the Info frame."""
    return tag_block + info_frame(sound, packet_sizes)


def samples_in_frame(rate: int) -> int:
    """1152 in MPEG-1, 576 in MPEG-2."""
    return 1152 if rate in MPEG1_RATES else 576


def frame_count(samples: int, rate: int) -> int:
    """Frames LAME makes of so many samples: the delay, the samples, and at least 576 to push the last one out."""
    return -(-(samples + 2 * ENCODER_DELAY) // samples_in_frame(rate))


def padding_samples(samples: int, rate: int) -> int:
    """Samples that a decoder gives after the last one, for a sound of that many samples at that rate in Hz."""
    return frame_count(samples, rate) * samples_in_frame(rate) - ENCODER_DELAY - samples


def constant_bytes(frames: range, *, rate: int, kbps: int) -> int:
    """Bytes of the frames of one part at a constant rate; the encoder began PRE_ROLL_FRAMES before them."""
    before = min(frames.start, PRE_ROLL_FRAMES)
    through = _constant_bytes_of_first(before + len(frames), rate=rate, kbps=kbps)
    return through - _constant_bytes_of_first(before, rate=rate, kbps=kbps)


def constant_bytes_of_all(frames: int, *, rate: int, kbps: int) -> int:
    """Bytes of so many frames at a constant rate, encoded in parts."""
    starts = range(0, frames, FRAMES_IN_PART)
    # All parts between the first and the last have the same length.
    ends = [range(start, min(start + FRAMES_IN_PART, frames)) for start in {*starts[:2], *starts[-1:]}]
    lengths = sum(constant_bytes(part, rate=rate, kbps=kbps) for part in ends)
    between = max(0, len(starts) - 3)
    middle = range(FRAMES_IN_PART, 2 * FRAMES_IN_PART)
    return lengths + between * constant_bytes(middle, rate=rate, kbps=kbps)


def _constant_bytes_of_first(frames: int, *, rate: int, kbps: int) -> int:
    """Bytes of so many frames from an encoder's first one on.

    A frame has a byte more when LAME's count of the missing fraction runs over; the first frame never has.
    """
    whole, fraction = divmod(samples_in_frame(rate) // 8 * kbps * 1000, rate)
    if frames == 0:
        return 0
    return frames * whole + -(-(frames - 1) * fraction // rate)


def info_bytes(sound_rate: int, kbps: int) -> int:
    """Size of the Info frame; kbps is 0 for a variable rate."""
    in_frame = samples_in_frame(sound_rate)
    return in_frame // 8 * (kbps or VARIABLE_INFO_KBPS[in_frame]) * 1000 // sound_rate


def info_frame(sound: Sound, packet_sizes: Sequence[int]) -> bytes:
    """A silent frame that holds frame and byte counts, a seek table, delay, padding and its own check."""
    size = info_bytes(sound.sample_rate, sound.bitrate_kbps)
    kbps = sound.bitrate_kbps or VARIABLE_INFO_KBPS[sound.frame_samples]
    start = _frame_header(sound, kbps) + bytes(_side_bytes(sound))
    total = size + sound.audio_bytes
    name = b"Info" if sound.bitrate_kbps else b"Xing"
    fields = struct.pack(">4sIII", name, 0b1111, sound.packets, total) + _seek_table(sound, size, packet_sizes)
    frame = start + fields + _lame_fields(sound, total)
    frame += struct.pack(">H", crc16(frame))
    assert len(start) + XING_BYTES + LAME_BYTES == len(frame) <= size, "the frame is too small for its fields"
    return frame.ljust(size, b"\0")


def frame_sizes(data: bytes | bytearray) -> "tuple[array[int], int]":
    """Sizes of all whole frames from the first byte on, and the bytes they take together."""
    sizes = array("I")
    position = 0
    while position + 4 <= len(data):
        size = _frame_bytes(data[position : position + 4])
        if position + size > len(data):
            break
        sizes.append(size)
        position += size
    return sizes, position


def crc16(data: bytes) -> int:
    """CRC-16 (polynomial 0x8005, reflected, from 0), the check of the LAME tag."""
    value = 0
    for byte in data:
        value ^= byte
        for _ in range(8):
            value = value >> 1 ^ (0xA001 if value & 1 else 0)
    return value


def _frame_header(sound: Sound, kbps: int) -> bytes:
    """Sync, version, Layer III, no check; rate; stereo as joint stereo, as LAME writes it."""
    is_mpeg1 = sound.sample_rate in MPEG1_RATES
    rate_index = (MPEG1_RATES if is_mpeg1 else MPEG2_RATES)[sound.sample_rate]
    kbps_index = (MPEG1_KBPS if is_mpeg1 else MPEG2_KBPS).index(kbps)
    mode = 0b11 if sound.channels == 1 else 0b01
    second = 0b11100000 | (0b11 if is_mpeg1 else 0b10) << 3 | 0b01 << 1 | 1
    return bytes([0xFF, second, kbps_index << 4 | rate_index << 2, mode << 6 | 0b0100])


def _frame_bytes(header: bytes | bytearray) -> int:
    assert header[0] == 0xFF, "an MP3 frame starts with its sync word"
    assert header[1] & 0xE6 == 0xE2, "Layer III"
    is_mpeg1 = bool(header[1] & 0b1000)
    rates = MPEG1_RATES if is_mpeg1 else MPEG2_RATES
    rate = next(rate for rate, index in rates.items() if index == header[2] >> 2 & 3)
    kbps = (MPEG1_KBPS if is_mpeg1 else MPEG2_KBPS)[header[2] >> 4]
    return samples_in_frame(rate) // 8 * kbps * 1000 // rate + (header[2] >> 1 & 1)


def _side_bytes(sound: Sound) -> int:
    """Bytes of side information, ISO 11172-3, 2.4.1.7; all zero says: no audio in this frame."""
    if sound.sample_rate in MPEG1_RATES:
        return 17 if sound.channels == 1 else 32
    return 9 if sound.channels == 1 else 17


def _seek_table(sound: Sound, info_size: int, packet_sizes: Sequence[int]) -> bytes:
    """For each hundredth of the time the 256th of the file where it begins; a straight line at constant rates."""
    if sound.bitrate_kbps or not packet_sizes:
        return bytes(percent * 256 // 100 for percent in range(100))
    total = info_size + sound.audio_bytes
    starts = [info_size]
    for size in packet_sizes:
        starts.append(starts[-1] + size)
    return bytes(min(255, starts[percent * len(packet_sizes) // 100] * 256 // total) for percent in range(100))


def tag_fields_offset(frame: bytes) -> int:
    """Where in an Info frame the quality and LAME's own fields behind it begin."""
    return max(frame.find(b"Xing"), frame.find(b"Info")) + XING_BYTES - XING_QUALITY_BYTES


def _lame_fields(sound: Sound, total_bytes: int) -> bytes:
    """The quality and LAME's fields up to the check over the frame, as LAME gives them for these settings.

    Ours are delay, padding and length. Gains are left to ReplayGain tags. The music's own check stays 0, because it
    is not known when the first byte is sent.
    """
    fields = bytes.fromhex(sound.private)
    assert len(fields) == XING_QUALITY_BYTES + LAME_BYTES, "LAME has said how it is set"
    quality, fields = fields[:XING_QUALITY_BYTES], fields[XING_QUALITY_BYTES:]
    gaps = (sound.delay << 12 | sound.padding).to_bytes(3, "big")
    settings = fields[LAME_GAPS + len(gaps) : LAME_LENGTH]
    return quality + fields[:LAME_GAPS] + gaps + settings + struct.pack(">IH", total_bytes, 0)
