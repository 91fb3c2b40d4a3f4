"""Makes samples of a passage that differ in what coding took from them and in nothing else; it never encodes.

All become the same plain PCM: one rate, depth, number of channels, length, gain, dither and header. Only who hears them
can tell them apart, for neither a size nor a name nor a header can.
"""

import io
from collections.abc import Iterable
from dataclasses import replace

import numpy as np

from obbligato.audio.containers import riff
from obbligato.audio.converting import Floats, dither
from obbligato.audio.copies import Copy
from obbligato.audio.errors import Damaged
from obbligato.audio.essence import Essence, Sound
from obbligato.audio.libraries import av
from obbligato.audio.recipes import Recipe
from obbligato.audio.samples import Converted
from obbligato.audio.tags import Tags

SAMPLE_BITS = 16
EDGE_SECONDS = 0.02
"""Faded at both ends, so that a sample that begins anew does not click."""


def before_coding(recipe: Recipe) -> Floats:
    """The samples that the encoder of this lossy recipe is given, of shape (samples, channels), full scale at 1.0.

    Raises Damaged where the master is no longer what it was, OSError.
    """
    assert not recipe.format.is_lossless, "only lossy encoders are given floating point"
    return np.concatenate(list(Converted(recipe).between(0, recipe.sound.samples)))


def after_coding(essence: Essence) -> Floats:
    """What a copy of this essence decodes to, sample for sample where before_coding has it. Raises Damaged."""
    copy, sound = Copy(essence, Tags(), None), essence.sound
    decoded = np.concatenate(list(_decoded(copy.read(0, copy.size))))
    # FFmpeg plays the last packet of AAC to its end; what is behind the recording is not the recording.
    if len(decoded) < sound.samples or decoded.shape[1] != sound.channels:
        raise Damaged("What was encoded cannot be decoded to its end.")
    return decoded[: sound.samples]


def heard_as(samples: Floats, sound: Sound, *, first: int, count: int, gain: float) -> bytes:
    """A WAV of so many samples from the first on, at that part of their volume; as long for all that are compared."""
    assert 0 <= first <= first + count <= len(samples), "the passage lies inside"
    edge = max(1, min(round(EDGE_SECONDS * sound.sample_rate), count // 2))
    shape = np.minimum(1.0, (np.minimum(np.arange(count), np.arange(count)[::-1]) + 1) / edge)
    passage = samples[first : first + count] * (gain * shape)[:, None]
    plain = np.concatenate(list(dither([passage], bits=SAMPLE_BITS, start=0))).astype("<i2").tobytes()
    as_wav = replace(sound, codec="wav", bits=SAMPLE_BITS, samples=count, audio_bytes=len(plain))
    return riff.prefix(as_wav, b"") + plain + riff.suffix(as_wav)


def _decoded(data: bytes) -> Iterable[Floats]:
    with av.open(io.BytesIO(data), "r") as container:
        for frame in container.decode(audio=0):
            planes = frame.to_ndarray()
            interleaved = planes.T if frame.format.is_planar else planes.reshape(frame.samples, -1)
            scale = 1.0 if interleaved.dtype.kind == "f" else 0.5 ** (8 * interleaved.dtype.itemsize - 1)
            yield np.multiply(interleaved, scale, dtype=np.float64)
