"""What was encoded once is remembered: its true size outlives the file, and the next quote for it is exact."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from obbligato.audio.formats import Format, Window
from obbligato.audio.libraries import build_id
from obbligato.catalog.models import Track
from obbligato.encoding import engine as engines
from obbligato.encoding import known_sizes, speeds
from obbligato.encoding.copy_sizes import copy_size, fit_of
from obbligato.encoding.encoders import LOOK_AHEAD
from obbligato.encoding.known_sizes import IDS_A_QUESTION, KnownSizes
from obbligato.encoding.models import EncodedSize
from obbligato.encoding.preparing import prepare
from obbligato.encoding.renditions import bare_bytes, rendition_of
from obbligato.sales.quoting import quote_track
from tests.encoding.makers import ObedientEncoders, engine_of
from tests.makers import a_release

V0, WAV = Format.parse("mp3-v0"), Format.parse("wav")

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def obedient(tmp_path: Path) -> Iterator[ObedientEncoders]:
    with engine_of(ObedientEncoders(), tmp_path, limit_bytes=0) as engine:
        assert isinstance(engine.encoders, ObedientEncoders)
        yield engine.encoders


@pytest.fixture
def track() -> Track:
    a_release(tracks=1, seconds=12)
    return Track.objects.get()


def encode(track: Track, format_: Format, obedient: ObedientEncoders, *, window: Window | None = None) -> int:
    """Have it made and let it be evicted again; the bytes of a copy without tags and cover."""
    preparation = prepare(track.master, format_, window=window, priority=LOOK_AHEAD)
    obedient.do_all()
    audio = preparation.result(0)
    made = bare_bytes(audio)  # type: ignore[arg-type]
    del preparation, audio
    engines.tidy()
    engines.current().cache.keep_within()
    assert not list(engines.current().cache.folder.glob("??/*"))
    return made


def test_a_size_is_known_when_the_file_is_long_evicted(track: Track, obedient: ObedientEncoders) -> None:
    made = encode(track, V0, obedient)
    (news,) = engines.finished_since_last_asked()
    assert engines.finished_since_last_asked() == []
    assert (news.master_id, news.bare_bytes, news.window) == (track.master_id, made, None)
    known_sizes.remember(news)
    known, name = KnownSizes([track.master_id]), fit_of(track, V0).name
    assert known.bare_bytes(track.master_id, name) == made > 0
    assert known.audio_crc32(track.master_id, name) == news.audio_crc32
    assert known.bare_bytes(track.master_id, "mp3-v2-44") is None
    assert known.audio_crc32(track.master_id, "mp3-v2-44") is None


def test_the_true_size_makes_the_next_quote_exact(track: Track, obedient: ObedientEncoders) -> None:
    bound = quote_track(track, V0)
    made = encode(track, V0, obedient)
    for news in engines.finished_since_last_asked():
        known_sizes.remember(news)
        known_sizes.remember(news)
    exact = quote_track(track, V0)
    assert (bound.is_exact, exact.is_exact) == (False, True)
    assert made < exact.size_bytes < bound.size_bytes
    assert EncodedSize.objects.count() == 1


def test_a_copy_is_as_large_as_was_remembered_and_its_tags(track: Track, obedient: ObedientEncoders) -> None:
    made = encode(track, V0, obedient)
    (news,) = engines.finished_since_last_asked()
    known_sizes.remember(news)
    size = copy_size(track, fit_of(track, V0), KnownSizes([track.master_id]))
    assert (size.bytes, size.is_exact, size.starts_at_once) == (made + track.tag_bytes["mp3"], True, False)


def test_formats_of_computed_size_are_exact_without_a_memory(track: Track) -> None:
    size = copy_size(track, fit_of(track, WAV), KnownSizes([track.master_id]))
    assert (size.is_exact, size.starts_at_once) == (True, True)


def test_an_essence_of_a_process_that_ended_too_soon_is_remembered_when_it_is_found(
    track: Track, obedient: ObedientEncoders
) -> None:
    rendition = rendition_of(track.master, V0)
    known_sizes.remember_essence(rendition)  # There is nothing to remember yet.
    assert not EncodedSize.objects.exists()
    prepare(track.master, V0, priority=LOOK_AHEAD)
    obedient.do_all()
    engines.current().whole.clear()  # As when the process ended here.
    known_sizes.remember_essence(rendition_of(track.master, V0))
    row = EncodedSize.objects.get()
    assert rendition.audio is not None
    assert (row.master, row.format_name, row.build) == (track.master, fit_of(track, V0).name, build_id())
    assert row.bare_bytes > rendition.audio.audio_bytes


def test_a_preview_is_not_remembered_as_the_track(track: Track, obedient: ObedientEncoders) -> None:
    encode(track, V0, obedient, window=Window(0, 5000))
    (news,) = engines.finished_since_last_asked()
    assert news.window == Window(0, 5000)
    known_sizes.remember(news)
    assert not EncodedSize.objects.exists()


def test_another_build_of_the_encoders_remembers_anew(track: Track) -> None:
    name = fit_of(track, V0).name
    EncodedSize.objects.create(master=track.master, format_name=name, build="another", bare_bytes=1)
    assert KnownSizes([track.master_id]).bare_bytes(track.master_id, name) is None


def test_sizes_are_read_once_and_in_short_questions(track: Track, django_assert_num_queries: Any) -> None:
    known = KnownSizes(range(IDS_A_QUESTION + 1))
    with django_assert_num_queries(2):
        assert known.bare_bytes(track.master_id, "mp3-v0") is None
        assert known.bare_bytes(track.master_id, "wav") is None


def test_the_news_say_how_long_it_took_so_that_speeds_are_learned(track: Track, obedient: ObedientEncoders) -> None:
    encode(track, V0, obedient)
    (news,) = engines.finished_since_last_asked()
    assert news.music_seconds == pytest.approx(12, abs=0.2)
    assert 0 < news.work_seconds < 60
    before = speeds.times_realtime()["mp3"]
    speeds.learn("mp3", music_seconds=news.music_seconds, work_seconds=news.work_seconds)
    seen = news.music_seconds / news.work_seconds
    assert speeds.times_realtime()["mp3"] == pytest.approx(before + 0.2 * (seen - before))


def test_speed_is_learned_slowly_and_not_from_snippets() -> None:
    before = speeds.times_realtime()["mp3"]
    speeds.learn("mp3", music_seconds=5, work_seconds=1)
    assert speeds.times_realtime()["mp3"] == before
    speeds.learn("mp3", music_seconds=100, work_seconds=0)
    assert speeds.times_realtime()["mp3"] == before
    speeds.learn("mp3", music_seconds=100 * before, work_seconds=200)
    assert before * 0.8 < speeds.times_realtime()["mp3"] < before
    assert speeds.times_realtime()["opus"] == speeds.TYPICAL_SPEED["opus"]


def test_of_a_master_that_is_gone_no_size_is_kept(track: Track, obedient: ObedientEncoders) -> None:
    encode(track, V0, obedient)
    (news,) = engines.finished_since_last_asked()
    known_sizes.remember(replace(news, master_id=news.master_id + 1))
    assert not EncodedSize.objects.exists()
