"""The least price is that of the smallest format a form offers, for whoever owns nothing of it."""

from dataclasses import replace
from typing import Any

import pytest

from obbligato.audio.formats import OFFERED
from obbligato.catalog.models import Track
from obbligato.rights.models import Licence
from obbligato.sales.glances import least_glance
from obbligato.sales.least_prices import LeastPrices, least_prices
from obbligato.sales.models import Tariff
from obbligato.sales.quoting import ReleaseQuote, format_named, quote_release
from tests.storefront.makers import a_silent_release

pytestmark = pytest.mark.django_db


def test_no_offered_format_is_cheaper() -> None:
    release = a_silent_release(tracks=3)
    least = least_prices(quote_release(release, format_named("flac")))
    quotes = [quote_release(release, format_) for format_ in OFFERED]
    assert least.release_micro == min(quote.price_micro for quote in quotes)
    for place, price_micro in enumerate(least.tracks_micro.values()):
        assert price_micro == min(quote.tracks[place].price_micro for quote in quotes)


def test_a_release_of_which_a_track_is_not_sold_has_prices_for_the_others_alone() -> None:
    release = a_silent_release(tracks=3)
    first = Track.objects.filter(edition__release=release).order_by("position")[0]
    Licence.objects.filter(recording=first.recording).delete()
    least = least_prices(quote_release(release, format_named("flac")))
    assert least.release_micro is None
    assert len(least.tracks_micro) == 2
    assert first.pk not in least.tracks_micro


def test_where_no_price_is_named_there_is_none() -> None:
    release = a_silent_release()
    Tariff.objects.filter(release=release).delete()
    assert least_prices(quote_release(release, format_named("flac"))) == LeastPrices("", None, {})


@pytest.mark.parametrize(("channels", "is_sold"), [(2, True), (9, False)])
def test_a_master_that_is_too_long_for_the_smallest_is_priced_as_flac_or_not_at_all(
    channels: int, is_sold: bool
) -> None:
    release = a_silent_release(tracks=1)
    master = Track.objects.get(edition__release=release).master
    master.facts_json = {**master.facts_json, "samples": 44_100 * 90_000, "channels": channels}
    master.save()
    quote = quote_release(release, format_named("flac"))
    assert least_prices(quote).release_micro == (quote.price_micro if is_sold else None)


def test_what_pages_show_is_looked_up_once_in_a_while_and_anew_under_another_tariff(
    settings: Any, django_assert_num_queries: Any
) -> None:
    settings.PAGE_AGE_SECONDS = 3_600
    release = a_silent_release(tracks=2)
    quote = quote_release(release, format_named("flac"))
    first = least_glance(quote)
    with django_assert_num_queries(0):
        assert least_glance(quote) == first == least_glance(quote_of_another_moment(quote))
    Tariff.objects.create(release=release, currency="EUR", per_megabyte_micro=900_000)
    assert least_glance(quote_release(release, format_named("flac"))) != first


def quote_of_another_moment(quote: ReleaseQuote) -> ReleaseQuote:
    """The same, in an object of its own."""
    return replace(quote)
