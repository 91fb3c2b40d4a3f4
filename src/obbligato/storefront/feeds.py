"""Atom feeds (RFC 4287) of what is new: in the whole store, of an artist, a label, a genre. They hold no prices.

Releases are read backwards by key, so that a feed costs the same in a catalogue of any size.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from django.conf import settings
from django.urls import reverse
from django.utils.feedgenerator import Atom1Feed
from django.utils.html import escape, format_html
from django.utils.translation import gettext

from obbligato.catalog.following.models import Arrival
from obbligato.catalog.headings.models import Heading
from obbligato.catalog.models import Artist, Label, Release
from obbligato.kernel.languages import spoken
from obbligato.sales import listing
from obbligato.sales.offers import newest_on_sale
from obbligato.storefront.markup import xml_text
from obbligato.storefront.sharing import absolute, image_of

ENTRIES = 30
LONGEST_TEXT = 2_000
BEFORE_ALL = datetime(2000, 1, 1, tzinfo=UTC)
"""When a feed without entries was last changed: it has to say something (RFC 4287, 4.1.1), and always the same."""


@dataclass(frozen=True)
class Feed:
    """A feed as it is sent; `etag` changes with any byte of it."""

    content: bytes
    changed_at: datetime
    etag: str


class _Atom(Atom1Feed):
    def latest_post_date(self) -> datetime:
        return max((item["updateddate"] for item in self.items), default=BEFORE_ALL)


def of_everything() -> Feed:
    """The newest releases of all."""
    releases = newest_on_sale(ENTRIES)
    return _feed(gettext("New releases"), reverse("home"), reverse("feed"), releases)


def of_artist(artist: Artist) -> Feed:
    """The newest releases of an artist."""
    releases = newest_on_sale(ENTRIES, artist=artist)
    return _feed(artist.name, artist.get_absolute_url(), reverse("artist_feed", args=[artist.slug]), releases)


def of_label(label: Label) -> Feed:
    """The newest releases of a label."""
    releases = newest_on_sale(ENTRIES, label=label)
    return _feed(label.name, label.get_absolute_url(), reverse("label_feed", args=[label.slug]), releases)


def of_genre(heading: Heading) -> Feed:
    """The newest releases of a genre, by their dates as its page has them."""
    releases = listing.page_of(heading, most=ENTRIES).releases
    arrivals = Arrival.objects.in_bulk([release.pk for release in releases])
    for release in releases:
        if release.pk in arrivals:
            release.arrival = arrivals[release.pk]
    return _feed(heading.name, heading.get_absolute_url(), reverse("genre_feed", args=[heading.slug]), releases)


def _feed(title: str, page: str, own: str, releases: Sequence[Release]) -> Feed:
    atom = _Atom(
        title=xml_text(f"{title} – {settings.SITE_NAME}"),
        link=absolute(page),
        feed_url=absolute(own),
        feed_guid=absolute(own),
        description="",
        author_name=xml_text(settings.SITE_NAME),
        author_link=settings.SITE_URL,
        language=spoken(),
    )
    for release in releases:
        _add(atom, release)
    content = atom.writeString("utf-8").encode()
    return Feed(content, atom.latest_post_date(), f'"{hashlib.sha256(content).hexdigest()[:32]}"')


def _add(atom: _Atom, release: Release) -> None:
    edition = release.edition
    assert edition is not None, "what is on sale has an edition"
    arrived_at = release.arrival.at if hasattr(release, "arrival") else release.created_at
    url = absolute(release.get_absolute_url())
    atom.add_item(
        title=xml_text(gettext("%(title)s by %(name)s") % {"title": edition.title, "name": release.artist.name}),
        link=url,
        unique_id=url,
        description=_summary(release),
        author_name=xml_text(release.artist.name),
        author_link=absolute(release.artist.get_absolute_url()),
        pubdate=arrived_at,
        updateddate=max(arrived_at, edition.made_at),
        categories=[xml_text(str(genre)) for genre in edition.genres],
        item_copyright=xml_text(edition.copyright) or None,
    )


def _summary(release: Release) -> str:
    """HTML: the cover, then what the label wrote. Atom1Feed escapes it as a whole (RFC 4287, 3.1.1.2)."""
    edition = release.edition
    assert edition is not None, "what is on sale has an edition"
    cover = image_of(edition.cover, "thumb")
    shown = (
        format_html('<p><img src="{}" alt="" width="{}" height="{}"></p>', cover.url, cover.width, cover.height)
        if cover
        else ""
    )
    words = edition.description.strip()[:LONGEST_TEXT] or f"{edition.title}, {release.label.name}"
    return f"{shown}<p>{escape(xml_text(words))}</p>"
