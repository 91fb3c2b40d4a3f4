"""What may be heard of a track, where, and how loud: by the label's choice; an owner hears all. It charges nothing."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from django.conf import settings

from obbligato.audio.facts import MasterFacts
from obbligato.audio.formats import Format, Window
from obbligato.catalog import tagging
from obbligato.catalog.models import Master, Release, Track
from obbligato.catalog.restrictions import in_effect
from obbligato.catalog.restrictions.in_effect import UnavailableForLegalReasons
from obbligato.catalog.restrictions.models import Effect
from obbligato.kernel.refusals import Missing
from obbligato.library import copies, links
from obbligato.library.copies import CopyOnDemand, WholeCopy
from obbligato.people.models import Person
from obbligato.sales.offers import offer_of

EXCERPT_FORMAT = Format.parse("mp3-128")
FULL_FORMAT = Format.parse("mp3-96")
OWNERS_FORMAT = Format.parse("mp3-128")
NOTHING_CLOSED: Mapping[Effect, str] = MappingProxyType({})


class NotToBeHeard(Missing):
    """There is no such track, or nothing of it may be heard by everyone."""


@dataclass(frozen=True)
class Hearing:
    """What someone may hear of a track: where it is fetched, which seconds of the track it holds, and at what volume.

    The volume is a part of full scale, at most 1.
    """

    url: str
    start_seconds: float
    stop_seconds: float
    volume: float
    is_whole: bool


def hearing_of(
    track: Track,
    preview: str,
    *,
    owner: Person | None,
    closed: Mapping[Effect, str] = NOTHING_CLOSED,
    territory: str = "",
) -> Hearing | None:
    """What an owner, else anyone by the release's `preview`, may hear of a track; None for nothing.

    `closed` is what decisions and orders close of it in the territory (ISO 3166-1 alpha-2; "": the store's own).
    """
    seconds, volume = track.master.duration_seconds, volume_of(track.master)
    if owner is not None and Effect.REDOWNLOAD not in closed:
        return Hearing(links.listening_link(owner, track), 0.0, seconds, volume, is_whole=True)
    if Effect.PREVIEW in closed:
        return None
    elsewhere = f"?in={territory}" if territory not in {"", settings.HOME_COUNTRY} else ""
    url = f"/delivery/previews/{track.pk}.mp3{elsewhere}"
    if preview == Release.Preview.FULL:
        return Hearing(url, 0.0, seconds, volume, is_whole=True)
    if preview == Release.Preview.EXCERPT:
        window, rate = excerpt(track.master.facts), track.master.facts.sample_rate
        start, length = window.start_samples, window.duration_samples
        is_whole = length >= track.master.facts.samples
        return Hearing(url, start / rate, (start + length) / rate, volume, is_whole=is_whole)
    return None


def preview_of(track_id: int, *, for_whom: str, territory: str = "") -> WholeCopy | CopyOnDemand:
    """What anyone may hear of a track on a release that is on sale, or would be but for an order about its sale.

    Raises NotToBeHeard, UnavailableForLegalReasons, CannotEncode.
    """
    track = Track.objects.select_related("master", "edition__release").filter(pk=track_id).first()
    if track is None or track.edition.release.edition_id != track.edition_id:
        raise NotToBeHeard("There is no such track.")
    release, master = track.edition.release, track.master
    if release.preview == Release.Preview.NONE or not offer_of(release).is_offered:
        raise NotToBeHeard("There is no preview of this track.")
    _refuse_closed(track, territory, Effect.PREVIEW)
    if release.preview == Release.Preview.FULL:
        return copies.sound_of(master, FULL_FORMAT, for_whom=for_whom)
    return copies.sound_of(master, EXCERPT_FORMAT, window=excerpt(master.facts), for_whom=for_whom)


def whole_of(track_id: int, *, for_whom: str, territory: str = "") -> WholeCopy | CopyOnDemand:
    """All of a track, for whom a link has proven to own it; `territory` is where she lives.

    Raises NotToBeHeard, UnavailableForLegalReasons, CannotEncode.
    """
    track = Track.objects.select_related("master").filter(pk=track_id).first()
    if track is None:
        raise NotToBeHeard("There is no such track.")
    _refuse_closed(track, territory, Effect.REDOWNLOAD)
    return copies.sound_of(track.master, OWNERS_FORMAT, for_whom=for_whom)


def excerpt(facts: MasterFacts) -> Window:
    """The part of a master that is worth hearing first: from its first quarter on, faded in and out."""
    wanted = settings.PREVIEW_SECONDS * facts.sample_rate
    start = max(0, min(facts.samples // 4, facts.samples - wanted))
    return Window(start, min(wanted, facts.samples), fade_samples=min(facts.sample_rate, facts.samples // 4))


def volume_of(master: Master) -> float:
    """ReplayGain 2.0 as a part of full scale: a loud master is turned down to -18 LUFS, a quiet one is left as it is.

    What is louder than full scale would be cut off, and a browser plays nothing louder than it is.
    """
    gain_db = tagging.track_gain_db(master) or 0.0
    return float(round(min(1.0, 10 ** (gain_db / 20)), 4))


def _refuse_closed(track: Track, territory: str, effect: Effect) -> None:
    closed = in_effect.refusals([track.recording_id], territory=territory, effect=effect)
    if closed:
        raise UnavailableForLegalReasons(closed[track.recording_id])
