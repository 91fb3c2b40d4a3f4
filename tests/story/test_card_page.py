"""A buyer types a card into the page of a running store, in a real browser; Stripe's script and address are played.

Stripe's own script cannot be had without a network: what stands in its place has its three functions, and pays at the
double. So it is our page, our script and our content security policy that are tried here, not Stripe's fields.
"""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, Route, expect

from tests.payments.contracts.stripe import stripe
from tests.payments.contracts.stripe_double import GOOD_CARD, REFUSED_CARD, StripeDouble
from tests.story.running import RunningStore, a_store
from tests.story.test_browser import browser, sign_up

pytestmark = pytest.mark.browser
__all__ = ["browser"]
SCRIPT = """
const Stripe = (key) => ({
  elements: ({ clientSecret }) => ({
    clientSecret,
    create: () => {
      const listeners = {};
      return {
        on: (name, act) => { listeners[name] = act; },
        mount: (place) => {
          const label = document.createElement("label");
          label.textContent = "Card number ";
          label.append(document.createElement("input"));
          document.querySelector(place).append(label);
          listeners.ready();
        },
      };
    },
  }),
  confirmPayment: async ({ elements, confirmParams }) => {
    const number = document.querySelector("#card-fields input").value;
    if (!number) return { error: { type: "validation_error", message: "Your card number is incomplete." } };
    const secret = elements.clientSecret;
    const body = new URLSearchParams({ key, client_secret: secret, "payment_method_data[card][number]": number });
    const address = `https://api.stripe.com/v1/payment_intents/${secret.split("_secret_")[0]}/confirm`;
    const answer = await fetch(address, { method: "POST", body });
    const said = await answer.json();
    if (said.error) return { error: { ...said.error, type: "card_error" } };
    location.assign(confirmParams.return_url);
    return new Promise(() => {});
  },
});
"""


@pytest.fixture(scope="module")
def double() -> Iterator[StripeDouble]:
    with stripe() as bench:
        yield bench.double


@pytest.fixture(scope="module")
def store(double: StripeDouble) -> Iterator[RunningStore]:
    with a_store("story_card") as running:
        file = running.folder / "rails.toml"
        file.write_text(double.contract)
        file.chmod(0o600)
        running.environment["SANDBOX"] = "0"
        running.start()
        yield running


@pytest.fixture
def page(browser: Browser, store: RunningStore, double: StripeDouble) -> Iterator[Page]:
    context = browser.new_context(base_url=store.url, viewport={"width": 390, "height": 844})
    page = context.new_page()
    faults: list[str] = []
    page.on("pageerror", lambda error: faults.append(str(error)))
    page.on("console", lambda said: faults.append(said.text) if said.type == "error" else None)
    page.route("https://js.stripe.com/**", lambda route: route.fulfill(body=SCRIPT, content_type="text/javascript"))
    page.route("https://api.stripe.com/**", lambda route: _pass_on(route, double))
    yield page
    context.close()
    assert [fault for fault in faults if "402" not in fault] == []


def test_a_card_is_refused_another_is_taken_and_the_wallet_is_full(page: Page) -> None:
    sign_up(page, "typist")
    begin(page)
    expect(page.get_by_role("heading", level=1)).to_have_text("Pay €10.00")
    pay = page.get_by_role("button", name="Pay €10.00")
    pay.click()
    expect(page.get_by_role("alert")).to_contain_text("Something is missing")
    page.get_by_label("Card number").fill(REFUSED_CARD)
    pay.click()
    expect(page.get_by_role("alert")).to_contain_text("The bank did not accept this.")
    expect(page.get_by_text("Something is missing")).to_be_hidden()
    page.get_by_label("Card number").fill(GOOD_CARD)
    pay.click()
    expect(page.get_by_role("heading", level=1)).to_have_text("€10.00 arrived")
    page.go_back()
    expect(page.get_by_role("heading", level=1)).to_have_text("€10.00 arrived")


def test_fields_that_cannot_be_loaded_are_said_to_be_so(page: Page) -> None:
    sign_up(page, "blocked")
    page.route(
        "https://js.stripe.com/**", lambda route: route.fulfill(status=200, body="", content_type="text/javascript")
    )
    begin(page)
    expect(page.get_by_role("alert")).to_contain_text("could not be loaded")
    expect(page.get_by_role("button", name="Pay €10.00")).to_be_disabled()


@pytest.mark.parametrize("width", [390, 1280])
def test_the_page_fits_its_window(page: Page, width: int) -> None:
    sign_up(page, f"wide{width}")
    page.set_viewport_size({"width": width, "height": 800})
    begin(page)
    assert page.evaluate("document.documentElement.scrollWidth") <= width


def begin(page: Page) -> None:
    page.goto("/wallet")
    with page.expect_navigation(url="**/card"):
        page.get_by_role("button", name="Top up", exact=True).click()


def _pass_on(route: Route, double: StripeDouble) -> None:
    """To the double, as if its address were Stripe's."""
    answer = route.fetch(url=route.request.url.replace("https://api.stripe.com", double.address))
    route.fulfill(response=answer)
