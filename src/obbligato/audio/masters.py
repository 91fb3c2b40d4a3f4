"""Accepts a master or refuses it with the reason, and measures it in the same pass; never trusts a header alone.

A decoder is silent about much damage: a changed bit, a hole, a stream that switches its rate. So a file is
decoded to its end, and accepted only if its samples have the MD5 its own header promises, or, where there is
none, if their number is the declared one and the decoder had nothing to say.

What the pass tells of the sizes of later copies is the FLAC one alone: exact where there are frames to copy. The
others are not calibrated here, because no measure of the master gives a bound that no encoder could exceed; those of
sizes are arithmetic and hold for every signal.
"""

import hashlib
import os
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from obbligato.audio import flacmarks, twins, wide
from obbligato.audio.errors import AudioRefused, Damaged, UnsupportedAudio
from obbligato.audio.facts import MasterFacts
from obbligato.audio.fingerprinting import Fingerprint
from obbligato.audio.hearing import Heard, Hearing
from obbligato.audio.libraries import av
from obbligato.audio.measuring import Loudness, LoudnessMeter, PcmDigest, Waveform, raw_samples
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
    fingerprint: str | None
    """Of the first two minutes, as fingerprinting gives it; None where this system cannot take fingerprints."""
    heard: Heard
    """What may be wrong with its sound."""


def inspect(path: Path, *, twin: Path | None = None) -> Inspection:
    """Decode a master to its end, verify and measure it. Raises AudioRefused with a sentence, or OSError.

    Where its frames cannot be copied and `twin` is given, its FLAC twin is written there in the same pass, and
    facts.has_twin says so; else no such file is left. Samples of 32 or 64 bits are accepted only with a twin, and
    only if 24 bits hold them exactly. Memory does not grow with the length. For files from strangers use
    inspecting.Inspector.
    """
    before = path.stat()
    try:
        try:
            inspection = _inspected(path, twin=twin)
        except AudioRefused:
            _refuse_changed(path, before)  # Whatever seemed wrong with it.
            raise
        _refuse_changed(path, before)
    except BaseException:
        if twin is not None:
            twin.unlink(missing_ok=True)
        raise
    return inspection


def _refuse_changed(path: Path, before: os.stat_result) -> None:
    after = path.stat()
    if (before.st_size, before.st_mtime_ns) != (after.st_size, after.st_mtime_ns):
        raise AudioRefused("The file changed while it was being read.")


def _inspected(path: Path, *, twin: Path | None) -> Inspection:
    with open_master(path, accepts_wide=twin is not None) as master:
        is_encoded = not _may_be_copied(path, master)
        decoded, facts = _pass(path, master, twin=twin, is_encoded=is_encoded)
    if facts.frames_offset is None and not is_encoded:
        # Only decoding has shown that its frames are not as they should be.
        with open_master(path) as master:
            decoded, facts = _pass(path, master, twin=twin, is_encoded=True)
    return Inspection(
        facts=facts,
        loudness=decoded.meter.loudness(true_peak=decoded.true_peak.largest()),
        peaks=decoded.waveform.columns(),
        sha256=_sha256(path),
        fingerprint=decoded.fingerprint.text(),
        heard=decoded.hearing.heard(decoded.waveform),
    )


def _may_be_copied(path: Path, master: OpenMaster) -> bool:
    """Whether the file looks like nothing but FLAC, before it is decoded."""
    return (
        master.recognised.container == "flac"
        and master.recognised.audio_offset == 0
        and master.streaminfo is not None
        and master.streaminfo.maximum_frame_bytes > 0
        and not master.has_large_frames
        and not flacmarks.has_trailing_tag(path)
    )


def _pass(path: Path, master: OpenMaster, *, twin: Path | None, is_encoded: bool) -> "tuple[_Decoded, MasterFacts]":
    """Decode, verify, and complete the twin where one is to be written and the depth allows it."""
    has_twin = is_encoded and twin is not None and master.bits in twins.BITS
    with twins.TwinWriter(twin if has_twin else None) as writer:
        decoded = _decode(master, writer if is_encoded else None)
        _verify(master, decoded)
        facts = _facts(path, master, decoded)
        if has_twin:
            offset = writer.finish(pcm_md5=facts.pcm_md5, samples=facts.samples)
            facts = replace(facts, frames_offset=offset, flac_bytes=writer.frames_bytes, has_twin=True)
        elif is_encoded:
            facts = replace(facts, flac_bytes=writer.bound_bytes())
    return decoded, facts


@dataclass
class _Decoded:
    """What one pass over a master leaves behind."""

    digest: PcmDigest
    fingerprint: Fingerprint
    hearing: Hearing
    twin: twins.TwinWriter | None
    waveform: Waveform = field(default_factory=Waveform)
    true_peak: TruePeak = field(default_factory=TruePeak)
    meter: LoudnessMeter = field(default_factory=LoudnessMeter)
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
            self.fingerprint.add(samples)
            self.hearing.add(samples)
        self.waiting.clear()
        self.waiting_samples = 0


def _decode(master: OpenMaster, twin: twins.TwinWriter | None) -> _Decoded:
    decoded = _Decoded(
        digest=PcmDigest(bits=master.bits),
        fingerprint=Fingerprint(sample_rate=master.sample_rate, channels=master.channels),
        hearing=Hearing(sample_rate=master.sample_rate, bits=master.bits, channels=master.channels),
        twin=twin,
    )
    last_packet: av.Packet[av.AudioStream] | None = None
    try:
        for packet in master.packets():
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
    if master.is_wide:
        frame = wide.narrowed(frame)
    decoded.take(raw_samples(frame))
    decoded.meter.add(frame)
    if decoded.twin is not None:
        decoded.twin.add(frame)


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
    return MasterFacts(
        container=master.recognised.container,
        codec=master.codec,
        sample_rate=master.sample_rate,
        bits=master.bits,
        channels=master.channels,
        samples=decoded.samples,
        pcm_md5=decoded.digest.hexdigest(),
        flac_bytes=decoded.packet_bytes,
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
        and not master.has_large_frames
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
