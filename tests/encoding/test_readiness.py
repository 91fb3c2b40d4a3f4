"""Who asks whether her downloads are ready starves nobody, hears what fails, and sizes are remembered one by one."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from obbligato.audio.formats import Window
from obbligato.encoding.engine import LIMIT_FOR_ONE, Engine
from obbligato.encoding.models import EncodedSize
from obbligato.encoding.preparing import prepare
from obbligato.encoding.refusing import CannotEncode, EnoughForOne
from obbligato.encoding.renditions import LOOK_AHEAD, WANTED_NOW, rendition_of
from obbligato.kernel import clock
from obbligato.library import downloads, shelf
from obbligato.people.models import Person
from obbligato.sales import baskets, checkout
from obbligato.sales.quoting import format_named
from tests.encoding.makers import ObedientEncoders, engine_of
from tests.makers import a_release, alice

pytestmark = pytest.mark.usefixtures("open_books")
AAC, V0 = format_named("aac-256"), format_named("mp3-v0")


@pytest.fixture
def obedient() -> ObedientEncoders:
    return ObedientEncoders()


@pytest.fixture(autouse=True)
def engine(obedient: ObedientEncoders, tmp_path: Path) -> Iterator[Engine]:
    with engine_of(obedient, tmp_path) as engine:
        yield engine


def buy(person: Person, format_name: str) -> shelf.ShelfItem:
    release = a_release(minimum="0.01")
    basket = baskets.basket_with(None, person)
    baskets.add_release(basket, release, format_named(format_name))
    total = baskets.contents(basket).total_micro
    checkout.pay(checkout.place_order(basket, person, expected_total_micro=total, country="FR"))
    return shelf.shelf_item(person, release.slug)


def test_asking_whether_it_is_ready_lets_links_that_were_opened_go_first(obedient: ObedientEncoders) -> None:
    person = alice("20")
    item = buy(person, "aac-256")
    downloads.readiness(person, item, AAC)
    assert obedient.waiting() == (0, 3, 0)
    opened = rendition_of(item.tracks[0].master, V0).ask(0, priority=WANTED_NOW)
    asked = [rendition_of(track.master, AAC) for track in item.tracks]
    first = obedient.do_one()
    assert first.startswith(opened.rendition.recipe.identity)
    assert opened.is_done
    obedient.do_all()
    assert all(rendition.audio is not None for rendition in asked)
    assert downloads.readiness(person, item, AAC).is_ready


def test_asking_again_and_again_begins_nothing_twice_and_shows_how_far_it_is(obedient: ObedientEncoders) -> None:
    person = alice("20")
    item = buy(person, "aac-256")
    states = [downloads.readiness(person, item, AAC) for _ in range(5)]
    assert {(state.done, state.total, state.percent) for state in states} == {(0, 3, 0)}
    assert obedient.waiting() == (0, 3, 0)
    identity = obedient.do_one().partition("-")[0]
    while obedient.queue.most_urgent() and not obedient.do_one().startswith(f"{identity}-whole"):
        pass
    state = downloads.readiness(person, item, AAC)
    assert state.done > 0
    assert state.percent >= 33
    assert state.seconds_left < states[0].seconds_left


def test_one_owner_who_asks_for_everything_waits_her_turn(obedient: ObedientEncoders) -> None:
    person = alice("20")
    item = buy(person, "aac-256")
    master, her = item.tracks[0].master, f"person:{person.pk}"
    asked = [
        prepare(master, V0, window=Window(number, 5000), priority=LOOK_AHEAD, for_whom=her)
        for number in range(LIMIT_FOR_ONE)
    ]
    state = downloads.readiness(person, item, AAC)
    assert (state.done, state.percent) == (0, 0)
    with pytest.raises(EnoughForOne):
        rendition_of(master, AAC).ask(0, for_whom=her)
    obedient.do_all()
    assert all(one.result(0).audio_bytes for one in asked)
    downloads.readiness(person, item, AAC)
    obedient.do_all()
    assert downloads.readiness(person, item, AAC).is_ready


def test_a_track_that_cannot_be_encoded_is_told_at_every_look_and_tried_again_after_a_minute(
    obedient: ObedientEncoders,
) -> None:
    person = alice("20")
    item = buy(person, "aac-256")
    file = item.tracks[1].master.file
    content = file.read_bytes()
    file.write_bytes(content[: len(content) // 2])
    try:
        with clock.stopped(clock.now()):
            assert downloads.readiness(person, item, AAC).percent == 0
            obedient.do_all()
            for _ in range(3):
                with pytest.raises(CannotEncode):
                    downloads.readiness(person, item, AAC)
                assert obedient.waiting() == (0, 0, 0)
            file.write_bytes(content)
            clock.advance(timedelta(minutes=2))
            assert downloads.readiness(person, item, AAC).done == 2
            obedient.do_all()
            assert downloads.readiness(person, item, AAC).is_ready
    finally:
        file.write_bytes(content)


def test_one_size_that_cannot_be_remembered_loses_no_other(
    obedient: ObedientEncoders, engine: Engine, caplog: pytest.LogCaptureFixture
) -> None:
    item = buy(alice("20"), "aac-256")
    masters = [track.master for track in item.tracks[:2]]
    for master in masters:
        prepare(master, V0, priority=LOOK_AHEAD)
    obedient.do_all()
    engine.whole[0] = replace(engine.whole[0], bare_bytes=1 << 80)  # No database takes such a number.
    downloads.note_encoded()
    remembered = EncodedSize.objects.values_list("master_id", flat=True)
    assert list(remembered) == [masters[1].pk]
    assert "could not be remembered" in caplog.text
