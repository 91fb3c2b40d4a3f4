"""Which pages search engines should know: an index of parts (sitemaps.org), each a stretch of keys. It counts nothing.

A part holds the rows of a fixed stretch of primary keys, so that it is found without passing over the others, and a
part that was read stays as it is however much comes after it.
"""

from collections.abc import Iterable
from xml.etree import ElementTree

from django.db.models import Exists, Max, Model, OuterRef, QuerySet
from django.urls import reverse
from django.utils.translation import gettext

from obbligato.catalog.headings.models import Heading
from obbligato.catalog.models import Artist, Label, Release
from obbligato.catalog.restrictions import in_effect
from obbligato.kernel.refusals import Missing
from obbligato.sales.offers import announced
from obbligato.storefront.sharing import absolute

KEYS_A_PART = 5_000
"""At most so many addresses; the protocol allows 50,000, but a part should be made in a blink."""
NAMESPACE = "http://www.sitemaps.org/schemas/sitemap/0.9"
KINDS: dict[str, type[Model]] = {"releases": Release, "artists": Artist, "labels": Label, "genres": Heading}
Entry = tuple[str, str]
"""An address of this store, and the day of its last change (W3C date) or nothing."""


class NoSuchPart(Missing):
    """There is no such part of the sitemap."""


def index(keys_a_part: int = KEYS_A_PART) -> bytes:
    """The sitemap index: where the parts are."""
    pages = [
        (reverse("sitemap_part", args=[kind, part]), "")
        for kind, model in KINDS.items()
        for part in range(_last_key(model) // keys_a_part + 1)
    ]
    return _document("sitemapindex", "sitemap", pages)


def part(kind: str, number: int, keys_a_part: int = KEYS_A_PART) -> bytes:
    """One part. Raises NoSuchPart."""
    if number > 10**9:
        raise NoSuchPart(gettext("There is no such part of the sitemap."))
    first = number * keys_a_part
    keys = {"pk__gte": first, "pk__lt": first + keys_a_part}
    if kind == "releases":
        return _document("urlset", "url", _releases(keys))
    if kind == "artists":
        return _document("urlset", "url", _names("artist", Artist.objects.filter(_has("artist"), **keys)))
    if kind == "labels":
        return _document("urlset", "url", _names("label", Label.objects.filter(_has("label"), **keys)))
    if kind == "genres":
        filled = Heading.objects.filter(kind=Heading.Kind.GENRE, releases_count__gt=0, **keys)
        return _document("urlset", "url", _names("genre", filled))
    raise NoSuchPart(gettext("There is no such part of the sitemap."))


def _releases(keys: dict[str, int]) -> Iterable[Entry]:
    known = announced().filter(**keys).order_by("pk").values_list("slug", "edition__made_at", "edition")
    rows = list(known.iterator())
    hidden = in_effect.hidden_editions((edition for *_, edition in rows), territory="")
    return (
        (reverse("release", args=[slug]), made_at.date().isoformat())
        for slug, made_at, edition in rows
        if edition not in hidden
    )


def _names(page: str, rows: QuerySet[Artist] | QuerySet[Label] | QuerySet[Heading]) -> Iterable[Entry]:
    slugs = rows.order_by("pk").values_list("slug", flat=True)
    return ((reverse(page, args=[slug]), "") for slug in slugs.iterator())


def _has(whose: str) -> Exists:
    """Whether the public may know of a release of theirs."""
    return Exists(announced().filter(**{whose: OuterRef("pk")}))


def _last_key(model: type[Model]) -> int:
    return int(model._default_manager.aggregate(last=Max("pk"))["last"] or 0)


def _document(name: str, row_name: str, entries: Iterable[Entry]) -> bytes:
    root = ElementTree.Element(name, xmlns=NAMESPACE)
    for path, day in entries:
        row = ElementTree.SubElement(root, row_name)
        ElementTree.SubElement(row, "loc").text = absolute(path)
        if day:
            ElementTree.SubElement(row, "lastmod").text = day
    return bytes(ElementTree.tostring(root, encoding="utf-8", xml_declaration=True))
