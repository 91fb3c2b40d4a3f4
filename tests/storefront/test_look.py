"""The look: its colours can be read in both themes (WCAG 2.2, 1.4.3 and 1.4.11), and the choice of one is kept."""

import re
from itertools import product
from pathlib import Path

import pytest
from django.test import Client

pytestmark = pytest.mark.django_db
STYLES = Path(__file__).parents[2] / "src/obbligato/storefront/static/storefront/store.css"
THEMES = ("light", "dark")
GROUNDS = ("paper", "raised", "wash")
TEXTS = ("ink", "soft", "accent", "good", "warn")
EDGES = ("edge", "focus")


def tokens() -> dict[str, tuple[str, str]]:
    found = re.findall(r"--([\w-]+): light-dark\((#\w{6}), (#\w{6})\);", STYLES.read_text())
    return {name: (light, dark) for name, light, dark in found}


def luminance(colour: str) -> float:
    """WCAG 2.2, relative luminance."""
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize(("theme", "text", "ground"), list(product(range(2), TEXTS, GROUNDS)))
def test_text_stands_out_by_four_and_a_half(theme: int, text: str, ground: str) -> None:
    assert contrast(tokens()[text][theme], tokens()[ground][theme]) >= 4.5


@pytest.mark.parametrize("theme", range(2))
def test_text_on_the_accent_stands_out(theme: int) -> None:
    assert contrast(tokens()["on-accent"][theme], tokens()["accent"][theme]) >= 4.5
    assert contrast(tokens()["paper"][theme], tokens()["ink"][theme]) >= 4.5


@pytest.mark.parametrize(("theme", "edge", "ground"), list(product(range(2), EDGES, GROUNDS)))
def test_edges_of_fields_and_the_focus_stand_out_by_three(theme: int, edge: str, ground: str) -> None:
    assert contrast(tokens()[edge][theme], tokens()[ground][theme]) >= 3


def test_every_colour_is_a_token_and_every_token_is_known() -> None:
    text = STYLES.read_text()
    rules = text[text.index("[data-theme") : text.index("/* The sandbox bank")] + text[text.index(".bank .actions") :]
    assert re.findall(r"#[0-9a-fA-F]{3,8}\b", rules) == ["#fff"], "only the ground of a code to scan is always white"
    used, known = set(re.findall(r"var\((--[\w-]+)", text)), set(re.findall(r"(--[\w-]+):", text))
    assert used - known == {"--wave"}, "which each waveform brings along"


def test_a_theme_is_kept_in_a_cookie_and_forgotten(client: Client) -> None:
    answer = client.post("/appearance", {"theme": "dark", "next": "/help"})
    assert answer.headers["Location"] == "/help"
    assert client.cookies["theme"]["samesite"] == "Lax"
    page = client.get("/help").content.decode()
    assert '<html lang="en" data-theme="dark">' in page
    assert '<meta name="color-scheme" content="dark">' in page
    client.post("/appearance", {"theme": ""})
    assert "data-theme" not in client.get("/help").content.decode()


@pytest.mark.parametrize("odd", ["neon", '"><script>', "\n"])
def test_an_odd_theme_is_none(client: Client, odd: str) -> None:
    assert client.post("/appearance", {"theme": odd}).status_code == 302
    client.cookies["theme"] = "neon"
    assert "data-theme" not in client.get("/help").content.decode()


def test_a_theme_never_leads_out_of_the_store(client: Client) -> None:
    answer = client.post("/appearance", {"theme": "dark", "next": "https://elsewhere.example/"})
    assert answer.headers["Location"] == "/"
