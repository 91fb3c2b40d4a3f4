"""A stranger buys music in a real browser: she finds it, hears it, chooses a format, signs up, pays, and fetches it."""

import io
import os
import re
import shutil
import zipfile
from collections.abc import Iterator
from pathlib import Path

import httpx2 as httpx
import pytest
from mutagen.flac import FLAC
from mutagen.mp3 import MP3
from playwright.sync_api import Browser, Page, expect, sync_playwright

from tests.story.running import RunningStore

pytestmark = pytest.mark.browser
NAMES = ("chromium", "chromium-browser", "google-chrome")
QUIET = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-sync", "--no-first-run"]


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    program = os.environ.get("CHROMIUM") or next(filter(None, map(shutil.which, NAMES)), None)
    assert program, "There is no Chromium; `make test` installs one, or CHROMIUM names it."
    with sync_playwright() as playwright:
        yield playwright.chromium.launch(executable_path=program, args=QUIET)


@pytest.fixture
def page(browser: Browser, store: RunningStore) -> Iterator[Page]:
    context = browser.new_context(base_url=store.url, accept_downloads=True, viewport={"width": 390, "height": 844})
    page = context.new_page()
    faults: list[str] = []
    page.on("pageerror", lambda error: faults.append(str(error)))
    page.on("console", lambda said: faults.append(said.text) if said.type == "error" else None)
    yield page
    context.close()
    assert [fault for fault in faults if "404" not in fault] == []


def sign_up(page: Page, name: str) -> None:
    page.goto("/account/signup/")
    fill_in_sign_up(page, name)


def fill_in_sign_up(page: Page, name: str) -> None:
    page.fill("input[name=email]", f"{name}@example.org")
    page.fill("input[name=username]", name)
    page.fill("input[name=password1]", "correct horse battery")
    page.get_by_role("button", name=re.compile("sign up|create|account", re.I)).last.click()


def top_up(page: Page, euros: str, answer: str) -> None:
    page.goto("/wallet")
    page.fill("input[name=other_amount]", euros)
    page.get_by_role("button", name="Top up", exact=True).click()
    page.get_by_role("button", name=answer).click()


def test_a_stranger_buys_an_album(page: Page, store: RunningStore, tmp_path: Path) -> None:
    page.goto("/search?q=gimnopedies")
    page.get_by_role("link", name="Gymnopédies at Dusk").first.click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Gymnopédies at Dusk")
    page.wait_for_load_state()  # Before its script is there, a play button is a link to its sound.

    with page.expect_response(re.compile("/delivery/previews/")) as heard:
        page.get_by_role("link", name=re.compile("Preview|Play", re.I)).first.click()
    assert heard.value.status in {200, 206}

    page.select_option("select[name=quality]", "192")
    expect(page.locator("#bench")).to_contain_text("1.")
    page.get_by_role("button", name="Put album in basket").click()
    total = page.locator("dd.total").inner_text()
    page.get_by_role("link", name="Go to checkout").click()

    expect(page.get_by_role("heading", level=1)).to_have_text("Sign in")
    page.get_by_role("link", name="Sign up").first.click()
    page.wait_for_url("**/account/signup/**")
    fill_in_sign_up(page, "stranger")
    page.wait_for_url("**/checkout")
    expect(page.locator("dl.lines").first).to_contain_text(total)
    page.get_by_role("button", name=re.compile("Top up .* and pay")).click()
    page.get_by_role("button", name="Ask for 3-D Secure first").click()
    page.get_by_role("button", name="The code was right").click()
    page.get_by_role("link", name="Go to your library").click()
    expect(page.get_by_role("heading", name="Your library")).to_be_visible(timeout=30_000)
    page.get_by_role("link", name="Gymnopédies at Dusk").first.click()

    with page.expect_download() as fetched:
        page.get_by_role("link", name="Download Piece 1").click()
    file = tmp_path / "one.mp3"
    fetched.value.save_as(file)
    tags = MP3(file)
    assert (str(tags["TIT2"]), str(tags["TALB"]), str(tags["TRCK"])) == ("Piece 1", "Gymnopédies at Dusk", "1/2")
    assert tags.info.bitrate == 192_000
    assert tags.tags.getall("APIC")

    with page.expect_download() as fetched:
        page.get_by_role("button", name="Download everything as one zip").click()
    fetched.value.save_as(tmp_path / "all.zip")
    with zipfile.ZipFile(tmp_path / "all.zip") as archive:
        assert archive.testzip() is None
        assert [Path(name).suffix for name in archive.namelist()] == [".mp3", ".mp3", ".jpg"]
    assert "true" in store.command("ledger", "audit")


def test_a_declined_card_charges_nothing(page: Page) -> None:
    sign_up(page, "declined")
    top_up(page, "5", "Decline the card")
    expect(page.get_by_role("heading", level=1)).to_have_text("It was not paid")
    page.goto("/wallet")
    expect(page.locator(".price").first).to_have_text("€0.00")


def test_a_double_click_on_pay_charges_once(page: Page) -> None:
    sign_up(page, "double")
    top_up(page, "10", "Approve the payment")
    page.goto("/releases/lone-marimba-high-window?format=mp3-128")
    page.get_by_role("button", name="Put album in basket").click()
    page.get_by_role("link", name="Go to checkout").click()
    form = page.locator("form[action='/orders']")
    data = {name: form.locator(f"[name={name}]").input_value() for name in ("csrfmiddlewaretoken", "basket",
            "expected_total_micro", "country")}  # fmt: skip
    for _ in range(2):  # As two tabs, or a double click, would send it.
        answer = page.request.post("/orders", form=data, headers={"Referer": page.url})
        assert answer.ok
    page.goto("/wallet")
    expect(page.get_by_role("row", name=re.compile("Purchase"))).to_have_count(1)
    page.go_back()
    page.goto("/checkout")
    expect(page.get_by_text("Your basket is empty")).to_be_visible()


def test_a_bounded_format_is_prepared_with_progress_and_the_difference_returned(page: Page, tmp_path: Path) -> None:
    sign_up(page, "bounded")
    top_up(page, "20", "Approve the payment")
    page.goto("/releases/the-story-trio-gymnopedies-at-dusk?format=mp3-v0")
    expect(page.locator("#bench")).to_contain_text("at most")
    page.get_by_role("button", name="Put album in basket").click()
    page.get_by_role("link", name="Go to checkout").click()
    page.get_by_role("button", name=re.compile("Pay .* from wallet")).click()
    page.get_by_role("link", name="Go to your library").click()
    expect(page.get_by_role("heading", name="Your library")).to_be_visible(timeout=30_000)
    page.get_by_role("link", name="Gymnopédies at Dusk").first.click()
    with page.expect_download(timeout=60_000) as fetched:
        page.get_by_role("button", name="Download everything as one zip").click()
    fetched.value.save_as(tmp_path / "all.zip")
    with zipfile.ZipFile(tmp_path / "all.zip") as archive:
        assert archive.testzip() is None
    expect_returned(page)


def expect_returned(page: Page) -> None:
    """The store settles within one round of its upkeep."""
    for _ in range(30):
        page.goto("/wallet")
        if page.get_by_text("Smaller than quoted").count():
            return
        page.wait_for_timeout(1000)
    raise AssertionError("Nothing was returned for a file that came out smaller than quoted.")


def test_another_format_costs_the_difference_and_a_smaller_one_nothing(page: Page, tmp_path: Path) -> None:
    sign_up(page, "upgrader")
    top_up(page, "20", "Approve the payment")
    page.goto("/releases/lone-marimba-high-window?format=mp3-320")
    page.get_by_role("button", name="Put album in basket").click()
    page.get_by_role("link", name="Go to checkout").click()
    page.get_by_role("button", name=re.compile("Pay .* from wallet")).click()

    page.goto("/library/lone-marimba-high-window?format=mp3-128")
    with page.expect_download() as fetched:
        page.get_by_role("link", name="Download Piece 2").click()
    fetched.value.save_as(tmp_path / "small.mp3")
    assert MP3(tmp_path / "small.mp3").info.bitrate == 128_000

    page.goto("/library/lone-marimba-high-window?format=flac")
    page.get_by_role("button", name="Put the difference in the basket").click()
    page.get_by_role("link", name="Go to checkout").click()
    page.get_by_role("button", name=re.compile("Pay .* from wallet")).click()
    page.goto("/library/lone-marimba-high-window?format=flac")
    with page.expect_download() as fetched:
        page.get_by_role("link", name="Download Piece 1").click()
    fetched.value.save_as(tmp_path / "large.flac")
    info = FLAC(tmp_path / "large.flac").info
    assert (info.sample_rate, info.bits_per_sample, info.total_samples) == (96_000, 24, 6 * 96_000)


@pytest.mark.parametrize("width", [390, 820, 1280])
def test_no_page_is_wider_than_its_window(page: Page, width: int) -> None:
    page.set_viewport_size({"width": width, "height": 800})
    for path in ("/", "/releases/lone-marimba-high-window", "/search?q=piece", "/basket", "/account/login/", "/help"):
        page.goto(path)
        assert page.evaluate("document.documentElement.scrollWidth") <= width, path


def test_a_visitor_without_scripts_can_quote_and_buy(browser: Browser, store: RunningStore) -> None:
    context = browser.new_context(base_url=store.url, java_script_enabled=False)
    page = context.new_page()
    page.goto("/releases/lone-marimba-high-window")
    page.select_option("select[name=quality]", "128")
    page.get_by_role("button", name="Quote").click()
    page.wait_for_url("**quality=128**")
    page.get_by_role("button", name="Put album in basket").click()
    expect(page.locator("dd.total")).to_contain_text("€")
    context.close()


def test_a_zip_resumes_where_it_broke_off(page: Page) -> None:
    sign_up(page, "resumer")
    top_up(page, "20", "Approve the payment")
    page.goto("/releases/the-story-trio-gymnopedies-at-dusk?format=mp3-320")
    page.get_by_role("button", name="Put album in basket").click()
    page.get_by_role("link", name="Go to checkout").click()
    page.get_by_role("button", name=re.compile("Pay .* from wallet")).click()
    address = "/library/the-story-trio-gymnopedies-at-dusk/download?format=mp3-320"
    with page.expect_download() as fetched:
        page.get_by_role("link", name="Go to your library").click()
        expect(page.get_by_role("heading", name="Your library")).to_be_visible(timeout=30_000)
        page.evaluate("address => { location.href = address }", address)
    url = fetched.value.url
    head = httpx.head(url)
    size = int(head.headers["content-length"])
    first = httpx.get(url, headers={"Range": f"bytes=0-{size // 2}"})
    rest = httpx.get(url, headers={"Range": f"bytes={size // 2 + 1}-", "If-Range": first.headers["etag"]})
    assert (first.status_code, rest.status_code) == (206, 206)
    with zipfile.ZipFile(io.BytesIO(first.content + rest.content)) as archive:
        assert archive.testzip() is None
    assert len(first.content + rest.content) == size


def test_a_scanned_code_waits_in_the_browser_until_its_finder_has_signed_up(page: Page) -> None:
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url + (request.post_data or "")))
    page.goto("/voucher#7K3M9XQ2HT5V0B8N4CWE")  # As older sheets have it.
    expect(page).to_have_url(re.compile("/redeem$"))
    page.get_by_role("contentinfo").get_by_role("link", name="Sign up").click()
    fill_in_sign_up(page, "finder")
    page.goto("/redeem")
    expect(page.get_by_label("Its code")).to_have_value("7K3M9XQ2HT5V0B8N4CWE")
    assert "7K3M" not in "".join(asked)


def test_a_gift_card_bought_in_one_browser_pays_in_another(page: Page, browser: Browser, store: RunningStore) -> None:
    sign_up(page, "giver")
    top_up(page, "10", "Approve")
    page.goto("/wallet/gift-cards")
    page.get_by_label("Its value").fill("6")
    page.get_by_role("button", name="Buy the gift card").click()
    page.get_by_label("Password").fill("correct horse battery")
    page.get_by_role("button", name="Go on").click()
    code = page.locator(".code").inner_text()
    with page.expect_download() as fetched:
        page.get_by_role("button", name="Save as PDF").click()
    assert fetched.value.path().read_bytes().startswith(b"%PDF")
    friend = browser.new_context(base_url=store.url).new_page()
    sign_up(friend, "friend")
    friend.goto("/wallet")
    friend.get_by_label("Its code").fill(code.lower())
    friend.get_by_role("button", name="Look what it is worth").click()
    expect(friend.get_by_role("heading", level=1)).to_have_text("This code is worth €6.00")
    friend.get_by_role("button", name="Put it into my wallet").click()
    expect(friend.get_by_text("€6.00 is in your wallet.")).to_be_visible()
    friend.context.close()


def test_the_search_field_suggests_and_is_used_by_keys_alone(page: Page) -> None:
    page.goto("/")
    page.wait_for_load_state()
    field = page.get_by_role("combobox")
    field.focus()
    page.keyboard.type("gymno")
    options = page.get_by_role("option")
    expect(options.first).to_contain_text("Gymnop")
    expect(field).to_have_attribute("aria-expanded", "true")
    page.keyboard.press("ArrowDown")
    expect(field).to_have_attribute("aria-activedescendant", "suggestion-1")
    expect(options.first).to_have_attribute("aria-selected", "true")
    page.keyboard.press("Escape")
    expect(field).to_have_attribute("aria-expanded", "false")
    expect(field).to_have_value("gymno")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    page.wait_for_url("**/releases/**")
