"""A label brings in an album with a browser, whatever breaks off on the way; a program sends by the same protocol."""

import base64
import hashlib
import os
import random
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx2 as httpx
import pytest
from playwright.sync_api import Browser, Page, expect

from tests.story.label import write_long_label, write_story_label
from tests.story.running import RunningStore, a_store
from tests.story.test_browser import browser as browser

pytestmark = pytest.mark.browser
PEOPLE = """
from django.contrib.auth import get_user_model
get_user_model().objects.create_superuser("dana", "dana@example.org", "a long password", country="FR")
"""
TUS = {"Tus-Resumable": "1.0.0"}
BYTES = {"Content-Type": "application/offset+octet-stream"}
HOME = "/desk/uploads/upload/"


@pytest.fixture(scope="module")
def store() -> Iterator[RunningStore]:
    with a_store("story_uploading") as running:
        running.command("shell", "-c", PEOPLE)
        running.start()
        yield running


@pytest.fixture(scope="module")
def album(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = write_story_label(tmp_path_factory.mktemp("label"))
    return next(path.parent for path in folder.rglob("release.toml") if "Trio" in str(path))


@pytest.fixture
def page(browser: Browser, store: RunningStore) -> Iterator[Page]:
    context = browser.new_context(base_url=store.url, viewport={"width": 1280, "height": 900})
    page = context.new_page()
    page.goto(f"/account/login/?next={HOME}add/")
    page.fill("input[name=login]", "dana")
    page.fill("input[name=password]", "a long password")
    page.get_by_role("button", name="Sign in").last.click()
    page.wait_for_url(f"**{HOME}add/")
    yield page
    context.close()


@pytest.fixture
def program(store: RunningStore) -> Iterator[httpx.Client]:
    """A program that is signed in as a browser is."""
    with httpx.Client(base_url=store.url, timeout=60, follow_redirects=True) as client:
        sign_in(client)
        yield client


def sign_in(client: httpx.Client) -> None:
    client.get("/account/login/")
    form = {"login": "dana", "password": "a long password", "csrfmiddlewaretoken": client.cookies["csrftoken"]}
    answer = client.post("/account/login/", data=form, headers={"Referer": str(client.base_url)})
    assert answer.status_code == 200
    client.headers["X-CSRFToken"] = client.cookies["csrftoken"]


def begin(client: httpx.Client, size: int, name: str = "cmlsdW0uZmxhYw==") -> str:
    made = client.post(HOME + "add/", headers={"Accept": "application/json"}).json()
    headers = {**TUS, "Upload-Length": str(size), "Upload-Metadata": f"filename {name}"}
    answer = client.post(made["files"], headers=headers)
    assert answer.status_code == 201, answer.text
    return str(answer.headers["Location"])


def offset_of(client: httpx.Client, address: str) -> int:
    return int(client.head(address, headers=TUS).headers["Upload-Offset"])


def test_a_plug_pulled_in_the_middle_of_a_piece_loses_nothing_that_was_told(
    store: RunningStore, program: httpx.Client
) -> None:
    data = random.Random(7).randbytes(9_000_000)
    address = begin(program, len(data))
    is_dead = threading.Event()

    def half() -> Iterator[bytes]:
        for start in range(0, 5_000_000, 100_000):
            yield data[start : start + 100_000]
        is_dead.wait(60)
        yield b""

    def send() -> None:
        with pytest.raises(httpx.TransportError):
            program.patch(address, content=half(), headers={**TUS, **BYTES, "Upload-Offset": "0"})

    sender = threading.Thread(target=send)
    sender.start()
    with httpx.Client(base_url=store.url, timeout=60, headers=program.headers, cookies=program.cookies) as other:
        ends, told = time.monotonic() + 60, 0
        while told < 3_000_000 and time.monotonic() < ends:
            told = offset_of(other, address)
    store.kill()
    is_dead.set()
    sender.join(60)
    store.start()
    here = offset_of(program, address)
    assert 3_000_000 <= told <= here < len(data)
    answer = program.patch(address, content=data[here:], headers={**TUS, **BYTES, "Upload-Offset": str(here)})
    assert (answer.status_code, answer.headers["Upload-Offset"]) == (204, str(len(data)))
    whole = next((store.folder / "uploads").rglob("whole/*.flac"))
    assert hashlib.sha256(whole.read_bytes()).digest() == hashlib.sha256(data).digest()


def test_a_plug_pulled_while_it_is_taken_in_begins_again(
    store: RunningStore, program: httpx.Client, tmp_path: Path
) -> None:
    folder = write_long_label(tmp_path / "label")
    sheet = next(folder.rglob("release.toml"))
    sheet.write_text(sheet.read_text().replace("4006381333931", "5901234123457"))  # It is another release.
    made = program.post(HOME + "add/", headers={"Accept": "application/json"}).json()
    for file in sorted(path for path in folder.rglob("*") if path.is_file()):
        name = base64.b64encode(str(file.relative_to(folder)).encode()).decode()
        headers = {**TUS, "Upload-Length": str(file.stat().st_size), "Upload-Metadata": f"relativePath {name}"}
        address = program.post(made["files"], headers=headers).headers["Location"]
        program.patch(address, content=file.read_bytes(), headers={**TUS, **BYTES, "Upload-Offset": "0"})
    form = {"csrfmiddlewaretoken": program.headers["X-CSRFToken"], "key": "k"}
    take_in = made["page"].replace("change", "take-in")
    assert program.post(take_in, data=form, headers={"Referer": store.url}).status_code == 200
    seen(program, made, "Is being taken in")
    store.kill()
    store.start()
    seen(program, made, "Files: 2 imported.")
    assert "Two Long Rooms" in program.get("/desk/catalog/release/").text
    assert not list((store.folder / "masters").rglob("*.part"))


def seen(client: httpx.Client, made: dict[str, str], words: str) -> None:
    """Wait until a page says so."""
    ends, listing = time.monotonic() + 120, ""
    while words not in listing:
        assert time.monotonic() < ends, listing
        listing = client.get(made["listing"]).text
        time.sleep(0.05)  # The work that is waited for needs the processor too.


def test_a_sender_that_hangs_up_is_gone_on_with(store: RunningStore, program: httpx.Client) -> None:
    data = os.urandom(4_000_000)
    address = begin(program, len(data))

    def broken() -> Iterator[bytes]:
        yield data[:2_000_000]
        raise OSError("The cable was pulled.")

    with pytest.raises(OSError, match="cable"):
        program.patch(address, content=broken(), headers={**TUS, **BYTES, "Upload-Offset": "0"})
    ends, here = time.monotonic() + 30, 0
    while here < 1_900_000 and time.monotonic() < ends:
        here = offset_of(program, address)
    rest = {**TUS, **BYTES, "Upload-Offset": str(here)}
    assert program.patch(address, content=data[here:], headers=rest).headers["Upload-Offset"] == str(len(data))


def test_who_may_not_send_is_answered_although_he_sends(store: RunningStore) -> None:
    with httpx.Client(base_url=store.url, timeout=60) as stranger:
        headers = {**TUS, **BYTES, "Upload-Offset": "0"}
        answer = stranger.patch("/desk/uploads/upload/files/1/", content=b"x" * 3_000_000, headers=headers)
        assert answer.status_code in {401, 403}
        large = stranger.post(HOME + "add/", files={"files": ("a.flac", b"x" * 3_000_000)})
        assert large.status_code == 413


def test_a_form_without_a_script_carries_more_than_other_forms(store: RunningStore, program: httpx.Client) -> None:
    form = {"csrfmiddlewaretoken": program.headers["X-CSRFToken"]}
    files = [("files", (f"0{n}.flac", os.urandom(3_000_000))) for n in (1, 2)]
    shown = program.post(HOME + "add/", data=form, files=files, headers={"Referer": store.url})
    assert shown.status_code == 200, shown.text[:300]
    assert "01.flac" in shown.text
    assert "02.flac" in shown.text


def a_line(page: Page) -> Callable[[int], None]:
    """What sets how many bytes a second leave the browser; -1: as many as can."""
    session = page.context.new_cdp_session(page)
    session.send("Network.enable")

    def set_line(bytes_per_second: int) -> None:
        line = {"offline": False, "latency": 5, "downloadThroughput": -1, "uploadThroughput": bytes_per_second}
        session.send("Network.emulateNetworkConditions", line)

    return set_line


def test_a_label_uploads_an_album_that_breaks_off_and_takes_it_in(page: Page, store: RunningStore, album: Path) -> None:
    sent: list[int] = []
    page.on("request", lambda one: sent.append(int(one.headers["upload-offset"])) if one.method == "PATCH" else None)
    set_line = a_line(page)
    set_line(1_500_000)  # So slow that there is time to break it off.
    page.locator("input[webkitdirectory]").set_input_files(str(album))
    expect(page.locator("#sending")).to_contain_text("about")
    page.wait_for_url(f"**{HOME}*/change/")
    page.wait_for_timeout(1_500)

    store.stop()
    set_line(500_000)  # And to pause it.
    expect(page.locator("#sending [data-sentence]")).to_contain_text("cannot be reached", timeout=30_000)
    store.start()
    page.wait_for_timeout(1_000)

    page.get_by_role("button", name="Pause").click()
    expect(page.locator("#sending [data-sentence]")).to_contain_text("Paused")
    page.reload()
    expect(page.locator("#listing")).to_contain_text("of 7.86 MB")
    set_line(-1)
    page.locator("input[webkitdirectory]").set_input_files(str(album))
    expect(page.locator("#sending [data-sentence]")).to_contain_text("Files sent: 4 of 4.", timeout=120_000)
    assert any(offset > 0 for offset in sent)

    expect(page.locator("#listing")).to_contain_text("Examined: 4", timeout=120_000)
    expect(page.locator("#listing")).to_contain_text("A picture of 900 × 900 pixels.")
    page.get_by_role("link", name="Take in …").first.click()
    page.get_by_role("button", name="Take in").click()
    expect(page.get_by_role("link", name="Gymnopédies at Dusk", exact=True)).to_be_visible(timeout=120_000)
    expect(page.locator("#listing")).to_contain_text("Files: 2 imported.")
    page.get_by_role("link", name="Doctor: Gymnopédies at Dusk").click()
    expect(page.get_by_role("heading", name="The release")).to_be_visible()
    shop = httpx.get(f"{store.url}/releases/the-story-trio-gymnopedies-at-dusk")
    assert shop.status_code == 200
