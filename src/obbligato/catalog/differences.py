"""What changed from one edition of a release to the next: a comparison of rows at hand. It asks no database."""

from collections.abc import Sequence
from dataclasses import dataclass

from obbligato.catalog.models import Edition, Track
from obbligato.kernel.sentences import Sentence

FIELDS = {
    "title": Sentence("the title"),
    "date": Sentence("the date"),
    "upc": Sentence("the UPC"),
    "genres": Sentence("the genres"),
    "description": Sentence("the description"),
    "copyright": Sentence("the copyright line"),
    "credits": Sentence("the credits"),
    "cover_id": Sentence("the cover"),
    "booklet_id": Sentence("the booklet"),
}
"""What an edition has beside its tracks, in words."""


@dataclass(frozen=True)
class Changes:
    """Tracks are told apart by their recordings; pairs are a track as it was and as it is. `others` are in words."""

    added: tuple[Track, ...]
    removed: tuple[Track, ...]
    sounds_new: tuple[tuple[Track, Track], ...]
    """The same recording from another master."""
    retitled: tuple[tuple[Track, Track], ...]
    moved: tuple[tuple[Track, Track], ...]
    others: tuple[str, ...]

    @property
    def to_fetch(self) -> tuple[Track, ...]:
        """The tracks that somebody with the edition before does not have as they are now, in order."""
        wanted = (*self.added, *(new for _, new in self.sounds_new))
        return tuple(sorted(wanted, key=lambda track: (track.disc, track.position)))

    @property
    def is_nothing(self) -> bool:
        """Whether only such things changed as tags, which no page shows."""
        return not (self.to_fetch or self.removed or self.retitled or self.moved or self.others)


def changes_between(
    before: Edition, tracks_before: Sequence[Track], after: Edition, tracks_after: Sequence[Track]
) -> Changes:
    """From one edition to another, with the tracks of each in order."""
    old = {track.recording_id: track for track in tracks_before}
    new = {track.recording_id: track for track in tracks_after}
    kept = [(old[recording], track) for recording, track in new.items() if recording in old]
    return Changes(
        added=tuple(track for recording, track in new.items() if recording not in old),
        removed=tuple(track for recording, track in old.items() if recording not in new),
        sounds_new=tuple((was, now) for was, now in kept if was.master_id != now.master_id),
        retitled=tuple((was, now) for was, now in kept if was.title != now.title),
        moved=tuple((was, now) for was, now in kept if (was.disc, was.position) != (now.disc, now.position)),
        others=tuple(words for name, words in FIELDS.items() if getattr(before, name) != getattr(after, name)),
    )
