"""What is kept is whole or not there, within its bytes, safe while it is read, and made again byte for byte."""

import hashlib
import os
import subprocess
import sys
import threading
from array import array
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from obbligato.audio.encoding import bind, encode_part
from obbligato.audio.errors import Damaged
from obbligato.audio.essence import KeptWriter, described_part
from obbligato.audio.formats import Format
from obbligato.audio.recipes import Recipe
from obbligato.encoding.cache import COUNT_AGAIN_SECONDS, Cache
from obbligato.encoding.engine import Engine
from obbligato.encoding.renditions import rendition_of
from obbligato.encoding.threads import ThreadEncoders
from tests.encoding.makers import GIGABYTE, a_master, engine_of, parts_of, serial_bytes
from tests.waiting import until

MP3, V0 = Format.parse("mp3-320"), Format.parse("mp3-v0")
ONE, OTHER, THIRD = "aa" * 16, "bb" * 16, "cc" * 16
FORMATS = {ONE: "mp3-64", OTHER: "mp3-96", THIRD: "mp3-128"}


@pytest.fixture
def cache(tmp_path: Path) -> Iterator[Cache]:
    cache = a_cache(tmp_path / "cache")
    yield cache
    cache.close()


def a_cache(folder: Path, *, limit_bytes: int = GIGABYTE, spare_bytes: int = 0) -> Cache:
    return Cache(folder, limit_bytes=lambda: limit_bytes, spare_bytes=spare_bytes)


def made(cache: Cache, identity: str, index: int = 0) -> Path:
    """A real part at the place where this process makes such."""
    target = cache.growing_target(f"{identity}-{index:05d}")
    encode_part(recipe_of(identity), index, target).close()
    return target


def recipe_of(identity: str) -> Recipe:
    master = a_master()
    return Recipe(master.file, master.facts, Format.parse(FORMATS[identity]))


def keep(cache: Cache, identity: str, index: int = 0, *, used_at: int | None = None) -> int:
    """Keep a part and close it again; its bytes on the disk."""
    part = cache.adopt_part(made(cache, identity, index), identity, index)
    path = part.path
    if used_at is not None:
        os.utime(path, (used_at, used_at))
    return path.stat().st_size


def kept(cache: Cache) -> list[str]:
    return sorted(path.name[:2] + path.name[32:] for path in cache.folder.glob("??/*"))


def growing(cache: Cache) -> list[str]:
    return sorted(path.name for path in (cache.folder / "growing").glob("*"))


class TestKeeping:
    def test_a_part_is_there_whole_or_not_at_all(self, cache: Cache) -> None:
        target = made(cache, ONE)
        assert cache.part(ONE, 0) is None
        assert cache.parts_made(ONE) == set()
        part = cache.adopt_part(target, ONE, 0)
        again = cache.part(ONE, 0)
        assert again is not None
        assert again is not part  # Whoever had it may be closing it at this very moment.
        assert again.read(0, 1 << 30) == part.read(0, 1 << 30)
        assert not target.exists()
        assert (cache.parts_made(ONE), cache.parts_made(OTHER)) == ({0}, set())
        assert part.path == cache.part_path(ONE, 0)

    def test_an_essence_takes_the_place_of_its_parts(self, cache: Cache) -> None:
        recipe = recipe_of(ONE)
        parts = [cache.adopt_part(made(cache, ONE, index), ONE, index) for index in range(recipe.parts.count)]
        target = cache.growing_target("bound")
        bind(recipe, [part.path for part in parts], target).close()
        essence = cache.adopt_essence(target, ONE)
        assert kept(cache) == ["aa.essence"]
        again = cache.essence(ONE)
        assert again is not None
        assert again.read(0, 1 << 30) == essence.read(0, 1 << 30)
        assert essence.read(0, essence.audio_bytes) == b"".join(part.read(0, part.audio_bytes) for part in parts)

    @pytest.mark.parametrize(
        "damage",
        [
            lambda path: os.truncate(path, 100),
            lambda path: os.truncate(path, 0),
            lambda path: flip_a_bit(path, 1000),
            lambda path: flip_a_bit(path, -40),
            lambda path: (path.unlink(), path.mkdir()),
        ],
        ids=["cut", "empty", "audio", "description", "folder"],
    )
    def test_a_damaged_part_is_removed_and_made_again(
        self, damage: Callable[[Path], object], cache: Cache, caplog: pytest.LogCaptureFixture
    ) -> None:
        keep(cache, ONE)
        damage(cache.part_path(ONE, 0))
        assert cache.part(ONE, 0) is None
        assert not cache.part_path(ONE, 0).exists()
        assert "damaged" in caplog.text
        keep(cache, ONE)
        assert cache.part(ONE, 0) is not None

    def test_a_folder_in_the_place_of_a_part_makes_way(self, cache: Cache) -> None:
        cache.part_path(ONE, 0).mkdir(parents=True)
        keep(cache, ONE)
        assert cache.part(ONE, 0) is not None

    def test_a_part_under_the_name_of_an_essence_is_not_taken_for_one(self, cache: Cache) -> None:
        keep(cache, ONE)
        path = cache.part_path(ONE, 0)
        path.rename(path.with_name(f"{ONE}.essence"))
        assert cache.essence(ONE) is None
        assert kept(cache) == []

    def test_what_is_not_whole_is_never_adopted(self, cache: Cache) -> None:
        target = made(cache, ONE)
        os.truncate(target, 1000)
        with pytest.raises(Damaged):
            cache.adopt_part(target, ONE, 0)
        assert kept(cache) == []


def flip_a_bit(path: Path, at: int) -> None:
    content = bytearray(path.read_bytes())
    content[at] ^= 4
    path.write_bytes(content)


class TestLimit:
    def test_what_was_unused_for_longest_goes_first_until_it_fits(self, tmp_path: Path) -> None:
        limit = [GIGABYTE]
        cache = Cache(tmp_path, limit_bytes=lambda: limit[0], spare_bytes=0)
        sizes = [keep(cache, name, used_at=at) for name, at in ((OTHER, 1000), (ONE, 3000), (THIRD, 2000))]
        limit[0] = sum(sizes) - 1
        assert cache.keep_within() == sizes[0]
        assert kept(cache) == ["aa-00000.part", "cc-00000.part"]
        limit[0] = 0
        assert cache.keep_within() == sizes[1] + sizes[2]
        assert kept(cache) == []
        assert cache.keep_within() == 0
        cache.close()

    def test_to_be_read_counts_as_use(self, tmp_path: Path) -> None:
        limit = [GIGABYTE]
        cache = Cache(tmp_path, limit_bytes=lambda: limit[0], spare_bytes=0)
        sizes = [keep(cache, ONE, used_at=1000), keep(cache, OTHER, used_at=2000)]
        assert cache.part(ONE, 0) is not None
        limit[0] = sum(sizes) - 1
        cache.keep_within()
        assert kept(cache) == ["aa-00000.part"]
        cache.close()

    def test_what_is_open_or_held_stays(self, tmp_path: Path) -> None:
        cache = a_cache(tmp_path, limit_bytes=0)
        opened = cache.adopt_part(made(cache, ONE), ONE, 0)
        cache.hold(OTHER)
        with cache.holding(OTHER):
            keep(cache, OTHER)
        keep(cache, THIRD)
        cache.keep_within()
        assert kept(cache) == ["aa-00000.part", "bb-00000.part"]
        assert opened.read(0, 10)
        cache.release(OTHER)
        del opened
        cache.keep_within()
        assert kept(cache) == []
        cache.close()

    def test_bytes_are_counted_again_when_another_process_changed_them(self, tmp_path: Path) -> None:
        ours, others = a_cache(tmp_path, limit_bytes=1), a_cache(tmp_path)
        ours.tidy()
        keep(others, ONE)
        ours.keep_within()
        assert kept(ours) == ["aa-00000.part"]  # Nobody has told us.
        ours._counted_at -= COUNT_AGAIN_SECONDS + 1
        ours.tidy()
        assert kept(ours) == []
        for cache in (ours, others):
            cache.close()

    def test_room_is_made_only_where_it_is_enough(self, tmp_path: Path) -> None:
        cache = a_cache(tmp_path)
        size = keep(cache, ONE, used_at=1000)
        keep(cache, OTHER, used_at=2000)
        stat = os.statvfs(tmp_path)
        cache._spare_bytes = stat.f_frsize * stat.f_bavail - size // 2  # As if the disk were nearly full.
        assert cache.has_room_for(1)
        assert not cache.has_room_for(size)
        assert cache.make_room(GIGABYTE) == 0
        assert kept(cache) == ["aa-00000.part", "bb-00000.part"]
        assert cache.make_room(size) >= size // 2
        assert kept(cache) == ["bb-00000.part"]
        cache.close()

    def test_what_many_threads_keep_and_evict_at_once_is_counted_right(self, tmp_path: Path) -> None:
        limit = [100_000]
        cache = Cache(tmp_path, limit_bytes=lambda: limit[0], spare_bytes=0)

        def keep_many(number: int) -> None:
            for index in range(150):
                target = cache.growing_target(f"{number}-{index}")
                with KeptWriter(target) as writer:
                    writer.append(b"x" * 3000)
                    writer.flush()
                    writer.finish(described_part(b"", writer.crc32), array("I"), is_lasting=False)
                cache.adopt_part(target, f"{number:02x}" * 16, index)
                cache.keep_within()

        threads = [threading.Thread(target=keep_many, args=(number,)) for number in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        cache.keep_within()
        assert sum(path.stat().st_size for path in tmp_path.glob("??/*")) <= limit[0]
        limit[0] = 0
        cache.keep_within()
        assert kept(cache) == []
        cache.close()

    def test_where_there_is_room_by_now_none_is_made(self, cache: Cache) -> None:
        keep(cache, ONE)
        assert cache.make_room(1) == 0
        assert kept(cache) == ["aa-00000.part"]


def come_to_rest(engine: Engine) -> None:
    """Wait until the parts that were read are bound as well, and let the cache keep what it may."""
    until(lambda: not engine.cache._held and not engine.renditions, what="rest")
    engine.cache.keep_within()


class TestRebuilding:
    def test_what_was_evicted_comes_back_byte_for_byte(self, tmp_path: Path) -> None:
        with engine_of(ThreadEncoders(threads=2), tmp_path, limit_bytes=0) as engine:
            first = parts_of(rendition_of(a_master(), V0))
            come_to_rest(engine)
            assert kept(engine.cache) == []
            assert parts_of(rendition_of(a_master(), V0)) == first == serial_bytes("mp3-v0")

    def test_a_reader_goes_on_while_its_file_is_evicted_by_another_process(self, tmp_path: Path) -> None:
        with engine_of(ThreadEncoders(threads=2), tmp_path):
            want = rendition_of(a_master(), MP3).ask(0)
            want.wait(60)
            other = a_cache(tmp_path, limit_bytes=0)
            assert other.keep_within() > 0
            assert want.read(0, want.written) == serial_bytes("mp3-320")[: want.written]
            other.close()

    def test_ten_readers_with_a_cache_of_no_bytes_read_what_they_should(self, tmp_path: Path) -> None:
        read, folder = list[bytes](), tmp_path / "cache"
        with engine_of(ThreadEncoders(threads=2), folder, limit_bytes=0) as engine:
            masters = [a_master(seconds=12, seed=seed) for seed in (21, 22)]
            readers = [
                threading.Thread(target=lambda one=master: read.append(parts_of(rendition_of(one, MP3))))  # type: ignore[misc]
                for master in masters * 5
            ]
            for reader in readers:
                reader.start()
            for reader in readers:
                reader.join()
            come_to_rest(engine)
            assert kept(engine.cache) == []
        assert set(read) == {serial_bytes("mp3-320", seconds=12, seed=seed) for seed in (21, 22)}
        assert len(read) == 10


MAKES_FOR_EVER = """
import sys, time
from pathlib import Path
from obbligato.encoding.cache import Cache
cache = Cache(Path(sys.argv[1]), limit_bytes=lambda: 10**9)
target = cache.growing_target("x")
target.with_name("x.growing").write_bytes(b"half a part")
print(target.parent.name, flush=True)
time.sleep(600)
"""


class TestProcesses:
    def test_what_a_killed_process_left_is_removed_and_what_a_living_one_makes_is_not(self, cache: Cache) -> None:
        mine = cache.growing_target("mine").parent.name
        with some_process(cache) as (dead, _), some_process(cache) as (_, name):
            other = a_cache(cache.folder)
            assert other.clean_up() == 0
            dead.kill()
            dead.wait()
            assert other.clean_up() == 1
            assert growing(cache) == sorted([mine, f"{mine}.lock", name, f"{name}.lock"])
            assert cache.clean_up() == 0
        assert cache.clean_up() == 1
        assert cache.clean_up() == 0

    def test_a_lock_without_a_folder_and_a_folder_without_a_lock_are_left_by_the_dead(self, cache: Cache) -> None:
        mine = cache.growing_target("mine").parent
        (mine.parent / "0123.lock").touch()
        (mine.parent / "4567").mkdir()
        assert cache.clean_up() == 2
        assert growing(cache) == [mine.name, f"{mine.name}.lock"]

    def test_a_folder_that_was_swept_away_under_a_living_process_is_made_again(self, cache: Cache) -> None:
        first = cache.growing_target("x").parent
        first.rmdir()
        assert cache.growing_target("x").parent != first
        keep(cache, ONE)

    def test_closing_leaves_nothing_half_made(self, cache: Cache) -> None:
        made(cache, ONE).with_name("y.growing").write_bytes(b"half")
        cache.close()
        assert growing(cache) == []

    def test_several_processes_share_a_folder_and_each_reads_the_same(self, tmp_path: Path) -> None:
        master = a_master(seconds=12, seed=21)
        code = READS.format(folder=str(tmp_path), source=str(master.file), facts=master.facts.to_json())
        running = [
            subprocess.Popen([sys.executable, "-P", "-c", code], stdout=subprocess.PIPE, text=True) for _ in range(3)
        ]
        sums = []
        for one in running:
            with one:
                sums.append(one.communicate(timeout=100)[0])
        assert sums == [hashlib.sha256(serial_bytes("mp3-v0", seconds=12, seed=21)).hexdigest() + "\n"] * 3


READS = """
import hashlib
from pathlib import Path
from obbligato.audio.encoding import bind, encode_part
from obbligato.audio.facts import MasterFacts
from obbligato.audio.formats import Format
from obbligato.audio.recipes import Recipe
from obbligato.audio.recipes import Recipe
from obbligato.encoding.cache import Cache
cache = Cache(Path({folder!r}), limit_bytes=lambda: 0, spare_bytes=0)
recipe = Recipe(Path({source!r}), MasterFacts.from_json({facts!r}), Format.parse("mp3-v0"))
identity, sums = recipe.identity, set()
for _ in range(5):
    data = b""
    for index in range(recipe.parts.count):
        part = cache.part(identity, index)
        if part is None:
            target = cache.growing_target(f"{{identity}}-{{index}}")
            encode_part(recipe, index, target).close()
            part = cache.adopt_part(target, identity, index)
        cache.keep_within()
        data += part.read(0, part.audio_bytes)
        del part
    sums.add(hashlib.sha256(data).hexdigest())
print(*sums)
"""


@contextmanager
def some_process(cache: Cache) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """One that makes something in the cache and never comes to its end, and the name of its folder."""
    command = [sys.executable, "-P", "-c", MAKES_FOR_EVER, str(cache.folder)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            yield process, process.stdout.readline().strip()
        finally:
            process.kill()
