"""A blind test is blind: nothing that is sent, but the sound itself, says which sample is which, and to nobody more."""

import io
import json
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from fractions import Fraction
from itertools import permutations, product
from typing import Any

import numpy as np
import pytest
import soundfile
from django.core.signing import b64_decode
from django.test import override_settings
from hypothesis import given
from hypothesis import strategies as st
from starlette.applications import Starlette
from starlette.testclient import TestClient

from obbligato.catalog.models import Release, Track, Withdrawal
from obbligato.encoding.encoders import QueueFull
from obbligato.encoding.engine import Engine
from obbligato.kernel.refusals import Missing
from obbligato.library import delivery
from obbligato.library.blind import counting, passages, samples, tickets
from obbligato.library.blind.counting import Kind, Ranking, Told, at_least, cheapest, told
from obbligato.library.blind.tickets import NoSuchTest, Ticket
from obbligato.library.hearing import NotToBeHeard, hearing_of
from obbligato.people.models import Person
from obbligato.sales import baskets, checkout
from obbligato.sales.quoting import format_named
from tests.makers import RATE, a_release, alice, bob

SECONDS = 44.0
books = pytest.mark.usefixtures("open_books")


@pytest.fixture(autouse=True)
def _no_samples_of_before() -> None:
    samples.forget()


@pytest.fixture
def client() -> Iterator[TestClient]:
    app = Starlette(routes=delivery.routes, exception_handlers=delivery.exception_handlers)
    with TestClient(app) as made:
        yield made


def a_track(preview: str = "full") -> Track:
    release = a_release(tracks=1, seconds=SECONDS)
    Release.objects.filter(pk=release.pk).update(preview=preview)
    return Track.objects.select_related("master", "edition__release").get()


def a_ticket(track: Track, *, start: int = 12, codec: str = "mp3", person: Person | None = None) -> Ticket:
    return tickets.issue(
        person_id=person.pk if person else 0, track_id=track.pk, start_milliseconds=1000 * start, codec=codec
    )


def buy(person: Person, release: Release) -> None:
    basket = baskets.basket_with(None, person)
    baskets.add_release(basket, release, format_named("mp3-96"), territory="FR")
    total = sum(line.quote.price_micro for line in basket.lines.select_related("quote"))
    assert checkout.buy(basket, person, expected_total_micro=total, country="FR").paid_at


def address(ticket: Ticket, number: int, place: str) -> str:
    return f"/delivery/blind-tests/{ticket.token}/{number}-{place}.wav"


def a_ticket_of_nothing(nonce: str) -> Ticket:
    return Ticket(0, 1, 0, "mp3", nonce)


def test_every_order_is_as_likely_as_any_other_and_no_round_tells_of_the_next() -> None:
    nonces = [f"{number:032x}" for number in range(2_000)]
    firsts = Counter(tickets.order_of(a_ticket_of_nothing(nonce), 1) for nonce in nonces)
    assert set(firsts) == set(permutations(Kind))
    assert all(abs(count - 2_000 / 6) < 80 for count in firsts.values())  # More than four standard deviations.
    pairs = Counter(
        tuple(tickets.order_of(a_ticket_of_nothing(nonce), number) for number in (1, 2)) for nonce in nonces
    )
    assert len(pairs) == 36
    assert max(pairs.values()) < 2_000 / 36 + 40


def test_only_the_key_of_the_store_gives_the_order_and_its_name_holds_none() -> None:
    ticket = a_ticket_of_nothing("5f" * 16)
    here = [tickets.order_of(ticket, number) for number in range(1, 17)]
    with override_settings(SECRET_KEY="another store's"):
        assert [tickets.order_of(ticket, number) for number in range(1, 17)] != here
    payload = json.loads(b64_decode(ticket.token.split(":")[0].encode()))
    assert payload == [0, 1, 0, "mp3", "5f" * 16, ""]


def test_no_test_is_named_by_who_takes_it() -> None:
    ticket = a_ticket_of_nothing("a" * 32)
    assert tickets.opened(ticket.token) == ticket
    with pytest.raises(NoSuchTest):
        tickets.opened(ticket.token[:-1] + ("A" if ticket.token[-1] != "A" else "B"))
    with pytest.raises(NoSuchTest):
        tickets.issue(person_id=0, track_id=1, start_milliseconds=0, codec="flac")
    assert len({tickets.issue(person_id=0, track_id=1, start_milliseconds=0, codec="mp3").nonce for _ in range(9)}) == 9


@pytest.mark.parametrize(("number", "place"), [(0, "a"), (17, "a"), (1, "d"), (1, ""), (1, "ab")])
def test_there_is_no_other_sample(number: int, place: str) -> None:
    with pytest.raises(NoSuchTest):
        tickets.kind_at(a_ticket_of_nothing("b" * 32), number, place)


@books
@pytest.mark.parametrize("codec", ["mp3", "opus"])
def test_no_answer_differs_in_anything_but_the_sound(client: TestClient, codec: str) -> None:
    ticket = a_ticket(a_track(), codec=codec)
    got = {(number, place): client.get(address(ticket, number, place)) for number, place in product((1, 2), "abc")}
    assert {one.status_code for one in got.values()} == {200}
    assert len({len(one.content) for one in got.values()}) == 1
    assert len({one.content[:44] for one in got.values()}) == 1
    assert len({one.content for one in got.values()}) == 3
    telling = [{name: value for name, value in one.headers.items() if name != "etag"} for one in got.values()]
    assert all(headers == telling[0] for headers in telling)
    assert "no-store" in telling[0]["cache-control"]
    assert "content-encoding" not in telling[0]
    assert len({one.headers["etag"] for one in got.values()}) == 6, "of the same sound in two rounds too"


@books
def test_each_place_holds_what_the_order_says_and_the_exact_one_is_the_master(client: TestClient) -> None:
    track = a_track()
    ticket = a_ticket(track)
    order = tickets.order_of(ticket, 3)
    sounds = {kind: sound_of(client.get(address(ticket, 3, "abc"[at])).content) for at, kind in enumerate(order)}
    master, _ = soundfile.read(track.master.source, start=12 * RATE, stop=22 * RATE)
    volume = passages.passage_of(ticket).volume
    noise = {kind: float(np.std(sound[RATE:-RATE] - volume * master[RATE:-RATE])) for kind, sound in sounds.items()}
    assert noise[Kind.EXACT] < 1.5 / 32_768
    assert noise[Kind.EXACT] < noise[Kind.HIGH] < noise[Kind.LOW]
    for sound in sounds.values():
        assert delay_of(master[RATE:-RATE], sound[RATE:-RATE]) == 0


def sound_of(content: bytes) -> Any:
    return soundfile.read(io.BytesIO(content))[0]


def delay_of(one: Any, other: Any) -> int:
    """Within a hundred samples either way, over both channels."""
    middle = slice(RATE, 5 * RATE)
    fits = {lag: float((one[middle] * np.roll(other, -lag, axis=0)[middle]).sum()) for lag in range(-100, 101)}
    return max(fits, key=lambda lag: fits[lag])


@books
def test_a_range_of_a_sample_is_answered_so_that_any_player_can_seek(client: TestClient) -> None:
    ticket = a_ticket(a_track())
    whole = client.get(address(ticket, 1, "b")).content
    part = client.get(address(ticket, 1, "b"), headers={"Range": "bytes=70000-140000"})
    assert (part.status_code, part.content) == (206, whole[70_000:140_001])


@books
def test_only_what_the_label_lets_be_heard_is_played(client: TestClient) -> None:
    track = a_track("excerpt")
    heard = hearing_of(track, "excerpt", owner=None)
    starts = passages.starts_of(heard)
    assert (starts[0], starts[-1]) == (11_000, 31_000)
    assert client.get(address(a_ticket(track, start=11), 1, "a")).status_code == 200
    for beyond in (10, 32, 0):
        assert client.get(address(a_ticket(track, start=beyond), 1, "a")).status_code == 404
    Release.objects.update(preview="none")
    assert client.get(address(a_ticket(track, start=11), 1, "a")).status_code == 404
    Release.objects.update(preview="full")
    Withdrawal.objects.create(release=track.edition.release, by="bob", reason="Sold out.")
    assert client.get(address(a_ticket(track, start=11), 1, "a")).status_code == 404


@books
def test_an_owner_may_compare_any_passage_and_nobody_may_by_her_name(client: TestClient) -> None:
    track, person, other = a_track("none"), alice("20"), bob()
    buy(person, track.edition.release)
    assert client.get(address(a_ticket(track, start=30, person=person), 1, "a")).status_code == 200
    assert client.get(address(a_ticket(track, start=30, person=other), 1, "a")).status_code == 404
    with pytest.raises(NotToBeHeard):
        passages.passage_of(replace(a_ticket(track), track_id=track.pk + 1))


@books
def test_what_the_encoders_cannot_take_on_is_refused_for_the_moment(client: TestClient, engine: Engine) -> None:
    ticket = a_ticket(a_track())

    def full(*_: object, **__: object) -> None:
        raise QueueFull("The store is encoding at its limit. Please try again soon.", retry_after_seconds=30)

    put, engine.encoders.put = engine.encoders.put, full  # type: ignore[method-assign]
    answer = client.get(address(ticket, 1, "a"))
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "30")
    engine.encoders.put = put  # type: ignore[method-assign]
    assert client.get(address(ticket, 1, "a")).status_code == 200


def test_the_loudest_ten_seconds_are_found_by_the_waveform() -> None:
    class Loud:
        class master:  # noqa: N801
            peaks = bytes([10] * 400 + [200] * 100 + [10] * 300)
            duration_seconds = 80.0

    starts = passages.starts_of(None)
    assert starts == []
    assert passages.loudest(Loud, [1000 * second for second in range(70)]) == 40_000  # type: ignore[arg-type]
    assert passages.offered([1000 * second for second in range(60)])[:3] == [0, 10_000, 20_000]
    assert len(passages.offered([1000 * second for second in range(4_000)])) <= passages.PLACES_OFFERED


@given(st.integers(1, 10), st.data())
def test_the_chance_of_so_many_by_guessing_is_counted_exactly(rounds: int, data: st.DataObject) -> None:
    right = data.draw(st.integers(0, rounds))
    throws = [sum(coins) for coins in product((0, 1), repeat=rounds)]
    assert at_least(right, rounds) == Fraction(sum(heads >= right for heads in throws), len(throws))


@given(st.integers(0, 60), st.integers(1, 60))
def test_more_right_is_never_likelier_by_chance(right: int, rounds: int) -> None:
    right = min(right, rounds)
    assert at_least(0, rounds) == 1
    assert at_least(rounds, rounds) == Fraction(1, 2**rounds)
    if right:
        assert at_least(right, rounds) < at_least(right - 1, rounds)


def test_five_of_six_is_better_than_chance_with_eighty_nine_percent() -> None:
    assert Told(5, 6).better_than_chance_percent == 89
    assert not Told(5, 6).is_told
    assert Told(6, 6).is_told
    assert Told(0, 6).better_than_chance_percent == 0


def test_a_ranking_tells_both_coded_samples_from_the_exact_one() -> None:
    orders = [(Kind.LOW, Kind.EXACT, Kind.HIGH), (Kind.EXACT, Kind.HIGH, Kind.LOW)]
    rankings = [Ranking(best="b", worst="a"), Ranking(best="b", worst="c")]
    assert told(Kind.LOW, orders, rankings) == Told(2, 2)
    assert told(Kind.HIGH, orders, rankings) == Told(1, 2)
    with pytest.raises(AssertionError):
        Ranking(best="a", worst="a")


@given(st.lists(st.sampled_from(list(permutations(Kind))), min_size=1, max_size=16), st.data())
def test_whoever_hears_it_all_gets_all_right_and_turned_around_none(
    orders: list[tuple[Kind, ...]], data: st.DataObject
) -> None:
    heard = [Ranking("abc"[order.index(Kind.EXACT)], "abc"[order.index(Kind.LOW)]) for order in orders]
    turned = [Ranking(one.worst, one.best) for one in heard]
    for kind in (Kind.LOW, Kind.HIGH):
        assert told(kind, orders, heard).right == len(orders)
        assert told(kind, orders, turned).right == 0


def test_the_cheapest_is_the_smallest_that_was_not_told() -> None:
    told_it, not_told = Told(6, 6), Told(3, 6)
    assert cheapest(not_told, not_told) is Kind.LOW
    assert cheapest(told_it, not_told) is Kind.HIGH
    assert cheapest(told_it, told_it) is Kind.EXACT
    assert counting.PLACES == "abc"
    assert issubclass(NoSuchTest, Missing)
