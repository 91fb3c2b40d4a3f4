"""What is new is told to who follows, once, in one mail a day, whatever breaks between."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from email import message_from_bytes, policy
from typing import Any

import pytest
from django.core import mail

from obbligato.catalog.following import arrivals, choosing, letters, quieting
from obbligato.catalog.following.models import Arrival, Letter, News
from obbligato.catalog.models import Release, Withdrawal
from obbligato.kernel import clock
from obbligato.people.mails import sending
from obbligato.people.mails.models import Mail
from obbligato.people.models import Person
from obbligato.rights.models import Licence
from obbligato.sales.offers import on_sale
from tests.catalog.following.makers import a_mail_server
from tests.makers import alice, bob
from tests.storefront.makers import a_silent_release

pytestmark = pytest.mark.django_db
MORNING = datetime(2026, 11, 2, 9, 0, tzinfo=UTC)


@pytest.fixture(autouse=True)
def _morning() -> Iterator[None]:
    with clock.stopped(MORNING):
        yield


def a_day_of_upkeep() -> None:
    """A round, and one a day later."""
    arrivals.note(on_sale())
    letters.send_due(on_sale())
    clock.advance(timedelta(days=1))
    letters.send_due(on_sale())


def a_follower(person: Person | None = None) -> Person:
    """Someone who follows an artist whose first release was there before."""
    follower = person or alice()
    first = a_silent_release(title="Long There")
    arrivals.note(on_sale())
    choosing.follow(follower, first.artist)
    return follower


def withdraw(release: Release) -> None:
    Withdrawal.objects.create(release=release, by="bob", reason="A new mix.")


def told(place: int = 0) -> str:
    return str(mail.outbox[place].body)


def test_a_follower_is_told_of_what_is_new_once_and_not_of_what_was_there() -> None:
    a_follower()
    release = a_silent_release(title="Brand New")
    a_day_of_upkeep()
    a_day_of_upkeep()
    (letter,) = mail.outbox
    assert letter.to == ["alice@example.org"]
    assert letter.subject == "New: Brand New by The Small Hours"
    assert f"http://localhost:8000{release.get_absolute_url()}" in told()
    assert "Long There" not in told()
    assert not Mail.objects.exists()


def test_a_day_is_one_mail_and_the_next_day_another() -> None:
    a_follower()
    for title in ("One", "Two"):
        a_silent_release(title=title)
    arrivals.note(on_sale())
    letters.send_due(on_sale())
    a_silent_release(title="Three")
    arrivals.note(on_sale())
    letters.send_due(on_sale())
    assert [letter.subject for letter in mail.outbox] == ["2 new releases at Obbligato"]
    clock.advance(timedelta(days=1))
    letters.send_due(on_sale())
    assert [letter.subject for letter in mail.outbox][1:] == ["New: Three by The Small Hours"]


def test_letters_go_out_in_the_morning() -> None:
    a_follower()
    a_silent_release(title="Late")
    arrivals.note(on_sale())
    clock.advance(timedelta(hours=16))
    letters.send_due(on_sale())
    assert mail.outbox == []
    clock.advance(timedelta(hours=7))
    letters.send_due(on_sale())
    assert len(mail.outbox) == 1


def test_who_follows_both_artist_and_label_is_told_once() -> None:
    person = a_follower()
    choosing.follow(person, Release.objects.get().label)
    choosing.follow(person, Release.objects.get().artist)
    a_silent_release(title="Brand New")
    a_day_of_upkeep()
    assert News.objects.count() == len(mail.outbox) == 1


def test_a_label_is_followed_through_all_its_artists() -> None:
    person = alice()
    choosing.follow(person, a_silent_release().label)
    arrivals.note(on_sale())
    News.objects.all().delete()
    a_silent_release(title="Marimba", artist="Lone Marimba")
    a_day_of_upkeep()
    assert "Marimba by Lone Marimba" in told()


def test_a_draft_is_told_when_it_comes_on_sale() -> None:
    a_follower()
    draft = a_silent_release(title="Draft")
    licences = Licence.objects.filter(recording__tracks__edition__release=draft)
    licences.update(valid_from=clock.today() + timedelta(days=2))
    a_day_of_upkeep()
    assert mail.outbox == []
    assert not Arrival.objects.filter(release=draft).exists()
    clock.advance(timedelta(days=1))
    a_day_of_upkeep()
    assert len(mail.outbox) == 1


def test_what_is_withdrawn_before_the_mail_is_told_to_nobody() -> None:
    a_follower()
    gone, kept = a_silent_release(title="Gone"), a_silent_release(title="Kept")
    arrivals.note(on_sale())
    withdraw(gone)
    letters.send_due(on_sale())
    assert "Kept" in told()
    assert "Gone" not in told()
    withdraw(kept)
    a_silent_release(title="Gone Too")
    clock.advance(timedelta(days=1))
    arrivals.note(on_sale())
    withdraw(Release.objects.get(edition__title="Gone Too"))
    letters.send_due(on_sale())
    assert len(mail.outbox) == 1
    assert (Letter.objects.count(), Mail.objects.count()) == (2, 0)


def test_a_new_edition_is_no_news() -> None:
    a_follower()
    release = Release.objects.get()
    edition = release.edition
    assert edition is not None
    edition.pk, edition.number, edition.title = None, 2, "Long There, Remastered"
    edition.save()
    release.edition = edition
    release.save()
    a_day_of_upkeep()
    assert mail.outbox == []


def test_who_has_no_address_or_is_no_longer_active_is_told_nothing() -> None:
    person, other = a_follower(), bob()
    choosing.follow(other, Release.objects.get().artist)
    Person.objects.filter(pk=person.pk).update(email="")
    a_silent_release(title="Brand New")
    arrivals.note(on_sale())
    Person.objects.filter(pk=other.pk).update(is_active=False)
    letters.send_due(on_sale())
    assert mail.outbox == []
    assert (Letter.objects.count(), Mail.objects.count()) == (1, 0)


def test_a_person_who_wants_no_mail_gets_none_and_no_flood_later() -> None:
    person = a_follower()
    a_silent_release(title="Before")
    arrivals.note(on_sale())
    quieting.be_quiet(person)
    a_silent_release(title="During")
    a_day_of_upkeep()
    assert mail.outbox == []
    quieting.speak_again(person)
    a_silent_release(title="After")
    a_day_of_upkeep()
    assert mail.outbox[0].subject == "New: After by The Small Hours"


def test_a_whole_catalogue_at_once_is_one_mail_of_bounded_length() -> None:
    a_follower()
    for number in range(letters.LISTED + 5):
        a_silent_release(title=f"Volume {number}", tracks=1)
    a_day_of_upkeep()
    assert len(mail.outbox) == 1
    assert "and 5 more" in told()


def test_a_title_with_a_line_break_forges_no_header() -> None:
    a_follower()
    a_silent_release(title="New\r\nBcc: carol@example.org", artist="The Small Hours")
    a_day_of_upkeep()
    assert mail.outbox[0].subject == "New: New Bcc: carol@example.org by The Small Hours"
    assert mail.outbox[0].message()["Bcc"] is None


def test_a_mail_is_whole_on_the_wire_and_says_how_to_end_it(settings: Any) -> None:
    person = a_follower()
    a_silent_release(title="Größe & <Ruhm>")
    with a_mail_server(settings) as server:
        a_day_of_upkeep()
    (text,) = server.taken
    message = message_from_bytes(text, policy=policy.default)
    link = message["List-Unsubscribe"].strip(" <>")
    assert message["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert message["Auto-Submitted"] == "auto-generated"
    assert message["Message-ID"].startswith("<news-")
    assert quieting.person_named(link.rsplit("/", 1)[1]) == person
    body = message.get_content()
    assert "Größe & <Ruhm> by The Small Hours" in body
    assert link in body


@pytest.mark.parametrize("verb", ["EHLO", "MAIL", "RCPT", "DATA"])
def test_a_refusal_of_the_store_is_for_now_and_one_of_the_address_for_ever(settings: Any, verb: str) -> None:
    a_follower()
    a_silent_release(title="Brand New")
    arrivals.note(on_sale())
    with a_mail_server(settings) as server:
        server.refuses = verb
        letters.send_due(on_sale())
        server.refuses = ""
        clock.advance(sending.PAUSE_OF_SERVER)
        letters.send_due(on_sale())
        letters.send_due(on_sale())
    is_taken = verb in {"EHLO", "MAIL"}  # Whoever does not know EHLO is greeted by HELO (RFC 5321, 3.2).
    assert len(server.taken) == is_taken
    assert [one.said for one in Mail.objects.all()] == ([] if is_taken else ["550 Not here"])


def test_without_a_server_all_is_told_when_it_is_back(settings: Any) -> None:
    a_follower()
    a_silent_release(title="Brand New")
    arrivals.note(on_sale())
    with a_mail_server(settings):
        pass
    letters.send_due(on_sale())
    with a_mail_server(settings) as server:
        letters.send_due(on_sale())
        assert server.taken == []
        clock.advance(sending.PAUSE_OF_SERVER)
        letters.send_due(on_sale())
        assert len(server.taken) == 1


def test_a_server_that_takes_the_mail_and_hangs_up_may_get_it_again_by_the_same_name(settings: Any) -> None:
    a_follower()
    a_silent_release(title="Brand New")
    arrivals.note(on_sale())
    with a_mail_server(settings) as server:
        server.hangs_up = True
        letters.send_due(on_sale())
        server.hangs_up = False
        for _ in range(3):
            a_day_of_upkeep()
    first, second = (message_from_bytes(text)["Message-ID"] for text in server.taken)
    assert first == second


def test_who_is_gone_is_written_to_no_more() -> None:
    person = a_follower()
    a_silent_release(title="Brand New")
    arrivals.note(on_sale())
    letters._open(person.pk)
    Letter.objects.all().delete()
    letters.send_due(on_sale().none())
    assert (mail.outbox, Mail.objects.count()) == ([], 0)


def test_two_processes_open_one_letter() -> None:
    person = a_follower()
    a_silent_release(title="Brand New")
    arrivals.note(on_sale())
    letters._open(person.pk)
    letters._open(person.pk)
    letters.send_due(on_sale())
    assert len(mail.outbox) == 1
