"""Samples in memory for tests of codecs: signals, kind ones and hostile ones, and a copy of them without any file."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from io import BytesIO

import numpy as np
import soundfile
from numpy.typing import NDArray

from obbligato.audio.codecs.encoder import Block, EncodedPart
from obbligato.audio.containers import mp4, ogg
from obbligato.audio.encoding import ENCODERS, EncodePackets
from obbligato.audio.essence import Sound
from obbligato.audio.facts import MasterFacts
from obbligato.audio.formats import Format
from obbligato.audio.libraries import av
from obbligato.audio.parts import Parts
from obbligato.audio.planning import planned_sound
from obbligato.audio.tags import Tags
from obbligato.audio.writing_tags import tag_block

Signal = NDArray[np.float64]


@dataclass(frozen=True)
class InMemory:
    """Samples that are given in blocks of one length."""

    signal: Signal
    block_samples: int = 8192

    def between(self, start: int, stop: int) -> Iterator[Block]:
        assert 0 <= start <= stop <= len(self.signal), "nobody asks for what is not there"
        for at in range(start, stop, self.block_samples):
            yield self.signal[at : min(stop, at + self.block_samples)]


def sound_of(name: str, signal: Signal, *, sample_rate: int) -> Sound:
    facts = MasterFacts("flac", "flac", sample_rate, 16, signal.shape[1], len(signal), "0" * 32, 10_000, None)
    return planned_sound(Format.parse(name), facts)


def encoded(
    sound: Sound, signal: Signal, *, order: Iterable[int] | None = None, block_samples: int = 8192
) -> tuple[bytes, list[EncodedPart]]:
    """The essence, its parts made in this order, and what was said of each part."""
    parts = Parts(sound)
    made: dict[int, tuple[bytes, EncodedPart]] = {}
    for index in order or range(parts.count):
        written = bytearray()
        part = encode_packets(sound)(InMemory(signal, block_samples), sound, parts.packets(index), written.extend)
        assert sum(part.packet_sizes) == len(written)
        assert len(written) <= parts.limit_bytes(index)
        made[index] = bytes(written), part
    return b"".join(made[index][0] for index in sorted(made)), [made[index][1] for index in sorted(made)]


def encode_packets(sound: Sound) -> EncodePackets:
    return ENCODERS[sound.codec]


def serial(sound: Sound, signal: Signal) -> bytes:
    """The essence by one encoder that hears everything."""
    written = bytearray()
    encode_packets(sound)(InMemory(signal), sound, range(sound.packets), written.extend)
    return bytes(written)


def in_ogg(sound: Sound, essence: bytes) -> bytes:
    """The whole file, with a few tags."""
    prefix = ogg.prefix(sound, tag_block(Format.parse(sound.format_name), Tags(title="Fuge"), None))
    return prefix + ogg.shifted(essence, ogg.pages_in(prefix))


def in_mp4(sound: Sound, essence: bytes, sizes: list[int]) -> bytes:
    """The whole file; the sound must have its private data and its length."""
    return mp4.prefix(sound, tag_block(Format.parse(sound.format_name), Tags(title="Fuge"), None), sizes) + essence


def heard_by_ffmpeg(data: bytes) -> Signal:
    with av.open(BytesIO(data)) as container:
        frames = [frame.to_ndarray().T for frame in container.decode(audio=0)]
    return np.concatenate(frames).astype(np.float64)


def heard_by_libsndfile(data: bytes) -> Signal:
    heard: Signal = soundfile.read(BytesIO(data), always_2d=True)[0]
    return heard


def music(samples: int, *, sample_rate: int, channels: int = 2, seed: int = 1) -> Signal:
    """Chords that change twice a second, a drum, and a little hiss."""
    generator = np.random.default_rng(seed)
    times = np.arange(samples) / sample_rate
    beat = (times * 2).astype(int)
    roots = 110 * 2 ** (generator.integers(0, 24, beat[-1] + 1) / 12)
    since = times - beat / 2
    tones = sum(np.sin(2 * np.pi * roots[beat] * ratio * times) / ratio for ratio in (1, 1.26, 1.5, 2, 3.02, 5.04))
    drum = generator.standard_normal(samples) * np.exp(-since * 25) * 0.2
    left = tones * 0.12 * np.exp(-since * 2) + drum
    right = np.roll(left, 11) * 0.8 + 0.002 * generator.standard_normal(samples)
    return np.stack([left, right], 1)[:, :channels].clip(-1, 1)


def hostile(kind: str, samples: int, *, channels: int = 2) -> Signal:
    """A signal that is made to need as many bytes as it can, or to be strange."""
    generator = np.random.default_rng(7)
    places = np.arange(samples)
    noise = generator.uniform(-1, 1, (samples, channels))
    clicks = np.where(places % 4801 == 0, 1.0, np.where(places % 3001 == 5, -1.0, 0.0))
    square = np.sign(np.sin(places * 0.0627) + 1e-9)
    single = {
        "square": square,
        "impulses": clicks,
        "constant": np.ones(samples),
        "sweep": np.sin(places**2 * 1e-7),
        "rumble": (np.cumsum(noise[:, 0]) / 150).clip(-1, 1),
        "clipped": (np.sin(places * 0.01) * 8 + noise[:, 0]).clip(-1, 1),
        "silence": np.zeros(samples),
    }
    if kind in single:
        return np.stack([single[kind], -np.roll(single[kind], 3)], 1)[:, :channels]
    bursts = noise * (places // 4000 % 3 == 0)[:, None]
    return {"noise": noise, "bursts": bursts, "too loud": noise * 4}[kind]


HOSTILE = (
    "noise", "square", "impulses", "constant", "sweep", "rumble", "clipped", "silence", "bursts", "too loud"
)  # fmt: skip


def error_db(heard: Signal, original: Signal, places: list[range]) -> float:
    """How strong the difference is around some places, in decibels of full scale."""
    differences = np.concatenate([(heard[p.start : p.stop] - original[p.start : p.stop]).ravel() for p in places])
    return float(10 * np.log10(np.mean(differences**2) + 1e-20))


def is_in_time(heard: Signal, original: Signal) -> bool:
    """Whether the left channel is most like the original where it is, and less like it a sample earlier or later."""
    likenesses = [float(np.dot(np.roll(heard[:, 0], shift), original[:, 0])) for shift in (0, -1, 1, -2, 2)]
    return likenesses[0] == max(likenesses) and np.corrcoef(heard[:, 0], original[:, 0])[0, 1] > 0.9
