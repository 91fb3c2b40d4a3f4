"""A wish that could not be had is told of in the day's letter, once, when it can be."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from django.core import mail

from obbligato.catalog.following import letters
from obbligato.catalog.following.models import News, Quiet
from obbligato.catalog.models import Release, Withdrawal
from obbligato.kernel import clock
from obbligato.people.models import Person
from obbligato.rights.models import Licence
from obbligato.sales.offers import on_sale
from obbligato.sales.preorders.announcing import announce, bring_out
from obbligato.sales.wishlist import awaiting, keeping
from obbligato.sales.wishlist.keeping import Wished
from obbligato.sales.wishlist.models import Awaited
from tests.makers import alice, fill_wallet
from tests.sales.preorders.makers import ordered
from tests.storefront.makers import a_silent_release

pytestmark = pytest.mark.django_db
TEN = datetime(2026, 3, 1, 10, 0, tzinfo=UTC)


@pytest.fixture(autouse=True)
def _at_ten() -> Iterator[None]:
    with clock.stopped(TEN):
        yield


def wished(release: Release, recording_id: int | None = None) -> Person:
    person = alice()
    keeping.keep(person, Wished(release.pk, recording_id))
    return person


def letter() -> str:
    """The mail of the next day."""
    clock.advance(timedelta(days=1))
    letters.send_due(on_sale())
    return str(mail.outbox[-1].body) if mail.outbox else ""


def test_what_comes_out_is_told_once_with_a_way_to_end_such_mails() -> None:
    release = a_silent_release(title="Nocturnes")
    announce(release, at=TEN + timedelta(days=3), takes_orders=True, by="dana")
    person = wished(release)
    assert awaiting.look() == 0
    assert str(Awaited.objects.get()) == f"{person} wishes for Nocturnes, in vain since 2026-03-01"
    bring_out(release, by="dana")
    assert awaiting.look() == 1
    assert awaiting.look() == 0
    body = letter()
    assert mail.outbox[-1].subject == "New: Nocturnes by The Small Hours"
    assert "on your wishlist at Obbligato, and now to be had:" in body
    assert "from those you follow" not in body
    assert "/unsubscribe/" in body
    letter()
    assert len(mail.outbox) == 1


def test_what_was_withdrawn_is_told_again_when_it_is_back() -> None:
    release = a_silent_release()
    person = wished(release)
    News.objects.create(person=person, release=release)
    letter()
    withdrawal = Withdrawal.objects.create(release=release, by="dana", reason="No.")
    awaiting.look()
    withdrawal.delete()
    awaiting.look()
    letter()
    assert len(mail.outbox) == 2


def test_a_track_counts_where_she_lives_and_not_elsewhere() -> None:
    release = a_silent_release()
    assert release.edition is not None
    track = release.edition.tracks.get(position=2)
    Licence.objects.filter(recording=track.recording).update(territories=["DE"])
    person = wished(release, track.recording_id)
    keeping.keep(person, Wished(release.pk, None))
    awaiting.look()
    assert Awaited.objects.get().wish.recording == track.recording
    Person.objects.update(country="DE")
    assert awaiting.look() == 1


def test_what_she_bought_meanwhile_is_no_news() -> None:
    release = a_silent_release()
    announce(release, at=TEN + timedelta(days=3), takes_orders=True, by="dana")
    person = wished(release)
    awaiting.look()
    bring_out(release, by="dana")
    fill_wallet(person, "10")
    ordered(person, release)
    assert awaiting.look() == 0
    assert not Awaited.objects.exists()


def test_who_wants_no_mail_gets_none() -> None:
    release = a_silent_release()
    person = wished(release)
    Quiet.objects.create(person=person)
    Awaited.objects.create(wish=person.wishes.get())
    assert awaiting.look() == 0
    Awaited.objects.create(wish=person.wishes.get())
    Quiet.objects.all().delete()
    Person.objects.update(email="")
    assert awaiting.look() == 0
    assert not News.objects.exists()


def test_all_wishes_are_looked_at_a_few_at_a_time_and_once_a_minute() -> None:
    person = alice()
    for number in range(3):
        release = a_silent_release(title=f"Piece {number}")
        keeping.keep(person, Wished(release.pk, None))
        Awaited.objects.create(wish=person.wishes.latest("pk"))
    assert [awaiting.look(step=2) for _ in range(3)] == [2, 1, 0]
    awaiting.look(step=2)
    Awaited.objects.create(wish=person.wishes.earliest("pk"))
    awaiting.look_now_and_then()
    assert not Awaited.objects.exists()
    Awaited.objects.create(wish=person.wishes.earliest("pk"))
    awaiting.look_now_and_then()
    assert Awaited.objects.exists()
