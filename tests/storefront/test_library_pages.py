"""The library remembers editions: what changed, what of it is hers to fetch, and the receipts for all of it."""

import pytest
from django.test import Client

from obbligato.catalog.models import Booklet, Edition, Release, Track, Withdrawal
from obbligato.library import history, shelf
from obbligato.library.history import NothingNew
from obbligato.people.models import Person
from obbligato.sales import baskets, checkout
from obbligato.sales.quoting import format_named
from tests.makers import alice, bob
from tests.storefront.makers import a_master, a_silent_release, a_track

pytestmark = pytest.mark.django_db


def buy(person: Person, release: Release, format_name: str) -> None:
    """Let her buy a whole release from her wallet."""
    basket = baskets.basket_with(None, person)
    baskets.add_release(basket, release, format_named(format_name), territory="FR")
    total = baskets.contents(basket).total_micro
    assert checkout.buy(basket, person, expected_total_micro=total, country="FR").paid_at


def a_next_edition(release: Release, *, new_master_of: int = 2) -> Edition:
    """The same tracks, one of them from another master and with another title, and one more."""
    before = release.edition
    assert before is not None
    made = Edition.objects.create(
        release=release, number=before.number + 1, digest=f"{before.number:>64}", title=before.title, date=before.date,
        genres=before.genres, description="Played again.", copyright=before.copyright, credits=before.credits,
    )  # fmt: skip
    for track in before.tracks.order_by("position"):
        is_new = track.position == new_master_of
        Track.objects.create(
            edition=made,
            recording=track.recording,
            master=a_master(f"new {track.pk}", track.position) if is_new else track.master,
            position=track.position,
            title=f"{track.title} again" if is_new else track.title,
            artist_credit=track.artist_credit,
            tag_bytes=track.tag_bytes,
        )
    a_track(made, before.tracks.count() + 1, title="One more")
    release.edition = made
    release.save()
    return made


def bought_then_changed(person: Person) -> Release:
    release = a_silent_release()
    buy(person, release, "mp3-320")
    a_next_edition(release)
    return release


def test_a_new_edition_is_told_in_words_with_what_is_hers_to_fetch(client: Client) -> None:
    person = alice("20")
    release = bought_then_changed(person)
    client.force_login(person)
    text = " ".join(client.get(f"/library/{release.slug}").content.decode().split())
    assert "A track was added: One more." in text
    assert "A track has a new master: Piece 2 again." in text
    assert "“Piece 2” became “Piece 2 again”" in text
    assert "Also changed: the description." in text
    assert "One of them is not yours yet" in text
    assert "the one you bought" in text
    assert "The first edition." in text
    order = person.orders.get()
    assert f"/orders/{order.number}/receipt" in text


def test_only_what_is_changed_and_hers_is_in_the_zip(client: Client) -> None:
    person = alice("20")
    release = bought_then_changed(person)
    item = shelf.shelf_item(person, release.slug)
    newest, first = history.history_of(person, item)
    assert [track.title for track in newest.hers] == ["Piece 2 again"]
    assert [track.title for track in newest.not_hers] == ["One more"]
    assert (first.changes, first.hers, first.is_pinned) == (None, (), True)
    client.force_login(person)
    answer = client.get(f"/library/{release.slug}/editions/2/changes?format=mp3-320")
    assert answer.status_code == 302
    assert answer.headers["Location"].startswith("/delivery/releases/")
    assert client.get(f"/library/{release.slug}/editions/2/changes?format=wav").status_code == 409
    assert client.get(f"/library/{release.slug}/editions/1/changes?format=mp3-320").status_code == 404
    assert client.get(f"/library/{release.slug}/editions/9/changes?format=mp3-320").status_code == 404


def test_formats_that_were_paid_for_are_offered_and_no_larger_one(client: Client) -> None:
    person = alice("20")
    item = shelf.shelf_item(person, bought_then_changed(person).slug)
    names = {format_.name for format_ in history.history_of(person, item)[0].formats}
    assert {"mp3-320", "mp3-192"} <= names
    assert not {"flac", "wav"} & names


def test_nobody_fetches_the_changes_of_what_is_not_hers(client: Client) -> None:
    release = bought_then_changed(alice("20"))
    client.force_login(bob())
    assert client.get(f"/library/{release.slug}/editions/2/changes").status_code == 404


def test_who_buys_the_rest_may_fetch_all_that_the_edition_added() -> None:
    person = alice("40")
    release = bought_then_changed(person)
    buy(person, release, "mp3-320")
    item = shelf.shelf_item(person, release.slug)
    newest = history.history_of(person, item)[0]
    assert "One more" in [track.title for track in newest.hers]
    assert newest.not_hers == ()
    assert newest.is_pinned
    assert len(history.orders_of(person, item)) == 2


def test_a_withdrawn_release_is_still_there_with_its_editions_and_sends_nobody_to_the_shop(client: Client) -> None:
    person = alice("20")
    release = bought_then_changed(person)
    Withdrawal.objects.create(release=release, by="bob", reason="Sold out.")
    client.force_login(person)
    text = client.get(f"/library/{release.slug}").content.decode()
    assert "The label no longer sells it. It stays yours." in text
    assert "not yours yet" not in text
    assert client.get(f"/library/{release.slug}/editions/2/changes?format=mp3-320").status_code == 302


def test_an_edition_without_anything_hers_has_no_zip() -> None:
    person = alice("20")
    release = a_silent_release()
    buy(person, release, "mp3-320")
    with pytest.raises(NothingNew):
        history.link_for_changes(person, shelf.shelf_item(person, release.slug), 1, format_named("mp3-320"))


def test_the_shelf_tells_what_was_changed_since_it_was_bought(client: Client) -> None:
    person = alice("40")
    release, told = a_silent_release(), "It was changed since; see what is new"
    buy(person, release, "mp3-320")
    client.force_login(person)
    assert told not in client.get("/library").content.decode()
    a_next_edition(release)
    assert told in client.get("/library").content.decode()
    buy(person, release, "mp3-320")
    assert told not in client.get("/library").content.decode()


def test_the_booklet_can_be_had_without_the_zip(client: Client) -> None:
    person = alice("40")
    booklet = Booklet.objects.create(sha256="b" * 64, original_name="b.pdf", size_bytes=2_140_000)
    plain, release = a_silent_release(), a_silent_release(booklet=booklet)
    for one in (plain, release):
        buy(person, one, "mp3-320")
    client.force_login(person)
    assert "Booklet (PDF, 2.1 MB)" in client.get(f"/library/{release.slug}").content.decode()
    answer = client.get(f"/library/{release.slug}/booklet")
    assert answer.headers["Location"].startswith("/delivery/booklets/")
    assert "Booklet" not in client.get(f"/library/{plain.slug}").content.decode()
    assert client.get(f"/library/{plain.slug}/booklet").status_code == 404
    client.force_login(bob())
    assert client.get(f"/library/{release.slug}/booklet").status_code == 404


def test_of_a_whole_library_in_a_larger_format_the_release_that_is_not_paid_for_is_named(client: Client) -> None:
    person = alice("40")
    buy(person, a_silent_release(title="Small Hours"), "mp3-320")
    client.force_login(person)
    answer = client.get("/library.zip?format=flac")
    assert answer.status_code == 409
    assert "“Small Hours”: FLAC is larger than what you bought; the difference comes first." in answer.content.decode()
    answer = client.get("/library.zip?format=flac", headers={"Accept-Language": "fr"})
    assert "“Small Hours”" not in answer.content.decode()
