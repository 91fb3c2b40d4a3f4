"""An essence is encoded once for any number of readers, is whole or not there, and comes back the same."""

import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings

from obbligato.audio.formats import Format, Window
from obbligato.catalog.models import Master, Track
from obbligato.encoding import essences, eviction, known_sizes, speeds
from obbligato.encoding.models import EncodedSize
from obbligato.encoding.workers import QueueFull, Workers
from tests.makers import a_release

MP3 = Format.parse("mp3-128")
V0 = Format.parse("mp3-v0")


def a_master(seconds: float = 2.0) -> Master:
    a_release(tracks=1, seconds=seconds)
    return Track.objects.get().master


@contextmanager
def all_encoders_held() -> Iterator[None]:
    """Nothing is encoded inside; what is asked for stands in the queue."""
    let_go, held = threading.Event(), threading.Semaphore(0)

    def hold() -> None:
        held.release()
        let_go.wait(60)

    for number in range(max(1, settings.ENCODER_THREADS)):
        essences._workers.put(f"held {number}", hold, priority=-1)
    for _ in range(max(1, settings.ENCODER_THREADS)):
        assert held.acquire(timeout=60)
    try:
        yield
    finally:
        let_go.set()


@pytest.mark.django_db
class TestRequest:
    def test_an_essence_is_made_and_kept(self) -> None:
        master = a_master()
        made = essences.request(master, MP3).result(30)
        kept = essences.ready(master, MP3)
        assert kept is not None
        assert kept.read(0, kept.audio_bytes) == made.read(0, made.audio_bytes)

    def test_many_readers_share_one_encode(self) -> None:
        master = a_master(seconds=20)
        asked = [essences.request(master, Format.parse("aac-256")) for _ in range(5)]
        assert len({id(one) for one in asked}) == 1
        asked[0].result(60)

    def test_what_was_evicted_comes_back_byte_for_byte(self) -> None:
        master = a_master()
        first = essences.request(master, MP3).result(30)
        before = first.read(0, first.audio_bytes)
        assert eviction.keep_within(0) > 0
        assert essences.ready(master, MP3) is None
        again = essences.request(master, MP3).result(30)
        assert again.read(0, again.audio_bytes) == before

    def test_a_damaged_file_is_never_served_but_made_again(self) -> None:
        master = a_master()
        path = essences.request(master, MP3).result(30).path
        os.truncate(path, 1000)
        assert essences.ready(master, MP3) is None
        assert essences.request(master, MP3).result(30).audio_bytes > 1000

    def test_a_codec_that_cannot_carry_the_master_is_refused(self) -> None:
        master = a_master()
        master.facts_json["channels"] = 7
        with pytest.raises(essences.CannotEncode, match="ALAC"):
            essences.request(master, Format.parse("alac"))

    def test_a_master_that_vanished_fails_with_a_sentence(self) -> None:
        master = a_master()
        kept = master.file.read_bytes()
        master.file.unlink()
        try:
            encoding = essences.request(master, Format.parse("mp3-96"))
            with pytest.raises(essences.CannotEncode):
                encoding.result(30)
        finally:
            master.file.write_bytes(kept)

    def test_an_interrupted_encode_leaves_nothing_after_clean_up(self) -> None:
        target = essences.request(a_master(), MP3).result(30).path
        part = target.with_name("x.essence.part")
        part.write_bytes(b"half")
        essences.clean_up()
        assert not part.exists()

    def test_a_full_disk_is_said_and_nothing_is_begun(self, monkeypatch: pytest.MonkeyPatch) -> None:
        master = a_master()
        monkeypatch.setattr("obbligato.kernel.folders.SPARE_BYTES", 10**18)
        with pytest.raises(essences.NoRoom, match="full"):
            essences.request(master, Format.parse("mp3-64"))

    def test_an_essence_evicted_while_it_is_opened_stays_readable(self, monkeypatch: pytest.MonkeyPatch) -> None:
        master = a_master()
        made = essences.request(master, MP3).result(30)
        touch = os.utime

        def evict_first(path: Path) -> None:
            eviction.keep_within(0)
            touch(path)

        monkeypatch.setattr(os, "utime", evict_first)
        opened = essences.ready(master, MP3)
        assert opened is not None
        assert not opened.path.exists()
        assert opened.read(0, opened.audio_bytes) == made.read(0, made.audio_bytes)


@pytest.mark.django_db
class TestFairness:
    def test_one_asker_has_no_more_than_her_part_of_the_queue(self) -> None:
        master = a_master()
        with all_encoders_held():
            asked = [a_part(master, number, "person:1") for number in range(essences.LIMIT_FOR_ONE)]
            with pytest.raises(essences.EnoughForOne) as refused:
                a_part(master, 100, "person:1")
            assert (refused.value.status, refused.value.retry_after_seconds) == (503, 30)
            assert a_part(master, 0, "person:1") is asked[0]  # What is under way is joined.
            others = [a_part(master, 101, "person:2"), a_part(master, 102, ""), a_part(master, 103, "")]
        for one in asked + others:
            one.result(60)
        a_part(master, 100, "person:1").result(60)


def a_part(master: Master, number: int, for_whom: str) -> essences.Encoding:
    return essences.request(master, MP3, window=Window(number, 5000), for_whom=for_whom)


@pytest.mark.django_db
class TestMemory:
    def test_the_size_is_known_before_anything_is_evicted(self, settings: Any) -> None:
        settings.ESSENCE_CACHE_BYTES = 0
        eviction.keep_within(0)
        encoding = essences.request(a_master(), V0)
        assert encoding.bare_bytes == 0
        assert essences.bare_bytes(encoding.result(30)) == encoding.bare_bytes > 0

    def test_a_size_is_remembered_as_it_was_counted_and_never_read_again(self) -> None:
        eviction.keep_within(0)
        encoding = essences.request(a_master(), V0)
        encoding.result(30)
        encoding.bare_bytes = 12_345
        known_sizes.remember_encoding(encoding)
        assert EncodedSize.objects.get().bare_bytes == 12_345

    def test_the_true_size_is_remembered_and_makes_the_next_quote_exact(self) -> None:
        from obbligato.sales.quoting import quote_track

        master = a_master()
        track = Track.objects.get()
        bound = quote_track(track, V0)
        encoding = essences.request(master, V0)
        encoding.result(30)
        known_sizes.remember_encoding(encoding)
        known_sizes.remember_encoding(encoding)
        exact = quote_track(track, V0)
        assert (bound.is_exact, exact.is_exact) == (False, True)
        assert exact.size_bytes < bound.size_bytes
        assert EncodedSize.objects.count() == 1

    def test_speed_is_learned_slowly_and_not_from_snippets(self) -> None:
        before = speeds.times_realtime()["mp3"]
        speeds.learn("mp3", music_seconds=5, work_seconds=1)
        assert speeds.times_realtime()["mp3"] == before
        speeds.learn("mp3", music_seconds=100 * before, work_seconds=200)
        assert before * 0.8 < speeds.times_realtime()["mp3"] < before


class TestWorkers:
    def test_the_most_urgent_work_goes_first(self) -> None:
        workers, done, may_begin, all_done = Workers(threads=1), list[str](), threading.Event(), threading.Event()

        def finish() -> None:
            done.append("idle")
            all_done.set()

        workers.put("first", may_begin.wait, priority=0)  # type: ignore[arg-type]
        workers.put("idle", finish, priority=2)
        workers.put("later", lambda: done.append("later"), priority=1)
        workers.put("hurried", lambda: done.append("hurried"), priority=2)
        workers.hurry("hurried", 0)
        may_begin.set()
        assert all_done.wait(10)
        assert done == ["hurried", "later", "idle"]

    def test_beyond_its_limit_the_queue_says_so(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("obbligato.encoding.workers.LIMIT", 0)
        with pytest.raises(QueueFull):
            Workers(threads=1).put("x", lambda: None, priority=0)


def test_least_recently_used_goes_first(settings: object, tmp_path: Path) -> None:
    settings.DATA_FOLDER = tmp_path  # type: ignore[attr-defined]
    folder = tmp_path / "essences" / "aa"
    folder.mkdir(parents=True)
    for age, name in enumerate(("new", "old", "oldest")):
        file = folder / f"{name}.essence"
        file.write_bytes(b"x" * 100)
        os.utime(file, (1000 - age, 1000 - age))
    assert eviction.keep_within(250) == 100
    assert sorted(file.stem for file in folder.iterdir()) == ["new", "old"]
    assert eviction.keep_within(50, spare=folder / "old.essence") == 100
    assert [file.stem for file in folder.iterdir()] == ["old"]
