"""A computed zip is a true zip: of the length promised, the same from any offset, read by other programs."""

import asyncio
import io
import shutil
import subprocess
import zipfile
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from obbligato.library import zips
from obbligato.library.zips import Member, Zip

WHEN = datetime(2026, 3, 1, 12, 30, tzinfo=UTC)


class Bytes:
    """Something fetchable out of memory, in small pieces."""

    def __init__(self, content: bytes) -> None:
        self.content, self.size, self.etag = content, len(content), f'"{hash(content)}"'

    async def chunks(self, start: int, stop: int) -> AsyncIterator[bytes]:
        for at in range(start, stop, 7):
            yield self.content[at : min(stop, at + 7)]


def a_member(name: str, content: bytes) -> Member:
    async def open_it() -> Bytes:
        return Bytes(content)

    return Member(name, len(content), f"{name}:{content!r}", open_it)


def part(archive: Zip, start: int, stop: int) -> bytes:
    async def collect() -> bytes:
        return b"".join([piece async for piece in archive.chunks(start, stop)])

    return asyncio.run(collect())


CONTENTS = st.dictionaries(
    st.text(st.characters(exclude_categories=("C",), exclude_characters="/\\"), min_size=1, max_size=12),
    st.binary(max_size=60),
    max_size=5,
)


@given(CONTENTS)
@settings(deadline=None)
def test_python_reads_every_member_back(contents: dict[str, bytes]) -> None:
    archive = Zip([a_member(*one) for one in contents.items()], modified=WHEN)
    whole = part(archive, 0, archive.size)
    assert len(whole) == archive.size
    with zipfile.ZipFile(io.BytesIO(whole)) as read:
        assert read.testzip() is None
        assert {name: read.read(name) for name in read.namelist()} == contents


@given(CONTENTS, st.data())
@settings(deadline=None)
def test_any_part_is_a_part_of_the_whole(contents: dict[str, bytes], data: st.DataObject) -> None:
    archive = Zip([a_member(*one) for one in contents.items()], modified=WHEN)
    start = data.draw(st.integers(0, archive.size))
    stop = data.draw(st.integers(start, archive.size))
    zips._checksums.clear()  # As after a restart: the checksums before the offset must be found again.
    assert part(archive, start, stop) == part(archive, 0, archive.size)[start:stop]


def test_a_zip_too_large_for_32_bits_is_zip64(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(zips, "LIMIT_32", 40)
    monkeypatch.setattr(zips, "LIMIT_16", 1)
    archive = Zip([a_member("small", b"x" * 10), a_member("large", b"y" * 200)], modified=WHEN)
    whole = part(archive, 0, archive.size)
    assert whole.count(b"PK\x06\x06") == 1
    assert len(whole) == archive.size


def test_the_same_members_give_the_same_validator() -> None:
    one, other = (Zip([a_member("a", b"1")], modified=WHEN) for _ in range(2))
    changed = Zip([a_member("a", b"2")], modified=WHEN)
    assert one.etag == other.etag != changed.etag


@pytest.mark.parametrize("command", [["unzip", "-tq"], ["7z", "t", "-y"], ["bsdtar", "-tf"]])
def test_other_programs_accept_it(command: list[str], tmp_path: Path) -> None:
    if shutil.which(command[0]) is None:
        command = ["python3", "-m", "zipfile", "-t"]
    archive = Zip([a_member("Ärger/01 Ö.flac", b"abc" * 1000), a_member("empty", b"")], modified=WHEN)
    file = tmp_path / "a.zip"
    file.write_bytes(part(archive, 0, archive.size))
    done = subprocess.run([*command, str(file)], capture_output=True, check=False)
    assert done.returncode == 0, done.stderr + done.stdout
