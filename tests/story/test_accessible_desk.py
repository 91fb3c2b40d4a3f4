"""Every kind of page of the desk keeps WCAG 2.2 at levels A and AA as far as axe-core can tell, light and dark."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.story.running import RunningStore, a_stocked_store
from tests.story.test_accessible import Look, violations
from tests.story.test_browser import browser

pytestmark = pytest.mark.browser
__all__ = ["browser"]
LIGHT: Look = (390, "light")
DARK: Look = (1280, "dark")
STOCK = """
from datetime import timedelta
from obbligato.catalog.models import Release
from obbligato.catalog.uploads.models import Upload
from obbligato.kernel import clock
from obbligato.ledger import accounts
from obbligato.payments import crediting
from obbligato.payments.alerting import alert
from obbligato.people.models import Person
from obbligato.sales import baskets, checkout
from obbligato.sales.editing import drafting
from obbligato.sales.preorders.announcing import announce
from obbligato.sales.quoting import format_named

dana = Person.objects.get()
crediting.give(dana, amount_micro=9_000_000, currency="EUR", kind="cash", key="c", by="dana", reason="At a table.")
for number, release in enumerate(Release.objects.order_by("pk")[:2]):
    if number:
        announce(release, at=clock.now() + timedelta(days=30), takes_orders=True, by="dana")
    basket = baskets.basket_with(None, dana)
    baskets.add_release(basket, release, format_named("flac"))
    total_micro = baskets.contents(basket).total_micro
    checkout.buy(basket, dana, expected_total_micro=total_micro, country="FR")
drafting.open_draft(Release.objects.order_by("pk").first(), by="dana")
Upload.objects.create(person=dana)
alert("event_changed", "evt_1", "The same news came again and said something else.")
"""
PAGES = (
    "",
    "setup/",
    "setup/money/",
    "sales/order/",
    "sales/order/?state=held",
    "sales/order/1/change/",
    "sales/order/1/refund/",
    "sales/order/numbers/",
    "sales/order/1/history/",
    "catalog/release/",
    "catalog/release/1/change/",
    "catalog/release/1/editions/",
    "catalog/release/1/doctor/",
    "catalog/release/1/announce/",
    "catalog/release/1/draft/release/",
    "catalog/release/1/draft/tracks/",
    "catalog/release/1/draft/credits/",
    "catalog/release/1/draft/rights/",
    "catalog/release/1/draft/price/",
    "catalog/release/1/draft/changes/",
    "catalog/master/1/change/",
    "catalog/master/1/doctor/",
    "catalog/withdrawal/add/",
    "preorders/announcement/1/change/",
    "payments/railblock/",
    "payments/alert/",
    "uploads/upload/",
    "uploads/upload/1/change/",
    "people/person/1/change/",
    "people/person/add/",
    "nothing-here/",
)
IN_THE_DARK = (
    "",
    "sales/order/",
    "sales/order/1/change/",
    "sales/order/numbers/",
    "catalog/release/1/doctor/",
    "catalog/release/1/announce/",
    "catalog/release/1/draft/tracks/",
    "catalog/release/1/draft/changes/",
    "people/person/1/change/",
)
OF_OTHERS = ("> .help-tooltip", "#id_groups_input")
"""What elements of Django itself break: named in docs/dependencies.md."""


@pytest.fixture(scope="module")
def store() -> Iterator[RunningStore]:
    with a_stocked_store("accessible_desk") as running:
        running.environment["DJANGO_SUPERUSER_PASSWORD"] = "a long password"
        running.command("createsuperuser", "--noinput", "--username", "dana", "--email", "dana@example.org")
        running.command("shell", "-c", STOCK)
        running.start()
        yield running


@pytest.fixture
def page(browser: Browser, store: RunningStore, tmp_path: Path) -> Iterator[Page]:
    context = browser.new_context(base_url=store.url)
    page = context.new_page()
    page.goto("/account/login/")
    page.fill("[name=login]", "dana")
    page.fill("[name=password]", "a long password")
    page.get_by_role("main").get_by_role("button", name="Sign in").click()
    expect(page.get_by_text("Signed in as dana", exact=True)).to_be_visible()
    yield page
    context.close()


def test_what_the_desk_shows(page: Page) -> None:
    missing: list[str] = []
    page.on("response", lambda answer: missing.append(answer.url) if answer.status >= 400 else None)
    found = violations(page, [f"/desk/{one}" for one in PAGES], [LIGHT], ())
    page.emulate_media(color_scheme="dark")  # Before a page is loaded: it looks only then.
    found += violations(page, [f"/desk/{one}" for one in IN_THE_DARK], [DARK], ())
    assert [one for one in missing if not one.endswith("/nothing-here/")] == []
    own = [one for one in found if not any(known in one for known in OF_OTHERS)]
    assert not own, "\n".join(own)
