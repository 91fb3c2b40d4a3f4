"""What can be fetched, as those see it who send it. It never says where bytes come from."""

from collections.abc import AsyncGenerator
from typing import Protocol

from obbligato.library.pieces import Piece


class Fetchable(Protocol):
    """Something with a size, a strong validator (RFC 9110, 8.8.3) and bytes at any offset."""

    @property
    def size(self) -> int | None:
        """In bytes; None where only making it tells."""
        ...

    @property
    def etag(self) -> str:
        """With its quotes; the same before the size is known as after."""
        ...

    def chunks(self, start: int, stop: int | None) -> AsyncGenerator[Piece]:
        """The bytes [start, stop) in pieces; without a known size only (0, None), everything."""
        ...
