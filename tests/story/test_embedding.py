"""Somebody puts a release into a page of her own: found by oEmbed, heard in a frame from another origin, bought in the
store. In a real browser, with and without JavaScript.
"""

import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from html.parser import HTMLParser
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import httpx2 as httpx
import pytest
from playwright.sync_api import Browser, Page, expect

from tests.story.running import RunningStore
from tests.story.test_browser import browser

pytestmark = pytest.mark.browser
__all__ = ["browser"]
SHEET = """<!doctype html><html lang="en"><link rel="icon" href="data:,"><title>A page elsewhere</title>
<h1>What I hear</h1>{frame}"""


@pytest.fixture(scope="module")
def release_url(store: RunningStore) -> str:
    """Found as a feed reader finds it."""
    feed = httpx.get(f"{store.url}/feeds/releases.atom").text
    (found,) = re.findall(r"<id>([^<]+/releases/[^<]*dusk[^<]*)</id>", feed)
    return str(found)


class Quiet(SimpleHTTPRequestHandler):
    """Another site."""

    def log_message(self, *args: object) -> None:
        """It keeps no log."""


@contextmanager
def a_page_elsewhere(folder: Path, frame: str) -> Iterator[str]:
    """Its address: another host and port than the store's."""
    (folder / "index.html").write_text(SHEET.format(frame=frame))
    with ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(folder))) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/"
        server.shutdown()


@contextmanager
def a_window(browser: Browser, *, has_script: bool = True) -> Iterator[tuple[Page, list[str]]]:
    """A page, and all that its console complained of."""
    context = browser.new_context(viewport={"width": 390, "height": 700}, java_script_enabled=has_script)
    page, said = context.new_page(), []
    page.on("pageerror", lambda error: said.append(str(error)))
    page.on("console", lambda one: said.append(one.text) if one.type in {"error", "warning"} else None)
    yield page, said
    context.close()


class Discovery(HTMLParser):
    """The address of a page's oEmbed answer."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.url = ""
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        about = dict(attrs)
        if tag == "link" and about.get("type") == "application/json+oembed":
            self.url = about["href"] or ""


def frame_for(url: str) -> str:
    """What a consumer of oEmbed puts into its page, knowing nothing but the address of a release."""
    answer = httpx.get(Discovery(httpx.get(url).text).url).json()
    assert answer["type"] == "rich"
    return str(answer["html"])


def test_a_release_is_heard_in_another_page_and_bought_in_the_store(
    browser: Browser, release_url: str, tmp_path: Path
) -> None:
    with a_page_elsewhere(tmp_path, frame_for(release_url)) as url, a_window(browser) as (page, said):
        page.goto(url)
        player = page.frame_locator("iframe")
        expect(player.get_by_role("heading")).to_have_text("Gymnopédies at Dusk")
        first = player.get_by_role("button", name=re.compile("Piece 1"))
        with page.context.expect_event("response", lambda one: "/delivery/previews/" in one.url) as heard:
            first.click()
        assert heard.value.status in {200, 206}
        expect(first).to_have_attribute("aria-pressed", "true")
        player.get_by_role("button", name=re.compile("Piece 2")).press(" ")
        expect(first).to_have_attribute("aria-pressed", "false")
        with page.context.expect_page() as opened:
            player.get_by_role("link", name=re.compile("Buy")).click()
        expect(opened.value).to_have_url(release_url)
        assert page.evaluate("document.documentElement.scrollWidth") <= 390
        assert said == []


def test_without_javascript_previews_are_links(browser: Browser, release_url: str, tmp_path: Path) -> None:
    with (
        a_page_elsewhere(tmp_path, frame_for(release_url)) as url,
        a_window(browser, has_script=False) as (page, _),
    ):
        page.goto(url)
        link = page.frame_locator("iframe").get_by_role("link", name=re.compile("Piece 1"))
        expect(link).to_have_attribute("href", re.compile(r"/delivery/previews/\d+\.mp3"))
        expect(link).to_have_attribute("target", "_blank")


@pytest.mark.parametrize("path", ["", "releases", "account/login/", "following"])
def test_no_other_page_of_the_store_stands_in_a_frame(
    browser: Browser, store: RunningStore, release_url: str, tmp_path: Path, path: str
) -> None:
    address = release_url if path == "releases" else f"{store.url}/{path}"
    with a_page_elsewhere(tmp_path, f'<iframe src="{address}"></iframe>') as url, a_window(browser) as (page, said):
        page.goto(url)
        for _ in range(100):  # The console may speak a moment later.
            if any("frame-ancestors" in one or "X-Frame-Options" in one for one in said):
                return
            page.wait_for_timeout(50)
        raise AssertionError(said)


def test_what_is_said_to_programs_is_no_fault_to_the_browser(browser: Browser, release_url: str) -> None:
    """A data block is never run, so the policy has nothing to say about it (HTML, 4.12.1.1; CSP 3, 6.1.11)."""
    with a_window(browser) as (page, said):
        page.goto(release_url)
        album = page.evaluate("JSON.parse(document.querySelector('script[type=\"application/ld+json\"]').textContent)")
        assert (album["@type"], album["name"]) == ("MusicAlbum", "Gymnopédies at Dusk")
        assert httpx.get(album["track"][0]["audio"]).headers["Content-Type"] == "audio/mpeg"
        assert said == []


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_the_player_is_as_light_or_dark_as_asked_whatever_the_machine_is(
    browser: Browser, store: RunningStore, release_url: str, theme: str
) -> None:
    context = browser.new_context(color_scheme="dark" if theme == "light" else "light")
    page = context.new_page()
    page.goto(f"{release_url.replace('/releases/', '/embed/releases/')}?theme={theme}&accent=ffcc00")
    paper = page.evaluate("getComputedStyle(document.body).backgroundColor")
    assert paper == {"light": "rgb(251, 249, 245)", "dark": "rgb(21, 20, 18)"}[theme]
    button = page.get_by_role("link", name=re.compile("Buy"))
    assert button.evaluate("one => getComputedStyle(one).color") == "rgb(0, 0, 0)"
    context.close()
