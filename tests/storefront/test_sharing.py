"""Pages tell other programs what they are about: JSON-LD, Open Graph, oEmbed. Read back as those programs would."""

import json
import re
from html.parser import HTMLParser
from typing import Any
from urllib.parse import parse_qs, urlsplit
from xml.etree import ElementTree

import pytest
from django.test import Client

from obbligato.catalog.aliases import know_as
from obbligato.catalog.models import Picture, Withdrawal
from obbligato.kernel.money import plain_amount
from obbligato.sales.least_prices import least_prices
from obbligato.sales.quoting import format_named, quote_release
from tests.makers import alice
from tests.storefront.makers import a_silent_release

pytestmark = pytest.mark.django_db
SITE = "http://localhost:8000"
HOSTILE = "</script><script>alert(1)</script><!-- \u2028 & \"'\x07"


class Head(HTMLParser):
    """A page's metas, links and JSON-LD, as a program reads them."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.metas: dict[str, str] = {}
        self.links: list[dict[str, str | None]] = []
        self.data = ""
        self.scripts: list[dict[str, str | None]] = []
        self._is_data = False
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        about = dict(attrs)
        if tag == "meta":
            self.metas[about.get("property") or about.get("name") or ""] = about.get("content") or ""
        elif tag == "link":
            self.links.append(about)
        elif tag == "script":
            self.scripts.append(about)
            self._is_data = about.get("type") == "application/ld+json"

    def handle_endtag(self, tag: str) -> None:
        self._is_data = False

    def handle_data(self, data: str) -> None:
        self.data += data if self._is_data else ""

    def link(self, rel: str, media_type: str | None = None) -> str:
        """The address of the only link of that kind."""
        (found,) = [one for one in self.links if one["rel"] == rel and one.get("type") == media_type]
        return found["href"] or ""


def head_of(client: Client, address: str) -> Head:
    response = client.get(address)
    assert response.status_code == 200, response.content[:500]
    return Head(response.content.decode())


def a_cover(width: int = 1400, height: int = 700) -> Picture:
    return Picture.objects.create(sha256="c" * 64, media_type="image/jpeg", width=width, height=height, size_bytes=9)


def test_a_release_says_what_it_is_and_the_least_it_costs(client: Client) -> None:
    release = a_silent_release(tracks=2)
    album = json.loads(head_of(client, release.get_absolute_url()).data)
    assert album["@context"] == "https://schema.org"
    assert (album["@type"], album["name"], album["numTracks"]) == ("MusicAlbum", "Nocturnes", 2)
    assert album["byArtist"]["@type"] == "MusicGroup"
    assert album["url"] == f"{SITE}{release.get_absolute_url()}"
    first = album["track"][0]
    assert (first["@type"], first["name"], first["duration"]) == ("MusicRecording", "Piece 1", "PT2M53S")
    offer = album["offers"]
    quote = quote_release(release, format_named("mp3-320"))
    assert offer["price"] == plain_amount(least_prices(quote).release_micro or 0, "EUR")
    assert (offer["priceCurrency"], offer["availability"]) == ("EUR", "https://schema.org/InStock")
    assert offer["priceSpecification"]["price"] == "0.06"
    assert offer["priceSpecification"]["referenceQuantity"]["unitCode"] == "4L"
    assert re.fullmatch(r"\d+\.\d\d", first["offers"]["price"])


def test_who_owns_some_of_it_is_told_the_same_price_as_everyone(client: Client) -> None:
    release = a_silent_release()
    before = head_of(client, release.get_absolute_url()).data
    client.force_login(alice("1"))
    assert head_of(client, release.get_absolute_url()).data == before


def test_what_is_withdrawn_or_not_sold_here_has_no_price(client: Client) -> None:
    release = a_silent_release()
    Withdrawal.objects.create(release=release, by="bob", reason="A new mix.")
    album = json.loads(head_of(client, release.get_absolute_url()).data)
    assert album["offers"]["availability"] == "https://schema.org/Discontinued"
    assert "price" not in album["offers"]
    assert all("offers" not in one and "audio" not in one for one in album["track"])
    elsewhere = json.loads(head_of(client, a_silent_release(territories=("JP",)).get_absolute_url()).data)
    assert elsewhere["offers"]["availability"] == "https://schema.org/OutOfStock"


def test_no_title_gets_out_of_its_script_element(client: Client) -> None:
    release = a_silent_release(title=HOSTILE, artist=HOSTILE, track_title=HOSTILE, description=HOSTILE)
    for address in (release.get_absolute_url(), release.artist.get_absolute_url()):
        head = head_of(client, address)
        assert [one for one in head.scripts if not one.get("src")] == [{"type": "application/ld+json"}]
        assert HOSTILE in json.dumps(json.loads(head.data), ensure_ascii=False).replace('\\"', '"').replace(
            "\\u0007", "\x07"
        )


def test_an_artist_is_a_group_with_her_albums(client: Client) -> None:
    release = a_silent_release()
    group = json.loads(head_of(client, release.artist.get_absolute_url()).data)
    assert (group["@type"], group["name"]) == ("MusicGroup", "The Small Hours")
    assert [album["name"] for album in group["album"]] == ["Nocturnes"]


def test_an_artist_with_other_names_says_them_to_people_and_programs(client: Client) -> None:
    release = a_silent_release(artist="Erik Satie")
    address = release.artist.get_absolute_url()
    assert "alternateName" not in json.loads(head_of(client, address).data)
    know_as("Erik Satie", ["ru: Эрик Сати", "<b>Éric"])
    assert json.loads(head_of(client, address).data)["alternateName"] == ["Эрик Сати", "<b>Éric"]
    page = client.get(address).content.decode()
    assert 'Also known as <span lang="ru">Эрик Сати</span>, <span>&lt;b&gt;Éric</span>' in page
    for language, words in (("fr", "Autres noms :"), ("ru", "Другие имена:")):
        assert words in client.get(address, headers={"Accept-Language": language}).content.decode()


def test_a_label_has_a_page_of_its_own(client: Client) -> None:
    release = a_silent_release()
    head = head_of(client, release.label.get_absolute_url())
    assert json.loads(head.data)["name"] == "Quiet Label"
    assert "Nocturnes" in client.get(release.label.get_absolute_url()).content.decode()
    assert client.get("/labels/none").status_code == 404


def test_a_release_has_one_address_picture_sound_and_card(client: Client) -> None:
    release = a_silent_release(cover=a_cover())
    head = head_of(client, f"{release.get_absolute_url()}?format=flac")
    assert head.link("canonical") == head.metas["og:url"] == f"{SITE}{release.get_absolute_url()}"
    assert head.metas["og:title"] == head.metas["twitter:title"] == "Nocturnes by The Small Hours"
    assert head.metas["og:type"] == "music.album"
    track = release.edition.tracks.order_by("position").first() if release.edition else None
    assert track is not None
    assert head.metas["og:audio"] == f"{SITE}/delivery/previews/{track.pk}.mp3"
    assert head.metas["og:image"] == head.metas["twitter:image"]
    assert (head.metas["og:image:width"], head.metas["og:image:height"]) == ("1400", "700")
    assert head.metas["twitter:card"] == "summary_large_image"
    assert head.metas["description"] == "Played at night."


def test_a_consumer_finds_the_player_by_discovery(client: Client) -> None:
    release = a_silent_release(cover=a_cover(), title="Night & <Day>")
    head = head_of(client, release.get_absolute_url())
    found = urlsplit(head.link("alternate", "application/json+oembed"))
    assert parse_qs(found.query)["url"] == [f"{SITE}{release.get_absolute_url()}"]
    response = client.get(f"{found.path}?{found.query}&maxwidth=320&maxheight=240")
    answer: dict[str, Any] = json.loads(response.content)
    assert response.headers["Content-Type"] == "application/json"
    assert (answer["version"], answer["type"], answer["width"], answer["height"]) == ("1.0", "rich", 320, 240)
    assert (answer["thumbnail_width"], answer["thumbnail_height"]) == (480, 240)
    frame = Frame(answer["html"])
    assert frame.about["title"] == "Night & <Day> by The Small Hours"
    player = client.get(urlsplit(frame.about["src"]).path)
    assert player.status_code == 200
    as_xml = urlsplit(head.link("alternate", "text/xml+oembed"))
    root = ElementTree.fromstring(client.get(f"{as_xml.path}?{as_xml.query}").content)
    assert root.tag == "oembed"
    assert root.findtext("title") == answer["title"]
    assert root.findtext("html") == answer["html"].replace("320", "480").replace("240", "288")


class Frame(HTMLParser):
    """The frame in an answer."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.about: dict[str, str] = {}
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        assert (tag, self.about) == ("iframe", {})
        self.about = {name: value or "" for name, value in attrs}


@pytest.mark.parametrize(
    ("query", "status"),
    [
        ("", 404),
        ("url=https://elsewhere.example/releases/release-1", 404),
        (f"url={SITE}.elsewhere.example/releases/release-1", 404),
        (f"url={SITE}/artists/none", 404),
        (f"url={SITE}/releases/none", 404),
        (f"url={SITE}/nothing/of/this", 404),
        (f"url={SITE}/releases/SLUG&format=yaml", 501),
        (f"url={SITE}/releases/SLUG&maxwidth=wide", 422),
        (f"url={SITE}/releases/SLUG&maxheight=1", 422),
        (f"url={SITE}/releases/SLUG&maxheight=99999", 422),
        (f"url={SITE}/releases/SLUG&maxwidth=9000", 200),
        (f"url={SITE}/embed/releases/SLUG?theme=dark", 200),
    ],
)
def test_oembed_answers_what_is_asked_and_says_why_not(client: Client, query: str, status: int) -> None:
    release = a_silent_release()
    response = client.get(f"/oembed?{query.replace('SLUG', release.slug)}")
    assert response.status_code == status, response.content


def test_only_the_player_may_stand_in_a_frame(client: Client) -> None:
    release = a_silent_release()
    player = client.get(f"/embed/releases/{release.slug}")
    assert "frame-ancestors *" in player.headers["Content-Security-Policy"]
    assert "script-src 'self'" in player.headers["Content-Security-Policy"]
    assert "X-Frame-Options" not in player.headers
    for address in ("/", release.get_absolute_url(), "/embed/nothing", "/account/login/", "/feeds/releases.atom"):
        page = client.get(address)
        assert "frame-ancestors 'none'" in page.headers["Content-Security-Policy"]
        assert page.headers["X-Frame-Options"] == "DENY"


def test_the_player_has_one_price_one_button_and_knows_nobody(client: Client) -> None:
    release = a_silent_release(tracks=2)
    client.force_login(alice("1"))
    response = client.get(f"/embed/releases/{release.slug}")
    page = response.content.decode()
    assert (page.count('class="price"'), page.count('class="button"')) == (1, 1)
    assert page.count("/delivery/previews/") == 2
    assert page.count('target="_blank" rel="noopener"') == page.count("<a ")
    assert "<script>" not in page
    assert response.cookies == {}
    assert "Cookie" not in response.headers.get("Vary", "")
    assert "alice" not in page


@pytest.mark.parametrize(
    ("query", "drawn"),
    [
        ("", 'data-theme="auto" style="--accent:#8a2c17;--on-accent:#ffffff"'),
        ("theme=dark&accent=FC0", 'data-theme="dark" style="--accent:#ffcc00;--on-accent:#000000"'),
        ("theme=light&accent=%231a56c4", 'data-theme="light" style="--accent:#1a56c4;--on-accent:#ffffff"'),
    ],
)
def test_the_player_is_drawn_as_asked(client: Client, query: str, drawn: str) -> None:
    assert drawn in client.get(f"/embed/releases/{a_silent_release().slug}?{query}").content.decode()


@pytest.mark.parametrize("query", ["theme=pink", "accent=red", "accent=%22%3E%3Cscript%3E", "accent=12345", "accent=é"])
def test_a_look_that_is_none_is_refused_within_the_frame(client: Client, query: str) -> None:
    response = client.get(f"/embed/releases/{a_silent_release().slug}?{query}")
    assert response.status_code == 422
    assert "X-Frame-Options" not in response.headers
    assert "<script>" not in response.content.decode()


def test_a_player_of_what_is_withdrawn_says_so_and_of_nothing_is_missing(client: Client) -> None:
    release = a_silent_release()
    Withdrawal.objects.create(release=release, by="bob", reason="A new mix.")
    page = client.get(f"/embed/releases/{release.slug}").content.decode()
    assert "withdrawn" in page
    assert "/delivery/previews/" not in page
    assert client.get("/embed/releases/none").status_code == 404
