"""What may be heard of a release is the label's choice; an owner hears all of what she owns, and no link opens more."""

import io
from collections.abc import Iterator

import pytest
from mutagen.mp3 import MP3
from starlette.applications import Starlette
from starlette.testclient import TestClient

from obbligato.catalog.models import Master, Release, Track, Withdrawal
from obbligato.library import delivery, hearing, links
from obbligato.library.links import ForgedLink
from obbligato.sales.quoting import format_named
from tests.makers import a_release, alice

pytestmark = pytest.mark.usefixtures("open_books")
SECONDS = 40.0


@pytest.fixture
def client() -> Iterator[TestClient]:
    app = Starlette(routes=delivery.routes, exception_handlers=delivery.exception_handlers)
    with TestClient(app) as made:
        yield made


def a_track(preview: str) -> Track:
    release = a_release(tracks=1, seconds=SECONDS)
    Release.objects.filter(pk=release.pk).update(preview=preview)
    return Track.objects.select_related("master", "edition__release").get()


def length_of(content: bytes) -> float:
    return float(MP3(io.BytesIO(content)).info.length)


def test_an_excerpt_lasts_thirty_seconds_and_says_which(client: TestClient) -> None:
    track = a_track("excerpt")
    heard = hearing.hearing_of(track, "excerpt", owner=None)
    assert heard is not None
    assert (heard.start_seconds, heard.stop_seconds, heard.is_whole) == (10.0, 40.0, False)
    assert length_of(client.get(heard.url).content) == pytest.approx(30, abs=0.1)


def test_a_label_may_let_all_of_it_be_heard_at_a_low_bitrate(client: TestClient) -> None:
    track = a_track("full")
    heard = hearing.hearing_of(track, "full", owner=None)
    assert heard is not None
    assert (heard.start_seconds, heard.stop_seconds, heard.is_whole) == (0.0, SECONDS, True)
    got = client.get(heard.url)
    assert length_of(got.content) == pytest.approx(SECONDS, abs=0.1)
    assert MP3(io.BytesIO(got.content)).info.bitrate == 96_000
    part = client.get(heard.url, headers={"Range": "bytes=1000-1999"})
    assert (part.status_code, part.content) == (206, got.content[1000:2000])


def test_or_nothing(client: TestClient) -> None:
    track = a_track("none")
    assert hearing.hearing_of(track, "none", owner=None) is None
    assert client.get(f"/delivery/previews/{track.pk}.mp3").status_code == 404


def test_an_owner_hears_all_whatever_the_choice_and_after_a_withdrawal(client: TestClient) -> None:
    track = a_track("none")
    Withdrawal.objects.create(release=track.edition.release, by="bob", reason="Sold out.")
    heard = hearing.hearing_of(track, "none", owner=alice())
    assert heard is not None
    assert heard.is_whole
    got = client.get(heard.url)
    assert length_of(got.content) == pytest.approx(SECONDS, abs=0.1)
    assert "private" in got.headers["Cache-Control"]


def test_a_link_to_listen_opens_no_copy_and_no_other_opens_it(client: TestClient) -> None:
    track, person = a_track("none"), alice()
    token = links.listening_link(person, track).removeprefix("/delivery/listening/").removesuffix(".mp3")
    with pytest.raises(ForgedLink):
        links.open_link(token)
    copy = links.track_link(person, track, format_named("mp3-128")).split("/")[3]
    assert client.get(f"/delivery/listening/{copy}.mp3").status_code == 403
    gone = links.listening_link(person, Track(pk=10**9))
    assert client.get(gone).status_code == 404


@pytest.mark.parametrize(("lufs", "volume"), [(-18.0, 1.0), (-8.0, 0.3162), (-30.0, 1.0), (None, 1.0)])
def test_what_is_loud_is_turned_down_and_nothing_above_full_scale(lufs: float | None, volume: float) -> None:
    assert hearing.volume_of(Master(integrated_lufs=lufs, true_peak_dbtp=-1.0)) == volume


def test_a_waveform_is_kept_for_ever_and_a_wrong_one_is_missing(client: TestClient) -> None:
    track = a_track("none")
    got = client.get(f"/delivery/waves/{track.master.sha256}.svg")
    assert got.headers["Content-Type"] == "image/svg+xml"
    assert "immutable" in got.headers["Cache-Control"]
    assert got.text.startswith("<svg")
    assert client.get("/delivery/waves/none.svg").status_code == 404
