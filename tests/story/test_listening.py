"""The bench and the blind test in a real browser: what is turned stays where it is, what is compared plays together."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.story.test_browser import browser, page

pytestmark = pytest.mark.browser
__all__ = ["browser", "page"]
TRIO = "/releases/the-story-trio-gymnopedies-at-dusk"
PLACES = (
    "['#knobs', '#sum', '#sizes', '.tracks']"
    ".map(one => document.querySelector(one).getBoundingClientRect().top + scrollY)"
)


@pytest.mark.parametrize("width", [390, 1280])
def test_turning_a_knob_moves_nothing_keeps_the_focus_and_is_told(page: Page, width: int) -> None:
    page.set_viewport_size({"width": width, "height": 900})
    page.goto(TRIO)
    page.wait_for_load_state()
    before = page.evaluate(PLACES)
    for name, value, told in (("codec", "opus", "Opus"), ("quality", "96", "Opus 96"), ("codec", "flac", "FLAC")):
        page.focus(f"#{name}")
        page.select_option(f"#{name}", value)
        expect(page.locator("#bench-told")).to_contain_text(told)
        assert page.evaluate(PLACES) == before
        assert page.evaluate("document.activeElement.id") == name


def test_a_device_sets_the_knobs_in_place_and_a_bar_sets_the_format(page: Page) -> None:
    page.goto(TRIO)
    page.wait_for_load_state()
    page.select_option("#device", "player")
    expect(page.locator("#quality")).to_have_value("192")
    expect(page.locator("#on-device")).to_contain_text("of 4 GB")
    page.select_option("#capacity", "16")
    expect(page.locator("#on-device")).to_contain_text("of 16 GB")
    page.locator("#sizes a", has_text="FLAC").click()
    expect(page.locator("#codec")).to_have_value("flac")
    page.reload()
    expect(page.locator("#device")).to_have_value("player")
    page.get_by_role("link", name="Forget the device").click()
    expect(page.locator("#device")).to_have_value("")


def test_a_blind_test_plays_together_by_keys_too_and_ends_with_a_price(page: Page) -> None:
    page.goto(TRIO)
    page.wait_for_load_state()
    page.get_by_role("link", name=re.compile("blind test")).click()
    page.get_by_role("button", name="Begin").click()
    for number in range(1, 7):
        expect(page.get_by_role("heading", level=1)).to_have_text(f"Round {number} of 6")
        if number <= 2:  # The second one stands in the same document.
            page.get_by_role("button", name="Play", exact=True).click()
            expect(page.get_by_role("button", name="Pause", exact=True)).to_be_visible(timeout=60_000)
            page.keyboard.press("c")
            expect(page.get_by_role("button", name="C", exact=True)).to_have_attribute("aria-pressed", "true")
        for name, place in (("best", "A"), ("worst", "C")):  # As a pointer does: once the new round has come to rest.
            page.locator(f".pick:has([name={name}])", has_text=place).click()
            expect(page.locator(f"[name={name}][value={place.lower()}]")).to_be_checked()
        page.locator("#blind .actions button").click()
    expect(page.locator(".told")).to_contain_text("of 6")
    page.get_by_role("link", name="Set the bench to it").click()
    expect(page).to_have_url(re.compile("format=.*#bench"))
