"""What a person owns of some tracks, and up to which size; what the next format costs follows. It reads only."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Any

from django.db.models import QuerySet

from obbligato.audio.formats import Format
from obbligato.catalog.models import Track
from obbligato.kernel.questions import question
from obbligato.people.models import Person
from obbligato.sales.models import Purchase


@dataclass
class Owned:
    """What one person has of one recording.

    `largest_bytes` is the largest size paid for, None where there is none yet: what was bought at a bound counts
    only once its true size is known and the difference returned, or a bound paid for and returned would buy more
    than was kept. `unsettled` are the formats for which that is still to come.
    """

    largest_bytes: int | None = None
    unsettled: set[str] = field(default_factory=set)

    def bytes_for(self, format_: Format, size_bytes: int) -> int | None:
        """The size she owns, as it counts for a copy of that size in that format; None where she owns nothing."""
        if format_.name in self.unsettled:
            return max(size_bytes, self.largest_bytes or 0)
        return self.largest_bytes

    def is_unknown_for(self, format_: Format, size_bytes: int) -> bool:
        """Whether a price for that format must wait for the true size of what she bought."""
        if not self.unsettled or format_.name in self.unsettled:
            return False
        return size_bytes > (self.largest_bytes or 0)

    def is_other_than(self, owned_bytes: int | None) -> bool:
        """Whether she owns something else by now than when a price was quoted."""
        return bool(self.unsettled) or self.largest_bytes != owned_bytes


NOT_OWNED = Owned()


def owned_by(person: Person | None, tracks: list[Track]) -> dict[int, Owned]:
    """By track id, for those of the tracks whose recording the person bought, in whatever edition."""
    return owned_of(person.pk if person else None, {track.pk: track.recording_id for track in tracks})


def owned_of(person_id: int | None, recordings: Mapping[int, int]) -> dict[int, Owned]:
    """The same by keys alone: `recordings` tells the recording of each track. Who is nobody owns nothing."""
    if person_id is None:
        return {}
    by_recording: dict[int, Owned] = {}
    for recording_id, size, name, is_exact, settlement in _bought(person_id, set(recordings.values())):
        owned = by_recording.setdefault(recording_id, Owned())
        if is_exact or settlement is not None:
            owned.largest_bytes = max(size, owned.largest_bytes or 0)
        else:
            owned.unsettled.add(name)
    return {track: by_recording[recording] for track, recording in recordings.items() if recording in by_recording}


@question
def _bought(person_id: int, recordings: Collection[int]) -> QuerySet[Purchase, tuple[Any, ...]]:
    bought = Purchase.objects.standing().filter(person_id=person_id, track__recording_id__in=recordings)
    return bought.values_list("track__recording_id", "size_bytes", "format_name", "line__is_exact", "line__settlement")
