"""Every kind of page keeps WCAG 2.2 at levels A and AA as far as axe-core can tell, and a purchase needs no mouse."""

import re
from collections.abc import Iterator, Sequence
from typing import Literal

import pytest
from axe_playwright_python.base import AXE_SCRIPT
from playwright.sync_api import Browser, Error, Page, Request, expect

from tests.story.running import RunningStore
from tests.story.test_browser import browser, sign_up, top_up

pytestmark = pytest.mark.browser
__all__ = ["browser"]
EVERYTHING = {"type": "tag", "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]}
COLOURS = {"type": "rule", "values": ["color-contrast", "link-in-text-block"]}
MOST_BYTES = 100_000
"""Of a page with all it needs, covers and sound aside."""
Look = tuple[int, Literal["light", "dark"]]
LOOKS: tuple[Look, ...] = (
    (390, "light"),
    (1280, "dark"),
)
OTHER_COLOURS: tuple[Look, ...] = (
    (390, "dark"),
    (1280, "light"),
)
"""What is seen in a width was looked at there; here only its colours differ."""
RELEASE = "/releases/the-story-trio-gymnopedies-at-dusk"
OTHER = "/releases/lone-marimba-high-window"
OF_VISITORS = (
    "/",
    RELEASE,
    "/releases",
    "/search?q=piece",
    "/search?q=nothing-of-that-name",
    "/artists",
    "/artists/the-story-trio",
    "/labels",
    "/labels/story-label",
    "/genres",
    "/genres/piano",
    "/charts",
    RELEASE + "/blind-test",
    "/wishlist",
    "/redeem",
    "/guest",
    "/basket",
    "/country",
    "/transparency",
    "/transparency/log",
    "/help",
    "/account/login/",
    "/account/signup/",
    "/account/password/reset/",
    "/nothing-here",
    "/embed" + RELEASE,
)
OF_BUYERS = (
    "/basket",
    "/checkout",
    "/orders",
    "/wallet",
    "/wallet/gift-cards",
    "/wallet/refunds",
    "/library",
    "/library/the-story-trio-gymnopedies-at-dusk",
    "/wishlist",
    "/following",
    "/account/password/change/",
)


@pytest.fixture
def page(browser: Browser, store: RunningStore) -> Iterator[Page]:
    context = browser.new_context(base_url=store.url)
    yield context.new_page()
    context.close()


def test_what_visitors_see(page: Page) -> None:
    assert violations(page, OF_VISITORS) == []


def test_what_buyers_see(page: Page) -> None:
    sign_up(page, "ear")
    top_up(page, "20", "Approve the payment")
    buy(page, RELEASE)
    order = page.url
    page.goto(OTHER)
    page.get_by_role("button", name="Put album in basket").click()
    page.goto("/wallet")
    page.fill("input[name=other_amount]", "5")
    page.get_by_role("button", name="Top up", exact=True).click()
    sandbox = page.url
    assert violations(page, (*OF_BUYERS, order, sandbox)) == []


def buy(page: Page, release: str) -> None:
    page.goto(release)
    page.get_by_role("button", name="Put album in basket").click()
    page.get_by_role("link", name="Go to checkout").click()
    page.get_by_role("button", name=re.compile("Pay .* from wallet")).click()
    expect(page.get_by_role("link", name="Go to your library")).to_be_visible()


def violations(
    page: Page, addresses: Sequence[str], looks: Sequence[Look] = LOOKS, colours: Sequence[Look] = OTHER_COLOURS
) -> list[str]:
    """A line for each fault and place: of everything in these looks, of colours alone in those."""
    found = []
    for address in addresses:
        page.goto(address)
        page.evaluate(AXE_SCRIPT)
        for (width, theme), rules in (*((one, EVERYTHING) for one in looks), *((one, COLOURS) for one in colours)):
            page.set_viewport_size({"width": width, "height": 900})
            page.emulate_media(color_scheme=theme, reduced_motion="reduce")
            options = {"runOnly": rules, "resultTypes": ["violations"]}
            for one in page.evaluate("options => axe.run(options)", options)["violations"]:
                places = ", ".join(" ".join(node["target"]) for node in one["nodes"][:3])
                found.append(f"{address} at {width}, {theme}: {one['id']} ({one['help']}) at {places}")
    return found


def test_a_purchase_by_keys_alone(page: Page) -> None:
    page.goto("/")
    reach(page, "Skip")
    reach(page, "Release, artist, track")
    page.keyboard.type("high window")
    page.keyboard.press("Enter")
    page.wait_for_url("**/search**")
    press(page, "High Window")
    page.wait_for_url(f"**{OTHER}**")
    press(page, "Put album in basket")
    press(page, "Go to checkout")
    page.wait_for_url("**/account/login/**")
    press(page, "Sign up")
    page.wait_for_url("**/account/signup/**")
    for name, text in (("email", "keys@example.org"), ("username", "keys"), ("password", "correct horse battery")):
        reach(page, name, by="name")
        page.keyboard.type(text)
    page.keyboard.press("Enter")
    page.wait_for_url("**/checkout")
    press(page, "Top up .* and pay")
    press(page, "Approve the payment")
    press(page, "Go to your library")
    press(page, "High Window")
    reach(page, "Download Piece 1")


FOCUS = """() => {
  const one = document.activeElement;
  const style = getComputedStyle(one);
  const words = [one.getAttribute("aria-label"), one.innerText, one.placeholder, one.value].filter(Boolean).join(" ");
  const ring = style.outlineStyle !== "none" && parseFloat(style.outlineWidth) > 0;
  return { words, name: one.name || "", isSeen: ring || style.boxShadow !== "none", tag: one.tagName };
}"""


def reach(page: Page, wanted: str, *, by: str = "words") -> None:
    """Press Tab until what has the focus is called so; each stop on the way must be seen to have it."""
    page.wait_for_load_state()
    for _ in range(150):
        page.keyboard.press("Tab")
        try:
            here = page.evaluate(FOCUS)
        except Error:  # The next page came in that moment.
            page.wait_for_load_state()
            continue
        if here["tag"] in {"BODY", "IFRAME", "MAIN"}:
            continue  # The whole page, from which reading begins.
        assert here["isSeen"], f"Nobody sees that {here} has the focus."
        if re.search(wanted, here[by]):
            return
    raise AssertionError(f"Tab never came to {wanted} on {page.url}.")


def press(page: Page, wanted: str) -> None:
    """Reach it and press it."""
    reach(page, wanted)
    page.keyboard.press("Enter")


def test_pages_are_light(page: Page) -> None:
    for address in ("/", "/search?q=piece", RELEASE):
        requests: list[Request] = []

        def note(request: Request, requests: list[Request] = requests) -> None:
            requests.append(request)

        page.on("requestfinished", note)
        page.goto(address)
        page.wait_for_load_state("networkidle")
        page.remove_listener("requestfinished", note)
        sizes = {
            one.url: one.sizes() for one in requests if not re.search("/delivery/(covers|previews|waves)", one.url)
        }
        total = sum(size["responseBodySize"] + size["responseHeadersSize"] for size in sizes.values())
        assert total <= MOST_BYTES, (address, total, sizes)
