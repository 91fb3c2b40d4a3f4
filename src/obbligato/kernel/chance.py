"""The one place where unguessable names come from. A simulation seeds it; nobody calls the system's directly."""

import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from random import Random


class _Chance:
    seeded: Random | None = None


def token(size_bytes: int) -> str:
    """A name of twice so many hexadecimal digits that nobody can guess."""
    if _Chance.seeded is not None:
        return _Chance.seeded.randbytes(size_bytes).hex()
    return secrets.token_hex(size_bytes)


@contextmanager
def seeded(seed: int) -> Iterator[None]:
    """The same names in the same order for the same seed, for as long as this lasts. Never for a store's own."""
    before, _Chance.seeded = _Chance.seeded, Random(seed)
    try:
        yield
    finally:
        _Chance.seeded = before
