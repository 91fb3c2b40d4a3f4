"""Put tracks and releases into a basket at quoted prices, and take them out again. It never charges anyone."""

import secrets
from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from django.conf import settings
from django.db import transaction

from obbligato.audio.formats import Format
from obbligato.catalog.models import Edition, Release, Track
from obbligato.catalog.restrictions.models import Effect
from obbligato.kernel import clock
from obbligato.kernel.money import Money, minor_unit_micro
from obbligato.kernel.refusals import Invalid, Refused
from obbligato.kernel.sentences import Sentence
from obbligato.people.models import Person
from obbligato.sales.models import Basket, BasketLine, Order, Quote
from obbligato.sales.offers import offer_of
from obbligato.sales.owning import NOT_OWNED, Owned, owned_by, owned_of
from obbligato.sales.pricing import Rates, given_above
from obbligato.sales.quoting import QuoteBench, TrackQuote, format_named, whole_quote

MOST_OFFERED_MICRO = 10_000_000_000
"""Whoever means to give more than 10,000 for some music can do so twice; a slip of the fingers cannot."""


class NotForSale(Refused):
    """What was asked for may not be sold to this person, here and now."""


class BadOffer(Invalid):
    """The price that a buyer names is not one that this can be had for."""


class OneCurrency(Invalid):
    """A basket holds one currency."""


@dataclass(frozen=True)
class Bundle:
    """What stands as one line in a basket: an album, or a single track. Prices in micro-units, sizes in bytes."""

    id: str
    title: str
    edition: Edition
    format_name: str
    format_label: str
    lines: list[BasketLine]
    price_micro: int
    list_price_micro: int
    size_bytes: int
    is_exact: bool
    is_expired: bool


class HeldLine(NamedTuple):
    """One line of a basket as it would be charged; `withdrawal` is there where its label took the release away."""

    track_id: int
    recording_id: int
    title: str
    withdrawal: int | None
    list_price_micro: int
    format_name: str
    size_bytes: int
    is_exact: bool
    price_micro: int
    given_micro: int
    owned_bytes: int | None
    currency: str
    quoted_at: datetime
    expires_at: datetime


HELD = (
    *("track_id", "track__recording_id", "track__title", "track__edition__release__withdrawal", "list_price_micro"),
    *("quote__format_name", "quote__size_bytes", "quote__is_exact", "quote__price_micro", "quote__given_micro"),
    *("quote__owned_bytes", "quote__currency", "quote__created_at", "quote__expires_at"),
)


@dataclass(frozen=True)
class Held:
    """What a basket holds and comes to, for whoever has to charge it; in micro-units."""

    lines: list[HeldLine]
    total_micro: int
    currency: str
    has_expired: bool


@dataclass(frozen=True)
class Contents:
    """A whole basket at a glance."""

    basket: Basket
    bundles: list[Bundle]
    total_micro: int
    currency: str
    size_bytes: int
    is_exact: bool
    has_expired: bool

    @property
    def count(self) -> int:
        return len(self.bundles)

    @property
    def prices_micro(self) -> list[int]:
        """Of each line, for the tax inside them."""
        return [line.quote.price_micro for bundle in self.bundles for line in bundle.lines]


def basket_with(key: str | None, person: Person | None) -> Basket:
    """The open basket of that key, made if there is none. A visitor's becomes hers when she signs in."""
    basket = Basket.objects.filter(key=key).first() if key else None
    if basket is None or _is_used(basket) or _is_someone_elses(basket, person):
        return Basket.objects.create(key=secrets.token_urlsafe(32), person=person)
    if person is not None and basket.person_id is None:
        _adopt(basket, person)
    return basket


@transaction.atomic
def add_release(
    basket: Basket, release: Release, format_: Format, *, territory: str = "", offered_micro: int | None = None
) -> None:
    """Put every track of a release into the basket as one bundle, under the album's maximum.

    Tracks of it that already stood there alone are replaced; tracks owned in that size already are left out.
    `offered_micro` is what she names for all of it, where its tariff takes more. Raises NotForSale when nothing of it
    can be bought, BadOffer.
    """
    offer = offer_of(release, territory=territory)
    quote_bench = QuoteBench(offer, offer.tracks, person=basket.owner)
    quoted = whole_quote(quote_bench, format_)
    wanted = [
        (one, price)
        for one, price in zip(quoted.tracks, quoted.prices_micro, strict=True)
        if not _refusal(one, basket) and not one.costs_nothing_more
    ]
    if offer.sentence or not wanted:
        closed = next((sentence for one in quoted.tracks if (sentence := _refusal(one, basket))), "")
        owned = Sentence("You own all of this already; it waits in your library.")
        raise NotForSale(quoted.sentence or closed or owned)
    _put(basket, wanted, _required(offer.rates), territory, offered_micro)


@transaction.atomic
def add_track(
    basket: Basket, track: Track, format_: Format, *, territory: str = "", offered_micro: int | None = None
) -> None:
    """Put one track into the basket; another format of it that stood there is replaced."""
    add_tracks(basket, [track], format_, territory=territory, offered_micro=offered_micro)


@transaction.atomic
def add_tracks(
    basket: Basket, tracks: list[Track], format_: Format, *, territory: str = "", offered_micro: int | None = None
) -> None:
    """Put some tracks of one release into the basket as one bundle: a single, or what she owns in another format.

    Raises NotForSale when one of them may not be sold, or when nothing is left to pay; BadOffer.
    """
    offer = offer_of(tracks[0].edition.release, territory=territory)
    quote_bench = QuoteBench(offer, tracks, person=basket.owner)
    quoted = quote_bench.quotes(format_)
    for one in quoted:
        if sentence := _refusal(one, basket):
            raise NotForSale(sentence)
    prices = quote_bench.together(quoted)
    wanted = [pair for pair in zip(quoted, prices, strict=True) if not pair[0].costs_nothing_more]
    if not wanted:
        raise NotForSale("You own this already; it waits in your library.")
    _put(basket, wanted, _required(offer.rates), territory, offered_micro)


def remove(basket: Basket, bundle: str) -> None:
    """Take a bundle out; taking out what is not there changes nothing."""
    basket.lines.filter(bundle=bundle).delete()


def contents(basket: Basket | None) -> Contents:
    """The basket as it stands, at the prices quoted when each thing was put there."""
    if basket is None:
        return Contents(Basket(), [], 0, settings.CURRENCY, 0, is_exact=True, has_expired=False)
    grouped: dict[str, list[BasketLine]] = defaultdict(list)
    lines = basket.lines.select_related("quote", "track__edition__release__artist", "track__edition__cover")
    for line in lines.order_by("pk"):
        grouped[line.bundle].append(line)
    owned = owned_by(basket.owner, [line.track for group in grouped.values() for line in group])
    bundles = [_bundle(key, group, owned) for key, group in grouped.items()]
    return Contents(
        basket=basket,
        bundles=bundles,
        total_micro=sum(bundle.price_micro for bundle in bundles),
        currency=bundles[0].lines[0].quote.currency if bundles else settings.CURRENCY,
        size_bytes=sum(bundle.size_bytes for bundle in bundles),
        is_exact=all(bundle.is_exact for bundle in bundles),
        has_expired=any(bundle.is_expired for bundle in bundles),
    )


def held(basket: Basket) -> Held:
    """The same in numbers alone."""
    lines = [HeldLine(*row) for row in basket.lines.order_by("pk").values_list(*HELD)]
    recordings = {line.track_id: line.recording_id for line in lines}
    owned = owned_of(basket.owner_id, recordings)
    return Held(
        lines=lines,
        total_micro=sum(line.price_micro for line in lines),
        currency=lines[0].currency if lines else settings.CURRENCY,
        has_expired=any(
            line.expires_at <= clock.now() or owned.get(line.track_id, NOT_OWNED).is_other_than(line.owned_bytes)
            for line in lines
        ),
    )


@transaction.atomic
def make_gift(basket: Basket, *, is_gift: bool, territory: str = "") -> Contents:
    """It is for somebody else from now on, or for herself again; what she owns counts accordingly."""
    if basket.is_gift != is_gift:
        basket.is_gift = is_gift
        basket.save(update_fields=["is_gift"])
        return requote(basket, territory=territory)
    return contents(basket)


@transaction.atomic
def requote(basket: Basket, *, territory: str = "") -> Contents:
    """Quote everything in the basket afresh; what can no longer be bought leaves it."""
    for bundle in contents(basket).bundles:
        remove(basket, bundle.id)
        try:
            _add_again(basket, bundle, territory)
        except NotForSale:
            continue
    return contents(basket)


def _adopt(basket: Basket, person: Person) -> None:
    """A visitor signed in: what she owned all along is priced as hers."""
    basket.person = person
    basket.save(update_fields=["person"])
    tracks = [line.track for line in basket.lines.select_related("track")]
    if owned_by(person, tracks):
        requote(basket, territory=person.country)


def _add_again(basket: Basket, bundle: Bundle, territory: str) -> None:
    """At what she named for it, where that can still be; else at what it costs now."""
    offered_micro = bundle.price_micro if any(line.quote.given_micro for line in bundle.lines) else None
    try:
        _add_bundle(basket, bundle, territory, offered_micro)
    except BadOffer:
        _add_bundle(basket, bundle, territory, None)


def _add_bundle(basket: Basket, bundle: Bundle, territory: str, offered_micro: int | None) -> None:
    format_ = format_named(bundle.format_name)
    tracks = [line.track for line in bundle.lines]
    if len(tracks) == bundle.edition.tracks.count():
        add_release(basket, bundle.edition.release, format_, territory=territory, offered_micro=offered_micro)
    else:
        add_tracks(basket, tracks, format_, territory=territory, offered_micro=offered_micro)


def _is_used(basket: Basket) -> bool:
    return Order.objects.filter(key=basket.key).exists()


def _is_someone_elses(basket: Basket, person: Person | None) -> bool:
    return basket.person_id is not None and (person is None or basket.person_id != person.pk)


def _refusal(one: TrackQuote, basket: Basket) -> str:
    """Why it cannot be bought, or not for somebody else where the basket is a gift."""
    return one.sentence or (one.closed.get(Effect.GIFT, "") if basket.is_gift else "")


def _required(rates: Rates | None) -> Rates:
    assert rates is not None
    return rates


def _put(
    basket: Basket, wanted: list[tuple[TrackQuote, int]], rates: Rates, territory: str, offered_micro: int | None
) -> None:
    held = basket.lines.select_related("quote").first()
    if held and held.quote.currency != rates.currency:
        raise OneCurrency(
            "The basket is in {held}, and this is sold in {sold}.",
            held=held.quote.currency,
            sold=rates.currency,
        )
    given = _given([price for _, price in wanted], offered_micro, rates)
    torn = _take_out(basket, [one.track for one, _ in wanted])
    bundle = secrets.token_hex(8)
    for (one, price), more in zip(wanted, given, strict=True):
        BasketLine.objects.create(
            basket=basket,
            bundle=bundle,
            track=one.track,
            list_price_micro=one.list_price_micro,
            quote=_kept(one, price, more, rates),
        )
    for format_name, tracks in torn:
        add_tracks(basket, tracks, format_named(format_name), territory=territory)


def _given(prices: list[int], offered_micro: int | None, rates: Rates) -> list[int]:
    """What she gives of each above its price."""
    total = sum(prices)
    if offered_micro is None or offered_micro == total:
        return [0] * len(prices)
    if offered_micro < total:
        raise BadOffer("It costs {amount} at least.", amount=Money(total, rates.currency))
    if not rates.takes_more:
        raise BadOffer("It costs {amount}, and its label takes no more than that.", amount=Money(total, rates.currency))
    if offered_micro > MOST_OFFERED_MICRO or offered_micro % minor_unit_micro(rates.currency):
        raise BadOffer("{currency} has no such amount to give for it.", currency=rates.currency)
    return given_above(prices, offered_micro - total, rates)


def _take_out(basket: Basket, tracks: list[Track]) -> list[tuple[str, list[Track]]]:
    """Make way for these tracks; returns what is left of bundles they were torn from, which must be quoted anew.

    A part of an album has no claim to the album's maximum.
    """
    replaced = basket.lines.filter(track__in=tracks)
    bundles = set(replaced.values_list("bundle", flat=True))
    replaced.delete()
    left: dict[str, list[BasketLine]] = defaultdict(list)
    for line in basket.lines.filter(bundle__in=bundles).select_related("quote", "track__edition__release"):
        left[line.bundle].append(line)
    basket.lines.filter(bundle__in=bundles).delete()
    return [(lines[0].quote.format_name, [line.track for line in lines]) for lines in left.values()]


def _kept(one: TrackQuote, price_micro: int, given_micro: int, rates: Rates) -> Quote:
    return Quote.objects.create(
        track=one.track,
        format_name=one.format.name,
        size_bytes=one.size_bytes,
        is_exact=one.is_exact,
        price_micro=price_micro + given_micro,
        given_micro=given_micro,
        owned_bytes=one.owned_bytes,
        currency=rates.currency,
        expires_at=clock.now() + settings.QUOTE_LIFETIME,
    )


def _bundle(key: str, lines: list[BasketLine], owned: dict[int, Owned]) -> Bundle:
    first = lines[0]
    edition = first.track.edition
    return Bundle(
        id=key,
        title=edition.title if len(lines) > 1 else first.track.title,
        edition=edition,
        format_name=first.quote.format_name,
        format_label=format_named(first.quote.format_name).label,
        lines=lines,
        price_micro=sum(line.quote.price_micro for line in lines),
        list_price_micro=sum(line.list_price_micro for line in lines),
        size_bytes=sum(line.quote.size_bytes for line in lines),
        is_exact=all(line.quote.is_exact for line in lines),
        is_expired=any(_has_expired(line, owned) for line in lines),
    )


def _has_expired(line: BasketLine, owned: dict[int, Owned]) -> bool:
    """Also when what she owns of it is no longer what it was quoted for."""
    return line.quote.is_expired or owned.get(line.track_id, NOT_OWNED).is_other_than(line.quote.owned_bytes)
