"""Accepts a master or refuses it with the reason, and measures it in the same pass; never trusts a header alone.

A decoder is silent about much damage: a changed bit, a hole, a stream that switches its rate. So a file is
decoded to its end, and accepted only if its samples have the MD5 its own header promises, or, where there is
none, if their number is the declared one and the decoder had nothing to say.
"""

import hashlib
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from obbligato.audio import flacmarks
from obbligato.audio.errors import Damaged, UnsupportedAudio
from obbligato.audio.facts import MasterFacts
from obbligato.audio.libraries import av
from obbligato.audio.measuring import FlacSize, Loudness, LoudnessMeter, PcmDigest, Waveform, raw_samples
from obbligato.audio.opening import DECODER_FAILURES, OpenMaster, open_master
from obbligato.audio.true_peak import TruePeak

_MEASURED_SAMPLES = 32_768
_MEASURED_FRAMES = 64


@dataclass(frozen=True)
class Inspection:
    """What is known of an accepted master."""

    facts: MasterFacts
    loudness: Loudness
    peaks: bytes
    """800 columns of a waveform, one unsigned byte each, 255 for full scale."""
    sha256: str
    """Hexadecimal, of the bytes of the file."""


def inspect(path: Path) -> Inspection:
    """Decode a master to its end, verify and measure it. Raises AudioRefused with a sentence, or OSError.

    Memory does not grow with the length. For files from strangers use inspecting.inspect_in_child.
    """
    with open_master(path) as master:
        decoded = _decode(master)
        _verify(master, decoded)
        facts = _facts(path, master, decoded)
    return Inspection(
        facts=facts,
        loudness=decoded.meter.loudness(true_peak=decoded.true_peak.largest()),
        peaks=decoded.waveform.columns(),
        sha256=_sha256(path),
    )


@dataclass
class _Decoded:
    """What one pass over a master leaves behind."""

    digest: PcmDigest
    waveform: Waveform = field(default_factory=Waveform)
    true_peak: TruePeak = field(default_factory=TruePeak)
    meter: LoudnessMeter = field(default_factory=LoudnessMeter)
    flac_size: FlacSize | None = None
    samples: int = 0
    failures: int = 0
    has_gap: bool = False
    packet_bytes: int = 0
    largest_packet_bytes: int = 0
    last_packet: bytes = b""
    waiting: list[NDArray[Any]] = field(default_factory=list)
    """Samples that are not measured yet: many short frames at once cost much less than one after another."""
    waiting_samples: int = 0

    def take(self, samples: NDArray[Any]) -> None:
        """Count samples, and measure them with others."""
        self.samples += len(samples)
        self.waiting_samples += len(samples)
        self.waiting.append(samples)
        if self.waiting_samples >= _MEASURED_SAMPLES or len(self.waiting) >= _MEASURED_FRAMES:
            self.measure()

    def measure(self) -> None:
        """Measure what is waiting."""
        if self.waiting:
            samples = np.concatenate(self.waiting)
            self.digest.add(samples)
            self.waveform.add(samples)
            self.true_peak.add(samples)
        self.waiting.clear()
        self.waiting_samples = 0


def _decode(master: OpenMaster) -> _Decoded:
    decoded = _Decoded(digest=PcmDigest(bits=master.bits))
    last_packet: av.Packet[av.AudioStream] | None = None
    try:
        for packet in master.container.demux(master.stream):
            if packet.size:
                decoded.packet_bytes += packet.size
                decoded.largest_packet_bytes = max(decoded.largest_packet_bytes, packet.size)
                last_packet = packet
            for frame in _frames_of(packet, decoded):
                _take(frame, master, decoded)
    except DECODER_FAILURES:
        decoded.failures += 1
    decoded.measure()
    if last_packet is not None:
        decoded.last_packet = bytes(last_packet)
    return decoded


def _frames_of(packet: "av.Packet[av.AudioStream]", decoded: _Decoded) -> "list[av.AudioFrame]":
    """The frames of a packet, none where the decoder fails: the MD5 decides later whether that was a loss."""
    try:
        return packet.decode()
    except DECODER_FAILURES:
        decoded.failures += 1
        return []


def _take(frame: "av.AudioFrame", master: OpenMaster, decoded: _Decoded) -> None:
    if frame.sample_rate != master.sample_rate or frame.layout.nb_channels != master.channels:
        raise Damaged(
            f"The recording changes in the middle, from {master.channels} channels at {master.sample_rate} Hz"
            f" to {frame.layout.nb_channels} at {frame.sample_rate} Hz."
        )
    if frame.pts is not None and frame.pts != decoded.samples:
        decoded.has_gap = True
    decoded.take(raw_samples(frame))
    decoded.meter.add(frame)
    if master.recognised.container != "flac":
        decoded.flac_size = decoded.flac_size or FlacSize(frame)
        decoded.flac_size.add(frame)


def _verify(master: OpenMaster, decoded: _Decoded) -> None:
    if decoded.samples == 0:
        raise Damaged("No sample of the recording can be decoded.")
    if master.recognised.container == "flac" and master.has_true_positions and decoded.has_gap:
        raise Damaged("Frames are missing in the middle of the recording, or numbered wrongly.")
    promised_md5 = master.streaminfo.md5 if master.streaminfo else ""
    if promised_md5:
        if decoded.digest.hexdigest() != promised_md5:
            raise Damaged(_sentence_for_wrong_md5(master, decoded))
        return
    if master.recognised.container == "ogg" and master.declared_samples is None:
        # FFmpeg leaves out a lost Ogg page without a word, and its positions do not tell.
        raise UnsupportedAudio(
            "The Ogg file holds neither its length nor a checksum, so nobody could see damage; send it as FLAC."
        )
    if decoded.failures:
        raise Damaged("Parts of the recording cannot be decoded.")
    if master.declared_samples is not None and decoded.samples != master.declared_samples:
        raise Damaged(f"The file promises {master.declared_samples:,} samples and holds {decoded.samples:,}.")
    if master.recognised.container == "flac" and decoded.has_gap:
        raise Damaged("Frames are missing in the middle of the recording.")


def _sentence_for_wrong_md5(master: OpenMaster, decoded: _Decoded) -> str:
    declared = master.declared_samples
    if declared is not None and decoded.samples < declared:
        return f"The file promises {declared:,} samples and only {decoded.samples:,} can be decoded."
    return "The samples differ from those that were encoded: the checksum inside the file does not match them."


def _facts(path: Path, master: OpenMaster, decoded: _Decoded) -> MasterFacts:
    flac_bytes = decoded.flac_size.bound() if decoded.flac_size else decoded.packet_bytes
    return MasterFacts(
        container=master.recognised.container,
        codec=master.codec,
        sample_rate=master.sample_rate,
        bits=master.bits,
        channels=master.channels,
        samples=decoded.samples,
        pcm_md5=decoded.digest.hexdigest(),
        flac_bytes=flac_bytes,
        frames_offset=_frames_offset(path, master, decoded),
    )


def _frames_offset(path: Path, master: OpenMaster, decoded: _Decoded) -> int | None:
    """Where the frames of a native FLAC start if all bytes from there to the end of the file are whole frames.

    Bytes that a decoder skips inside the file would be sold too, so no frame may be larger than STREAMINFO says.
    """
    if master.recognised.container != "flac" or master.streaminfo is None:
        return None
    offset = flacmarks.find_frames(path, start=master.recognised.audio_offset)
    is_clean = (
        master.recognised.audio_offset == 0
        and decoded.failures == 0
        and not decoded.has_gap
        and decoded.packet_bytes == path.stat().st_size - offset
        and decoded.largest_packet_bytes <= master.streaminfo.maximum_frame_bytes
        and not flacmarks.has_trailing_tag(path)
        and flacmarks.is_whole_frame(decoded.last_packet)
    )
    return offset if is_clean else None


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
