"""Who asks whether her downloads are ready starves nobody, and what was encoded for her is remembered one by one."""

import time

import pytest

from obbligato.audio.formats import Window
from obbligato.encoding import essences, eviction
from obbligato.encoding.models import EncodedSize
from obbligato.library import downloads, shelf
from obbligato.people.models import Person
from obbligato.sales import baskets, checkout
from obbligato.sales.quoting import format_named
from tests.encoding.test_essences import all_encoders_held
from tests.makers import a_release, alice

pytestmark = pytest.mark.usefixtures("open_books")


@pytest.fixture(autouse=True)
def _empty_cache() -> None:
    eviction.keep_within(0)


def buy(person: Person, format_name: str) -> shelf.ShelfItem:
    release = a_release(minimum="0.01")
    basket = baskets.basket_with(None, person)
    baskets.add_release(basket, release, format_named(format_name))
    total = baskets.contents(basket).total_micro
    checkout.pay(checkout.place_order(basket, person, expected_total_micro=total, country="FR"))
    return shelf.shelf_item(person, release.slug)


def test_asking_whether_it_is_ready_lets_links_that_were_opened_go_first() -> None:
    person = alice("20")
    item = buy(person, "aac-256")
    wanted = format_named("aac-256")
    with all_encoders_held():
        downloads.readiness(person, item, wanted)
        opened = essences.request(item.tracks[0].master, format_named("mp3-v0"))
        queued = [name for _, _, name in sorted(essences._workers._heap)]
        asked = [essences.request(track.master, wanted, priority=essences.LOOK_AHEAD) for track in item.tracks]
    assert queued == [opened.target, *(one.target for one in asked)]
    assert {one.for_whom for one in asked} == {f"person:{person.pk}"}
    assert all(one.result(60).audio_bytes for one in [opened, *asked])


def test_one_owner_who_asks_for_everything_waits_her_turn() -> None:
    person = alice("20")
    item = buy(person, "aac-256")
    master = item.tracks[0].master
    with all_encoders_held():
        asked = [
            essences.request(
                master, format_named("mp3-64"), window=Window(number, 5000), for_whom=f"person:{person.pk}"
            )
            for number in range(essences.LIMIT_FOR_ONE)
        ]
        state = downloads.readiness(person, item, format_named("aac-256"))
        assert (state.done, state.percent) == (0, 0)
        with pytest.raises(essences.EnoughForOne):
            essences.request(master, format_named("aac-256"), for_whom=f"person:{person.pk}")
    for one in asked:
        one.result(60)
    assert downloads.readiness(person, item, format_named("aac-256")).total == 3


def test_one_size_that_cannot_be_remembered_loses_no_other(caplog: pytest.LogCaptureFixture) -> None:
    item = buy(alice("20"), "aac-256")
    downloads.note_encoded()
    first, second = (essences.request(track.master, format_named("mp3-v0")) for track in item.tracks[:2])
    first.result(60)
    second.result(60)
    while {first.target, second.target} & essences._under_way.keys():
        time.sleep(0.01)  # A reader may go on a moment before the encoder is done with it.
    first.bare_bytes = 1 << 80  # No database takes such a number.
    downloads.note_encoded()
    remembered = EncodedSize.objects.filter(format_name=second.format.name).values_list("master_id", flat=True)
    assert list(remembered) == [second.master_id]
    assert "could not be remembered" in caplog.text
