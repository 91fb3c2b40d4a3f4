"""The quote bench: reads which format a form asks for, and tells the form what can be chosen. It prices nothing."""

from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from django.http import QueryDict
from django.template.loader import render_to_string
from django.utils.safestring import SafeString

from obbligato.audio.formats import SHORT_RATES, Format, choices
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
    """The format a query or form asks for: `format`, or `codec`, `quality` and `rate` (Hz). Default MP3 320.

    A quality that another codec has, or a rate this one lacks, falls back to the codec's own first choice: so
    changing only the codec always works, with and without JavaScript. Raises Refused for an unknown codec.
    """
    if codec := data.get("codec"):
        return _format_of_knobs(codec, data.get("quality", ""), data.get("rate", ""))
    return format_named(data.get("format") or DEFAULT_NAME)


@lru_cache(maxsize=256)
def knobs(chosen: Format) -> SafeString:
    """The selects of the bench as HTML, with the chosen format selected. They depend on nothing else, so each
    format's are rendered once: they are the larger half of what the bench would cost.
    """
    return render_to_string("fragments/knobs.html", {"knobs": knobs_of(chosen)})


def knobs_of(chosen: Format) -> list[Knob]:
    """The three selects and their options."""
    entry = _entry(chosen.codec)
    assert entry is not None, "a Format has a known codec"
    codecs = [Choice(one["codec"], one["label"], one["codec"] == chosen.codec) for one in choices()]
    quality = _quality_of(chosen)
    qualities = [Choice(value, label, value == quality) for value, label in _qualities(entry)]
    own = str(chosen.sample_rate or "")
    rates = [Choice("", "As master", own == "")]
    if chosen.codec == "opus":
        rates = [Choice("", "48 kHz", True)]
    else:
        rates += [Choice(str(hz), f"{hz / 1000:g} kHz", str(hz) == own) for hz in reversed(_rates(entry, quality))]
    return [Knob("codec", "Codec", codecs), Knob("quality", "Quality", qualities), Knob("rate", "Sample rate", rates)]


def _format_of_knobs(codec: str, quality: str, rate: str) -> Format:
    entry = _entry(codec)
    if entry is None:
        return format_named(codec)
    qualities = [value for value, _ in _qualities(entry)]
    if quality not in qualities:
        quality = "320" if codec == "mp3" else qualities[0]
    words = [codec, quality]
    if codec != "opus" and rate in {str(hz) for hz in _rates(entry, quality)}:
        words.append(SHORT_OF.get(rate, rate))
        if not quality:  # A lossless rate is only said together with a depth: 'flac-16-44'.
            words[1] = str(max(entry["bits"]))
    return format_named("-".join(word for word in words if word))


def _quality_of(chosen: Format) -> str:
    return chosen.quality or str(chosen.bitrate_kbps or chosen.bits or "")


def _qualities(entry: dict[str, Any]) -> list[tuple[str, str]]:
    """Value and label of each quality of a codec, best first; the first one is its default."""
    if entry["is_lossless"]:
        bits = [(str(one), f"{one} bit") for one in sorted(entry["bits"], reverse=True)]
        return [("", "As master"), *bits]
    variable = [(one, f"{one.upper()} (variable)") for one in entry["qualities"]]
    fixed = [(str(one), f"{one} kbit/s") for one in sorted(entry["bitrates_kbps"], reverse=True)]
    return [*fixed, *variable]


def _rates(entry: dict[str, Any], quality: str) -> list[int]:
    """The sample rates, in Hz, that the codec takes at this quality; MPEG-2 rates carry at most 160 kbit/s."""
    is_high = entry["codec"] == "mp3" and quality.isdigit() and int(quality) > 160
    return [hz for hz in entry["sample_rates"] if not is_high or hz >= 32000]


def _entry(codec: str) -> dict[str, Any] | None:
    return next((one for one in choices() if one["codec"] == codec), None)
