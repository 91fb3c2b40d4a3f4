"""Every test of the library has encoders and a cache of its own, and remembers no checksum."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from obbligato.encoding.engine import Engine
from obbligato.encoding.threads import ThreadEncoders
from obbligato.library import checksums
from tests.encoding.makers import engine_of


@pytest.fixture(autouse=True)
def engine(tmp_path: Path) -> Iterator[Engine]:
    checksums.forget_recent()
    with engine_of(ThreadEncoders(threads=2), tmp_path / "essences") as engine:
        yield engine
