"""Plays are a number a day: they grow by one, and know nobody."""

from datetime import UTC, date, datetime, timedelta

import pytest
from django.test import Client

from obbligato.catalog.models import Track
from obbligato.catalog.plays import reading
from obbligato.catalog.plays.counting import NoSuchTrack, count_play
from obbligato.catalog.plays.models import Plays
from obbligato.kernel import clock
from tests import makers

pytestmark = pytest.mark.django_db
EVENING = datetime(2026, 11, 28, 23, 59, 30, tzinfo=UTC)
DAY, NEXT = date(2026, 11, 28), date(2026, 11, 29)


def test_each_day_has_its_number() -> None:
    first, second = _tracks()
    with clock.stopped(EVENING):
        for _ in range(3):
            count_play(first.pk)
        count_play(second.pk)
        clock.advance(timedelta(minutes=1))
        count_play(first.pk)
    found = reading.plays(DAY, NEXT)
    assert reading.over_time(found, "day") == [(DAY, 4), (NEXT, 1)]
    assert reading.over_time(found, "month") == [(date(2026, 11, 1), 5)]
    assert [(one.track, one.count) for one in reading.by_track(found)] == [(first, 4), (second, 1)]
    assert [one.track for one in reading.by_track(found, most=1)] == [first]


def test_a_period_a_release_and_a_label_are_told_apart() -> None:
    track, _ = _tracks()
    with clock.stopped(EVENING):
        count_play(track.pk)
    release = track.edition.release
    assert reading.plays(DAY, DAY, release_id=release.pk, label_id=release.label_id).count() == 1
    assert not reading.plays(DAY, DAY, release_id=release.pk + 1)
    assert not reading.plays(DAY, DAY, label_id=release.label_id + 1)
    assert not reading.plays(NEXT, NEXT)


def test_what_is_on_no_release_is_not_counted() -> None:
    with pytest.raises(NoSuchTrack):
        count_play(0)
    assert not Plays.objects.exists()


def test_the_player_tells_it_and_is_told_nothing_of_anybody(client: Client) -> None:
    track, _ = _tracks()
    answer = client.post("/plays", {"track": track.pk})
    assert (answer.status_code, answer.content, dict(answer.cookies)) == (204, b"", {})
    assert Plays.objects.get().count == 1


def test_the_same_track_again_and_again_is_not_counted(client: Client) -> None:
    track, other = _tracks()
    answers = [client.post("/plays", {"track": track.pk}).status_code for _ in range(5)]
    assert answers == [204, 204, 204, 429, 429]
    assert client.post("/plays", {"track": other.pk}).status_code == 204
    assert [one.count for one in Plays.objects.order_by("track")] == [3, 1]


@pytest.mark.parametrize("told", ["", "0", "-1", "x", "1" * 400, "٣", "9" * 18, "1;drop", "\0"])
def test_nonsense_counts_nothing(client: Client, told: str) -> None:
    assert client.post("/plays", {"track": told}).status_code == 404
    assert not Plays.objects.exists()


def test_it_is_only_told_never_asked(client: Client) -> None:
    assert client.get("/plays").status_code == 405


def _tracks() -> tuple[Track, Track]:
    edition = makers.a_release().edition
    assert edition is not None
    first, second = edition.tracks.order_by("position")[:2]
    return first, second
