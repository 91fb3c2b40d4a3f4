"""Which ten seconds of a track a blind test may play to someone: what the label lets be heard, and nothing else."""

from dataclasses import dataclass
from math import ceil, floor

from obbligato.catalog.models import Master, Track
from obbligato.catalog.restrictions import in_effect
from obbligato.library.blind.tickets import Ticket
from obbligato.library.hearing import Hearing, NotToBeHeard, hearing_of, volume_of
from obbligato.people.models import Person
from obbligato.sales.offers import offer_of
from obbligato.sales.owning import owned_by

SECONDS = 10
LEAST_SECONDS = 5
LOUDEST_VOLUME = 0.7
"""Of full scale: coding makes peaks a little higher, and what is cut off could be heard."""
PLACES_OFFERED = 24


@dataclass(frozen=True)
class Passage:
    """A stretch of a master, in milliseconds, and the part of full scale at which it is played."""

    master: Master
    start_milliseconds: int
    length_milliseconds: int
    volume: float


def starts_of(heard: Hearing | None) -> list[int]:
    """Every whole second, in milliseconds of the track, where a passage may begin; none where too little is heard."""
    if heard is None or heard.stop_seconds - heard.start_seconds < LEAST_SECONDS:
        return []
    first, last = ceil(heard.start_seconds), floor(heard.stop_seconds - SECONDS)
    return [1000 * second for second in range(first, last + 1)] or [ceil(1000 * heard.start_seconds)]


def length_of(heard: Hearing, start_milliseconds: int) -> int:
    """How long a passage from there on is, in milliseconds."""
    return min(1000 * SECONDS, floor(1000 * heard.stop_seconds) - start_milliseconds)


def loudest(track: Track, starts: list[int]) -> int:
    """The start whose ten seconds are the loudest, by the waveform; the first of several."""
    peaks, length = bytes(track.master.peaks), 1000 * track.master.duration_seconds

    def power(start: int) -> float:
        first = int(start / length * len(peaks))
        columns = peaks[first : max(first + 1, ceil((start + 1000 * SECONDS) / length * len(peaks)))] or b"\0"
        return sum(column * column for column in columns) / len(columns)

    return max(starts, key=power)


def offered(starts: list[int]) -> list[int]:
    """A few of many starts, evenly apart."""
    step = max(1, -(-len(starts) // PLACES_OFFERED), SECONDS if len(starts) > SECONDS else 1)
    return starts[::step]


def passage_of(ticket: Ticket) -> Passage:
    """What a test plays. Raises NotToBeHeard where its label, or who it belongs to, no longer lets it be heard."""
    tracks = Track.objects.select_related("master", "edition__release__withdrawal", "edition__release__edition")
    track = tracks.filter(pk=ticket.track_id).first()
    heard = _heard(track, ticket) if track is not None else None
    if track is None or heard is None or ticket.start_milliseconds not in starts_of(heard):
        raise NotToBeHeard("This passage may not be heard.")
    volume = min(volume_of(track.master), LOUDEST_VOLUME)
    return Passage(track.master, ticket.start_milliseconds, length_of(heard, ticket.start_milliseconds), volume)


def _heard(track: Track, ticket: Ticket) -> Hearing | None:
    owner = Person.objects.filter(pk=ticket.person_id).first() if ticket.person_id else None
    territory = owner.country if owner else ticket.country
    closed = in_effect.found([track.recording_id], territory=territory).get(track.recording_id, {})
    if owned_by(owner, [track]):
        return hearing_of(track, track.edition.release.preview, owner=owner, closed=closed)
    release = track.edition.release
    if release.edition_id != track.edition_id or not offer_of(release).is_offered:
        return None
    return hearing_of(track, release.preview, owner=None, closed=closed)
