"""Opens a master for decoding: container, stream, depth and declared length, or a true sentence why not.

It never decodes more than FFmpeg needs to find the stream, and never tries a demuxer that was not recognised.
"""

import struct
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import cast

from obbligato.audio import declared, flacframes, flacmarks
from obbligato.audio.errors import Damaged, NotAudio, NotLossless, UnsupportedAudio
from obbligato.audio.flacfile import LAYOUTS
from obbligato.audio.flacmarks import StreamInfo, read_streaminfo
from obbligato.audio.libraries import av
from obbligato.audio.recognising import ACCEPTED, Recognised, recognise

MAXIMUM_CHANNELS = 8
SAMPLE_RATES_HZ = range(4_000, 384_001)
DECODER_FAILURES = (av.FFmpegError, ValueError, OverflowError, MemoryError)
"""What PyAV raises on bytes that make no sense; also Python's own errors when such bytes become numbers."""

_PCM_BITS = {
    "pcm_u8": 8,
    "pcm_s8": 8,
    "pcm_s16le": 16,
    "pcm_s16be": 16,
    "pcm_s24le": 24,
    "pcm_s24be": 24,
}
_WIDE_PCM_BYTES = {
    "pcm_s32le": 4,
    "pcm_s32be": 4,
    "pcm_f32le": 4,
    "pcm_f32be": 4,
    "pcm_f64le": 8,
    "pcm_f64be": 8,
}
"""Samples that may or may not fit in 24 bits; only decoding shows it."""
WIDE_BITS = 24
_ALAC_BIT_DEPTH_AT = 17
_CONTAINERS_WITH_POSITIONS = frozenset({"wav", "aiff", "mp4", "wv", "tta"})
_WAVPACK_FLOAT, _WAVPACK_DSD, _WAVPACK_HYBRID = 0x80, 0x80000000, 0x8


@dataclass(frozen=True)
class OpenMaster:
    """An open master and what its headers say; `declared_samples` is None when they say nothing."""

    recognised: Recognised
    container: "av.container.InputContainer"
    stream: "av.AudioStream"
    path: Path
    codec: str
    bits: int
    channels: int
    sample_rate: int
    declared_samples: int | None
    streaminfo: StreamInfo | None
    is_wide: bool
    """Whether the samples are stored in 32 bits or more, as integers or floating point, and stand for 24 at most."""

    @property
    def has_true_positions(self) -> bool:
        """Whether the number of a frame tells its first sample; old encoders numbered unequal FLAC blocks wrongly."""
        if self.stream.time_base is None or self.stream.time_base * self.sample_rate != 1:
            return False
        if self.recognised.container == "flac":
            return self.streaminfo is not None and self.streaminfo.has_equal_blocks
        return self.recognised.container in _CONTAINERS_WITH_POSITIONS

    @property
    def has_large_frames(self) -> bool:
        """Whether it is a FLAC whose frames may be too large for FFmpeg's parser; nobody can seek in it."""
        return (
            self.recognised.container == "flac"
            and self.streaminfo is not None
            and flacframes.may_have_large_frames(self.streaminfo)
        )

    def packets(self) -> "Iterator[av.Packet[av.AudioStream]]":
        """The packets from where the container stands, from the beginning where frames may be large.

        Raises one of DECODER_FAILURES, Damaged or OSError.
        """
        if not self.has_large_frames:
            yield from self.container.demux(self.stream)
            return
        assert self.streaminfo is not None, "large frames are told by STREAMINFO"
        start = flacmarks.find_frames(self.path, start=self.recognised.audio_offset)
        for frame in flacframes.cut(self.path, self.streaminfo, start=start):
            packet = cast("av.Packet[av.AudioStream]", av.Packet(frame.data))
            packet.stream = self.stream
            packet.pts = frame.position
            packet.time_base = Fraction(1, self.sample_rate)
            yield packet


@contextmanager
def open_master(path: Path, *, accepts_wide: bool = False) -> Iterator[OpenMaster]:
    """Open the one audio stream of a master; closed when the block is left. Raises AudioRefused, OSError.

    accepts_wide is for who makes sure himself that wide samples fit in 24 bits; else they are refused.
    """
    recognised = recognise(path)
    try:
        container = av.open(
            f"file:{path.resolve()}",
            format=recognised.demuxer,
            options={"protocol_whitelist": "file"},
            metadata_errors="replace",
        )
    except DECODER_FAILURES as error:
        raise Damaged(f"The file begins like {recognised.label} but its headers cannot be read.") from error
    with container:
        yield _described(path, recognised, container, accepts_wide=accepts_wide)


def _described(
    path: Path, recognised: Recognised, container: "av.container.InputContainer", *, accepts_wide: bool
) -> OpenMaster:
    stream = _only_audio_stream(container)
    context = stream.codec_context
    channels = _channels_in_our_order(context)
    codec = context.name
    is_wide = codec in _WIDE_PCM_BYTES
    if not (is_wide and accepts_wide):
        _refuse_other_than_lossless(codec, is_lossy=context.codec.lossy and not context.codec.lossless)
    streaminfo = read_streaminfo(context.extradata or b"") if codec == "flac" else None
    bits = WIDE_BITS if is_wide else _bits(path, recognised, codec, streaminfo, context.extradata or b"")
    _refuse_other_than_sold(bits=bits, channels=channels, sample_rate=context.sample_rate)
    context.thread_count = 1
    master = OpenMaster(
        recognised=recognised,
        container=container,
        stream=stream,
        path=path,
        codec=codec,
        bits=bits,
        channels=channels,
        sample_rate=context.sample_rate,
        declared_samples=_declared_samples(
            path,
            recognised,
            stream,
            streaminfo,
            frame_bytes=channels * _WIDE_PCM_BYTES.get(codec, (bits + 7) // 8),
        ),
        streaminfo=streaminfo,
        is_wide=is_wide,
    )
    # Without these a frame whose checksum is wrong is played as if nothing had happened; they cost nothing.
    context.options = {"err_detect": "crccheck+explode"}
    return master


def _channels_in_our_order(context: "av.AudioCodecContext") -> int:
    """The number of channels; replaces an order of channels that the file may have written down.

    PyAV frees such an order each time somebody looks at it, and the second time ends the process: it may be looked
    at once, and must never reach a frame.
    """
    channels = context.channels
    context.layout = LAYOUTS[min(max(channels, 1), MAXIMUM_CHANNELS) - 1]
    return channels


def _only_audio_stream(container: "av.container.InputContainer") -> "av.AudioStream":
    streams = container.streams.audio
    if not streams:
        raise NotAudio("The file has no audio in it.")
    if len(streams) > 1:
        raise UnsupportedAudio(f"The file has {len(streams)} audio streams; a master has one.")
    # PyAV gives no context, against its own types, where FFmpeg knows no decoder.
    if cast("object", streams[0].codec_context) is None:
        raise UnsupportedAudio(f"The audio is in an encoding that is not known. {ACCEPTED}")
    return streams[0]


def _refuse_other_than_lossless(codec: str, *, is_lossy: bool) -> None:
    if codec in {"flac", "alac", "wavpack", "tta"} or codec in _PCM_BITS:
        return
    if codec.startswith("pcm_f"):
        raise UnsupportedAudio("The samples are floating point; export the master as 24-bit FLAC or WAV.")
    if codec.startswith(("pcm_s32", "pcm_s64")):
        raise UnsupportedAudio(f"The samples have {codec[5:7]} bits; export the master with 16 or 24.")
    if is_lossy or codec in {"pcm_alaw", "pcm_mulaw", "pcm_vidc"} or codec.startswith("adpcm"):
        raise NotLossless(f"The audio was encoded as {codec}, a lossy format. {ACCEPTED}")
    raise UnsupportedAudio(f"The audio is encoded as {codec}, which is not accepted. {ACCEPTED}")


def _bits(path: Path, recognised: Recognised, codec: str, streaminfo: StreamInfo | None, extradata: bytes) -> int:
    """Significant bits as the codec's own header says; FFmpeg shifts them to the top of 16 or 32 bits."""
    if codec in _PCM_BITS:
        return _PCM_BITS[codec]
    if codec == "flac":
        if streaminfo is None:
            raise Damaged("The FLAC stream has no STREAMINFO.")
        return streaminfo.bits
    if codec == "alac" and len(extradata) > _ALAC_BIT_DEPTH_AT:
        return extradata[_ALAC_BIT_DEPTH_AT]
    if codec == "tta" and len(extradata) >= 22:
        return int(struct.unpack("<H", extradata[8:10])[0])
    if codec == "wavpack" and recognised.container == "wv":
        return _wavpack_bits(path, recognised)
    raise Damaged(f"The depth of the {codec} samples cannot be read.")


def _wavpack_bits(path: Path, recognised: Recognised) -> int:
    header = declared.wavpack_header(path, start=recognised.audio_offset)
    if header is None:
        raise Damaged("The WavPack file ends inside its first header.")
    _, flags = header
    if flags & _WAVPACK_HYBRID:
        raise NotLossless("The WavPack file is hybrid: it holds the lossy half of a recording only.")
    if flags & (_WAVPACK_FLOAT | _WAVPACK_DSD):
        raise UnsupportedAudio("The WavPack file holds floating point or DSD; export it with 24 bits.")
    return ((flags & 0x3) + 1) * 8 - (flags >> 13 & 0x1F)


def _refuse_other_than_sold(*, bits: int, channels: int, sample_rate: int) -> None:
    if not 4 <= bits <= 24:
        raise UnsupportedAudio(f"The samples have {bits} bits; export the master with 16 or 24.")
    if not 1 <= channels <= MAXIMUM_CHANNELS:
        raise UnsupportedAudio(f"The file has {channels} channels; a master has 1 to {MAXIMUM_CHANNELS}.")
    if sample_rate not in SAMPLE_RATES_HZ:
        raise UnsupportedAudio(f"The sample rate is {sample_rate} Hz; a master has 4,000 to 384,000 Hz.")


def _declared_samples(
    path: Path, recognised: Recognised, stream: "av.AudioStream", streaminfo: StreamInfo | None, *, frame_bytes: int
) -> int | None:
    start = recognised.audio_offset
    if streaminfo is not None:
        return streaminfo.samples or None
    is_pcm = stream.codec_context.name in _PCM_BITS or stream.codec_context.name in _WIDE_PCM_BYTES
    if recognised.container == "wav" and is_pcm:
        return declared.wav_samples(path, start=start, frame_bytes=frame_bytes)
    if recognised.container == "aiff" and is_pcm:
        return declared.aiff_samples(path, start=start, frame_bytes=frame_bytes)
    if recognised.container == "wv":
        header = declared.wavpack_header(path, start=start)
        return header[0] if header else None
    is_in_samples = stream.time_base is not None and stream.time_base * stream.codec_context.sample_rate == 1
    return stream.duration if is_in_samples and stream.duration else None
