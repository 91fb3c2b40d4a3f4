"""What an order closes counts at once, also where pages are kept for a moment; what it does not name stays open."""

from typing import Any

import pytest

from obbligato.catalog.models import Release
from obbligato.catalog.restrictions.imposing import Authority, impose
from obbligato.catalog.restrictions.models import Effect
from obbligato.kernel import clock
from obbligato.sales import baskets, checkout, glances
from obbligato.sales.quoting import format_named
from obbligato.sales.wishlist import looking
from obbligato.sales.wishlist.models import Wish
from tests.makers import alice, bob
from tests.storefront.makers import a_silent_release

pytestmark = pytest.mark.django_db
MP3 = format_named("mp3-320")


def close(release: Release, *effects: Effect) -> None:
    assert release.edition is not None
    now = clock.now()
    impose(
        authority=Authority(Authority.ORDER, "O-1", now),
        recordings=release.edition.tracks.values_list("recording", flat=True),
        territories=["FR"],
        effects=effects,
        starts_at=now,
        ends_at=None,
        sentence="By order.",
    )


def test_a_page_that_was_kept_for_visitors_says_so_at_once(settings: Any) -> None:
    release = a_silent_release()
    settings.PAGE_AGE_SECONDS = 3600
    assert glances.glance(release.slug, MP3, person=None, territory="FR").sentence == ""
    close(release, Effect.SELL)
    assert glances.glance(release.slug, MP3, person=None, territory="FR").sentence == "By order."
    assert glances.glance(release.slug, MP3, person=None, territory="DE").sentence == ""


def test_what_is_closed_to_previews_alone_is_sold_all_the_same() -> None:
    release, person = a_silent_release(), alice("20")
    close(release, Effect.PREVIEW)
    basket = baskets.basket_with(None, person)
    baskets.add_release(basket, release, MP3, territory="FR")
    total_micro = baskets.contents(basket).total_micro
    assert checkout.buy(basket, person, expected_total_micro=total_micro, country="FR").paid_at is not None


def test_a_list_opened_to_others_leaves_out_what_lists_may_not_show() -> None:
    release, person = a_silent_release(), bob()
    Wish.objects.create(person=person, release=release)
    close(release, Effect.SEARCH)
    assert looking.page_of(person, MP3, for_whom=None, territory="FR").items == []
    assert len(looking.page_of(person, MP3, for_whom=None, territory="DE").items) == 1
    assert len(looking.page_of(person, MP3, for_whom=person, territory="FR").items) == 1
