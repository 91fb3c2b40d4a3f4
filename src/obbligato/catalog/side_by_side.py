"""Looks at the tracks of a release beside each other and beside the catalogue. It only tells; nobody is refused."""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from django.db.models import QuerySet

from obbligato.audio.likeness import difference, words_of
from obbligato.catalog import resembling
from obbligato.catalog.diagnosing import Finding
from obbligato.catalog.models import Master, Release, Track

OTHER_SOUND = 0.4
"""Part of differing bits from which on two fingerprints are certainly not of one recording; see audio.likeness."""


@dataclass(frozen=True)
class Sounding:
    """A track of a release, in the catalogue or on its way: what people call it, its master and its ISRC."""

    name: str
    master: Master
    isrc: str


@dataclass(frozen=True)
class Kind:
    """What kind of file a track is: samples a second, bits of each, channels."""

    sample_rate: int
    bits: int
    channels: int


def among(sounds: Sequence[Sounding]) -> list[Finding]:
    """What the tracks of one release have against each other."""
    facts = [sound.master.facts for sound in sounds]
    kinds = [Kind(one.sample_rate, one.bits, one.channels) for one in facts]
    return [*mixed(kinds), *_isrc_twice(sounds), *_sound_twice(sounds)]


def mixed(tracks: Sequence[Kind]) -> Iterator[Finding]:
    """Where the tracks of one release are of different kinds."""
    kinds: tuple[tuple[str, str, Callable[[Kind], str]], ...] = (
        ("mixed-rates", "sample rates", lambda track: f"{track.sample_rate / 1000:g} kHz"),
        ("mixed-depths", "depths", lambda track: f"{track.bits} bits"),
        ("mixed-channels", "numbers of channels", lambda track: str(track.channels)),
    )
    for code, what, value_of in kinds:
        counts = Counter(value_of(track) for track in tracks)
        if len(counts) > 1:
            parts = ", ".join(f"{value} ({number} of {len(tracks)})" for value, number in counts.most_common())
            sentence = f"Its tracks have different {what}: {parts}. Is one of them from another session?"
            yield Finding("note", code, sentence, len(counts), "kinds")


def without_codes(sounds: Sequence[Sounding], *, upc: str) -> list[Finding]:
    """What has no ISRC or no UPC. Both are optional here, so an import does not speak of it."""
    found: list[Finding] = []
    count = sum(not sound.isrc for sound in sounds)
    if count:
        which = "None of its tracks has an ISRC." if count == len(sounds) else f"{count} of its tracks have no ISRC."
        found.append(
            Finding("note", "no-isrc", f"{which} Without one nobody else can count their sales.", count, "tracks")
        )
    if not upc:
        found.append(Finding("note", "no-upc", "It has no UPC or EAN; other stores and charts ask for one."))
    return found


def elsewhere(sound: Sounding, *, besides: Release | None) -> list[Finding]:
    """What the catalogue holds already of this sound, or under its ISRC. Tracks of `besides` do not count."""
    same = _on_sale(besides).filter(master__pcm_md5=sound.master.pcm_md5).first()
    if same is not None:
        return [Finding("note", "same-sound", f"The very same sound is {_place(same)}, already in the catalogue.")]
    found: list[Finding] = []
    alike = resembling.resembled_by(sound.master, besides=besides)
    if alike is not None:
        found.append(Finding("warn", "alike", f"It sounds like {_place(alike)}, already in the catalogue."))
    if sound.isrc and (other := _of_isrc(sound, besides)) is not None:
        sentence = f"Its ISRC {sound.isrc} already belongs to {_place(other)}, which sounds different."
        found.append(Finding("warn", "isrc-taken", sentence))
    return found


def _isrc_twice(sounds: Sequence[Sounding]) -> Iterator[Finding]:
    for isrc, sharing in _grouped(sounds, lambda sound: sound.isrc):
        if len({sound.master.pcm_md5 for sound in sharing}) > 1:
            sentence = f"The ISRC {isrc} is used by {_names(sharing)}; each recording has its own (ISO 3901)."
            yield Finding("warn", "isrc-twice", sentence, len(sharing), "tracks")


def _sound_twice(sounds: Sequence[Sounding]) -> Iterator[Finding]:
    for _, sharing in _grouped(sounds, lambda sound: sound.master.pcm_md5):
        sentence = f"{_names(sharing)} are the very same sound. Was one exported twice?"
        yield Finding("warn", "sound-twice", sentence, len(sharing), "tracks")


def _grouped(sounds: Sequence[Sounding], key: Callable[[Sounding], str]) -> Iterator[tuple[str, list[Sounding]]]:
    """Keys that at least two of them share, with these."""
    groups: dict[str, list[Sounding]] = {}
    for sound in sounds:
        groups.setdefault(key(sound), []).append(sound)
    return ((value, sharing) for value, sharing in groups.items() if value and len(sharing) > 1)


def _of_isrc(sound: Sounding, besides: Release | None) -> Track | None:
    """A track of the same ISRC whose sound is certainly another one: fingerprints of both are known and far apart."""
    words = words_of(sound.master.fingerprint or "")
    for track in _on_sale(besides).filter(recording__isrc=sound.isrc)[:3]:
        others = words_of(track.master.fingerprint or "")
        if len(words) and len(others) and difference(words, others) >= OTHER_SOUND:
            return track
    return None


def _on_sale(besides: Release | None) -> "QuerySet[Track]":
    current = Track.objects.filter(edition__current_of__isnull=False).select_related("edition", "master")
    return current.exclude(edition__release=besides) if besides is not None else current


def _place(track: Track) -> str:
    return f"“{track.title}” of “{track.edition.title}”"


def _names(sounds: Sequence[Sounding]) -> str:
    quoted = [f"“{sound.name}”" for sound in sounds]
    return f"{', '.join(quoted[:-1])} and {quoted[-1]}"
