"""What a page elsewhere may ask of the player it embeds: light or dark, an accent, a size. Checked, never guessed."""

import re
from dataclasses import dataclass
from xml.etree import ElementTree

from django.conf import settings
from django.http import QueryDict
from django.urls import Resolver404, resolve, reverse
from django.utils.html import format_html
from django.utils.translation import gettext

from obbligato.catalog.tracklists import tracks_of
from obbligato.kernel.refusals import Invalid
from obbligato.sales.offers import NoSuchRelease, known_release
from obbligato.storefront.markup import xml_text
from obbligato.storefront.sharing import absolute, image_of

THEMES = ("auto", "light", "dark")
ACCENT = "8a2c17"
HEX = re.compile("[0-9a-f]{6}|[0-9a-f]{3}")
WIDTH, HEIGHT = 480, 400
AROUND_TRACKS, A_TRACK = 165, 41
"""Pixels, as embed.css draws them; more tracks than fit are scrolled."""
LEAST_SIDE, MOST_SIDE = 160, 10_000
AGE_SECONDS = 3_600


class NoSuchLook(Invalid):
    """A theme or accent that the player does not have."""


class NoSuchSide(Invalid):
    """A width or height that is no number of pixels a player fits into."""


@dataclass(frozen=True)
class Look:
    """How the player is drawn. Both colours are `#rrggbb`; `ink` is the one readable on `accent`."""

    theme: str
    accent: str
    ink: str


USUAL = Look("auto", f"#{ACCENT}", "#ffffff")


def look_of(query: QueryDict) -> Look:
    """What `theme` and `accent` ask for. Raises NoSuchLook with a sentence."""
    theme, accent = query.get("theme") or "auto", (query.get("accent") or ACCENT).lower().removeprefix("#")
    if theme not in THEMES:
        raise NoSuchLook(gettext("theme is one of %(names)s.") % {"names": ", ".join(THEMES)})
    if not HEX.fullmatch(accent):
        raise NoSuchLook(gettext("accent is a colour of three or six hexadecimal digits, such as 8a2c17."))
    whole = "".join(digit * 2 for digit in accent) if len(accent) == 3 else accent
    return Look(theme, f"#{whole}", "#000000" if _is_bright(whole) else "#ffffff")


def described(query: QueryDict) -> dict[str, str | int]:
    """oEmbed's answer (https://oembed.com, 2.3.4) for `url`. Raises NoSuchRelease, NoSuchSide."""
    release = known_release(_slug(query.get("url", "")))
    assert release.edition is not None, "what is announced has an edition"
    tall = min(HEIGHT, AROUND_TRACKS + A_TRACK * len(tracks_of(release.edition)))
    width, height = _side(query, "maxwidth", WIDTH), _side(query, "maxheight", tall)
    title = gettext("%(title)s by %(name)s") % {"title": release.edition.title, "name": release.artist.name}
    thumbnail = image_of(release.edition.cover, "thumb")
    answer: dict[str, str | int] = {
        "version": "1.0",
        "type": "rich",
        "title": title,
        "author_name": release.artist.name,
        "author_url": absolute(release.artist.get_absolute_url()),
        "provider_name": settings.SITE_NAME,
        "provider_url": settings.SITE_URL,
        "cache_age": AGE_SECONDS,
        "html": frame(release.slug, title, width, height),
        "width": width,
        "height": height,
    }
    if thumbnail:
        answer |= {"thumbnail_url": thumbnail.url}
        answer |= {"thumbnail_width": thumbnail.width, "thumbnail_height": thumbnail.height}
    return answer


def frame(slug: str, title: str, width: int, height: int) -> str:
    """The frame to put into a page. Its title is for those who hear the page."""
    return format_html(
        '<iframe src="{}" title="{}" width="{}" height="{}" loading="lazy" style="border:0;max-width:100%"></iframe>',
        absolute(reverse("embed_release", args=[slug])), title, width, height,
    )  # fmt: skip


def as_xml(answer: dict[str, str | int]) -> bytes:
    """The same answer as oEmbed's XML."""
    root = ElementTree.Element("oembed")
    for name, value in answer.items():
        ElementTree.SubElement(root, name).text = xml_text(str(value))
    return bytes(ElementTree.tostring(root, encoding="utf-8", xml_declaration=True))


def _slug(url: str) -> str:
    """Of the release whose page, or player, an address of this store is. Raises NoSuchRelease."""
    path = url.removeprefix(settings.SITE_URL).split("?")[0].split("#")[0]
    try:
        match = resolve(path) if url.startswith(f"{settings.SITE_URL}/") else None
    except Resolver404:
        match = None
    if match is None or match.url_name not in {"release", "embed_release"}:
        raise NoSuchRelease(gettext("This is not the address of a release in this store."))
    return str(match.kwargs["slug"])


def _side(query: QueryDict, name: str, usual: int) -> int:
    """Pixels: the usual ones, or fewer where the page has no more. Raises NoSuchSide."""
    text = query.get(name) or str(usual)
    if not (text.isascii() and text.isdigit() and len(text) <= 5 and LEAST_SIDE <= int(text) <= MOST_SIDE):
        words = gettext("%(name)s is a whole number of pixels from %(least)s to %(most)s.")
        raise NoSuchSide(words % {"name": name, "least": LEAST_SIDE, "most": MOST_SIDE})
    return min(usual, int(text))


def _is_bright(colour: str) -> bool:
    """Whether black has more contrast on it than white: WCAG 2.2's relative luminance, in ten thousandths."""
    red, green, blue = (_linear(int(colour[place : place + 2], 16)) for place in (0, 2, 4))
    return (2126 * red + 7152 * green + 722 * blue) / 10_000 > 0.179


def _linear(level: int) -> float:
    share = level / 255
    return share / 12.92 if share <= 0.04045 else ((share + 0.055) / 1.055) ** 2.4
