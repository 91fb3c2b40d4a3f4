"""A visitor buys with an e-mail address alone, fetches her file, and comes back days later by the link in her mail."""

import re
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from mutagen.mp3 import MP3
from playwright.sync_api import Browser, Page, expect

from tests.catalog.following.makers import MailServer
from tests.story.running import RunningStore, a_stocked_store
from tests.story.test_browser import browser  # noqa: F401

pytestmark = pytest.mark.browser
CAROL = "carol@example.org"


@pytest.fixture(scope="module")
def post_office() -> Iterator[MailServer]:
    with MailServer() as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield server
        server.shutdown()


@pytest.fixture(scope="module")
def store(post_office: MailServer) -> Iterator[RunningStore]:
    with a_stocked_store("story_guest") as running:
        running.environment["MAIL_URL"] = f"smtp://127.0.0.1:{post_office.server_address[1]}"
        running.start()
        yield running


def bought(page: Page) -> None:
    """From a release to the paid order, in two steps."""
    page.goto("/releases/lone-marimba-high-window?format=mp3-128")
    page.get_by_role("button", name="Put album in basket").click()
    page.get_by_role("link", name="Go to checkout").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Checkout")
    page.get_by_label("Your e-mail address").fill(CAROL)
    page.get_by_role("button", name=re.compile("^Pay €")).click()
    page.get_by_role("button", name="Approve the payment").click()
    page.goto("/wallet")
    page.get_by_role("rowheader").get_by_role("link").first.click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Thank you. It is yours.")
    expect(page.get_by_text(CAROL)).to_be_visible()


def link_in(post_office: MailServer, page: Page, count: int) -> str:
    """The link in the last of so many mails; the store sends them within one round of its upkeep."""
    for _ in range(60):
        if len(post_office.taken) >= count:
            body = post_office.taken[-1].decode().replace("=\r\n", "").replace("\r\n", "\n")
            found = re.search(r"/guest/links/[0-9a-z_.\-]+", body, re.I)
            assert found, body
            return found[0]
        page.wait_for_timeout(1_000)
    raise AssertionError("No mail came.")


def test_a_guest_buys_fetches_and_comes_back(
    browser: Browser,  # noqa: F811
    store: RunningStore,
    post_office: MailServer,
    tmp_path: Path,
) -> None:
    page = browser.new_context(base_url=store.url, viewport={"width": 390, "height": 844}).new_page()
    bought(page)
    page.get_by_role("link", name="Go to your library").click()
    expect(page.get_by_role("heading", name="Your library")).to_be_visible(timeout=30_000)
    page.get_by_role("link", name="High Window").first.click()
    with page.expect_download() as fetched:
        page.get_by_role("link", name="Download Piece 1").click()
    fetched.value.save_as(tmp_path / "one.mp3")
    assert MP3(tmp_path / "one.mp3").info.bitrate == 128_000

    link = link_in(post_office, page, 1)
    later = browser.new_context(base_url=store.url).new_page()
    later.goto(f"{link[:-1]}")
    expect(later.get_by_text("This link has ended")).to_be_visible()
    later.goto(link)
    later.get_by_role("button", name="Open the library").click()
    later.get_by_role("link", name="High Window").first.click()
    with later.expect_download() as fetched:
        later.get_by_role("link", name="Download Piece 2").click()
    assert fetched.value.path().stat().st_size > 10_000

    later.goto("/guest")
    later.get_by_label("New password").fill("correct horse battery")
    later.get_by_label("New password").press("Enter")
    expect(later.get_by_text("From now on you sign in with this address")).to_be_visible()
    later.goto(link)
    expect(later.get_by_text("This link has ended")).to_be_visible()
    assert "true" in store.command("ledger", "audit")
    page.context.close()
    later.context.close()


def test_a_guest_buys_without_scripts(browser: Browser, store: RunningStore) -> None:  # noqa: F811
    context = browser.new_context(base_url=store.url, java_script_enabled=False)
    bought(context.new_page())
    context.close()


def test_what_is_kept_for_later_comes_along_into_the_basket(browser: Browser, store: RunningStore) -> None:  # noqa: F811
    page = browser.new_context(base_url=store.url).new_page()
    page.goto("/releases/lone-marimba-high-window")
    page.get_by_role("button", name="Keep for later").click()
    expect(page.get_by_role("link", name="On your wishlist").first).to_be_visible()
    page.get_by_role("contentinfo").get_by_role("link", name="Wishlist").click()
    page.get_by_role("button", name="Take High Window off the wishlist").click()
    page.get_by_role("button", name="Put it back").click()
    page.get_by_role("button", name="Put High Window in the basket").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Basket")
    page.context.close()
