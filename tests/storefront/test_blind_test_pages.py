"""The pages of a blind test: they name no sample, keep answers in the session alone, and count honestly at the end."""

import re

import pytest
from django.test import Client

from obbligato.catalog.models import Release, Withdrawal
from obbligato.library.blind import passages, tickets
from obbligato.library.blind.counting import PLACES, Kind
from obbligato.sales.models import Tariff
from tests.makers import alice
from tests.storefront.makers import a_silent_release
from tests.storefront.test_library_pages import buy

pytestmark = pytest.mark.django_db


def begin(client: Client, release: Release, **asked: str) -> str:
    page = f"/releases/{release.slug}/blind-test"
    answer = client.post(page, {"codec": "mp3", "rounds": "6", **asked})
    assert answer.status_code == 302, answer.content.decode()
    return page


def ticket_of(client: Client) -> tickets.Ticket:
    return tickets.opened(client.session["blind_test"]["token"])


def answer_all(client: Client, page: str, *, hears: tuple[Kind, Kind]) -> None:
    """Rank in each round the one kind best and the other worst."""
    for number in range(1, 7):
        order = tickets.order_of(ticket_of(client), number)
        best, worst = (PLACES[order.index(kind)] for kind in hears)
        client.post(f"{page}/answers", {"round": str(number), "best": best, "worst": worst})


def test_the_bench_leads_to_it_and_the_form_offers_only_what_may_be_heard(client: Client) -> None:
    release = a_silent_release()
    assert f"/releases/{release.slug}/blind-test" in client.get(release.get_absolute_url()).content.decode()
    text = client.get(f"/releases/{release.slug}/blind-test").content.decode()
    assert text.count('<option value="') >= 3 + 2
    assert "Within what the label lets everyone hear." in text
    starts = [int(start) for start in re.findall(r'<option value="(\d{5,})">', text)]
    assert starts
    assert min(starts) >= 43_250
    assert max(starts) <= 43_250 + 20_000


def test_another_track_brings_its_own_places(client: Client) -> None:
    release = a_silent_release()
    second = release.edition.tracks.get(position=2)  # type: ignore[union-attr]
    address = f"/releases/{release.slug}/blind-test?track={second.pk}"
    part = client.get(address, headers={"HX-Request": "true"}).content.decode()
    assert f'<option value="{second.pk}" selected>' in part
    assert "<html" not in part
    assert f'<option value="{second.pk}" selected>' in client.get(address).content.decode()


def test_a_round_names_no_sample_and_carries_no_order(client: Client) -> None:
    page = begin(client, a_silent_release())
    answer = client.get(page)
    text = answer.content.decode()
    assert "Round 1 of 6" in text
    sources = re.findall(r'src="(/delivery/blind-tests/[^"]+)"', text)
    assert [source[-5] for source in sources] == ["a", "b", "c"]
    assert len({source[:-5] for source in sources}) == 1
    # What stands in the page is the same whichever order there is: only the name of the test and the round are in it.
    bare = text.replace(client.session["blind_test"]["token"], "")
    assert not re.search(
        r"\b(mp3|aac|opus|flac|low|high|exact|96|192)\b", bare.split('id="blind"')[1].split("</form>")[0].lower()
    )
    assert "no-store" in answer.headers["Cache-Control"]
    assert "autoplay" not in text


def test_rounds_go_on_to_an_honest_end_with_the_smallest_that_was_not_told(client: Client) -> None:
    release = a_silent_release()
    page = begin(client, release)
    answer_all(client, page, hears=(Kind.EXACT, Kind.HIGH))
    text = client.get(page).content.decode()
    assert text.count("6 of 6") == 2
    assert "better than chance with 98 %" in text
    assert "You hear it." in text
    assert f"/releases/{release.slug}?format=flac#bench" in text


def test_who_tells_only_the_small_one_is_offered_the_middle_one(client: Client) -> None:
    page = begin(client, a_silent_release(), codec="aac")
    answer_all(client, page, hears=(Kind.HIGH, Kind.LOW))
    text = client.get(page).content.decode()
    assert "AAC 192 kbit/s is enough for you." in text
    assert "0 of 6" in text
    assert 'name="format" value="aac-192"' in text
    assert "Put album in basket" in text


def test_what_costs_nothing_can_be_put_into_the_basket_too_unless_it_is_hers(client: Client) -> None:
    release, person = a_silent_release(), alice()
    Tariff.objects.create(release=release, currency="EUR", per_megabyte_micro=0)
    client.force_login(person)
    page = begin(client, release)
    answer_all(client, page, hears=(Kind.LOW, Kind.EXACT))
    assert "Put album in basket" in client.get(page).content.decode()
    buy(person, release, "flac")
    assert "Put album in basket" not in client.get(page).content.decode()


def test_who_guesses_is_offered_the_smallest_and_can_begin_anew(client: Client) -> None:
    page = begin(client, a_silent_release())
    answer_all(client, page, hears=(Kind.LOW, Kind.EXACT))
    assert "MP3 96 kbit/s is enough for you." in client.get(page).content.decode()
    client.post(f"{page}/removal")
    assert "blind_test" not in client.session
    assert "What to listen to" in client.get(page).content.decode()


def test_the_same_answer_twice_counts_once_and_a_half_one_not_at_all(client: Client) -> None:
    page = begin(client, a_silent_release())
    for _ in range(2):
        client.post(f"{page}/answers", {"round": "1", "best": "a", "worst": "b"})
    assert client.session["blind_test"]["answers"] == ["ab"]
    for best, worst in (("a", "a"), ("a", ""), ("", ""), ("a", "d")):
        assert client.post(f"{page}/answers", {"round": "2", "best": best, "worst": worst}).status_code == 422
    assert client.session["blind_test"]["answers"] == ["ab"]
    assert client.post(f"{page}/answers", {"round": "7", "best": "a", "worst": "b"}).status_code == 302
    assert client.session["blind_test"]["answers"] == ["ab"]


def test_a_start_beyond_what_may_be_heard_becomes_the_loudest(client: Client) -> None:
    release = a_silent_release()
    begin(client, release, start="0")
    track = release.edition.tracks.get(position=1)  # type: ignore[union-attr]
    chosen = ticket_of(client)
    assert chosen.track_id == track.pk
    assert chosen.start_milliseconds >= 43_250
    assert passages.passage_of(chosen).length_milliseconds == 10_000


def test_without_previews_there_is_none_and_the_page_says_so(client: Client) -> None:
    release = a_silent_release()
    Release.objects.filter(pk=release.pk).update(preview="none")
    assert "so there is no blind test of it" in client.get(release.get_absolute_url()).content.decode()
    refused = client.get(f"/releases/{release.slug}/blind-test")
    assert refused.status_code == 404
    assert "The label gives no previews of this release" in refused.content.decode()
    assert client.post(f"/releases/{release.slug}/blind-test", {"codec": "mp3"}).status_code == 404


def test_an_owner_chooses_any_place_even_of_what_is_withdrawn(client: Client) -> None:
    person, release = alice("20"), a_silent_release()
    buy(person, release, "mp3-320")
    Release.objects.filter(pk=release.pk).update(preview="none")
    Withdrawal.objects.create(release=release, by="bob", reason="Sold out.")
    client.force_login(person)
    page = begin(client, release, start="0")
    chosen = ticket_of(client)
    assert (chosen.start_milliseconds, chosen.person_id) == (0, person.pk)
    assert "Round 1 of 6" in client.get(page).content.decode()


def test_too_short_a_track_and_an_unknown_codec_are_refused_in_a_sentence(client: Client) -> None:
    release = a_silent_release()
    assert client.post(f"/releases/{release.slug}/blind-test", {"codec": "vorbis"}).status_code == 404
    assert client.get("/releases/there-is-none/blind-test").status_code == 404


def test_tests_are_begun_only_so_often(client: Client) -> None:
    release = a_silent_release()
    for _ in range(30):
        begin(client, release)
    refused = client.post(f"/releases/{release.slug}/blind-test", {"codec": "mp3"})
    assert refused.status_code == 429
    assert refused.headers["Retry-After"]


def test_a_spoiled_session_begins_anew(client: Client) -> None:
    release = a_silent_release()
    page = begin(client, release)
    session = client.session
    session["blind_test"] = {**session["blind_test"], "token": "x"}
    session.save()
    assert "What to listen to" in client.get(page).content.decode()
