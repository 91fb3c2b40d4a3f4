"""Names the formats a copy may have and fits each to a master; arithmetic on names, never any encoding.

A name is what the store keeps, prices and prints: 'mp3-320', 'mp3-v0-44', 'opus-128', 'flac-16-44', 'wav'.
"""

from dataclasses import dataclass, replace
from typing import Any, Self

from obbligato.audio.errors import TooLong, UnknownFormat, UnsupportedAudio
from obbligato.audio.facts import MasterFacts

BITRATES_KBPS: dict[str, tuple[int, ...]] = {
    "mp3": (64, 96, 128, 160, 192, 256, 320),
    "aac": (96, 128, 192, 256),
    "opus": (64, 96, 128, 160, 192, 256),
    "vorbis": (),
}
OPUS_MODES = ("vbr", "cbr")
"""Words before an Opus rate: free to wander, or kept by every packet; without one a packet may borrow from the next."""
QUALITIES: dict[str, tuple[str, ...]] = {
    "mp3": tuple(f"v{one}" for one in range(10)),
    "vorbis": tuple(f"q{one}" for one in range(11)),
}
LOSSLESS = ("flac", "alac", "wavpack", "wav", "aiff")
LOSSLESS_BITS = (16, 24)
FLAC_LEVEL, FLAC_LEVELS = 5, range(9)
"""How hard FLAC looks for a shorter form: the samples are the same at each, the bytes are not."""
CODECS = (*BITRATES_KBPS, *LOSSLESS)

LOSSY_RATES_HZ = (16000, 22050, 24000, 32000, 44100, 48000)
"""MPEG-1 and MPEG-2 Layer III (ISO 11172-3 and 13818-3); AAC keeps to the same ones."""
VORBIS_RATES_HZ = (8000, 11025, 12000, *LOSSY_RATES_HZ)
OPUS_RATE_HZ = 48000
MPEG2_LIMIT_HZ = 32000
"""Below this rate an MP3 is MPEG-2: half the frame, and at most 160 kbit/s."""
MPEG2_LIMIT_KBPS = 160
AAC_BITS_PER_SAMPLE = 6
"""6144 bits for each channel of 1024 samples, ISO 14496-3, 4.5.3."""

SHORT_RATES = {
    8: 8000, 11: 11025, 12: 12000, 16: 16000, 22: 22050, 24: 24000, 32: 32000, 44: 44100, 48: 48000,
    64: 64000, 88: 88200, 96: 96000, 176: 176400, 192: 192000,
}  # fmt: skip
DOWN_RATES_HZ = (44100, 48000, 88200, 96000)
"""What a form offers to bring a lossless copy down to; each rate with a short word, and the master's, is possible."""
MONO = "mono"
"""The last word of a name that asks for one channel, mixed by converting.downmix; without it stereo stays stereo."""

EXTENSIONS = {
    "mp3": "mp3",
    "aac": "m4a",
    "opus": "opus",
    "vorbis": "ogg",
    "flac": "flac",
    "alac": "m4a",
    "wavpack": "wv",
    "wav": "wav",
    "aiff": "aiff",
}
MEDIA_TYPES = {
    "mp3": "audio/mpeg",
    "aac": "audio/mp4",
    "opus": "audio/ogg",
    "vorbis": "audio/ogg",
    "flac": "audio/flac",
    "alac": "audio/mp4",
    "wavpack": "audio/x-wavpack",
    "wav": "audio/wav",
    "aiff": "audio/aiff",
}
LABELS = {
    "mp3": "MP3",
    "aac": "AAC",
    "opus": "Opus",
    "vorbis": "Vorbis",
    "flac": "FLAC",
    "alac": "ALAC",
    "wavpack": "WavPack",
    "wav": "WAV",
    "aiff": "AIFF",
}

ALAC_CHANNELS = (1, 2, 3, 5, 6)
"""Counts whose channel order is the same in FLAC, WAV and FFmpeg's ALAC."""
MAX_LOSSY_SECONDS = 24 * 3600
"""The Info frame of an MP3 counts bytes, and MP4 samples, in 32 bits: both are enough for a day."""
MAX_SAMPLES_32_BIT = 2**32 - 1
MAX_AIFF_BYTES = 2**32 - 2**26
NO_SUCH_FORMAT = (
    "There is no format “{name}”. There are {kinds} and {lossless}, these alone or with bits and kHz as in flac-16-44,"
    " FLAC with its level as in flac-16-44-l8, and -mono behind each."
)


@dataclass(frozen=True)
class Format:
    """A format as it is asked for (None: as the master has it) or, after fitted(), as it will be."""

    codec: str
    bitrate_kbps: int | None = None
    quality: str | None = None
    bits: int | None = None
    sample_rate: int | None = None
    level: int | None = None
    """Of FLAC, 0 to 8; None is 5, or a FLAC master's own frames."""
    mode: str | None = None
    """Of Opus, one of OPUS_MODES; None is the constrained rate."""
    channels: int | None = None
    """Only fitted() sets it; a name never says it."""
    is_mono: bool = False
    """Whether a master of more channels is mixed to one."""

    @classmethod
    def parse(cls, name: str) -> Self:
        """The format of a name such as 'mp3-320' or 'flac-16-44'; UnknownFormat lists what exists."""
        codec, *words = name.split("-")
        is_mono = words[-1:] == [MONO]
        words = words[:-1] if is_mono else words
        try:
            if codec in LOSSLESS:
                return cls(codec, **_lossless_words(codec, words), is_mono=is_mono)
            if codec in BITRATES_KBPS:
                return cls(codec, **_lossy_words(codec, words), is_mono=is_mono)
        except (KeyError, ValueError, IndexError):
            pass
        kinds, lossless = _what_exists()
        raise UnknownFormat(NO_SUCH_FORMAT, name=name[:60], kinds=kinds, lossless=lossless)

    @property
    def name(self) -> str:
        words: list[str] = [self.codec]
        if self.is_lossless:
            words += [str(self.bits)] if self.bits else []
        else:
            words += [self.mode] if self.mode else []
            words.append(self.quality or str(self.bitrate_kbps))
        if self.sample_rate is not None and self.codec != "opus":
            words.append(_rate_word(self.sample_rate))
        if self.level is not None:
            words.append(f"l{self.level}")
        return "-".join([*words, MONO] if self.is_mono else words)

    @property
    def is_lossless(self) -> bool:
        return self.codec in LOSSLESS

    @property
    def extension(self) -> str:
        """Without the dot."""
        return EXTENSIONS[self.codec]

    @property
    def media_type(self) -> str:
        return MEDIA_TYPES[self.codec]

    @property
    def label(self) -> str:
        """For people: 'MP3 320 kbit/s', 'MP3 V0', 'FLAC 16 bit, 44.1 kHz'."""
        words = LABELS[self.codec]
        if self.quality is not None:
            words += f" {self.quality.upper()}"
        elif self.bitrate_kbps is not None:
            words += f" {self.bitrate_kbps} kbit/s" + (f" {self.mode.upper()}" if self.mode else "")
        elif self.bits is not None:
            words += f" {self.bits} bit"
        if self.sample_rate is not None and self.codec != "opus":
            words += f", {self.sample_rate / 1000:g} kHz"
        if self.level is not None:
            words += f", level {self.level}"
        return words + (f", {MONO}" if self.is_mono else "")


@dataclass(frozen=True)
class Window:
    """A part of a master, in the master's own samples; fades are inside the window, at both ends."""

    start_samples: int
    duration_samples: int
    fade_samples: int = 0


def choices() -> list[dict[str, Any]]:
    """For a form: per codec its label, kind, and legal bitrates (kbit/s), qualities, bits, levels and rates (Hz)."""
    return [
        {
            "codec": codec,
            "label": LABELS[codec],
            "is_lossless": codec in LOSSLESS,
            "bitrates_kbps": BITRATES_KBPS.get(codec, ()),
            "qualities": QUALITIES.get(codec, ()),
            "bits": LOSSLESS_BITS if codec in LOSSLESS else (),
            "levels": tuple(FLAC_LEVELS) if codec == "flac" else (),
            "sample_rates": _offered_rates(codec),
        }
        for codec in CODECS
    ]


def fitted(wanted: Format, facts: MasterFacts) -> Format:
    """The format with a concrete rate, depth and channel count that are legal for this master.

    Never more than the master has: no higher rate, no greater depth, no more channels, except where a codec
    knows only higher ones (Opus is always 48 kHz; 8-bit masters are carried in 16 bits). Fitting twice changes
    nothing. Raises UnsupportedAudio where the codec cannot carry the master, TooLong where it is too long.
    """
    if wanted.is_mono and facts.channels == 1:
        wanted = replace(wanted, is_mono=False)
    if wanted.codec in LOSSLESS:
        return _fitted_lossless(wanted, facts)
    if facts.duration_seconds > MAX_LOSSY_SECONDS:
        raise TooLong(
            "{codec} files are made of up to 24 hours; FLAC and WAV can be longer.", codec=LABELS[wanted.codec]
        )
    channels = 1 if wanted.is_mono else min(facts.channels, 2)
    if wanted.codec == "opus":
        return replace(wanted, sample_rate=OPUS_RATE_HZ, channels=channels, bits=None)
    rate = _lossy_rate(min(wanted.sample_rate or facts.sample_rate, facts.sample_rate), _lossy_rates(wanted.codec))
    kbps = wanted.bitrate_kbps
    if wanted.codec == "mp3" and kbps is not None and rate < MPEG2_LIMIT_HZ:
        kbps = min(kbps, MPEG2_LIMIT_KBPS)
    if wanted.codec == "aac" and kbps is not None:
        limit = AAC_BITS_PER_SAMPLE * rate * channels // 1000
        kbps = max(legal for legal in BITRATES_KBPS["aac"] if legal <= min(kbps, limit))
    return replace(wanted, bitrate_kbps=kbps, sample_rate=rate, channels=channels, bits=None)


def is_copied(wanted: Format, facts: MasterFacts) -> bool:
    """Whether a FLAC master's own frames are the copy: the same bytes, nothing encoded."""
    format_ = fitted(wanted, facts)
    is_same_layout = (format_.sample_rate, format_.channels) == (facts.sample_rate, facts.channels)
    is_any_flac = format_.codec == "flac" and format_.level is None
    return is_any_flac and facts.frames_offset is not None and is_same_layout and (format_.bits or 0) >= facts.bits


def fitted_samples(samples: int, *, from_rate: int, to_rate: int) -> int:
    """Samples of a copy, per channel: the master's number at another rate in Hz, rounded up."""
    return -(-samples * to_rate // from_rate)


def windowed(facts: MasterFacts, window: Window | None) -> MasterFacts:
    """The facts of a master that were only this window: never frames to copy, the end cut to the master's."""
    if window is None:
        return facts
    start = min(window.start_samples, facts.samples)
    samples = min(window.duration_samples, facts.samples - start)
    return replace(facts, samples=samples, frames_offset=None)


def _fitted_lossless(wanted: Format, facts: MasterFacts) -> Format:
    """Depth and rate no higher than the master's; a master of up to 16 bits is carried in 16."""
    own_bits = 16 if facts.bits <= 16 else 24
    rate = min(wanted.sample_rate or facts.sample_rate, facts.sample_rate)
    if rate not in SHORT_RATES.values():
        rate = facts.sample_rate
    channels = 1 if wanted.is_mono else facts.channels
    format_ = replace(wanted, bits=min(wanted.bits or own_bits, own_bits), sample_rate=rate, channels=channels)
    if format_.codec == "alac" and channels not in ALAC_CHANNELS:
        raise UnsupportedAudio("ALAC cannot carry {channels} channels; FLAC and WAV can.", channels=channels)
    if format_.codec == "flac" and channels > 8:
        raise UnsupportedAudio("FLAC cannot carry {channels} channels; WAV can.", channels=channels)
    _refuse_too_long(format_, facts)
    return format_


def _refuse_too_long(format_: Format, facts: MasterFacts) -> None:
    assert format_.bits is not None, "set just before"
    assert format_.channels is not None, "set just before"
    samples = fitted_samples(facts.samples, from_rate=facts.sample_rate, to_rate=format_.sample_rate or 0)
    if format_.codec == "aiff" and samples * format_.channels * format_.bits // 8 > MAX_AIFF_BYTES:
        raise TooLong("An AIFF file cannot hold more than 4 GiB; FLAC and WAV can.")
    if format_.codec == "alac" and samples > MAX_SAMPLES_32_BIT:
        raise TooLong("An ALAC file cannot hold that many samples; FLAC and WAV can.")


def _lossy_rate(rate: int, legal_rates: tuple[int, ...]) -> int:
    """The legal rate at or below this one, kept in the 44.1 kHz family; the lowest legal one at the least."""
    if rate in legal_rates:
        return rate
    if rate > 48000 and rate % 44100 == 0:
        return 44100
    return max((legal for legal in legal_rates if legal < rate), default=legal_rates[0])


def _lossy_rates(codec: str) -> tuple[int, ...]:
    return VORBIS_RATES_HZ if codec == "vorbis" else LOSSY_RATES_HZ


def _lossy_words(codec: str, words: list[str]) -> dict[str, Any]:
    """Fields of 'mp3-320-44' after its codec; ValueError where that is not a format."""
    mode = words.pop(0) if codec == "opus" and words[0] in OPUS_MODES else None
    first, *rest = words
    if len(rest) > (0 if codec == "opus" else 1):
        raise ValueError(words)
    rate = _rate_of_word(rest[0]) if rest else None
    if rate is not None and rate not in _lossy_rates(codec):
        raise ValueError(words)
    if first in QUALITIES.get(codec, ()):
        return {"quality": first, "sample_rate": rate}
    kbps = next(legal for legal in (*BITRATES_KBPS[codec], None) if legal is None or str(legal) == first)
    is_beyond_mpeg2 = codec == "mp3" and rate is not None and rate < MPEG2_LIMIT_HZ
    if kbps is None or (is_beyond_mpeg2 and kbps > MPEG2_LIMIT_KBPS):
        raise ValueError(words)
    return {"bitrate_kbps": kbps, "sample_rate": rate, "mode": mode}


def _lossless_words(codec: str, words: list[str]) -> dict[str, Any]:
    """Fields of 'flac-16-44-l8' after its codec; ValueError where that is not a format."""
    level = None
    if codec == "flac" and words and words[-1] in {f"l{level}" for level in FLAC_LEVELS}:
        level = int(words.pop()[1:])
    if len(words) > 2 or (words and words[0] not in {str(bits) for bits in LOSSLESS_BITS}):
        raise ValueError(words)
    return {
        "bits": int(words[0]) if words else None,
        "sample_rate": _rate_of_word(words[1]) if len(words) == 2 else None,
        "level": level,
    }


def _rate_word(rate: int) -> str:
    """'44' for 44100; a rate without a short word is written in full."""
    return next((str(short) for short, full in SHORT_RATES.items() if full == rate), str(rate))


def _rate_of_word(word: str) -> int:
    if not (word.isascii() and word.isdigit() and not word.startswith("0") and len(word) < 7):
        raise ValueError(word)
    rate = SHORT_RATES.get(int(word), int(word))
    if rate < 1000 or _rate_word(rate) != word:
        raise ValueError(word)
    return rate


def _offered_rates(codec: str) -> tuple[int, ...]:
    if codec == "opus":
        return (OPUS_RATE_HZ,)
    return DOWN_RATES_HZ if codec in LOSSLESS else _lossy_rates(codec)


def _what_exists() -> tuple[str, str]:
    """Names of lossy formats, and of lossless codecs."""
    kinds = [f"{codec}-{'|'.join(map(str, rates))}" for codec, rates in BITRATES_KBPS.items() if rates]
    kinds.insert(1, "mp3-v0 to v9")
    kinds += ["opus-vbr|cbr-64 and so on", "vorbis-q0 to q10"]
    return ", ".join(kinds), "|".join(LOSSLESS)


OFFERED: tuple[Format, ...] = tuple(
    Format.parse(name)
    for name in (
        "mp3-320", "mp3-v0", "mp3-256", "mp3-192", "mp3-v2", "mp3-160", "mp3-128", "mp3-96", "mp3-64",
        "aac-256", "aac-192", "aac-128", "aac-96",
        "opus-256", "opus-192", "opus-160", "opus-128", "opus-96", "opus-64",
        "opus-vbr-192", "opus-vbr-128", "opus-vbr-96", "opus-cbr-256", "opus-cbr-128",
        "vorbis-q10", "vorbis-q8", "vorbis-q6", "vorbis-q5", "vorbis-q4", "vorbis-q2",
        "flac", "flac-16-44", "flac-16-48", "flac-24-44", "flac-24-48", "flac-24-88", "flac-24-96", "flac-l8",
        "alac", "alac-16-44", "wavpack", "wavpack-16-44", "wav", "wav-16-44", "aiff", "aiff-16-44",
    )
)  # fmt: skip
"""What a form offers first; every name that parses can be asked for."""


def every_format() -> list[Format]:
    """Each codec with each rate, quality, depth and level of its own, at the master's sample rate and channels."""
    names = [f"{codec}-{kbps}" for codec, rates in BITRATES_KBPS.items() for kbps in rates]
    names += [f"opus-{mode}-{kbps}" for mode in OPUS_MODES for kbps in BITRATES_KBPS["opus"]]
    names += [f"{codec}-{word}" for codec, words in QUALITIES.items() for word in words]
    names += [codec + shape for codec in LOSSLESS for shape in ("", *(f"-{bits}" for bits in LOSSLESS_BITS))]
    names += [f"flac-l{level}" for level in FLAC_LEVELS]
    return sorted(map(Format.parse, names), key=lambda one: CODECS.index(one.codec))
