"""The quote bench: reads which format a form asks for, and tells the form what can be chosen. It prices nothing."""

from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any

from django.http import QueryDict
from django.template.loader import render_to_string
from django.utils.safestring import SafeString
from django.utils.translation import gettext

from obbligato.audio.errors import UnknownFormat
from obbligato.audio.formats import MONO, OPUS_MODES, SHORT_RATES, Format, choices
from obbligato.kernel.languages import number_text, spoken
from obbligato.sales.quoting import format_named

DEFAULT_NAME = "mp3-320"
USUAL_NAMES = frozenset({"mp3-320", "mp3-v0", "aac-256", "opus-128", "flac", "alac", "wav"})
SHORT_OF = {str(full): str(short) for short, full in SHORT_RATES.items()}


@dataclass(frozen=True)
class Choice:
    """One option of a select."""

    value: str
    label: str
    is_chosen: bool


@dataclass(frozen=True)
class Knob:
    """One select of the bench."""

    name: str
    label: str
    choices: list[Choice]


def format_of(data: QueryDict) -> Format:
    """The format that a query asks for: `format`, or `codec`, `quality`, `rate` (Hz) and `channels`. Else MP3 320.

    A quality that another codec has, or a rate this one lacks, falls back to the codec's own first choice: so
    changing only the codec always works, with and without JavaScript. Raises Refused for an unknown codec.
    """
    if codec := data.get("codec"):
        is_mono = data.get("channels") == MONO
        return _format_of_knobs(codec, data.get("quality", ""), data.get("rate", ""), is_mono=is_mono)
    return format_named(data.get("format") or DEFAULT_NAME)


def knobs(chosen: Format) -> SafeString:
    """The selects of the bench as HTML, with the chosen format selected. They depend on nothing else but the
    language, so each format's are rendered once: they are the larger half of what the bench would cost.
    """
    return _knobs(chosen, spoken())


@lru_cache(maxsize=256)
def _knobs(chosen: Format, _language: str) -> SafeString:
    return render_to_string("fragments/knobs.html", {"knobs": knobs_of(chosen)})


def knobs_of(chosen: Format) -> list[Knob]:
    """The four selects and their options."""
    entry = _entry(chosen.codec)
    assert entry is not None, "a Format has a known codec"
    codecs = [Choice(one["codec"], one["label"], one["codec"] == chosen.codec) for one in choices()]
    quality = _quality_of(chosen)
    offered = _qualities(entry)
    if quality not in {value for value, _ in offered}:
        offered.append((quality, chosen.label))  # One that only a name asks for, such as a rare level of FLAC.
    qualities = [Choice(value, label, value == quality) for value, label in offered]
    own = str(chosen.sample_rate or "")
    rates = [Choice("", gettext("As master"), own == "")]
    if chosen.codec == "opus":
        rates = [Choice("", _hertz_text(48_000), True)]
    else:
        rates += [Choice(str(hz), _hertz_text(hz), str(hz) == own) for hz in reversed(_rates(entry, quality))]
    channels = [Choice("", gettext("As master"), not chosen.is_mono), Choice(MONO, gettext("Mono"), chosen.is_mono)]
    return [
        Knob("codec", gettext("Codec"), codecs),
        Knob("quality", gettext("Quality"), qualities),
        Knob("rate", gettext("Sample rate"), rates),
        Knob("channels", gettext("Channels"), channels),
    ]


def _format_of_knobs(codec: str, quality: str, rate: str, *, is_mono: bool) -> Format:
    entry = _entry(codec)
    if entry is None:
        return format_named(codec)
    if not _is_a_quality(codec, quality):
        quality = "320" if codec == "mp3" else _qualities(entry)[0][0]
    words, level = quality.split("-"), []
    if words[-1][:1] == "l":
        level = [words.pop()]
    if codec != "opus" and rate in {str(hz) for hz in _rates(entry, quality)}:
        if not "".join(words):  # A lossless rate is only said together with a depth: 'flac-16-44'.
            words = [str(max(entry["bits"]))]
        words.append(SHORT_OF.get(rate, rate))
    return format_named("-".join(word for word in (codec, *words, *level, MONO if is_mono else "") if word))


def _is_a_quality(codec: str, quality: str) -> bool:
    """Whether a codec has it, offered or only by name; never one with a rate or channels in it."""
    try:
        format_ = Format.parse(f"{codec}-{quality}" if quality else codec)
    except UnknownFormat:
        return False
    return _quality_of(format_) == quality


def _quality_of(chosen: Format) -> str:
    """Its name without codec, rate and channels: '320', 'v0', 'vbr-128', '24-l8', or nothing."""
    bare = replace(chosen, sample_rate=None, is_mono=False)
    return bare.name.removeprefix(chosen.codec).removeprefix("-")


def _qualities(entry: dict[str, Any]) -> list[tuple[str, str]]:
    """Value and label of each quality of a codec, best first; the first one is its default."""
    if entry["is_lossless"]:
        bits = [(str(one), gettext("%(count)s bit") % {"count": one}) for one in sorted(entry["bits"], reverse=True)]
        found = [("", gettext("As master")), *bits]
        hardest = f"l{max(entry['levels'])}" if entry["levels"] else ""
        words = gettext("%(quality)s, smallest (%(level)s)")
        smaller = [
            (f"{value}-{hardest}".strip("-"), words % {"quality": label, "level": hardest[1:]})
            for value, label in found
        ]
        return [*found, *smaller] if hardest else found
    variable = [(one, gettext("%(quality)s (variable)") % {"quality": one.upper()}) for one in entry["qualities"]]
    rates = [str(one) for one in sorted(entry["bitrates_kbps"], reverse=True)]
    fixed = [(one, f"{one} kbit/s") for one in rates]
    modes = OPUS_MODES if entry["codec"] == "opus" else ()
    fixed += [(f"{mode}-{one}", f"{one} {mode.upper()}") for mode in modes for one in rates]
    return [*fixed, *variable]


def _rates(entry: dict[str, Any], quality: str) -> list[int]:
    """The sample rates, in Hz, that the codec takes at this quality; MPEG-2 rates carry at most 160 kbit/s."""
    is_high = entry["codec"] == "mp3" and quality.isdigit() and int(quality) > 160
    return [hz for hz in entry["sample_rates"] if not is_high or hz >= 32000]


def _hertz_text(hertz: int) -> str:
    return gettext("%(number)s kHz") % {"number": number_text(f"{hertz / 1000:g}")}


def _entry(codec: str) -> dict[str, Any] | None:
    return next((one for one in choices() if one["codec"] == codec), None)
