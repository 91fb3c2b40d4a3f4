"""What is on a wishlist, at today's prices, a page at a time. It reads only."""

from collections.abc import Sequence
from dataclasses import dataclass

from obbligato.audio.formats import Format
from obbligato.catalog.models import Release, Track
from obbligato.catalog.restrictions import in_effect
from obbligato.kernel.sentences import Sentence
from obbligato.people.models import Person
from obbligato.sales.quoting import quote_release
from obbligato.sales.wishlist.keeping import Wished
from obbligato.sales.wishlist.models import Wish

ON_A_PAGE = 12
"""Each is quoted afresh, so a page has few."""
NO_LONGER = Sentence("This is no longer on the release.")


@dataclass(frozen=True)
class Item:
    """One wish as a page shows it: its price in micro-units and its bytes, or a sentence why it cannot be had."""

    wished: Wished
    release: Release
    track: Track | None
    price_micro: int = 0
    currency: str = ""
    size_bytes: int = 0
    is_exact: bool = True
    is_owned: bool = False
    sentence: str = ""

    @property
    def title(self) -> str:
        """Of the track, or of the whole release."""
        return self.track.title if self.track else str(self.release)


@dataclass(frozen=True)
class Page:
    """Some of a list, the newest first; `after` is where the next page begins, 0 where there is none."""

    items: list[Item]
    after: int


def page_of(person: Person, format_: Format, *, for_whom: Person | None, territory: str, after: int = 0) -> Page:
    """A page of her list, priced for `for_whom` in a territory (ISO 3166-1 alpha-2), from before the wish `after`."""
    wishes = Wish.objects.filter(person=person).order_by("-pk")
    rows = list((wishes.filter(pk__lt=after) if after else wishes)[: ON_A_PAGE + 1])
    shown = [Wished(row.release_id, row.recording_id) for row in rows[:ON_A_PAGE]]
    items = items_of(shown, format_, for_whom=for_whom, territory=territory)
    if for_whom is None:
        items = _listed(items, territory)
    return Page(items, rows[ON_A_PAGE - 1].pk if len(rows) > ON_A_PAGE else 0)


def _listed(items: list[Item], territory: str) -> list[Item]:
    """A list that somebody opened to others shows what lists may show; on her own nothing vanishes."""
    shown = {release.pk for release in in_effect.listed_among((item.release for item in items), territory=territory)}
    return [item for item in items if item.release.pk in shown]


def items_of(wishes: Sequence[Wished], format_: Format, *, for_whom: Person | None, territory: str) -> list[Item]:
    """Wishes as they can be had today, in their order; what was never published is left out."""
    keys = {wished.release_id for wished in wishes}
    known = Release.objects.published().filter(pk__in=keys).select_related("artist", "edition__cover", "withdrawal")
    releases = {release.pk: release for release in known}
    return [
        _item(wished, releases[wished.release_id], format_, for_whom, territory)
        for wished in wishes
        if wished.release_id in releases
    ]


def _item(wished: Wished, release: Release, format_: Format, for_whom: Person | None, territory: str) -> Item:
    quote = quote_release(release, format_, person=for_whom, territory=territory)
    if wished.recording_id is None:
        return Item(
            wished,
            release,
            None,
            price_micro=quote.price_micro,
            currency=quote.currency,
            size_bytes=quote.size_bytes,
            is_exact=quote.is_exact,
            is_owned=bool(quote.tracks) and all(one.costs_nothing_more for one in quote.tracks),
            sentence=quote.sentence,
        )
    one = next((one for one in quote.tracks if one.track.recording_id == wished.recording_id), None)
    if one is None:
        gone = Track.objects.filter(edition__release=release, recording_id=wished.recording_id).first()
        return Item(wished, release, gone, sentence=NO_LONGER)
    return Item(
        wished,
        release,
        one.track,
        price_micro=one.price_micro,
        currency=quote.currency,
        size_bytes=one.size_bytes,
        is_exact=one.is_exact,
        is_owned=one.costs_nothing_more,
        sentence=one.sentence,
    )
