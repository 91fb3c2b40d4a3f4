"""One preparation for any number of askers: joined, hurried, let go of, made again; and its end is told to all."""

import threading
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from obbligato.audio.copies import CopiedFrames
from obbligato.audio.formats import Format, Window
from obbligato.encoding.encoders import LOOK_AHEAD, WANTED_NOW, WHEN_IDLE, NotDone, Why
from obbligato.encoding.engine import LIMIT_FOR_ONE, Engine
from obbligato.encoding.making import make
from obbligato.encoding.preparing import AT_ONCE, ROUNDS, Preparation, prepare, prepare_rendition
from obbligato.encoding.refusing import REMEMBERED_AT_MOST, CannotEncode, EnoughForOne, LastRefusals, NoRoom
from obbligato.encoding.renditions import rendition_of
from obbligato.encoding.threads import ThreadEncoders
from obbligato.kernel import clock
from tests.encoding.makers import ObedientEncoders, a_master, engine_of, serial_bytes

WAV, MP3, V0 = Format.parse("wav"), Format.parse("mp3-320"), Format.parse("mp3-v0")


@pytest.fixture
def obedient() -> ObedientEncoders:
    return ObedientEncoders()


@pytest.fixture(autouse=True)
def engine(obedient: ObedientEncoders, tmp_path: Path) -> Iterator[Engine]:
    with engine_of(obedient, tmp_path) as engine:
        yield engine


def is_idle(engine: Engine) -> bool:
    """Whether nothing of what was begun is left over: no preparation, no share, no hold."""
    return not (engine.preparations or engine._shares or engine.cache._held or sum(engine.encoders.waiting()))


def drop_all(engine: Engine, identity: str) -> None:
    """Remove all parts of a rendition, as another process with a full cache would."""
    for path in engine.cache.folder.glob(f"??/{identity}-*.part"):
        path.unlink()


class TestResult:
    @pytest.mark.parametrize("name", ["mp3-v0", "wav", "opus-96", "vorbis-q3"])
    def test_the_whole_is_the_serial_file(self, name: str, obedient: ObedientEncoders, engine: Engine) -> None:
        preparation = prepare(a_master(), Format.parse(name), priority=LOOK_AHEAD, for_whom="person:1")
        assert not preparation.finished.is_set()
        obedient.do_all()
        audio = preparation.result(0)
        assert audio.read(0, audio.audio_bytes) == serial_bytes(name)
        assert preparation.done_fraction == 1.0
        assert is_idle(engine)

    def test_what_is_whole_is_there_at_once_and_nothing_is_begun(
        self, obedient: ObedientEncoders, engine: Engine
    ) -> None:
        prepare(a_master(), V0, priority=LOOK_AHEAD)
        obedient.do_all()
        again = prepare(a_master(), V0, priority=LOOK_AHEAD)
        assert again.finished.is_set()
        assert again.result(0).audio_bytes > 0
        assert is_idle(engine)

    def test_a_masters_own_frames_need_no_preparation(self, engine: Engine) -> None:
        preparation = prepare(a_master(), Format.parse("flac"), priority=LOOK_AHEAD)
        assert isinstance(preparation.result(0), CopiedFrames)
        assert is_idle(engine)

    def test_who_waits_in_vain_is_told_the_time(self) -> None:
        with pytest.raises(TimeoutError):
            prepare(a_master(), V0, priority=LOOK_AHEAD).result(0.01)

    def test_parts_that_readers_had_made_are_not_made_again(self, obedient: ObedientEncoders) -> None:
        want = rendition_of(a_master(), MP3).ask(1)
        obedient.do_all()
        preparation = prepare(a_master(), MP3, priority=LOOK_AHEAD)
        assert preparation.done_fraction == pytest.approx(1 / 3)
        assert obedient.do_all() == 3  # Two parts and the binding.
        assert want.is_done


class TestSharing:
    def test_all_who_ask_share_one_preparation(self, obedient: ObedientEncoders) -> None:
        master = a_master()
        asked = [prepare(master, V0, priority=LOOK_AHEAD, for_whom=f"person:{number}") for number in range(1000)]
        assert len({id(one) for one in asked}) == 1
        assert obedient.do_all() == 4

    def test_a_second_asker_in_a_hurry_hurries_what_is_under_way_and_what_follows(
        self, obedient: ObedientEncoders
    ) -> None:
        master = a_master(seconds=45, seed=5)
        prepare(master, WAV, priority=WHEN_IDLE)
        assert obedient.waiting() == (0, 0, AT_ONCE)
        prepare(master, WAV, priority=LOOK_AHEAD)
        assert obedient.waiting() == (0, AT_ONCE, 0)
        prepare(master, WAV, priority=WHEN_IDLE)
        prepare(master, WAV, priority=WANTED_NOW)
        assert obedient.waiting() == (AT_ONCE, 0, 0)
        obedient.do_one()
        assert obedient.waiting() == (AT_ONCE, 0, 0)

    def test_renditions_take_turns(self, obedient: ObedientEncoders) -> None:
        """However long the first one is, the second has its turn after a few parts of it."""
        first = prepare(a_master(seconds=45, seed=5), WAV, priority=LOOK_AHEAD)
        second = prepare(a_master(), WAV, priority=LOOK_AHEAD)
        begun = [obedient.do_one().partition("-")[0] for _ in range(AT_ONCE + 1)]
        assert begun == [first.rendition.recipe.identity] * AT_ONCE + [second.rendition.recipe.identity]

    def test_one_asker_has_so_many_under_way_and_no_more(self, obedient: ObedientEncoders, engine: Engine) -> None:
        master = a_master(seconds=3)

        def one(number: int, for_whom: str) -> Preparation:
            return prepare(master, V0, window=Window(number, 5000), priority=LOOK_AHEAD, for_whom=for_whom)

        asked = [one(number, "person:1") for number in range(LIMIT_FOR_ONE)]
        with pytest.raises(EnoughForOne):
            one(100, "person:1")
        others = [one(0, "person:1"), one(101, "person:2"), one(102, ""), one(103, "")]
        obedient.do_all()
        assert all(preparation.result(0).audio_bytes for preparation in asked + others)
        one(100, "person:1")
        obedient.do_all()
        assert is_idle(engine)


class TestLettingGo:
    def test_when_all_have_let_go_what_waits_is_dropped(self, obedient: ObedientEncoders, engine: Engine) -> None:
        asked = [prepare(a_master(), V0, priority=LOOK_AHEAD, for_whom="person:1") for _ in range(3)]
        for preparation in asked[:2]:
            preparation.let_go()
        assert obedient.waiting() == (0, 3, 0)
        asked[2].let_go()
        assert is_idle(engine)
        with pytest.raises(CannotEncode):
            asked[0].result(0)
        again = prepare(a_master(), V0, priority=LOOK_AHEAD)  # Nothing was wrong with it, so it begins anew.
        obedient.do_all()
        assert again.result(0).audio_bytes > 0

    def test_what_is_more_than_half_made_is_finished(self, obedient: ObedientEncoders, engine: Engine) -> None:
        preparation = prepare(a_master(), V0, priority=LOOK_AHEAD)
        obedient.do_one()
        obedient.do_one()
        preparation.let_go()
        assert obedient.do_all() == 2
        assert preparation.result(0).audio_bytes > 0
        assert is_idle(engine)

    def test_letting_go_of_what_is_finished_changes_nothing(self, obedient: ObedientEncoders) -> None:
        preparation = prepare(a_master(), V0, priority=LOOK_AHEAD)
        obedient.do_all()
        preparation.let_go()
        assert preparation.refusal is None


class TestTelling:
    def test_everyone_who_waits_is_told_once_and_late_comers_at_once(self, obedient: ObedientEncoders) -> None:
        preparation, told = prepare(a_master(), V0, priority=LOOK_AHEAD), list[str]()
        preparation.on_finished(lambda: told.append("first"))
        preparation.on_finished(lambda: 1 / 0 and None)  # type: ignore[func-returns-value]
        preparation.on_finished(lambda: told.append("second"))
        assert told == []
        obedient.do_all()
        assert told == ["first", "second"]
        preparation.on_finished(lambda: told.append("late"))
        assert told == ["first", "second", "late"]

    def test_who_is_told_may_begin_the_next_thing_while_others_do_the_same(self, obedient: ObedientEncoders) -> None:
        """None of our locks is held then: it would be the opposite order of everybody else's."""
        preparation, followed = prepare(a_master(), V0, priority=LOOK_AHEAD), list[Preparation]()

        def follow() -> None:
            other = threading.Thread(target=lambda: prepare(a_master(), V0, priority=WANTED_NOW))
            other.start()
            other.join(20)
            assert not other.is_alive()
            followed.append(prepare(a_master(), WAV, priority=LOOK_AHEAD))

        preparation.on_finished(follow)
        obedient.do_all()
        assert [one.result(0).audio_bytes > 0 for one in followed] == [True]


class TestEviction:
    def test_parts_that_vanish_before_they_are_bound_are_made_again(
        self, obedient: ObedientEncoders, engine: Engine
    ) -> None:
        preparation = prepare(a_master(), V0, priority=LOOK_AHEAD)
        identity = preparation.rendition.recipe.identity
        for _ in range(3):
            obedient.do_one()
        drop_all(engine, identity)
        assert obedient.do_all() == 5  # The binding that fails, three parts, and the binding.
        audio = preparation.result(0)
        assert audio.read(0, audio.audio_bytes) == serial_bytes("mp3-v0")

    def test_a_damaged_part_is_made_again_and_only_that(self, obedient: ObedientEncoders, engine: Engine) -> None:
        preparation = prepare(a_master(), V0, priority=LOOK_AHEAD)
        for _ in range(3):
            obedient.do_one()
        path = engine.cache.part_path(preparation.rendition.recipe.identity, 1)
        content = bytearray(path.read_bytes())
        content[100] ^= 1
        path.write_bytes(content)
        assert obedient.do_all() == 3
        audio = preparation.result(0)
        assert audio.read(0, audio.audio_bytes) == serial_bytes("mp3-v0")

    def test_parts_that_always_vanish_are_a_refusal_in_the_end(
        self, obedient: ObedientEncoders, engine: Engine
    ) -> None:
        preparation, jobs = prepare(a_master(), V0, priority=LOOK_AHEAD), 0
        while not preparation.finished.is_set():
            drop_all(engine, preparation.rendition.recipe.identity)
            obedient.do_one()
            jobs += 1
        assert jobs == ROUNDS * 4
        assert isinstance(preparation.refusal, CannotEncode)
        assert is_idle(engine)

    def test_what_another_process_bound_meanwhile_is_taken(
        self, obedient: ObedientEncoders, engine: Engine, tmp_path: Path
    ) -> None:
        preparation = prepare(a_master(), V0, priority=LOOK_AHEAD)
        identity = preparation.rendition.recipe.identity
        obedient.do_one()
        with engine_of(ThreadEncoders(threads=1), tmp_path):
            prepare(a_master(), V0, priority=LOOK_AHEAD).result(60)
        assert not list(engine.cache.folder.glob(f"??/{identity}-*.part"))
        obedient.do_all()
        audio = preparation.result(0)
        assert audio.read(0, audio.audio_bytes) == serial_bytes("mp3-v0")

    def test_with_a_cache_of_no_bytes_the_result_is_there_as_long_as_it_is_held(
        self, obedient: ObedientEncoders, tmp_path: Path
    ) -> None:
        with engine_of(obedient, tmp_path / "small", limit_bytes=0) as engine:
            preparation = prepare(a_master(), V0, priority=LOOK_AHEAD)
            obedient.do_all()
            audio = preparation.result(0)
            assert audio.read(0, audio.audio_bytes) == serial_bytes("mp3-v0")
            del preparation, audio
            engine.cache.keep_within()
            assert list(engine.cache.folder.glob("??/*")) == []


def fail_with(obedient: ObedientEncoders, why: Why, sentence: str) -> None:
    """Let the most urgent job fail."""
    _, on_news = obedient.take()
    on_news(NotDone(why, sentence))


class TestRefusals:
    def test_who_asks_again_within_a_minute_is_told_and_after_it_the_track_is_tried_again(
        self, obedient: ObedientEncoders, engine: Engine
    ) -> None:
        with clock.stopped(clock.now()):
            first = prepare(a_master(), V0, priority=LOOK_AHEAD, for_whom="person:1")
            fail_with(obedient, Why.AUDIO, "The master is damaged.")
            assert is_idle(engine)
            with pytest.raises(CannotEncode, match="damaged"):
                first.result(0)
            clock.advance(timedelta(seconds=59))
            with pytest.raises(CannotEncode, match="damaged"):
                prepare(a_master(), V0, priority=WANTED_NOW, for_whom="person:2")
            assert is_idle(engine)
            prepare(a_master(), MP3, priority=LOOK_AHEAD).let_go()  # Another rendition of it is another matter.
            clock.advance(timedelta(seconds=2))
            again = prepare(a_master(), V0, priority=LOOK_AHEAD)
            obedient.do_all()
            assert again.result(0).audio_bytes > 0

    def test_a_master_that_vanished_is_told_to_everyone_who_polls(self, obedient: ObedientEncoders) -> None:
        master = a_master(seconds=3, seed=78)
        kept = master.file.read_bytes()
        master.file.unlink()
        prepare(master, V0, priority=LOOK_AHEAD)
        obedient.do_all()
        with pytest.raises(CannotEncode):
            prepare(master, V0, priority=LOOK_AHEAD)
        master.file.write_bytes(kept)

    def test_what_was_refused_and_is_whole_all_the_same_is_given(self, obedient: ObedientEncoders) -> None:
        prepare(a_master(), V0, priority=LOOK_AHEAD)
        fail_with(obedient, Why.FAULT, "The encoder failed on this track.")
        wants = [rendition_of(a_master(), V0).ask(index) for index in range(3)]
        obedient.do_all()
        assert all(want.is_done for want in wants)
        assert prepare(a_master(), V0, priority=LOOK_AHEAD).result(0).audio_bytes > 0

    @pytest.mark.parametrize("why", [Why.NO_ROOM, Why.UNREACHABLE])
    def test_a_no_for_the_moment_is_not_remembered(self, why: Why, obedient: ObedientEncoders, engine: Engine) -> None:
        first = prepare(a_master(), V0, priority=LOOK_AHEAD)
        fail_with(obedient, why, "Not now.")
        assert first.refusal is not None
        assert is_idle(engine)
        again = prepare(a_master(), V0, priority=LOOK_AHEAD)
        obedient.do_all()
        assert again.result(0).audio_bytes > 0

    def test_a_full_disk_begins_nothing(self, obedient: ObedientEncoders, tmp_path: Path) -> None:
        with engine_of(obedient, tmp_path / "full", spare_bytes=1 << 60) as engine:
            with pytest.raises(NoRoom):
                prepare(a_master(), V0, priority=LOOK_AHEAD, for_whom="person:1")
            assert is_idle(engine)

    def test_a_fault_of_ours_ends_it_and_leaves_nobody_waiting(
        self, obedient: ObedientEncoders, engine: Engine, caplog: pytest.LogCaptureFixture
    ) -> None:
        preparation = prepare(a_master(seconds=45, seed=5), WAV, priority=LOOK_AHEAD)
        obedient.queue = FaultyQueue(obedient.queue)  # type: ignore[assignment]
        obedient.do_one()
        with pytest.raises(CannotEncode):
            preparation.result(0)
        assert (engine.preparations, dict(engine._shares)) == ({}, {})
        assert "A preparation failed" in caplog.text

    def test_many_refusals_are_not_kept_for_ever(self) -> None:
        last = LastRefusals()
        for number in range(REMEMBERED_AT_MOST + 1):
            last.note(str(number), "No.")
        last.repeat("0")
        with pytest.raises(CannotEncode):
            last.repeat("1")

    def test_what_was_begun_before_a_refusal_is_finished_and_kept(
        self, obedient: ObedientEncoders, engine: Engine
    ) -> None:
        preparation = prepare_rendition(rendition_of(a_master(), V0), priority=LOOK_AHEAD)
        job, on_news = obedient.take()
        fail_with(obedient, Why.AUDIO, "The master is damaged.")
        assert isinstance(preparation.refusal, CannotEncode)
        make(job, on_news)
        assert preparation.rendition.ask(0).is_done
        assert is_idle(engine)


class FaultyQueue:
    """A queue that gives what it has, and fails in another way than was agreed when it is to take more."""

    def __init__(self, before: object) -> None:
        self._before = before

    def __getattr__(self, name: str) -> object:
        return getattr(self._before, name)

    def put(self, *_: object, **__: object) -> None:
        raise RuntimeError("This was never agreed.")
