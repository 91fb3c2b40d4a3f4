"""Says how a format sounds, to people who never heard of codecs. It compares nothing, and knows nobody's ears."""

from django.utils.translation import gettext
from django.utils.translation import gettext_noop as _

from obbligato.audio.formats import Format

SAME = _("Sounds the same as the master to nearly everyone.")
NEARLY = _("Sounds the same to most people; a trained ear may tell.")
ON_THE_WAY = _("Good on the way; with headphones one hears what is missing.")
SMALL = _("Small before all else: one hears what is missing.")
STEPS: dict[str, tuple[int, int, int]] = {"mp3": (256, 160, 112), "aac": (192, 128, 96), "opus": (128, 96, 64)}
"""In kbit/s, from where on the first three sentences hold."""
QUALITY_STEPS: dict[str, tuple[int, int, int]] = {"mp3": (-1, -4, -6), "vorbis": (6, 4, 2)}
"""The same for variable rates; of MP3 the number is turned, for V0 is its best."""


def sounds_like(format_: Format) -> str:
    """One sentence about a format as it is asked for."""
    if format_.is_lossless:
        return _exactly(format_)
    if format_.is_mono:
        return gettext("Left and right become one, for a single loudspeaker.")
    if format_.quality is not None:
        number = int(format_.quality[1:]) * (-1 if format_.codec == "mp3" else 1)
        return _step(number, QUALITY_STEPS[format_.codec])
    return _step(format_.bitrate_kbps or 0, STEPS[format_.codec])


def _exactly(format_: Format) -> str:
    if format_.is_mono:
        return gettext("Exact, with left and right made one.")
    if format_.bits is not None or format_.sample_rate is not None:
        return gettext("The master at this depth and rate; nothing else is lost.")
    if format_.codec in {"wav", "aiff"}:
        return gettext("An exact copy; FLAC is the same sound in half the size.")
    return gettext("An exact copy of the master: every sample, for ever.")


def _step(value: int, steps: tuple[int, int, int]) -> str:
    for sentence, least in zip((SAME, NEARLY, ON_THE_WAY), steps, strict=True):
        if value >= least:
            return gettext(sentence)
    return gettext(SMALL)
