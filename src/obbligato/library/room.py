"""How much room what someone owns takes on a device: arithmetic on sizes known or bounded. It encodes nothing."""

from collections.abc import Sequence
from dataclasses import dataclass

from obbligato.audio.formats import Format
from obbligato.encoding.copy_sizes import CannotCarry, copy_size, fit_of
from obbligato.encoding.known_sizes import KnownSizes
from obbligato.library.shelf import ShelfItem


@dataclass(frozen=True)
class Room:
    """Bytes of all copies together, exact or the most it can be, and how many tracks cannot be had in the format."""

    size_bytes: int
    is_exact: bool
    left_out: int


def room_of(items: Sequence[ShelfItem], format_: Format | None = None) -> Room:
    """Everything on a shelf in one format, or each track as it was bought."""
    tracks = [(track, format_ or item.format_of(track)) for item in items for track in item.tracks]
    known = KnownSizes([track.master_id for track, _ in tracks])
    sizes, left_out = [], 0
    for track, wanted in tracks:
        try:
            sizes.append(copy_size(track, fit_of(track, wanted), known))
        except CannotCarry:
            left_out += 1
    return Room(sum(size.bytes for size in sizes), all(size.is_exact for size in sizes), left_out)
