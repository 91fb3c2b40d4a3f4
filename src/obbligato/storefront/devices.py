"""Where music is taken to: what each kind of device plays, which format suits it and why, and how much fits. Only data.

What is said of devices in general is true of most, never of all; the sentences say so.
"""

from dataclasses import dataclass, field
from functools import cached_property
from types import MappingProxyType
from typing import Self

from django.utils.translation import gettext
from django.utils.translation import gettext_noop as _

from obbligato.audio.formats import LABELS, Format
from obbligato.kernel.languages import number_text

GIGABYTE = 10**9
"""As on the label of a stick or a phone."""


@dataclass(frozen=True)
class Play:
    """How far a device plays a codec; beyond the limits only some of these do. `note` is one sentence or none."""

    bits: int = 24
    rate_hz: int = 192_000
    note: str = ""


@dataclass(frozen=True)
class Verdict:
    """Whether a device plays a format: `kind` is plays, partly or not; the sentence says what there is to know."""

    kind: str
    sentence: str = ""


@dataclass(frozen=True)
class Device:
    """One kind of device. Capacities in gigabytes of 1,000,000,000 bytes, the usual one first named by itself."""

    key: str
    name: str
    format_name: str
    reason: str
    usual_gigabytes: int
    gigabytes: tuple[int, ...]
    plays: MappingProxyType[str, Play] = field(repr=False)

    @cached_property
    def format(self) -> Format:
        """The format that suits it."""
        return Format.parse(self.format_name)

    def verdict(self, fitted: Format) -> Verdict:
        """Whether it plays a format with its rate and depth as a copy has them."""
        play, label = self.plays.get(fitted.codec), LABELS[fitted.codec]
        if play is None:
            sentence = gettext("%(codec)s is not played here, or by very few. Better take %(format)s.")
            return Verdict("not", sentence % {"codec": label, "format": self.format.label})
        is_deep = (fitted.bits or 0) > play.bits
        is_fast = (fitted.sample_rate or 0) > play.rate_hz
        if is_deep or is_fast:
            sentence = gettext("%(codec)s often plays only up to %(bits)s bit and %(rate)s kHz here.")
            rate = number_text(f"{play.rate_hz / 1000:g}")
            return Verdict("partly", sentence % {"codec": label, "bits": play.bits, "rate": rate})
        return Verdict("partly", gettext(play.note)) if play.note else Verdict("plays")


def _plays(**codecs: Play) -> MappingProxyType[str, Play]:
    return MappingProxyType(codecs)


EVERYWHERE = Play()
DEVICES = (
    Device(
        "phone", _("Phone"), "aac-256",
        _("Every phone plays AAC, and at this rate it sounds the same as the master to nearly everyone."),
        64, (16, 32, 64, 128, 256, 512),
        _plays(
            mp3=EVERYWHERE, aac=EVERYWHERE, wav=EVERYWHERE,
            opus=Play(note=_("Android plays Opus; on an iPhone it needs another app than the one for music.")),
            vorbis=Play(note=_("Android plays Vorbis; on an iPhone it needs another app than the one for music.")),
            flac=Play(note=_("Android plays FLAC; on an iPhone it needs another app than the one for music.")),
            alac=Play(note=_("An iPhone plays ALAC; on Android some apps do.")),
            aiff=Play(note=_("An iPhone plays AIFF; on Android few apps do.")),
        ),
    ),
    Device(
        "car", _("Car (USB stick)"), "mp3-320",
        _("Every car with a USB socket plays MP3, and many play nothing else."),
        32, (8, 16, 32, 64, 128, 256),
        _plays(
            mp3=EVERYWHERE,
            aac=Play(note=_("Most cars since about 2010 play AAC.")),
            flac=Play(16, 48_000, _("Many cars since about 2018 play FLAC, older ones do not.")),
            wav=Play(16, 48_000, _("Most cars play WAV, often without titles and covers.")),
            alac=Play(16, 48_000, _("A few cars play ALAC.")),
            opus=Play(note=_("Very few cars play Opus, and none that is old.")),
        ),
    ),
    Device(
        "dj", _("DJ player (USB stick)"), "aiff-24-48",
        _("AIFF has nothing taken away, holds titles and cover, and at this rate even older players take it."),
        64, (16, 32, 64, 128, 256, 512),
        _plays(
            mp3=EVERYWHERE, aac=EVERYWHERE,
            aiff=Play(24, 48_000), wav=Play(24, 48_000, _("WAV is played, often without titles and covers.")),
            flac=Play(24, 48_000, _("Players since about 2016 play FLAC, older ones do not.")),
            alac=Play(24, 48_000, _("Players since about 2016 play ALAC, older ones do not.")),
        ),
    ),
    Device(
        "player", _("Old music player"), "mp3-192",
        _("MP3 is what they all play, and this rate leaves room for many albums."),
        4, (1, 2, 4, 8, 16, 32),
        _plays(
            mp3=Play(24, 48_000),
            aac=Play(note=_("Apple's and some others play AAC.")),
            wav=Play(16, 48_000, _("WAV is played, but fills the player quickly.")),
            alac=Play(16, 48_000, _("Apple's play ALAC, others hardly ever.")),
            flac=Play(16, 48_000, _("A few later players play FLAC.")),
            vorbis=Play(note=_("Some players play Vorbis, Apple's do not.")),
        ),
    ),
    Device(
        "archive", _("Archive, to keep"), "flac",
        _("FLAC holds every sample of the master in about half the room, and can be checked for damage at any time."),
        1_000, (128, 256, 512, 1_000, 2_000, 4_000),
        _plays(
            flac=EVERYWHERE, alac=EVERYWHERE, wavpack=EVERYWHERE, wav=EVERYWHERE, aiff=EVERYWHERE,
            mp3=Play(note=_("MP3 can be kept, but what it took away never comes back.")),
            aac=Play(note=_("AAC can be kept, but what it took away never comes back.")),
            opus=Play(note=_("Opus can be kept, but what it took away never comes back.")),
            vorbis=Play(note=_("Vorbis can be kept, but what it took away never comes back.")),
        ),
    ),
)  # fmt: skip
BY_KEY = MappingProxyType({device.key: device for device in DEVICES})


@dataclass(frozen=True)
class Carried:
    """A device as someone has it, with its capacity in gigabytes; as text 'car.32', for a cookie."""

    device: Device
    gigabytes: int

    @classmethod
    def named(cls, key: str, gigabytes: str = "") -> Self | None:
        """The device of that key; a capacity it is not sold with becomes the usual one. None for no such device."""
        device = BY_KEY.get(key)
        if device is None:
            return None
        sold = {str(one): one for one in device.gigabytes}
        return cls(device, sold.get(gigabytes, device.usual_gigabytes))

    @classmethod
    def parse(cls, text: str) -> Self | None:
        """What str() gave; None for anything else."""
        key, _, gigabytes = text.partition(".")
        return cls.named(key, gigabytes)

    def __str__(self) -> str:
        return f"{self.device.key}.{self.gigabytes}"

    @property
    def capacity(self) -> str:
        """As it stands on its box."""
        return capacity_text(self.gigabytes)

    def percent(self, size_bytes: int) -> str:
        """How much of it so many bytes take, rounded up to a tenth, to one percent from ten on: '0.4 %'."""
        per_mille = self.per_mille(size_bytes)
        plain = f"{per_mille / 10:.1f}" if per_mille < 100 else f"{-(-per_mille // 10):,}"
        return gettext("%(number)s %%") % {"number": number_text(plain)}

    def per_mille(self, size_bytes: int) -> int:
        """The same as a number, rounded up."""
        return -(-size_bytes * 1000 // (self.gigabytes * GIGABYTE))

    def how_many(self, size_bytes: int) -> int:
        """How many of that size fit, rounded down to two figures: nobody counts on more."""
        count = self.gigabytes * GIGABYTE // max(1, size_bytes)
        unit: int = 10 ** max(0, len(str(count)) - 2)
        return count // unit * unit


def capacity_text(gigabytes: int) -> str:
    """'32 GB', '2 TB'."""
    if gigabytes < 1_000:
        return gettext("%(count)s GB") % {"count": gigabytes}
    return gettext("%(count)s TB") % {"count": gigabytes // 1_000}
