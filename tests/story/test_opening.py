"""A new store is opened in a browser: from the address it tells at its start to a shop under its own name."""

import re
import time
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.story.running import RunningStore, a_store
from tests.story.test_browser import browser

pytestmark = pytest.mark.browser
__all__ = ["browser"]
KEY = re.compile(r"/setup/[\w-]+")


@pytest.fixture
def store() -> Iterator[RunningStore]:
    with a_store("story_opening") as running:
        running.start()
        yield running


@pytest.fixture
def page(browser: Browser, store: RunningStore) -> Iterator[Page]:
    context = browser.new_context(base_url=store.url, viewport={"width": 390, "height": 844})
    yield context.new_page()
    context.close()


def test_a_store_has_its_operator_its_name_and_its_bank_in_a_few_steps(store: RunningStore, page: Page) -> None:
    told = KEY.search((store.folder / "serve.log").read_text())
    assert told
    page.goto(told[0])
    page.fill("#username", "dana")
    page.fill("#email", "dana@example.org")
    page.fill("#password", "correct horse battery")
    page.get_by_role("button", name="Go on").click()
    page.get_by_label("Name of the store").fill("Quiet Records")
    page.get_by_role("button", name="Keep and go on").click()
    page.get_by_label("Address").fill("Main Road 1\n10115 Berlin")
    page.get_by_role("button", name="Keep and go on").click()
    page.get_by_label("Holder of the bank account").fill("Quiet Records")
    page.get_by_label("IBAN").fill("DE89370400440532013000")
    page.get_by_role("button", name="Keep and go on").click()
    page.get_by_role("link", name="Later").click()
    page.get_by_role("link", name="Go on").click()
    expect(page.get_by_role("link", name="The shop as buyers see it")).to_be_visible()
    _says(page, "/", "Quiet Records")
    _says(page, "/wallet", "Bank transfer")
    answer = page.goto(told[0])
    assert answer
    assert answer.status == 404


def _says(page: Page, address: str, words: str) -> None:
    """The store starts anew with what was chosen; a page that comes too early says the old name."""
    for _ in range(60):
        page.goto(address)
        if words in page.content():
            return
        time.sleep(0.5)
    raise AssertionError(f"{address} never said {words}: {page.content()}")
