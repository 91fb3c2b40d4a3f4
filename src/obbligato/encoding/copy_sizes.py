"""How large a track's copy is in a format: by arithmetic, remembered, or bounded. It encodes nothing."""

from dataclasses import dataclass
from functools import lru_cache

from obbligato.audio import formats, sizes
from obbligato.audio.errors import AudioRefused
from obbligato.audio.facts import MasterFacts
from obbligato.audio.formats import Format
from obbligato.catalog.models import Track
from obbligato.encoding.known_sizes import KnownSizes
from obbligato.kernel.refusals import Refused


class CannotCarry(Refused):
    """The codec cannot carry this master."""


@dataclass(frozen=True)
class CopySize:
    """Bytes of a whole copy with tags and cover; exact, or the most it can be.

    `starts_at_once`: its length is known before a single frame is encoded.
    """

    bytes: int
    is_exact: bool
    starts_at_once: bool


def fit_of(track: Track, format_: Format) -> Format:
    """What of a format the track's master can truly give. Raises CannotCarry."""
    try:
        return _fitted(format_, track.master.facts)
    except AudioRefused as refusal:
        raise CannotCarry(refusal.template, **refusal.values) from None


def copy_size(track: Track, fit: Format, known: KnownSizes) -> CopySize:
    """The size of a track's copy in a fitted format."""
    tag_bytes = int(track.tag_bytes.get(fit.codec, 0))
    computed = _computed(fit, track.master.facts, tag_bytes)
    if computed.is_exact:
        return CopySize(computed.bytes, is_exact=True, starts_at_once=True)
    remembered = known.bare_bytes(track.master_id, fit.name)
    if remembered is None:
        return CopySize(computed.bytes, is_exact=False, starts_at_once=False)
    return CopySize(remembered + tag_bytes, is_exact=True, starts_at_once=False)


# Both are pure arithmetic on frozen values, asked for the same ones on every page of a release.
_fitted = lru_cache(maxsize=8192)(formats.fitted)


@lru_cache(maxsize=8192)
def _computed(fit: Format, facts: MasterFacts, tag_bytes: int) -> sizes.Size:
    return sizes.copy_size(fit, facts, tag_bytes)
