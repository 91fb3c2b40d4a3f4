"""One flight for any number of readers, and only for them; refusals are sentences; every byte is the serial one."""

import gc
import os
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from obbligato.audio.essence import growing_path
from obbligato.audio.formats import Format, Window
from obbligato.encoding import renditions
from obbligato.encoding.encoders import Done, NotDone, QueueFull, Why, Written
from obbligato.encoding.engine import LIMIT_FOR_ONE
from obbligato.encoding.making import make
from obbligato.encoding.refusing import CannotEncode, EnoughForOne, NoRoom
from obbligato.encoding.renditions import LOOK_AHEAD, WANTED_NOW, WHEN_IDLE, rendition_of
from obbligato.encoding.threads import ThreadEncoders
from tests.encoding.makers import ObedientEncoders, a_master, engine_of, parts_of, serial_bytes

WAV, MP3, V0 = Format.parse("wav"), Format.parse("mp3-320"), Format.parse("mp3-v0")


@pytest.fixture
def obedient(tmp_path: Path) -> Iterator[ObedientEncoders]:
    encoders = ObedientEncoders()
    with engine_of(encoders, tmp_path):
        yield encoders


@pytest.fixture
def threads(tmp_path: Path) -> Iterator[ThreadEncoders]:
    encoders = ThreadEncoders(threads=2)
    with engine_of(encoders, tmp_path):
        yield encoders


class TestSingleFlight:
    def test_a_thousand_asks_of_one_part_are_one_job(self, obedient: ObedientEncoders) -> None:
        master = a_master()
        wants = [rendition_of(master, WAV).ask(1) for _ in range(1000)]
        assert obedient.do_all() == 1
        assert all(want.is_done for want in wants)
        assert len({want.read(0, 1000) for want in wants}) == 1

    def test_eight_readers_of_a_whole_track_make_each_part_once(self, threads: ThreadEncoders, tmp_path: Path) -> None:
        master, read = a_master(), list[bytes]()
        readers = [threading.Thread(target=lambda: read.append(parts_of(rendition_of(master, MP3)))) for _ in range(8)]
        held = rendition_of(master, MP3)
        for reader in readers:
            reader.start()
        for reader in readers:
            reader.join()
        assert set(read) == {serial_bytes("mp3-320")}
        assert len(read) == 8
        assert held.engine.encoders is threads
        assert held._music_seconds + sum(news.music_seconds for news in held.engine.whole) < 26

    def test_a_kept_part_is_open_once_for_any_number_of_readers(self, obedient: ObedientEncoders) -> None:
        rendition = rendition_of(a_master(), WAV)
        wants = [rendition.ask(0)]
        obedient.do_all()
        wants += [rendition.ask(0) for _ in range(100)]
        assert len({want.slice.file.fileno() for want in wants if want.slice}) == 1
        for want in wants:
            want.let_go()
        assert rendition._slices == {}

    def test_readers_who_come_and_go_at_once_never_read_a_closed_file_or_another(self, threads: ThreadEncoders) -> None:
        """The last reader closes the file while the next one opens it; its number may be another file's by then."""
        masters = [a_master(seconds=12, seed=seed) for seed in (21, 22)]
        serial = [serial_bytes("mp3-320", seconds=12, seed=seed)[:5000] for seed in (21, 22)]
        wrong = list[object]()

        def come_and_go(number: int) -> None:
            for _ in range(100):
                try:
                    want = rendition_of(masters[number % 2], MP3).ask(0)
                    want.wait(60)
                    if want.read(0, 5000) != serial[number % 2]:
                        wrong.append(number)
                    want.let_go()
                    del want
                except Exception as error:
                    wrong.append(error)

        readers = [threading.Thread(target=come_and_go, args=(number,)) for number in range(6)]
        before = sys.getswitchinterval()
        sys.setswitchinterval(1e-5)
        try:
            for reader in readers:
                reader.start()
            for reader in readers:
                reader.join()
        finally:
            sys.setswitchinterval(before)
        assert wrong == []

    def test_who_asks_for_the_same_bytes_has_the_same_object_while_it_is_held(self, obedient: ObedientEncoders) -> None:
        master = a_master()
        first = rendition_of(master, WAV)
        assert rendition_of(master, Format.parse("wav-16-44")) is first
        assert rendition_of(master, MP3) is not first
        del first
        gc.collect()
        assert len(rendition_of(master, WAV).engine.renditions) == 1

    def test_two_threads_that_race_share_what_is_made(self, threads: ThreadEncoders) -> None:
        rendition, begin, read = rendition_of(a_master(), V0), threading.Barrier(2), list[bytes]()

        def race(index: int) -> None:
            begin.wait(10)
            for number in (index, 1 - index, index):
                want = rendition.ask(number)
                want.wait(60)
                read.append(want.read(0, 1 << 20))
                want.let_go()

        racers = [threading.Thread(target=race, args=(index,)) for index in range(2)]
        for racer in racers:
            racer.start()
        for racer in racers:
            racer.join()
        assert len(read) == 6
        assert len(set(read)) == 2


class TestPriorities:
    def test_the_most_urgent_part_goes_first_and_a_second_asker_can_hurry_it(self, obedient: ObedientEncoders) -> None:
        rendition = rendition_of(a_master(), WAV)
        wants = [rendition.ask(0, priority=WHEN_IDLE), rendition.ask(1, priority=LOOK_AHEAD)]
        wants.append(rendition.ask(2, priority=WHEN_IDLE))
        assert obedient.waiting() == (0, 1, 2)
        wants.append(rendition.ask(2, priority=WANTED_NOW))
        assert obedient.waiting() == (1, 1, 1)
        assert [obedient.do_one()[-1] for _ in range(3)] == ["2", "1", "0"]

    def test_a_less_urgent_asker_slows_nobody(self, obedient: ObedientEncoders) -> None:
        rendition = rendition_of(a_master(), WAV)
        wants = [rendition.ask(0, priority=WANTED_NOW), rendition.ask(0, priority=WHEN_IDLE)]
        assert obedient.waiting() == (1, 0, 0)
        assert not wants[0].is_done


class TestLeaving:
    def test_what_nobody_waits_for_any_more_is_dropped(self, obedient: ObedientEncoders) -> None:
        rendition = rendition_of(a_master(), WAV)
        first, second = rendition.ask(0), rendition.ask(0)
        first.let_go()
        first.let_go()
        assert obedient.waiting() == (1, 0, 0)
        second.let_go()
        assert obedient.waiting() == (0, 0, 0)
        again = rendition.ask(0)
        obedient.do_all()
        assert again.is_done

    def test_what_was_begun_is_finished_and_kept(self, obedient: ObedientEncoders) -> None:
        rendition = rendition_of(a_master(), WAV)
        want = rendition.ask(0)
        job, on_news = obedient.take()
        want.let_go()
        joined = rendition.ask(0)
        assert obedient.waiting() == (0, 0, 0)
        joined.let_go()
        make(job, on_news)
        assert rendition.ask(0).is_done
        assert obedient.waiting() == (0, 0, 0)

    def test_a_rendition_left_when_most_is_made_is_finished_when_idle(self, obedient: ObedientEncoders) -> None:
        rendition = rendition_of(a_master(), MP3)
        wants = [rendition.ask(0), rendition.ask(2)]
        obedient.do_all()
        assert obedient.waiting() == (0, 0, 0)
        for want in wants:
            want.let_go()
        assert obedient.waiting() == (0, 0, 1)
        assert obedient.do_all() == 2  # The missing part, and the binding.
        assert rendition.done_fraction == 1.0

    def test_a_rendition_left_early_is_left_alone(self, obedient: ObedientEncoders) -> None:
        rendition = rendition_of(a_master(), MP3)
        want = rendition.ask(0)
        obedient.do_all()
        want.let_go()
        assert obedient.waiting() == (0, 0, 0)

    def test_what_readers_had_made_part_by_part_becomes_one_essence(self, obedient: ObedientEncoders) -> None:
        rendition = rendition_of(a_master(), V0)
        wants = [rendition.ask(index) for index in range(3)]
        assert obedient.do_all() == 4
        audio = rendition.audio
        assert audio is not None
        assert audio.read(0, audio.audio_bytes) == b"".join(want.read(0, 1 << 30) for want in wants)
        again = rendition.ask(1)
        assert again.is_done
        assert again.read(0, 1 << 30) == wants[1].read(0, 1 << 30)
        assert [news.bare_bytes > audio.audio_bytes for news in rendition.engine.whole] == [True]


class TestReading:
    @pytest.mark.parametrize(
        "name", ["mp3-128", "mp3-v2", "opus-96", "aac-128", "flac-l8", "wav", "alac", "vorbis-q3", "wavpack"]
    )
    def test_the_parts_are_the_serial_file(self, name: str, threads: ThreadEncoders) -> None:
        rendition = rendition_of(a_master(), Format.parse(name))
        assert parts_of(rendition) == serial_bytes(name)

    def test_bytes_can_be_read_before_the_part_is_whole(self, obedient: ObedientEncoders) -> None:
        rendition, seen = rendition_of(a_master(), MP3), list[tuple[int, int, bool]]()
        want = rendition.ask(0)
        want.on_change(lambda: seen.append((want.written, len(want.read(0, 1 << 20)), want.is_done)))
        obedient.do_one()
        assert [done for _, _, done in seen] == [False] * (len(seen) - 1) + [True]
        assert len(seen) > 3
        assert all(written == length for written, length, _ in seen)
        assert seen[0][0] < 40_000

    def test_a_part_that_starts_again_reads_as_if_nothing_had_happened(self, obedient: ObedientEncoders) -> None:
        want = rendition_of(a_master(), MP3).ask(0)
        job, on_news = obedient.take()
        growing = growing_path(job.target)
        growing.write_bytes(serial_bytes("mp3-320")[:5000])
        on_news(Written(5000))
        begin = want.read(0, 3000)
        growing.unlink()
        on_news(Written(0))
        assert (want.written, want.read(3000, 100)) == (0, b"")
        growing.write_bytes(serial_bytes("mp3-320")[:4000])
        on_news(Written(4000))
        assert begin + want.read(3000, 2000) == serial_bytes("mp3-320")[:4000]

    @settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
    @given(data=st.data())
    def test_ranges_in_any_order_are_the_serial_file(self, data: st.DataObject, threads: ThreadEncoders) -> None:
        serial = serial_bytes("mp3-64")
        rendition = rendition_of(a_master(), Format.parse("mp3-64"))
        parts = rendition.parts
        for _ in range(3):
            start = data.draw(st.integers(0, len(serial) - 1))
            stop = data.draw(st.integers(start + 1, min(len(serial), start + 100_000)))
            read = b""
            while start + len(read) < stop:
                index = parts.at(start + len(read))
                want = rendition.ask(index)
                want.wait(60)
                read += want.read(start + len(read) - parts.start_bytes(index), stop - start - len(read))
                want.let_go()
            assert read == serial[start:stop]
        if data.draw(st.booleans()):
            del rendition, want
            gc.collect()
            threads_cache = rendition_of(a_master(), Format.parse("mp3-64")).engine.cache
            threads_cache.make_room(1 << 50)

    @pytest.mark.skipif(not Path("/proc/self/fd").is_dir(), reason="only Linux tells which files are open")
    def test_many_renditions_read_while_they_grow_leave_no_file_open(self, obedient: ObedientEncoders) -> None:
        master = a_master()

        def read_one(number: int) -> None:
            wants = [rendition_of(master, MP3, window=Window(number, 90_000)).ask(0) for _ in range(3)]
            for want in wants:
                want.on_change(lambda want=want: want.read(0, 5000))  # type: ignore[misc]
            obedient.do_all()
            for want in wants:
                want.let_go()

        read_one(0)
        gc.collect()
        before = os.listdir("/proc/self/fd")
        for number in range(1, 40):
            read_one(number)
        gc.collect()
        assert os.listdir("/proc/self/fd") == before

    def test_many_threads_that_read_a_growing_part_open_it_once(self, obedient: ObedientEncoders) -> None:
        rendition = rendition_of(a_master(), MP3)
        wants, numbers = [rendition.ask(0) for _ in range(8)], set[int]()
        job, on_news = obedient.take()
        growing_path(job.target).write_bytes(serial_bytes("mp3-320")[:5000])
        on_news(Written(5000))
        begin = threading.Barrier(8)

        def read(want: renditions.Want) -> None:
            begin.wait(10)
            want.read(0, 10)
            numbers.add(rendition._flights[0]._growing)

        readers = [threading.Thread(target=read, args=(want,)) for want in wants]
        for reader in readers:
            reader.start()
        for reader in readers:
            reader.join()
        assert len(numbers) == 1
        make(job, on_news)

    def test_a_masters_own_frames_are_there_at_once(self, obedient: ObedientEncoders) -> None:
        rendition = rendition_of(a_master(), Format.parse("flac"))
        assert rendition.audio is not None
        assert rendition.done_fraction == 1.0
        assert (rendition.parts.count, obedient.waiting()) == (0, (0, 0, 0))

    def test_a_listener_that_fails_harms_no_other(
        self, obedient: ObedientEncoders, caplog: pytest.LogCaptureFixture
    ) -> None:
        rendition, told = rendition_of(a_master(), WAV), list[bool]()
        bad, good = rendition.ask(0), rendition.ask(0)
        bad.on_change(lambda: 1 / 0 and None)  # type: ignore[func-returns-value]
        good.on_change(lambda: told.append(good.is_done))
        obedient.do_all()
        assert told[-1] is True
        assert "could not be told" in caplog.text


class TestRefusals:
    def test_one_asker_has_no_more_than_her_part_of_the_queue(self, obedient: ObedientEncoders) -> None:
        master = a_master()

        def a_part(number: int, for_whom: str) -> renditions.Want:
            return rendition_of(master, WAV, window=Window(number, 5000)).ask(0, for_whom=for_whom)

        asked = [a_part(number, "person:1") for number in range(LIMIT_FOR_ONE)]
        with pytest.raises(EnoughForOne) as refused:
            a_part(100, "person:1")
        assert (refused.value.status, refused.value.retry_after_seconds) == (503, 30)
        others = [a_part(0, "person:1"), a_part(101, "person:2"), a_part(102, "")]  # What is under way is joined.
        asked[5].let_go()
        asked.append(a_part(100, "person:1"))
        with pytest.raises(EnoughForOne):
            a_part(103, "person:1")
        obedient.do_all()
        assert all(want.is_done for want in others)
        asked.append(a_part(104, "person:1"))

    def test_beyond_its_limit_the_queue_says_so(self, tmp_path: Path) -> None:
        with engine_of(ObedientEncoders(limit=2), tmp_path):
            rendition = rendition_of(a_master(), WAV)
            wants = [rendition.ask(0), rendition.ask(1)]
            with pytest.raises(QueueFull) as refused:
                rendition.ask(2, for_whom="person:1")
            assert (refused.value.status, refused.value.retry_after_seconds) == (503, 30)
            wants[0].let_go()
            assert not rendition.ask(2, for_whom="person:1").is_done

    def test_a_full_disk_is_said_and_nothing_is_begun(self, tmp_path: Path) -> None:
        encoders = ObedientEncoders()
        with engine_of(encoders, tmp_path, spare_bytes=1 << 60), pytest.raises(NoRoom, match="full"):
            rendition_of(a_master(), WAV).ask(0)
        assert encoders.waiting() == (0, 0, 0)

    def test_a_codec_that_cannot_carry_the_master_is_refused(self, obedient: ObedientEncoders) -> None:
        master = a_master()
        master.facts_json = master.facts_json | {"channels": 7}
        with pytest.raises(CannotEncode, match="ALAC"):
            rendition_of(master, Format.parse("alac"))

    def test_a_master_that_vanished_fails_with_a_sentence_and_can_be_asked_again(
        self, obedient: ObedientEncoders
    ) -> None:
        master = a_master(seconds=3, seed=77)
        kept = master.file.read_bytes()
        master.file.unlink()
        rendition = rendition_of(master, WAV)
        want = rendition.ask(0)
        obedient.do_all()
        assert isinstance(want.refusal, CannotEncode)
        with pytest.raises(CannotEncode):
            want.wait(1)
        master.file.write_bytes(kept)
        again = rendition.ask(0)
        obedient.do_all()
        assert again.is_done

    def test_what_an_encoder_refuses_is_told_to_every_reader_once(self, obedient: ObedientEncoders) -> None:
        rendition = rendition_of(a_master(), WAV)
        wants = [rendition.ask(0) for _ in range(3)]
        _, on_news = obedient.take()
        on_news(NotDone(Why.NO_ROOM, "ignored"))
        assert all(isinstance(want.refusal, NoRoom) and not want.is_done for want in wants)
        assert not rendition.ask(0).refusal

    def test_a_file_that_vanished_before_it_was_kept_is_a_refusal(self, obedient: ObedientEncoders) -> None:
        want = rendition_of(a_master(), WAV).ask(0)
        _, on_news = obedient.take()
        on_news(Done(1.0))
        assert isinstance(want.refusal, CannotEncode)
