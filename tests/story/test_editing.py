"""A label edits a release in a real browser: what is typed is kept, files come as uploads, tracks are moved by key, and
the shop shows the next edition once it is published.
"""

import re
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import Browser, Page, expect

from tests.story.running import RunningStore, a_stocked_store
from tests.story.test_browser import browser

pytestmark = pytest.mark.browser
__all__ = ["browser"]
TITLES = "[data-line] input[name$='.title']"


@pytest.fixture(scope="module")
def store() -> Iterator[RunningStore]:
    with a_stocked_store("story_editing") as running:
        running.environment["DJANGO_SUPERUSER_PASSWORD"] = "a long password"
        running.command("createsuperuser", "--noinput", "--username", "dana", "--email", "dana@example.org")
        running.start()
        yield running


@pytest.fixture
def page(browser: Browser, store: RunningStore) -> Iterator[Page]:
    context = browser.new_context(viewport={"width": 1280, "height": 900})
    expect.set_options(timeout=20_000)
    page = context.new_page()
    page.goto(f"{store.url}/account/login/")
    page.fill("[name=login]", "dana")
    page.fill("[name=password]", "a long password")
    page.get_by_role("main").get_by_role("button", name="Sign in").click()
    expect(page.get_by_text("Signed in as dana", exact=True)).to_be_visible()
    yield page
    expect.set_options(timeout=5_000)
    context.close()


def titles(page: Page) -> list[str]:
    return [one.input_value() for one in page.locator(TITLES).all()]


def test_a_label_edits_a_release_by_web_pages_alone(page: Page, store: RunningStore, tmp_path: Path) -> None:
    page.goto(f"{store.url}/desk/catalog/release/")
    page.get_by_role("link", name="Gymnopédies at Dusk").click()
    page.get_by_role("link", name="Edit …").click()
    page.get_by_role("button", name="Edit").click()

    page.get_by_label("Title").fill("Gymnopédies at Dawn")
    expect(page.locator("[data-saved]")).to_contain_text("Saved at", timeout=20_000)
    page.reload()
    expect(page.get_by_label("Title")).to_have_value("Gymnopédies at Dawn")
    large = tmp_path / "cover.png"
    noise = np.random.default_rng(1).integers(0, 255, (1_000, 1_000, 3), dtype=np.uint8)
    Image.fromarray(noise).save(large)
    assert large.stat().st_size > 2_500_000
    page.set_input_files("[data-kind=cover]", large)
    expect(page.get_by_text("1000 × 1000")).to_be_visible(timeout=30_000)

    page.get_by_role("link", name="Tracks").click()
    expect(page.locator(TITLES)).to_have_count(2)
    before = titles(page)
    page.locator(".handle").first.press("ArrowDown")
    assert titles(page) == before[::-1]
    page.get_by_role("button", name="Save").click()
    expect(page.locator(TITLES).first).to_have_value(before[1])

    page.get_by_role("link", name="What would change").click()
    expect(page.get_by_role("row", name=re.compile("Title Gymnopédies at Dusk Gymnopédies at Dawn"))).to_be_visible()
    page.get_by_role("link", name="Preview as a buyer").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Gymnopédies at Dawn")
    expect(page.get_by_text("nothing can be bought here")).to_be_visible()
    page.get_by_role("link", name="Back to the draft").click()
    page.get_by_role("link", name="Publish …").click()
    page.get_by_role("button", name="Publish").click()
    expect(page.get_by_text("Edition 2 of “Gymnopédies at Dawn” is published.")).to_be_visible()
    page.goto(f"{store.url}/")
    page.get_by_role("link", name=re.compile("Gymnopédies at Dawn")).first.click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Gymnopédies at Dawn")
