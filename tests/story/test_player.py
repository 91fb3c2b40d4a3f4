"""The player in a real browser: pages change around it, and the sound goes on."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.story.test_browser import browser, page, sign_up

pytestmark = pytest.mark.browser
__all__ = ["browser", "page"]
TRIO = "/releases/the-story-trio-gymnopedies-at-dusk"
PLACE = "Math.max(...[...document.querySelectorAll('#player audio')].map(one => one.paused ? 0 : one.currentTime))"


def place(page: Page) -> float:
    """Seconds of what sounds."""
    return float(page.evaluate(PLACE))


def heard_beyond(page: Page, seconds: float) -> None:
    until(page, f"{PLACE} > {seconds}")


def until(page: Page, expression: str) -> None:
    """Pages evaluate no strings (their policy forbids it), so the test asks again and again."""
    for _ in range(100):
        if page.evaluate(expression):
            return
        page.wait_for_timeout(100)
    raise AssertionError(f"It never came true: {expression}")


def play_first(page: Page) -> None:
    page.goto(TRIO)
    page.wait_for_load_state()
    page.locator("#page a.play").first.click()
    heard_beyond(page, 0.3)


def test_what_was_truly_heard_is_told_once(page: Page) -> None:
    told: list[str | None] = []
    page.on("request", lambda request: told.append(request.post_data) if request.url.endswith("/plays") else None)
    play_first(page)
    assert told == []
    with page.expect_response("**/plays") as answered:
        pass
    assert answered.value.status == 204
    page.wait_for_timeout(1_000)
    assert told == [f"track={page.locator('#page a.play').first.get_attribute('data-track')}"]


def test_pages_change_and_the_sound_goes_on(page: Page) -> None:
    play_first(page)
    page.evaluate("window.isTheSameDocument = true")
    before = place(page)
    page.get_by_role("link", name="The Story Trio").first.click()
    expect(page).to_have_title(re.compile("^The Story Trio"))
    expect(page).to_have_url(re.compile("/artists/"))
    heard_beyond(page, before)
    page.fill("#q", "marimba")
    page.get_by_role("button", name="Search").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("marimba")
    page.get_by_role("link", name="High Window").first.click()
    expect(page.get_by_role("heading", level=1)).to_have_text("High Window")
    expect(page.locator("#player [data-now]")).to_have_text("Piece 1")
    after = place(page)
    assert after > before
    heard_beyond(page, after)
    assert page.evaluate("window.isTheSameDocument")


def test_title_focus_scroll_and_history_are_those_of_the_page(page: Page) -> None:
    play_first(page)
    page.evaluate("window.isTheSameDocument = true; scrollTo(0, 300)")
    page.get_by_role("contentinfo").get_by_role("link", name="How buying works").click()
    expect(page).to_have_title(re.compile("^How buying works"))
    until(page, "document.activeElement.id === 'content' && scrollY === 0")
    expect(page.locator("#told")).to_contain_text("How buying works")
    page.go_back()
    expect(page).to_have_title(re.compile("^Gymnopédies at Dusk"))
    until(page, "scrollY > 200")
    expect(page.locator(".track.is-current .title")).to_contain_text("Piece 1")
    page.go_forward()
    expect(page).to_have_title(re.compile("^How buying works"))
    heard_beyond(page, place(page))
    assert page.evaluate("window.isTheSameDocument")


def test_what_is_missing_is_a_page_as_well(page: Page) -> None:
    play_first(page)
    page.evaluate(
        "document.querySelector('.facts').innerHTML = '<li><a href=/nowhere>x</a>'; htmx.process(document.body)"
    )
    page.get_by_role("link", name="x", exact=True).click()
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    expect(page).to_have_url(re.compile("/nowhere$"))
    heard_beyond(page, place(page))


def test_a_whole_load_goes_on_where_it_was(page: Page) -> None:
    play_first(page)
    before = place(page)
    page.goto("/help")
    expect(page.locator("#player [data-now]")).to_have_text("Piece 1")
    until(page, f"document.querySelector('#player audio').currentTime >= {before} - 0.5")


def test_putting_an_album_into_the_basket_interrupts_nothing(page: Page) -> None:
    play_first(page)
    before = place(page)
    page.get_by_role("button", name="Put album in basket").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Basket")
    heard_beyond(page, before)


def test_a_timecode_starts_there(page: Page) -> None:
    page.goto(f"{TRIO}?t=0m10s")
    expect(page.locator("#player [data-time]")).to_have_text(re.compile(r"0:1\d"))
    expect(page.locator("#player [data-time]")).to_have_attribute("href", re.compile(r"track=\d+&t=1\ds"))


def test_the_queue_can_be_added_to_reordered_and_emptied(page: Page) -> None:
    play_first(page)
    rows = page.locator("#player [data-list] li")
    page.locator("#player summary").click()
    expect(rows).to_have_count(2)
    page.get_by_role("button", name="Move Piece 2 up").click()
    expect(rows.first).to_contain_text("Piece 2")
    page.get_by_role("button", name="Take Piece 2 out").click()
    expect(rows).to_have_count(1)
    page.locator("[data-later]").nth(1).click()
    expect(rows).to_have_count(2)
    heard_beyond(page, place(page))
    for _ in range(2):
        page.get_by_role("button", name=re.compile("^Take Piece")).first.click()
    expect(page.locator("#player")).to_be_hidden()


def test_the_next_track_is_ready_before_this_one_ends(page: Page) -> None:
    play_first(page)
    assert page.evaluate("[...document.querySelectorAll('#player audio')].every(one => one.src)")
    page.locator("#player [data-seek]").fill("19.5")
    expect(page.locator("#player [data-now]")).to_have_text("Piece 2")
    heard_beyond(page, 0.3)


def test_the_next_track_begins_before_this_one_is_over_so_that_nothing_is_silent(page: Page) -> None:
    play_first(page)
    page.evaluate(
        "window.told = []; document.querySelectorAll('#player audio').forEach(one => ['play', 'ended'].forEach("
        "name => one.addEventListener(name, () => told.push(name))))"
    )
    page.locator("#player [data-seek]").fill("19.4")
    until(page, "window.told.length > 1")
    assert page.evaluate("window.told") == ["play", "ended"]


def test_what_could_not_be_fetched_is_fetched_anew_by_another_press(page: Page) -> None:
    page.goto(TRIO)
    page.wait_for_load_state()
    for press in ("#page a.play", "#player [data-toggle]"):
        page.route("**/delivery/previews/*", lambda route: route.fulfill(status=404))
        page.locator("#page a.play").nth(1 if "#page" in press else 0).click()
        expect(page.locator("#player [data-by]")).to_have_text("This cannot be played just now.")
        page.unroute("**/delivery/previews/*")
        page.locator(press).nth(1 if "#page" in press else 0).click()
        heard_beyond(page, 0.3)


def test_what_cannot_be_heard_cannot_be_queued(page: Page) -> None:
    page.goto(TRIO)
    queue = page.locator("[data-later]")
    expect(queue.nth(1)).to_be_visible()
    page.evaluate("document.querySelectorAll('#page a.play')[1].remove()")
    expect(queue.nth(1)).to_be_hidden()


def test_keys_act_where_they_have_no_other_meaning(page: Page) -> None:
    play_first(page)
    page.locator("#page a.play").first.focus()
    page.keyboard.press(" ")
    until(page, "[...document.querySelectorAll('#player audio')].every(one => one.paused)")
    page.locator("#content").focus()
    page.keyboard.press("n")
    expect(page.locator("#player [data-now]")).to_have_text("Piece 1")
    page.locator("#player [data-toggle]").focus()
    page.keyboard.press("n")
    expect(page.locator("#player [data-now]")).to_have_text("Piece 2")


def test_a_chosen_theme_is_worn_at_once_and_kept(page: Page) -> None:
    play_first(page)
    paper = "getComputedStyle(document.body).backgroundColor"
    light = page.evaluate(paper)
    page.get_by_role("button", name="Dark").click()
    until(page, f"{paper} !== '{light}'")
    heard_beyond(page, place(page))
    page.goto("/help")
    assert page.evaluate(paper) != light
    page.get_by_role("button", name="As the system").click()
    until(page, f"{paper} === '{light}'")


def test_money_is_posted_by_whole_loads(page: Page) -> None:
    sign_up(page, "whole")
    page.goto(TRIO)
    page.get_by_role("link", name=re.compile("Wallet")).click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Wallet")
    form = page.locator("form[action='/wallet/top-ups']")
    expect(form).to_have_attribute("hx-boost", "false")
