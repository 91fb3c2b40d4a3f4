"""What tags and cover add is counted once for each edition, and anew only where another version counted it."""

from importlib import import_module

import pytest
from django.apps import apps
from django.db import connection
from django.test.utils import CaptureQueriesContext

from obbligato.audio.copies import CONTAINERS_VERSION
from obbligato.audio.formats import CODECS
from obbligato.catalog import tagging
from obbligato.catalog.models import Edition, Track
from tests.storefront.makers import a_silent_release

pytestmark = pytest.mark.django_db


def test_a_start_counts_what_lacks_the_count_and_no_more() -> None:
    for _ in range(3):
        a_silent_release(tracks=2)
    Edition.objects.filter(pk=Edition.objects.latest("pk").pk).update(tag_bytes_version=CONTAINERS_VERSION)
    assert tagging.count_tag_bytes_again() == 2
    counted = [set(track.tag_bytes) == set(CODECS) for track in Track.objects.order_by("pk")]
    assert counted == [True] * 4 + [False] * 2


def test_what_was_counted_before_editions_said_so_stays_counted() -> None:
    counted, outdated = a_silent_release(tracks=2).edition, a_silent_release(tracks=2).edition
    assert counted is not None
    counted.tracks.update(tag_bytes={"mp3": 1, "version": 2})
    import_module("obbligato.catalog.migrations.0006_tag_bytes_version").note_counted(apps, None)
    assert Edition.objects.get(tag_bytes_version=2) == counted != outdated


def test_a_start_with_nothing_to_count_is_one_look_into_an_index() -> None:
    for _ in range(5):
        a_silent_release()
    tagging.count_tag_bytes_again()
    with CaptureQueriesContext(
        connection,
    ) as asked:
        assert tagging.count_tag_bytes_again() == 0
    (query,) = [one["sql"] for one in asked.captured_queries]
    assert "catalog_track" not in query
    with connection.cursor() as cursor:
        cursor.execute(query)
        assert cursor.fetchall() == []
    assert Edition._meta.get_field("tag_bytes_version").db_index
