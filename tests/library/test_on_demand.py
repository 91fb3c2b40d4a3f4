"""Of a copy that nobody has encoded only what is read is encoded, a little ahead, until the reader has gone."""

import asyncio
import random
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from obbligato.audio.formats import Format
from obbligato.audio.tags import Tags
from obbligato.encoding.engine import LIMIT_FOR_ONE, Engine
from obbligato.encoding.refusing import CannotEncode, EnoughForOne, NoRoom
from obbligato.encoding.renditions import rendition_of
from obbligato.library.copies import CopyOnDemand
from obbligato.library.pieces import contents
from obbligato.library.reading import PARTS_AHEAD
from tests.encoding.makers import ObedientEncoders, a_master, engine_of, serial_bytes

MP3 = Format.parse("mp3-320")


@pytest.fixture
def obedient(tmp_path: Path) -> Iterator[ObedientEncoders]:
    encoders = ObedientEncoders()
    with engine_of(encoders, tmp_path / "obedient"):
        yield encoders


def a_copy(
    name: str = "mp3-320", *, seconds: float = 25.0, for_whom: str = "", is_patient: bool = False
) -> CopyOnDemand:
    rendition = rendition_of(a_master(seconds=seconds), Format.parse(name))
    return CopyOnDemand(rendition, Tags(title="Gigue"), None, for_whom=for_whom, is_patient=is_patient)


def whole(copy: CopyOnDemand) -> bytes:
    return ranged(copy, 0, None)


def ranged(copy: CopyOnDemand, start: int, stop: int | None) -> bytes:
    async def read() -> bytes:
        return b"".join([data async for data in contents(copy.chunks(start, stop))])

    return asyncio.run(read())


def made(engine: Engine, copy: CopyOnDemand) -> set[int]:
    return engine.cache.parts_made(copy._rendition.recipe.identity)


@pytest.mark.parametrize("name", ["mp3-320", "wav", "opus-cbr-128", "aiff"])
def test_a_byte_in_the_middle_costs_one_part(engine: Engine, name: str) -> None:
    copy = a_copy(name, seconds=45)
    assert copy.size is not None
    place = copy.size // 2
    got = ranged(copy, place, place + 1)
    while not made(engine, copy):  # The byte comes before its part is whole.
        time.sleep(0.01)
    assert len(made(engine, copy)) == 1
    assert got == whole(copy)[place : place + 1]


def test_the_audio_is_that_of_one_serial_encode(engine: Engine) -> None:
    copy = a_copy()
    assert whole(copy).endswith(serial_bytes("mp3-320"))


def test_twenty_ranges_at_once_on_nothing_are_right_and_make_each_part_once(engine: Engine) -> None:
    copy, chance = a_copy(seconds=45), random.Random(3)
    assert copy.size is not None
    places = [chance.randrange(copy.size - 250_000) for _ in range(20)]
    jobs = list[str]()
    put = engine.encoders.put

    class Counting:
        def __getattr__(self, name: str) -> object:
            return getattr(encoders, name)

        def put(self, job: object, **others: object) -> None:
            jobs.append(job.id)  # type: ignore[attr-defined]
            put(job, **others)  # type: ignore[arg-type]

    encoders, engine.encoders = engine.encoders, Counting()  # type: ignore[assignment]

    async def read(place: int) -> bytes:
        return b"".join([data async for data in contents(copy.chunks(place, place + 250_000))])

    async def all_of_them() -> list[bytes]:
        return await asyncio.gather(*map(read, places))

    got = asyncio.run(all_of_them())
    assert len(jobs) == len(set(jobs))
    everything = whole(copy)
    assert got == [everything[place : place + 250_000] for place in places]


def test_a_reader_who_leaves_takes_what_waits_with_her(obedient: ObedientEncoders) -> None:
    copy = a_copy(seconds=45)

    async def read_a_little() -> None:
        chunks = copy.chunks(0, None)
        assert await anext(chunks)  # The tags are there at once, and the first part has been asked for.
        assert obedient.waiting() == (1, 0, 0)
        obedient.do_one()
        await anext(chunks)
        assert obedient.waiting() == (0, 0, 0)
        await anext(chunks)
        assert obedient.waiting() == (0, PARTS_AHEAD, 0)
        await chunks.aclose()

    asyncio.run(read_a_little())
    assert obedient.waiting() == (0, 0, 0)


def test_a_slow_reader_is_never_more_than_a_few_parts_ahead(obedient: ObedientEncoders) -> None:
    copy = a_copy("wav", seconds=95)

    async def read_slowly() -> None:
        chunks, begun = copy.chunks(0, None), 0
        async for piece in chunks:
            begun += len(piece)
            obedient.do_all()
            if begun > 400_000:
                break
            await asyncio.sleep(0)
        await chunks.aclose()

    reader = threading.Thread(target=lambda: asyncio.run(read_slowly()))
    while_reading(obedient, reader)
    assert len(obedient.begun) <= 1 + PARTS_AHEAD


def while_reading(obedient: ObedientEncoders, reader: threading.Thread) -> None:
    """Do what is asked for until a reader on another thread has ended."""
    reader.start()
    while reader.is_alive():
        obedient.do_all()
        reader.join(0.01)


def test_one_person_who_asks_for_everything_is_told_so_before_the_first_byte(obedient: ObedientEncoders) -> None:
    async def ask_for_much() -> int:
        held, refused = [], 0
        for rate in (64, 96, 128, 160, 192, 256, 320):
            copy = a_copy(f"mp3-{rate}", seconds=95, for_whom="person:1")
            assert copy.size is not None
            for part in range(10):
                chunks = copy.chunks(copy.size * part // 10 + 5, None)
                held.append(chunks)
                try:
                    await anext(chunks)
                except EnoughForOne:
                    refused += 1
        assert obedient.waiting() == (LIMIT_FOR_ONE, 0, 0)
        for chunks in held:
            await chunks.aclose()
        return refused

    assert asyncio.run(ask_for_much()) > 0
    assert obedient.waiting() == (0, 0, 0)


def test_a_full_disk_is_said_before_the_first_byte(tmp_path: Path) -> None:
    with engine_of(ObedientEncoders(), tmp_path / "full", spare_bytes=10**18), pytest.raises(NoRoom):
        whole(a_copy())


def test_a_master_that_vanished_is_said(engine: Engine) -> None:
    master = a_master(seconds=3, seed=77)
    copy = CopyOnDemand(rendition_of(master, MP3), Tags(), None)
    master.file.unlink()
    with pytest.raises(CannotEncode):
        whole(copy)


@pytest.mark.parametrize("name", ["mp3-v0", "flac-l8", "alac", "opus-96", "vorbis-q5", "wavpack"])
def test_a_reader_who_leaves_a_variable_rate_early_takes_what_waits_with_her(
    obedient: ObedientEncoders, name: str
) -> None:
    copy = a_copy(name, seconds=45)
    assert copy.size is None

    async def look() -> None:
        chunks = copy.chunks(0, None)
        await anext(chunks)
        assert sum(obedient.waiting()) >= 1
        reading = asyncio.ensure_future(anext(chunks))
        await asyncio.sleep(0.05)
        reading.cancel()
        await asyncio.wait({reading})
        await chunks.aclose()

    asyncio.run(look())
    assert obedient.waiting() == (0, 0, 0)
