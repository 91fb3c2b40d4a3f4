"""The room and the last stage: reverberation, loudness, limiter, dither; sound in, samples for a file out.

Loudness is measured as ITU-R BS.1770-4 says (K-weighting, 400 ms blocks, two gates), with the weighting applied
to each block's spectrum.
"""

import numpy as np
from numpy.typing import NDArray

from obbligato.demo.synth import Samples

CEILING = 10 ** (-1.2 / 20)
# The first walls: seconds after the sound, how much of it comes back, and to which ear.
EARLY = ((0.011, 0.32, 0), (0.0137, 0.3, 1), (0.0193, 0.22, 1), (0.0231, 0.2, 0), (0.031, 0.14, 0))
PEAK_SECONDS = 0.004
CHUNK_SAMPLES = 1 << 18
TAIL_FLOOR = 10 ** (-56 / 20)


def master(
    dry: Samples, *, sample_rate: int, bits: int, seed: int, room_seconds: float, wet: float, target_lufs: float
) -> NDArray[np.int32]:
    """Finished samples of shape (samples, 2) within `bits`: in a room, at `target_lufs`, below -1 dBFS, dithered."""
    sound = in_room(dry, sample_rate=sample_rate, seconds=room_seconds, wet=wet, seed=seed)
    sound = trimmed(sound, sample_rate=sample_rate)
    sound *= np.float32(10 ** ((target_lufs - loudness_lufs(sound, sample_rate=sample_rate)) / 20))
    limit(sound, sample_rate=sample_rate)
    return dithered(sound, bits=bits, seed=seed)


def in_room(dry: Samples, *, sample_rate: int, seconds: float, wet: float, seed: int) -> Samples:
    """The sound with `wet` (0..1) of a room that dies away by 60 dB in `seconds`."""
    impulse = _impulse(sample_rate=sample_rate, seconds=seconds, seed=seed)
    out = np.zeros((len(dry) + len(impulse), 2), dtype=np.float32)
    out[: len(dry)] = dry
    size = 1 << (2 * len(impulse)).bit_length()
    step = size - len(impulse)
    for channel in range(2):
        response = np.fft.rfft(impulse[:, channel], size)
        # Each side of the room hears a little of the other side.
        source = 0.8 * dry[:, channel] + 0.2 * dry[:, 1 - channel]
        for start in range(0, len(source), step):
            block = np.fft.irfft(np.fft.rfft(source[start : start + step], size) * response, size)
            end = min(start + size, len(out))
            out[start:end, channel] += (wet * block[: end - start]).astype(np.float32)
    return out


def _impulse(*, sample_rate: int, seconds: float, seed: int) -> NDArray[np.float32]:
    chance = np.random.default_rng(seed + 77)
    count = int(seconds * sample_rate)
    time = np.arange(count)[:, np.newaxis] / sample_rate
    noise = chance.normal(0, 1, (count, 2))
    spectrum = np.fft.rfft(noise, axis=0)
    hertz = np.fft.rfftfreq(count, 1 / sample_rate)[:, np.newaxis]
    # Air and curtains take the high notes first; what is below the room is not reverberated.
    bright = np.fft.irfft(spectrum / (1 + (hertz / 3800) ** 2) * (hertz / (hertz + 150)), count, axis=0)
    dark = np.fft.irfft(spectrum / (1 + (hertz / 1300) ** 2) * (hertz / (hertz + 150)), count, axis=0)
    fall = 6.9 * time / seconds
    late = bright * np.exp(-2.2 * fall) + dark * np.exp(-fall)
    late *= np.clip((time - 0.012) / 0.02, 0, 1) * np.clip((seconds - time) / 0.05, 0, 1)
    impulse = late / np.sqrt(np.sum(late**2, axis=0))
    for delay, gain, side in EARLY:
        impulse[int(delay * sample_rate), side] += gain
    return np.asarray(impulse, dtype=np.float32)


def trimmed(sound: Samples, *, sample_rate: int) -> Samples:
    """A view without the silence before the first sound and after the last, its ends faded in place."""
    block, peaks = _peaks(sound, sample_rate)
    heard = np.flatnonzero(peaks > TAIL_FLOOR * float(peaks.max()))
    start = max(0, int(heard[0]) * block - int(0.05 * sample_rate))
    end = min(len(sound), int(heard[-1] + 1) * block + int(0.35 * sample_rate))
    kept = sound[start:end]
    rise, fall = min(len(kept), int(0.01 * sample_rate)), min(len(kept), int(0.6 * sample_rate))
    kept[:rise] *= np.linspace(0, 1, rise, dtype=np.float32)[:, np.newaxis]
    kept[len(kept) - fall :] *= (np.linspace(1, 0, fall, dtype=np.float32) ** 2)[:, np.newaxis]
    return kept


def _peaks(sound: Samples, sample_rate: int) -> tuple[int, NDArray[np.float32]]:
    block = max(1, int(PEAK_SECONDS * sample_rate))
    starts = np.arange(0, len(sound), block)
    highest = np.maximum.reduceat(sound, starts, axis=0)
    lowest = np.minimum.reduceat(sound, starts, axis=0)
    return block, np.max(np.maximum(highest, -lowest), axis=1)


def loudness_lufs(sound: Samples, *, sample_rate: int) -> float:
    """Integrated loudness in LUFS of stereo sound; -70 for silence."""
    size, step = int(0.4 * sample_rate), int(0.1 * sample_rate)
    hertz = np.fft.rfftfreq(size, 1 / sample_rate).astype(np.float64)
    weight = _k_weighting(hertz, sample_rate)
    power = []
    for start in range(0, max(1, len(sound) - size), step):
        spectrum = np.fft.rfft(sound[start : start + size], size, axis=0)
        power.append(2 * float(np.sum(np.abs(spectrum) ** 2 * weight[:, np.newaxis])) / size**2)
    levels = np.array(power)
    levels = levels[levels > _power(-70.0)]
    if not len(levels):
        return -70.0
    levels = levels[levels > np.mean(levels) / 10]
    return float(-0.691 + 10 * np.log10(np.mean(levels)))


def _power(lufs: float) -> float:
    return float(10 ** ((lufs + 0.691) / 10))


def _k_weighting(hertz: NDArray[np.float64], sample_rate: int) -> NDArray[np.float64]:
    # The analogue prototypes behind the standard's two biquads: a high shelf of 4 dB, then a high pass.
    turn = 1j * np.tan(np.pi * np.minimum(hertz, 0.49 * sample_rate) / sample_rate)
    shelf_at = np.tan(np.pi * 1681.9744509555319 / sample_rate)
    high = 10 ** (3.99984385397 / 20)
    band, damping = high**0.499666774155, 0.7071752369554196
    s = turn / shelf_at
    shelf = (high * s**2 + band / damping * s + 1) / (s**2 + s / damping + 1)
    s = turn / np.tan(np.pi * 38.13547087602444 / sample_rate)
    passing = s**2 / (s**2 + s / 0.5003270373238773 + 1)
    return np.asarray(np.abs(shelf * passing) ** 2, dtype=np.float64)


def limit(sound: Samples, *, sample_rate: int) -> None:
    """Turn down, in place and smoothly, whatever would rise above the ceiling."""
    block, peaks = _peaks(sound, sample_rate)
    wanted = np.minimum(1.0, CEILING / np.maximum(peaks, 1e-9))
    around = np.pad(wanted, 8, constant_values=1.0)
    lowest = np.min(np.lib.stride_tricks.sliding_window_view(around, 11), axis=1)
    # The mean over seven windows of what is lowest within each still covers every peak with the gain it needs.
    smooth = np.convolve(lowest, np.full(7, 1 / 7), mode="valid")[: len(peaks)]
    centres = (np.arange(len(peaks)) + 0.5) * block
    for start in range(0, len(sound), CHUNK_SAMPLES):
        part = sound[start : start + CHUNK_SAMPLES]
        gain = np.interp(np.arange(start, start + len(part)), centres, smooth).astype(np.float32)
        part *= gain[:, np.newaxis]
        np.clip(part, -CEILING, CEILING, out=part)


def dithered(sound: Samples, *, bits: int, seed: int) -> NDArray[np.int32]:
    """Whole numbers of `bits`, with triangular dither of two steps peak to peak (RPDF + RPDF) before rounding."""
    full = 2 ** (bits - 1) - 1
    chance = np.random.default_rng(seed + 991)
    out = np.empty(sound.shape, dtype=np.int32)
    for start in range(0, len(sound), CHUNK_SAMPLES):
        part = sound[start : start + CHUNK_SAMPLES].astype(np.float64) * full
        part += chance.random(part.shape) - chance.random(part.shape)
        out[start : start + len(part)] = np.clip(np.rint(part), -full - 1, full).astype(np.int32)
    return out
