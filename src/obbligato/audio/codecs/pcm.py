"""Plain PCM for WAV and AIFF, and the MD5 that names lossless samples; never changes a sample."""

import hashlib
from array import array

import numpy as np

from obbligato.audio.codecs.encoder import Block, EncodedPart, Samples, Write
from obbligato.audio.essence import Sound


def encode_packets(samples: Samples, sound: Sound, packets: range, write: Write) -> EncodedPart:
    """Write these samples in the order of bytes that the sound's container has; a packet of PCM is a sample."""
    is_big_endian = sound.codec == "aiff"
    for block in samples.between(packets.start, packets.stop):
        write(packed(block, bits=sound.bits, is_big_endian=is_big_endian))
    return EncodedPart(packet_sizes=array("I"), private=b"")


class PcmDigest:
    """FLAC's MD5 (RFC 9639, 8.2) over blocks of samples."""

    def __init__(self, *, bits: int) -> None:
        self._bits = bits
        self._md5 = hashlib.md5(usedforsecurity=False)

    def update(self, block: Block) -> None:
        self._md5.update(packed(block, bits=self._bits, is_big_endian=False))

    def hexdigest(self) -> str:
        return self._md5.hexdigest()


def packed(block: Block, *, bits: int, is_big_endian: bool) -> bytes:
    """Interleaved samples of 16 or 24 bits as bytes."""
    if bits == 16:
        return block.astype(">i2" if is_big_endian else "<i2").tobytes()
    assert bits == 24, "a copy has 16 or 24 bits"
    wide = np.ascontiguousarray(block, ">i4" if is_big_endian else "<i4").view(np.uint8).reshape(-1, 4)
    return (wide[:, 1:] if is_big_endian else wide[:, :3]).tobytes()
