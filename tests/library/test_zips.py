"""A computed zip is a true zip: of the length promised, the same from any offset, read by other programs."""

import asyncio
import io
import subprocess
import zipfile
import zlib
from collections.abc import AsyncGenerator, Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from obbligato.library import zip_records
from obbligato.library.checksums import combined
from obbligato.library.pieces import contents as in_memory
from obbligato.library.zips import Member, Zip

WHEN = datetime(2026, 3, 1, 12, 30, tzinfo=UTC)


class Bytes:
    """Something fetchable out of memory, in small pieces."""

    def __init__(self, content: bytes) -> None:
        self.content, self.size, self.etag = content, len(content), f'"{hash(content)}"'

    async def chunks(self, start: int, stop: int | None) -> AsyncGenerator[bytes]:
        stop = self.size if stop is None else stop
        for at in range(start, stop, 7):
            yield self.content[at : min(stop, at + 7)]


class Remembered:
    """Checksums in a dictionary."""

    def __init__(self) -> None:
        self.by_etag: dict[str, int] = {}

    async def known(self, etags: Sequence[str]) -> dict[str, int]:
        return {etag: self.by_etag[etag] for etag in etags if etag in self.by_etag}

    def keep(self, etag: str, crc: int) -> None:
        self.by_etag[etag] = crc


def a_member(name: str, content: bytes, *, is_size_known: bool = True) -> Member:
    async def open_it() -> Bytes:
        return Bytes(content)

    return Member(name, len(content) if is_size_known else None, f"{name}:{content!r}", open_it)


def a_zip(members: list[Member]) -> Zip:
    return Zip(members, modified=WHEN, checksums=Remembered())


def part(archive: Zip, start: int, stop: int | None) -> bytes:
    async def collect() -> bytes:
        return b"".join([data async for data in in_memory(archive.chunks(start, stop))])

    return asyncio.run(collect())


CONTENTS = st.dictionaries(
    st.text(st.characters(exclude_categories=("C",), exclude_characters="/\\"), min_size=1, max_size=12),
    st.binary(max_size=60),
    max_size=5,
)


@given(CONTENTS)
@settings(deadline=None)
def test_python_reads_every_member_back(contents: dict[str, bytes]) -> None:
    archive = a_zip([a_member(*one) for one in contents.items()])
    whole = part(archive, 0, archive.size)
    assert len(whole) == archive.size
    with zipfile.ZipFile(io.BytesIO(whole)) as read:
        assert read.testzip() is None
        assert {name: read.read(name) for name in read.namelist()} == contents


@given(CONTENTS, st.data())
@settings(deadline=None)
def test_any_part_is_a_part_of_the_whole(contents: dict[str, bytes], data: st.DataObject) -> None:
    members = [a_member(*one) for one in contents.items()]
    archive = a_zip(members)
    start = data.draw(st.integers(0, archive.size))
    stop = data.draw(st.integers(start, archive.size))
    # As after a restart: the checksums before the offset must be found again.
    assert part(archive, start, stop) == part(a_zip(members), 0, None)[start:stop]


@given(CONTENTS, st.data())
@settings(deadline=None)
def test_a_zip_of_unknown_sizes_has_the_same_bytes_and_the_same_validator(
    contents: dict[str, bytes], data: st.DataObject
) -> None:
    unknown = {name for name in contents if data.draw(st.booleans())}
    grown = a_zip([a_member(name, content, is_size_known=name not in unknown) for name, content in contents.items()])
    whole = a_zip([a_member(name, content) for name, content in contents.items()])
    assert (grown.size is None) == bool(unknown)
    assert (part(grown, 0, None), grown.etag) == (part(whole, 0, None), whole.etag)


def test_a_zip_too_large_for_32_bits_is_zip64(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(zip_records, "LIMIT_32", 40)
    monkeypatch.setattr(zip_records, "LIMIT_16", 1)
    archive = a_zip([a_member("small", b"x" * 10), a_member("large", b"y" * 200)])
    whole = part(archive, 0, archive.size)
    assert whole.count(b"PK\x06\x06") == 1
    assert len(whole) == archive.size


def test_the_same_members_give_the_same_validator() -> None:
    one, other = (a_zip([a_member("a", b"1")]) for _ in range(2))
    changed = a_zip([a_member("a", b"2")])
    assert one.etag == other.etag != changed.etag


@pytest.mark.parametrize(
    "command", [["unzip", "-tq"], ["7z", "t", "-y"], ["bsdtar", "-tf"], ["python3", "-m", "zipfile", "-t"]]
)
@pytest.mark.parametrize("is_size_known", [True, False])
def test_other_programs_accept_it(command: list[str], is_size_known: bool, tmp_path: Path) -> None:
    contents = {"Ärger/01 Ö.flac": b"abc" * 1000, "empty": b"", "Музыка/02 名.mp3": b"x" * 70_000}
    archive = a_zip([a_member(*one, is_size_known=is_size_known) for one in contents.items()])
    file = tmp_path / "a.zip"
    file.write_bytes(part(archive, 0, None))
    done = subprocess.run([*command, str(file)], capture_output=True, check=False)
    assert done.returncode == 0, done.stderr + done.stdout


def test_a_zip_of_eight_gigabytes_is_read_by_other_programs(tmp_path: Path) -> None:
    """Its zeros are holes in the file, so it costs no disk; Info-ZIP and bsdtar are told every place by zip64."""
    zeros = Hole(2**33)
    members = [
        a_member("first.txt", b"first"),
        Member("zeros", zeros.size, "zeros", zeros.open_it, zeros.checksum),
        a_member("last.txt", b"last, behind four gigabytes"),
    ]
    archive, file = a_zip(members), tmp_path / "large.zip"
    assert archive.size is not None
    start = archive.size - 1000
    with file.open("wb") as target:
        target.write(part(archive, 0, 1000))
        target.truncate(start)
        target.seek(start)
        target.write(part(archive, start, archive.size))
    assert file.stat().st_size == archive.size
    unzipped = subprocess.run(["unzip", "-p", file, "last.txt"], capture_output=True, check=True)
    listed = subprocess.run(["bsdtar", "-tvf", file], capture_output=True, check=True, text=True)
    seven = subprocess.run(["7z", "e", "-so", file, "last.txt"], capture_output=True, check=True)
    assert unzipped.stdout == seven.stdout == b"last, behind four gigabytes"
    assert str(2**33) in listed.stdout
    with zipfile.ZipFile(file) as read:
        assert read.read("first.txt") == b"first"
        assert read.getinfo("zeros").file_size == 2**33


class Hole:
    """Zeros that are only read where somebody asks for them."""

    etag = '"zeros"'

    def __init__(self, size: int) -> None:
        self.size = size

    async def open_it(self) -> "Hole":
        return self

    async def checksum(self) -> int | None:
        crc, made = zlib.crc32(b"\0"), 1
        while 2 * made <= self.size:
            crc, made = combined(crc, crc, made), 2 * made
        assert made == self.size, "a power of two"
        return crc

    async def chunks(self, start: int, stop: int | None) -> AsyncGenerator[bytes]:
        yield bytes((self.size if stop is None else stop) - start)


def test_what_is_next_is_begun_and_every_interest_is_given_up() -> None:
    begun, ended = list[str](), list[str]()

    def named(name: str) -> Member:
        async def begin() -> Callable[[], None]:
            begun.append(name)
            return lambda: ended.append(name)

        return replace(a_member(name, name.encode() * 50), begin=begin)

    archive = a_zip([named(name) for name in ("a", "b", "c", "d")])

    async def leave_in_the_middle() -> None:
        chunks = archive.chunks(0, None)
        async for piece in chunks:
            if b"b" * 7 in piece:
                break
        await chunks.aclose()

    asyncio.run(leave_in_the_middle())
    assert (begun, sorted(ended)) == (["b", "c"], ["b", "c"])
    begun.clear()
    assert part(archive, 0, 60)
    assert begun == []


@given(st.binary(max_size=200), st.binary(max_size=200))
def test_checksums_of_two_pieces_are_that_of_both_together(first: bytes, second: bytes) -> None:
    assert combined(zlib.crc32(first), zlib.crc32(second), len(second)) == zlib.crc32(first + second)
