"""What is delivered is whole, true to its promised length, resumable, and only for whom it was meant."""

import gc
import io
import shutil
import time
import zipfile
from collections.abc import Iterator
from datetime import timedelta

import pytest
from mutagen.mp3 import MP3
from mutagen.oggopus import OggOpus
from starlette.applications import Starlette
from starlette.testclient import TestClient

from obbligato.catalog.models import Booklet, Edition, Track, Withdrawal
from obbligato.catalog.restrictions import imposing
from obbligato.catalog.restrictions.imposing import Authority
from obbligato.catalog.restrictions.models import Effect
from obbligato.encoding.engine import Engine
from obbligato.kernel import clock
from obbligato.library import checksums, delivery, downloads, links, naming, shelf
from obbligato.people.models import Person
from obbligato.sales import baskets, checkout
from obbligato.sales.quoting import format_named, quote_track
from tests.makers import a_release, alice, bob
from tests.waiting import until

pytestmark = pytest.mark.usefixtures("open_books")


@pytest.fixture
def client() -> Iterator[TestClient]:
    app = Starlette(routes=delivery.routes, exception_handlers=delivery.exception_handlers)
    with TestClient(app) as made:
        yield made


def buy(person: Person, format_name: str, *, seconds: float = 2.0, tracks: int = 3) -> shelf.ShelfItem:
    """Let her buy a release of so many tracks, and give what is on her shelf then."""
    release = a_release(tracks=tracks, seconds=seconds, minimum="0.01")
    basket = baskets.basket_with(None, person)
    baskets.add_release(basket, release, format_named(format_name))
    total = baskets.contents(basket).total_micro
    checkout.pay(checkout.place_order(basket, person, expected_total_micro=total, country="FR"))
    return shelf.shelf_item(person, release.slug)


def give_booklet(edition: Edition) -> None:
    """A very small one, to an edition that is published."""
    booklet = Booklet.objects.create(sha256="ab" * 32, original_name="booklet.pdf", size_bytes=8)
    booklet.file.parent.mkdir(parents=True, exist_ok=True)
    booklet.file.write_bytes(b"%PDF-1.7")
    Edition.objects.filter(pk=edition.pk).update(booklet=booklet)


FORMATS = (
    *("mp3-320", "flac", "wav", "aiff", "opus-cbr-128", "mp3-v0", "aac-128", "alac"),
    *("opus-128", "opus-vbr-96", "vorbis-q5", "wavpack", "flac-l8"),
)


def until_whole(engine: Engine) -> None:
    """Wait until the parts that readers had made are one essence."""
    until(lambda: engine.whole)


def forget(engine: Engine) -> None:
    """As when everything has been evicted, and nobody reads anything."""
    until(lambda: not engine.preparations, seconds=120)
    until(lambda: gc.collect() is None or not engine.renditions, seconds=120, pause_seconds=0.05)
    for shard in engine.cache.folder.glob("??"):
        shutil.rmtree(shard)
    assert not engine.renditions


def assert_by_length_ever_after(client: TestClient, url: str, content: bytes, etag: str) -> None:
    """The same bytes under the same validator, with their length and ranges."""
    for _ in range(100):
        again = client.get(url)
        if "Content-Length" in again.headers:
            break
        time.sleep(0.02)  # The parts are being put together.
    assert again.content == content
    assert int(again.headers["Content-Length"]) == len(content)
    assert (again.headers["ETag"], again.headers["Accept-Ranges"]) == (etag, "bytes")
    middle = client.get(url, headers={"Range": f"bytes={len(content) // 3}-{len(content) // 2}", "If-Range": etag})
    assert (middle.status_code, middle.content) == (206, content[len(content) // 3 : len(content) // 2 + 1])


class TestCopy:
    @pytest.mark.parametrize("format_name", FORMATS)
    def test_a_copy_is_as_long_as_it_says_and_never_more_than_quoted(
        self, client: TestClient, format_name: str
    ) -> None:
        person = alice("20")
        item = buy(person, format_name, seconds=12, tracks=1)
        quoted = quote_track(item.tracks[0], format_named(format_name))
        url = downloads.link_for_track(person, item.tracks[0], format_named(format_name))
        first = client.get(url)
        assert first.status_code == 200
        assert len(first.content) <= quoted.size_bytes
        if quoted.is_exact:
            assert len(first.content) == int(first.headers["Content-Length"]) == quoted.size_bytes
        else:
            assert "Content-Length" not in first.headers
            assert "Accept-Ranges" not in first.headers
        assert_by_length_ever_after(client, url, first.content, first.headers["ETag"])

    @pytest.mark.parametrize("format_name", ["mp3-v0", "opus-96", "alac", "vorbis-q5"])
    def test_what_was_encoded_once_keeps_its_length_when_it_is_evicted(
        self, client: TestClient, engine: Engine, format_name: str
    ) -> None:
        person = alice("20")
        item = buy(person, format_name, seconds=12, tracks=1)
        url = downloads.link_for_track(person, item.tracks[0], format_named(format_name))
        first = client.get(url)
        until_whole(engine)
        downloads.note_encoded()
        forget(engine)
        assert_by_length_ever_after(client, url, first.content, first.headers["ETag"])
        forget(engine)
        late = client.get(url, headers={"Range": "bytes=-100"})
        assert (late.status_code, late.content) == (206, first.content[-100:])

    def test_any_range_is_a_part_of_the_whole(self, client: TestClient) -> None:
        person = alice("20")
        item = buy(person, "mp3-320", seconds=6)
        url = downloads.link_for_track(person, item.tracks[0], format_named("mp3-320"))
        late = client.get(url, headers={"Range": "bytes=150000-160000"})
        assert late.status_code == 206
        whole = client.get(url).content
        assert late.content == whole[150_000:160_001]
        assert late.headers["Content-Range"] == f"bytes 150000-160000/{len(whole)}"
        assert client.get(url, headers={"Range": "bytes=-5"}).content == whole[-5:]

    def test_the_validator_is_the_same_before_and_after_encoding(self, client: TestClient) -> None:
        person = alice("20")
        item = buy(person, "mp3-192")
        url = downloads.link_for_track(person, item.tracks[0], format_named("mp3-192"))
        first = client.get(url).headers["ETag"]
        assert client.head(url).headers["ETag"] == first
        assert client.get(url, headers={"If-None-Match": first}).status_code == 304
        changed = client.get(url, headers={"Range": "bytes=5-9", "If-Range": '"another"'})
        assert changed.status_code == 200

    def test_tags_and_cover_are_inside(self, client: TestClient) -> None:
        person = alice("20")
        item = buy(person, "opus-96")
        got = client.get(downloads.link_for_track(person, item.tracks[1], format_named("opus-96")))
        tags = OggOpus(io.BytesIO(got.content))
        assert tags["title"] == ["02 Piece 2"] or tags["title"] == ["Piece 2"]
        assert tags["album"] == ["Three Small Pieces"]
        assert tags["metadata_block_picture"]
        assert tags.info.length == pytest.approx(2.0, abs=0.001)

    def test_a_range_beyond_the_end_is_said(self, client: TestClient) -> None:
        person = alice("20")
        item = buy(person, "mp3-64")
        url = downloads.link_for_track(person, item.tracks[0], format_named("mp3-64"))
        got = client.get(url, headers={"Range": "bytes=99999999-"})
        assert (got.status_code, got.headers["Content-Range"][:8]) == (416, "bytes */")

    def test_a_withdrawn_release_stays_with_its_owner(self, client: TestClient) -> None:
        person = alice("20")
        item = buy(person, "mp3-64")
        Withdrawal.objects.create(release=item.release, by="bob", reason="because")
        assert shelf.shelf_item(person, item.release.slug).is_withdrawn
        assert client.get(downloads.link_for_track(person, item.tracks[0], format_named("mp3-64"))).status_code == 200


class TestZip:
    def test_a_zip_has_its_length_before_anything_is_encoded(self, client: TestClient) -> None:
        person = alice("20")
        item = buy(person, "mp3-320")
        url = downloads.link_for_release(person, item, format_named("mp3-320"))
        promised = int(client.head(url).headers["Content-Length"])
        got = client.get(url)
        assert len(got.content) == promised
        with zipfile.ZipFile(io.BytesIO(got.content)) as archive:
            assert archive.testzip() is None
            assert len(archive.namelist()) == 4
            first = archive.read(archive.namelist()[0])
        assert MP3(io.BytesIO(first)).info.bitrate == 320_000

    @pytest.mark.parametrize("format_name", ["wav", "opus-64"])
    def test_a_zip_resumes(self, client: TestClient, format_name: str) -> None:
        person = alice("20")
        item = buy(person, format_name)
        url = downloads.link_for_release(person, item, format_named(format_name))
        whole = client.get(url)
        middle = len(whole.content) // 2
        checksums.forget_recent()
        rest = client.get(url, headers={"Range": f"bytes={middle}-", "If-Range": whole.headers["ETag"]})
        assert rest.status_code == 206
        assert whole.content[:middle] + rest.content == whole.content

    def test_an_unready_zip_shows_its_progress(self) -> None:
        person = alice("20")
        item = buy(person, "aac-256")
        state = downloads.readiness(person, item, format_named("aac-256"))
        assert state.total == 3
        while not state.is_ready:
            state = downloads.readiness(person, item, format_named("aac-256"))
        assert (state.percent, state.seconds_left) == (100, 0)


class TestRights:
    def test_an_expired_link_says_where_a_fresh_one_is(self, client: TestClient, settings: object) -> None:
        person = alice("20")
        item = buy(person, "mp3-64")
        url = downloads.link_for_track(person, item.tracks[0], format_named("mp3-64"))
        settings.LINK_LIFETIME = timedelta(seconds=-1)  # type: ignore[attr-defined]
        got = client.get(url)
        assert (got.status_code, got.headers["content-type"]) == (410, "application/problem+json")
        assert "library" in got.json()["title"]

    @pytest.mark.parametrize("token", ["x", "a:b:c", "%00", "eyJ9:1:2", "." * 3000])
    def test_a_forged_link_opens_nothing(self, client: TestClient, token: str) -> None:
        assert client.get(f"/delivery/copies/{token}/a.mp3").status_code == 403
        assert client.get(f"/delivery/releases/{token}/a.zip").status_code == 403

    def test_nobody_gets_a_link_to_what_she_does_not_own(self) -> None:
        item = buy(alice("20"), "mp3-64")
        with pytest.raises(shelf.NotOnShelf):
            downloads.link_for_track(bob(), item.tracks[0], format_named("mp3-64"))

    def test_a_larger_format_must_be_paid_first(self) -> None:
        person = alice("20")
        item = buy(person, "mp3-64")
        with pytest.raises(downloads.DifferenceDue):
            downloads.link_for_track(person, item.tracks[0], format_named("wav"))
        by_name = {option.format.name: option for option in downloads.options(person, item)}
        assert by_name["mp3-64"].is_free
        assert not by_name["wav"].is_free
        assert by_name["wav"].difference_micro > 0

    def test_a_link_to_what_is_gone_is_missing(self, client: TestClient) -> None:
        person = alice("20")
        item = buy(person, "mp3-64")
        nothing = Track(pk=10**9, title="x", position=1)
        url = links.track_link(person, nothing, format_named("mp3-64"))
        assert client.get(url).status_code == 404
        archive = links.release_link(person, item.edition, [nothing], format_named("mp3-64"))
        assert client.get(archive).status_code == 404


class TestPublic:
    def test_a_preview_is_an_mp3_with_ranges(self, client: TestClient) -> None:
        a_release(tracks=1, seconds=40)
        track = Track.objects.get()
        got = client.get(f"/delivery/previews/{track.pk}.mp3")
        assert got.headers["Content-Type"] == "audio/mpeg"
        assert MP3(io.BytesIO(got.content)).info.length == pytest.approx(30, abs=0.1)
        assert client.get(f"/delivery/previews/{track.pk}.mp3", headers={"Range": "bytes=0-9"}).status_code == 206

    def test_there_is_no_preview_of_what_is_not_on_sale(self, client: TestClient) -> None:
        a_release(tracks=1, has_licence=False)
        assert client.get(f"/delivery/previews/{Track.objects.get().pk}.mp3").status_code == 404
        assert client.get("/delivery/previews/999999.mp3").status_code == 404

    def test_covers_are_there_in_their_sizes_and_nothing_else(self, client: TestClient) -> None:
        cover = a_release(tracks=1).edition.cover.sha256  # type: ignore[union-attr]
        for size in ("page", "thumb", "original"):
            assert client.get(f"/delivery/covers/{cover}-{size}.jpg").headers["content-type"] == "image/jpeg"
        assert client.get(f"/delivery/covers/{cover}-secret.jpg").status_code == 404
        assert client.get("/delivery/covers/..%2f..%2fstore-page.jpg").status_code == 404

    def test_a_no_is_said_in_the_language_that_is_asked_for(self, client: TestClient) -> None:
        def title(**headers: str) -> tuple[str, str]:
            got = client.get("/delivery/waves/0.svg", headers=headers)
            return got.headers["content-language"], got.json()["title"]

        assert title(**{"Accept-Language": "de, fr;q=0.5"}) == ("fr", "Cette forme d’onde n’existe pas.")
        assert title(**{"Accept-Language": "fr", "Cookie": "language=ru"}) == ("ru", "Такой формы волны нет.")
        assert title(**{"Accept-Language": "de"}) == ("en", "There is no such waveform.")

    def test_a_wrong_address_is_a_problem_document(self, client: TestClient) -> None:
        got = client.get("/delivery/nothing")
        assert (got.status_code, got.headers["content-type"]) == (404, "application/problem+json")
        assert client.post("/delivery/previews/1.mp3").status_code == 405


class TestLibrary:
    def test_everything_bought_is_one_zip_each_track_as_it_was_bought(self, client: TestClient) -> None:
        person = alice("40")
        item = buy(person, "mp3-128")
        again = baskets.basket_with(None, person)
        baskets.add_tracks(again, item.tracks[:1], format_named("flac"))
        total = baskets.contents(again).total_micro
        checkout.pay(checkout.place_order(again, person, expected_total_micro=total, country="FR"))
        Withdrawal.objects.create(release=item.release, by="bob", reason="because")
        url = downloads.link_for_library(person)
        promised = int(client.head(url).headers["Content-Length"])
        got = client.get(url)
        assert len(got.content) == promised
        with zipfile.ZipFile(io.BytesIO(got.content)) as archive:
            assert archive.testzip() is None
            names = archive.namelist()
        folder = f"{naming.safe(item.release.artist.name)}/{naming.safe(item.edition.title)}/"
        assert all(name.startswith(folder) for name in names)
        assert sorted(name.rpartition(".")[2] for name in names) == ["flac", "jpg", "mp3", "mp3"]
        rest = client.get(url, headers={"Range": f"bytes={promised - 5000}-", "If-Range": got.headers["ETag"]})
        assert (rest.status_code, rest.content) == (206, got.content[-5000:])

    def test_what_is_bought_later_does_not_change_a_zip_that_is_being_fetched(self, client: TestClient) -> None:
        person = alice("40")
        item = buy(person, "mp3-128")
        url = downloads.link_for_library(person)
        before = client.head(url).headers
        again = baskets.basket_with(None, person)
        baskets.add_tracks(again, item.tracks[:1], format_named("flac"))
        total = baskets.contents(again).total_micro
        checkout.pay(checkout.place_order(again, person, expected_total_micro=total, country="FR"))
        after = client.head(url).headers
        assert (after["ETag"], after["Content-Length"]) == (before["ETag"], before["Content-Length"])
        assert client.head(downloads.link_for_library(person)).headers["ETag"] != before["ETag"]

    def test_one_format_for_all_is_refused_where_it_costs_more(self, client: TestClient) -> None:
        person = alice("20")
        buy(person, "mp3-128")
        assert client.get(downloads.link_for_library(person, format_named("mp3-64"))).status_code == 200
        with pytest.raises(downloads.DifferenceDue):
            downloads.link_for_library(person, format_named("wav"))
        with pytest.raises(shelf.NotOnShelf):
            downloads.link_for_library(bob())

    def test_a_ticket_of_another_kind_opens_nothing(self, client: TestClient) -> None:
        person = alice("20")
        item = buy(person, "mp3-128")
        track = downloads.link_for_track(person, item.tracks[0], format_named("mp3-128"))
        library = downloads.link_for_library(person)
        assert client.get(track.replace("/copies/", "/libraries/")).status_code == 403
        assert client.get(library.replace("/libraries/", "/copies/")).status_code == 403
        assert client.get(library.replace("/libraries/", "/releases/")).status_code == 403


class TestExtras:
    def test_the_booklet_is_inside_and_a_zip_of_variable_rates_comes_at_once_in_chunks(
        self, client: TestClient, engine: Engine
    ) -> None:
        person = alice("20")
        item = buy(person, "mp3-v0")
        give_booklet(item.edition)
        url = downloads.link_for_release(person, item, format_named("mp3-v0"))
        first = client.get(url)
        assert "Content-Length" not in first.headers
        with zipfile.ZipFile(io.BytesIO(first.content)) as archive:
            assert archive.testzip() is None
            assert archive.read(f"{naming.release_file_name(item.edition)}/booklet.pdf") == b"%PDF-1.7"
        again = client.get(url)
        assert (again.content, again.headers["ETag"]) == (first.content, first.headers["ETag"])
        assert int(again.headers["Content-Length"]) == len(first.content)

    def test_the_booklet_is_had_by_itself_by_who_owns_it_alone(self, client: TestClient) -> None:
        person = alice("20")
        item = buy(person, "mp3-128")
        with pytest.raises(downloads.NoBooklet):
            downloads.link_for_booklet(person, item)
        give_booklet(item.edition)
        item = shelf.shelf_item(person, item.release.slug)
        url = downloads.link_for_booklet(person, item)
        answer = client.get(url, headers={"Range": "bytes=0-3"})
        assert (answer.status_code, answer.content) == (206, b"%PDF")
        assert answer.headers["Content-Type"] == "application/pdf"
        assert f"{naming.release_file_name(item.edition)}.pdf" in answer.headers["Content-Disposition"]
        assert client.get(url.replace("/booklets/", "/libraries/")).status_code == 403
        other = downloads.link_for_library(person).replace("/libraries/", "/booklets/")
        assert client.get(other).status_code == 403
        imposing.impose(
            authority=Authority(Authority.ORDER, "O-1", clock.now()),
            recordings=[track.recording_id for track in item.tracks],
            territories=["WORLD"],
            effects=[Effect.REDOWNLOAD],
            starts_at=clock.now(),
            ends_at=None,
            sentence="A court says so.",
        )
        assert client.get(url).status_code == 451
        Edition.objects.filter(pk=item.edition.pk).update(booklet=None)
        assert client.get(url).status_code == 404
