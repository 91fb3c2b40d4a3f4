"""Lists follow what is on sale: by themselves, soon, and never to show what may not be sold."""

from collections.abc import Iterator
from datetime import timedelta

import pytest

from obbligato.catalog.headings import turning
from obbligato.catalog.headings.models import Entry, Heading
from obbligato.catalog.models import Withdrawal
from obbligato.kernel import clock
from obbligato.rights.models import Licence
from obbligato.sales import listing
from obbligato.sales.models import Tariff
from tests import makers
from tests.storefront.makers import a_silent_release

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _from_the_beginning() -> Iterator[None]:
    listing.forget()
    yield
    listing.forget()


def titles() -> list[str]:
    return [str(release) for release in listing.newest().releases]


def test_what_is_taken_into_stock_is_listed_at_once() -> None:
    makers.a_release()
    assert titles() == ["Three Small Pieces"]
    assert Heading.objects.get(kind="genre").name == "Classical"


def test_a_draft_is_not_listed() -> None:
    makers.a_release(has_licence=False)
    assert titles() == []
    assert not Entry.objects.exists()


def test_a_list_that_was_lost_is_made_again_by_looking() -> None:
    release = a_silent_release()
    Heading.objects.all().delete()
    listing.look()
    assert listing.newest().releases == [release]


def test_what_was_withdrawn_vanishes_at_once_and_is_counted_no_more_after_a_look() -> None:
    release = a_silent_release()
    listing.look()
    Withdrawal.objects.create(release=release, by="dana", reason="The label asked.")
    assert titles() == []
    assert turning.heading_of("all", "all") is not None
    listing.look()
    assert turning.heading_of("all", "all") is None
    Withdrawal.objects.all().delete()
    listing.look()
    assert len(titles()) == 1, "it was put back"


def test_a_licence_and_a_tariff_are_noticed_however_many_releases_there_are() -> None:
    priced, licensed = a_silent_release(title="Priced"), a_silent_release(title="Licensed")
    tariff = Tariff.objects.get(release=priced)
    licences = list(Licence.objects.filter(recording__tracks__edition__release=licensed))
    tariff.delete()
    for one in licences:
        one.delete()
    # Both at the end of many, so that going through all of them would come too late.
    listing.look(step=1, seconds=0)
    listing.look(step=1, seconds=0)
    assert titles() == []
    tariff.pk, licences[0].pk = tariff.pk or 10_000, licences[0].pk or 10_000
    tariff.save()
    licences[0].save()
    listing.look(step=1, seconds=0)
    assert set(titles()) == {"Priced", "Licensed"}


def test_a_term_that_ends_takes_a_release_off_its_lists() -> None:
    release = a_silent_release()
    Licence.objects.update(valid_until=clock.today() + timedelta(days=1))
    listing.look()
    assert titles()
    with clock.stopped(clock.now() + timedelta(days=2)):
        assert titles() == []
        listing.look()
        assert not Entry.objects.filter(release=release).exists()


def test_a_look_goes_on_where_the_last_one_ended() -> None:
    for _ in range(5):
        a_silent_release()
    Heading.objects.all().delete()
    listing.look(step=2)
    assert Entry.objects.values("release").distinct().count() == 5, "far behind: all in one look"
    listing.look(step=2)
    Heading.objects.all().delete()
    listing.look(step=2, seconds=0)
    assert 0 < Entry.objects.values("release").distinct().count() < 5
    for _ in range(3):
        listing.look(step=2, seconds=0)
    assert Entry.objects.values("release").distinct().count() == 5


def test_of_no_heading_there_is_an_empty_page() -> None:
    assert listing.page_of(None).releases == []
