"""Feeds hold what RFC 4287 demands and are asked for conditionally; the sitemap costs the same for any catalogue."""

from datetime import UTC, datetime
from typing import Any
from xml.etree import ElementTree

import pytest
from django.test import Client
from django.utils.dateparse import parse_datetime

from obbligato.catalog.models import Artist, Release, Withdrawal
from obbligato.rights.models import Licence
from obbligato.storefront import sitemaps
from tests.makers import alice
from tests.storefront.makers import a_silent_release

pytestmark = pytest.mark.django_db
ATOM = "{http://www.w3.org/2005/Atom}"
MAP = "{http://www.sitemaps.org/schemas/sitemap/0.9}"
ONCE = ("id", "title", "updated")


def feed_of(client: Client, address: str) -> ElementTree.Element:
    """A feed that was checked against RFC 4287, 4.1.1 and 4.1.2."""
    response = client.get(address)
    assert response.status_code == 200
    assert response.headers["Content-Type"] == "application/atom+xml; charset=utf-8"
    root = ElementTree.fromstring(response.content)
    assert root.tag == f"{ATOM}feed"
    for element in (root, *root.findall(f"{ATOM}entry")):
        for name in ONCE:
            (found,) = element.findall(f"{ATOM}{name}")
            assert (found.text or "").strip(), name
        updated = parse_datetime(element.findtext(f"{ATOM}updated") or "")
        assert updated is not None
        assert updated.tzinfo is not None
        assert element.findtext(f"{ATOM}author/{ATOM}name")
        links = [(link.get("rel", "alternate"), link.get("type")) for link in element.findall(f"{ATOM}link")]
        assert len(links) == len(set(links)), "two alternates of one type"
    assert [link.get("href") for link in root.findall(f"{ATOM}link") if link.get("rel") == "self"] == [
        f"http://localhost:8000{address}"
    ]
    ids = [entry.findtext(f"{ATOM}id") for entry in root.findall(f"{ATOM}entry")]
    assert len(ids) == len(set(ids))
    return root


def titles_of(root: ElementTree.Element) -> list[str]:
    return [entry.findtext(f"{ATOM}title") or "" for entry in root.findall(f"{ATOM}entry")]


def test_a_feed_lists_the_newest_first_and_only_what_is_on_sale(client: Client) -> None:
    a_silent_release(title="First")
    a_silent_release(title="Second")
    draft, gone = a_silent_release(title="Draft"), a_silent_release(title="Gone")
    Licence.objects.filter(recording__tracks__edition__release=draft).delete()
    Withdrawal.objects.create(release=gone, by="bob", reason="A new mix.")
    assert titles_of(feed_of(client, "/feeds/releases.atom")) == [
        "Second by The Small Hours",
        "First by The Small Hours",
    ]


def test_artists_and_labels_have_feeds_of_their_own_and_their_pages_say_so(client: Client) -> None:
    mine, other = a_silent_release(title="Mine"), a_silent_release(title="Other", artist="Lone Marimba")
    for page, found in ((mine.artist, ["Mine"]), (other.artist, ["Other"]), (mine.label, ["Other", "Mine"])):
        address = f"/feeds{page.get_absolute_url()}.atom"
        assert [title.split(" by ")[0] for title in titles_of(feed_of(client, address))] == found
        assert f'href="{address}"' in client.get(page.get_absolute_url()).content.decode()
    assert 'type="application/atom+xml"' in client.get("/").content.decode()
    assert client.get("/feeds/artists/none.atom").status_code == 404


def test_a_feed_without_entries_is_one_all_the_same_and_never_changes(client: Client) -> None:
    Artist.objects.create(name="Nobody Yet", slug="nobody-yet")
    feed_of(client, "/feeds/releases.atom")
    feed_of(client, "/feeds/artists/nobody-yet.atom")
    first, again = client.get("/feeds/releases.atom"), client.get("/feeds/releases.atom")
    assert first.content == again.content


def test_no_title_breaks_a_feed(client: Client) -> None:
    hostile = "<b>&]]></title>\x00\x07\x1b\ud7ff\uffff"
    release = a_silent_release(description=hostile.replace("\x00", ""))
    edition = release.edition
    assert edition is not None
    edition.title, edition.genres, edition.copyright = (hostile.replace("\x00", ""), ["\x01<x>"], "\x02©")
    edition.save()
    root = feed_of(client, "/feeds/releases.atom")
    assert titles_of(root) == ["<b>&]]></title>\ud7ff by The Small Hours"]
    assert "<b>" not in (root.findtext(f"{ATOM}entry/{ATOM}summary") or "")


def test_a_feed_that_has_not_changed_is_not_sent_again(client: Client) -> None:
    a_silent_release()
    first = client.get("/feeds/releases.atom")
    for header, value in (
        ("If-None-Match", first.headers["ETag"]),
        ("If-Modified-Since", first.headers["Last-Modified"]),
    ):
        again = client.get("/feeds/releases.atom", headers={header: value})
        assert (again.status_code, again.content) == (304, b"")
        assert again.headers["ETag"] == first.headers["ETag"]
    a_silent_release(title="Another")
    changed = client.get("/feeds/releases.atom", headers={"If-None-Match": first.headers["ETag"]})
    assert changed.status_code == 200


def test_a_feed_asks_the_database_three_times_for_any_number_of_releases(
    client: Client, django_assert_max_num_queries: Any
) -> None:
    for _ in range(4):
        a_silent_release()
    with django_assert_max_num_queries(3):
        client.get("/feeds/releases.atom")


def addresses(client: Client, address: str) -> list[str]:
    response = client.get(address)
    assert response.status_code == 200, address
    assert response.headers["Content-Type"] == "application/xml"
    return [row.text or "" for row in ElementTree.fromstring(response.content).iter(f"{MAP}loc")]


def test_the_sitemap_leads_to_every_page_that_is_public_and_to_no_other(client: Client) -> None:
    shown = a_silent_release()
    draft = a_silent_release(artist="Nobody Yet")
    Licence.objects.filter(recording__tracks__edition__release=draft).delete()
    parts = addresses(client, "/sitemap.xml")
    site = "http://localhost:8000"
    found = {one for part in parts for one in addresses(client, part.removeprefix(site))}
    assert found == {
        *(f"{site}{one.get_absolute_url()}" for one in (shown, shown.artist, shown.label)), f"{site}/genres/chamber"
    }  # fmt: skip
    assert all(client.get(one.removeprefix(site)).status_code == 200 for one in found)
    assert f"Sitemap: {site}/sitemap.xml" in client.get("/robots.txt").content.decode()


def test_each_release_is_in_one_part() -> None:
    slugs = [a_silent_release().slug for _ in range(5)]
    index = ElementTree.fromstring(sitemaps.index(keys_a_part=2))
    places = [row.text or "" for row in index.iter(f"{MAP}loc") if "/releases/" in (row.text or "")]
    parts = [sitemaps.part("releases", number, keys_a_part=2) for number in range(len(places))]
    found = [[row.text or "" for row in ElementTree.fromstring(part).iter(f"{MAP}loc")] for part in parts]
    assert [one.rsplit("/", 1)[1] for part in found for one in part] == slugs
    assert all(len(part) <= 2 for part in found)


def test_the_index_counts_nothing(client: Client, django_assert_num_queries: Any) -> None:
    release = a_silent_release()
    Release.objects.filter(pk=release.pk).update(created_at=datetime(2026, 1, 1, tzinfo=UTC))
    with django_assert_num_queries(4) as asked:
        client.get("/sitemap.xml")
    assert all("MAX(" in one["sql"] and "COUNT" not in one["sql"] for one in asked.captured_queries)


@pytest.mark.parametrize("address", ["/sitemaps/people/0.xml", f"/sitemaps/releases/{10**30}.xml"])
def test_there_is_no_such_part(client: Client, address: str) -> None:
    assert client.get(address).status_code == 404
    assert addresses(client, "/sitemaps/releases/77.xml") == []


@pytest.mark.parametrize("kind", ["release", "artist", "label"])
def test_pages_stay_light_with_all_they_say_to_programs(
    client: Client, kind: str, django_assert_max_num_queries: Any
) -> None:
    release = a_silent_release(tracks=24, description="Played at night. " * 60)
    for _ in range(5):
        a_silent_release()
    whose = {"release": release, "artist": release.artist, "label": release.label}[kind]
    client.force_login(alice("1"))
    with django_assert_max_num_queries(13):
        page = client.get(whose.get_absolute_url())
    assert len(page.content) <= 100_000


def test_a_genre_has_a_feed_of_its_own_and_its_page_says_so(client: Client) -> None:
    first = a_silent_release(title="Trio", genres=("Chamber", "Strings"))
    a_silent_release(title="Solo", genres=("Piano",))
    second = a_silent_release(title="Duo", genres=("Chamber",))
    root = feed_of(client, "/feeds/genres/chamber.atom")
    assert sorted(titles_of(root)) == sorted([f"Trio by {first.artist.name}", f"Duo by {second.artist.name}"])
    page = client.get("/genres/chamber").content.decode()
    assert (
        '<link rel="alternate" type="application/atom+xml" title="Chamber" href="/feeds/genres/chamber.atom">' in page
    )
    assert "or read the feed" in page
    assert client.get("/feeds/genres/there-is-none.atom").status_code == 404


def test_the_feed_of_a_genre_that_has_not_changed_is_not_sent_again(client: Client) -> None:
    a_silent_release(genres=("Chamber",))
    answer = client.get("/feeds/genres/chamber.atom")
    again = client.get("/feeds/genres/chamber.atom", headers={"If-None-Match": answer.headers["ETag"]})
    assert again.status_code == 304
