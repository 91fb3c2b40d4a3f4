"""A label edits a release on the desk: opens a draft, changes it, looks, publishes at a time; nobody's work is lost."""

from datetime import UTC, datetime, timedelta

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Permission
from django.test import Client

from obbligato.catalog.models import Edition, Release, Track, Withdrawal
from obbligato.config import upkeep
from obbligato.kernel import clock
from obbligato.people.models import Person
from obbligato.sales import checkout
from obbligato.sales.editing import drafting
from obbligato.sales.editing.models import Appointment, Draft
from tests import makers
from tests.backoffice.draft_pages import at, page, send
from tests.backoffice.goods import an_order
from tests.sales.editing.makers import a_draft, rewrite

pytestmark = pytest.mark.django_db


@pytest.fixture
def staff() -> Client:
    return makers.signed_in(makers.dana())


def test_a_release_goes_from_draft_to_the_shop_and_its_buyer_keeps_what_she_bought(staff: Client) -> None:
    release, alice = makers.a_release(), makers.alice("9")
    checkout.pay(an_order(alice, release))
    edit = f"/desk/catalog/release/{release.pk}/edit/"
    assert "The shop shows nothing of it until it is published." in page(staff, edit)
    words = staff.post(edit, {"key": "k"}, follow=True).content.decode()
    assert 'value="Three Small Pieces"' in words
    assert staff.get(edit)["Location"] == at(release, "release")
    assert staff.get("/desk/catalog/release/?draft__isempty=0").status_code == 200

    send(staff, release, "release", {"title": "Four Pieces", "genres": "Jazz; Piano", "preview": "full"})
    lines = a_draft(release).content.lines
    words = send(staff, release, "tracks", {f"line.{lines[2].key}.position": "1", "out": lines[0].key})
    assert "Saved." in words
    send(staff, release, "price", {"price.kind": "one_price", "price.track": "0,99"})
    words = page(staff, at(release, "changes"))
    for told in ("Four Pieces", "Jazz; Piano", "Track removed", "moved", "0.99 a track in all formats"):
        assert told in words, told

    assert_that_a_buyer_would_see_it(staff, release)

    noon = datetime(2030, 3, 1, 12, 0, tzinfo=UTC)
    with clock.stopped(noon):
        words = send(staff, release, "schedule", {"key": "k", "day": "2030-03-01", "hour": "18:00"})
        assert "It is published on <strong>1 March 2030, 18:00 UTC</strong>, as dana asked" in words
        assert "stays as it is until then" in send(staff, release, "release", {"title": "No"}, 409)
        upkeep.round_of_upkeep()
        assert Edition.objects.count() == 1
        clock.advance(timedelta(hours=6))
        upkeep.round_of_upkeep()
    assert Edition.objects.count() == 2
    words = page(Client(), f"{release.get_absolute_url()}?format=flac")
    assert "Four Pieces" in words
    assert words.index("Piece 3") < words.index("Piece 2")
    assert "Piece 1" not in words.split('id="player"')[0].split("Tracks</h2>")[1]
    owner = Client()
    owner.force_login(alice)
    shelf = owner.get("/library").content.decode()
    assert "Three Small Pieces" in shelf
    assert_that_its_history_tells_so(staff, release)


def assert_that_a_buyer_would_see_it(staff: Client, release: Release) -> None:
    shown = page(staff, f"/desk/drafts/{release.pk}")
    assert "Preview of a draft." in shown
    assert "Four Pieces" in shown
    assert "€1.98" in shown
    assert "Put album in basket" not in shown
    assert "Four Pieces" not in page(Client(), release.get_absolute_url())


def assert_that_its_history_tells_so(staff: Client, release: Release) -> None:
    history = page(staff, f"/desk/catalog/release/{release.pk}/editions/")
    assert "Made by dana on 1 March 2030, 18:00 UTC." in history
    assert "Published on 2030-03-01 18:00 UTC." in history
    assert "Track removed" in page(staff, f"/desk/catalog/release/{release.pk}/editions/?from=1&to=2")
    assert "Track added" in page(staff, f"/desk/catalog/release/{release.pk}/editions/?from=2&to=1")
    assert "From edition" not in page(staff, f"/desk/catalog/release/{release.pk}/editions/?from=1&to=x")
    acts = " ".join(LogEntry.objects.order_by("pk").values_list("change_message", flat=True))
    for told in ("Draft opened from edition 1.", "Title", "The draft is published on 1 March 2030 at 18:00 (UTC)."):
        assert told in acts, told


def test_all_that_is_wrong_is_said_at_once_beside_its_field(staff: Client) -> None:
    release = makers.a_release()
    makers.a_release("Another", upc="036000291452", tracks=1)
    lines = a_draft(release).content.lines
    send(staff, release, "release", {"title": "", "upc": "036000291452", "date": "soon", "preview": "loud"})
    send(staff, release, "tracks", {f"line.{lines[0].key}.isrc": "FRX87240001", f"line.{lines[1].key}.title": ""})
    send(staff, release, "price", {"price.kind": "per_megabyte", "price.per_megabyte": "dear"})
    words = page(staff, at(release, "release"))
    for told in (
        "7 things to put right",
        "A release needs a title.",
        "This UPC is that of another release, “Another”.",
        "Write a day, a month or a year",
        "Choose what anyone may hear.",
    ):
        assert told in words, told
    words = page(staff, at(release, "tracks"))
    assert '<strong class="wrong">This is not an ISRC: its length or its letters are wrong.</strong>' in words
    assert '<strong class="wrong">A track needs a title.</strong>' in words
    assert '<strong class="wrong">“dear” is not an amount of money.</strong>' in page(staff, at(release, "price"))
    words = send(staff, release, "publish", {"key": "k"})
    assert "It cannot be published as it is: A release needs a title. And 6 more" in words
    assert "There is nothing to show yet" in page(staff, f"/desk/drafts/{release.pk}", 409)
    assert Edition.objects.filter(release=release).count() == 1


def test_rights_are_written_for_the_tracks_that_are_named(staff: Client) -> None:
    release = makers.a_release()
    a_draft(release)
    words = page(staff, at(release, "rights"))
    assert 'name="group.0.tracks" value="all"' in words
    assert 'value="Ada Performer"' in words
    group = {
        "group.0.tracks": "1, 3", "group.0.basis": "own", "group.0.territories": "FR",
        "group.0.share.0.party": "Ada", "group.0.share.0.percent": "50",
        "group.0.share.1.party": "Ben", "group.0.share.1.percent": "49.99",
    }  # fmt: skip
    words = send(staff, release, "rights", group)
    assert "The shares add up to 99.99 %, not to 100 %." in words
    assert "Nothing is written of track 2." in words
    send(staff, release, "rights", {**group, "group.0.share.1.percent": "50 %"})
    words = page(staff, at(release, "changes"))
    assert "Shares of 1.1 “Piece 1”, 1.3 “Piece 3”" in words
    assert "put right" not in words
    version = drafting.draft_of(release).version
    for tracks, told in (
        ("1-9", "There is no track 1-9."),
        ("first", "“first” is no number of a track."),
        ("", "Of which tracks?"),
    ):
        words = send(staff, release, "rights", {**group, "group.0.tracks": tracks})
        assert told in words, tracks
        assert 'value="49.99"' in words, "nothing that was typed is lost"
    twice = {**group, "group.1.tracks": "2-3", "group.1.basis": "own"}
    assert "A track stands in one group only." in send(staff, release, "rights", twice)
    assert drafting.draft_of(release).version == version


def test_who_is_late_is_told_what_another_changed_and_keeps_what_she_typed(staff: Client) -> None:
    release = makers.a_release(tracks=1)
    version = a_draft(release).version
    rewrite(release, by="bob", title="Bob's", description="Bob's words.")
    answer = staff.post(at(release, "release"), {"version": version, "title": "Dana's", "copyright": "Dana's"})
    words = answer.content.decode()
    assert answer.status_code == 409
    assert "bob changed this draft on" in words
    assert "Bob&#x27;s words." in words
    assert 'name="title" value="Dana&#x27;s"' in words
    assert drafting.draft_of(release).content.title == "Bob's"
    send(staff, release, "release", {"title": "Dana's", "copyright": "Dana's", "description": "Bob's words."})
    content = drafting.draft_of(release).content
    assert (content.title, content.copyright, content.description) == ("Dana's", "Dana's", "Bob's words.")


def test_a_page_saves_by_itself_and_says_when_it_could_not(staff: Client) -> None:
    release = makers.a_release(tracks=1)
    a_draft(release)
    headers = {"X-Autosave": "1"}
    answer = staff.post(at(release, "release"), {"version": 1, "title": "New"}, headers=headers)
    assert answer.json()["version"] == 2
    assert answer.json()["sentence"].startswith("Saved at ")
    late = staff.post(at(release, "release"), {"version": 1, "title": "Newer"}, headers=headers)
    assert late.status_code == 409
    assert "dana changed this draft" in late.json()["sentence"]
    words = send(staff, release, "schedule", {"key": "k", "day": "2999-01-01", "hour": "18:00"})
    assert "more than three years" in words
    tomorrow = f"{clock.now() + timedelta(days=1):%Y-%m-%d}"
    send(staff, release, "schedule", {"key": "k", "day": tomorrow, "hour": "18:00"})
    held = staff.post(at(release, "release"), {"version": 2, "title": "Newer"}, headers=headers)
    assert "stays as it is until then" in held.json()["sentence"]
    words = send(staff, release, "cancel", {"key": "k"})
    assert "can be changed again" in words
    assert Appointment.objects.get().cancelled_by == "dana"


def test_tracks_of_the_catalogue_are_found_and_added(staff: Client) -> None:
    release = makers.a_release(tracks=1)
    makers.a_release("Another", tracks=2, upc="")
    a_draft(release)
    words = page(staff, f"{at(release, 'tracks')}?q=piece 2")
    track = Track.objects.get(title="Piece 2")
    assert f'name="add" value="{track.pk}"' in words
    send(staff, release, "tracks", {"add": track.pk})
    assert [line.title for line in drafting.draft_of(release).content.lines] == ["Piece 1", "Piece 2"]
    for nonsense in ("999999", "x"):
        send(staff, release, "tracks", {"add": nonsense})
    assert len(drafting.draft_of(release).content.lines) == 2
    assert "Nothing." in page(staff, f"{at(release, 'tracks')}?q=nowhere")


def test_a_track_has_a_page_for_its_words(staff: Client) -> None:
    release = makers.a_release(tracks=1)
    key = a_draft(release).content.lines[0].key
    words = send(staff, release, f"tracks/{key}", {f"line.{key}.composer": "Ben", f"line.{key}.lyrics": "La\r\nla"})
    assert 'value="Ben"' in words
    assert drafting.draft_of(release).content.lines[0].lyrics == "La\nla"
    assert staff.get(at(release, "tracks/t0")).status_code == 302


def test_credits_are_rows_and_empty_ones_are_left_out(staff: Client) -> None:
    release = makers.a_release(tracks=1)
    a_draft(release)
    send(
        staff, release, "credits",
        {"credit.0.name": "Ada", "credit.0.role": "piano", "credit.0.tracks": "1, 2", "credit.1.name": "",
         "credit.2.name": "", "credit.2.role": "violin"},
    )  # fmt: skip
    assert [one.name for one in drafting.draft_of(release).content.credits] == ["Ada", ""]
    assert "Whose credit is this?" in page(staff, at(release, "credits"))


def test_hostile_letters_are_only_letters(staff: Client) -> None:
    release = makers.a_release(tracks=1)
    a_draft(release)
    title = "<script>alert(1)</script>{{ 7 }}\u202e\x1b{% now 'Y' %}"
    send(staff, release, "release", {"title": title + "\x00"}, 422)
    send(staff, release, "release", {"title": title, "description": title, "label": title, "artist": title})
    for name in ("release", "tracks", "changes"):
        words = page(staff, at(release, name))
        assert "<script>alert(1)" not in words
    assert "\u202e" not in drafting.draft_of(release).content.title
    assert "&lt;script&gt;alert(1)" in page(staff, f"/desk/drafts/{release.pk}")
    send(staff, release, "publish", {"key": "k"})
    assert "<script>alert(1)" not in page(Client(), release.get_absolute_url())


def test_a_draft_is_brought_up_to_date_with_an_import(staff: Client) -> None:
    release = makers.a_release()
    rewrite(release, title="Mine")
    makers.a_release(tracks=2)
    words = page(staff, at(release, "changes"))
    assert "Edition 2 was published by tests since this draft was begun from edition 1." in words
    assert "Bring the draft up to date, and look" in send(staff, release, "publish", {"key": "k"})
    words = send(staff, release, "catch_up", {"key": "k"})
    assert "The draft begins with edition 2 now." in words
    assert "Track removed" not in words
    assert "is published." in send_and_follow(staff, release)


def send_and_follow(client: Client, release: Release) -> str:
    version = drafting.draft_of(release).version
    answer = client.post(at(release, "publish"), {"version": version, "key": "k"}, follow=True)
    return answer.content.decode()


def test_what_changes_nothing_makes_no_edition_and_says_so(staff: Client) -> None:
    release = makers.a_release(tracks=1)
    a_draft(release)
    assert "Nothing: the draft is as edition 1 is" in page(staff, at(release, "changes"))
    assert "Nothing in it differs from edition 1" in send_and_follow(staff, release)


def test_a_draft_is_discarded(staff: Client) -> None:
    release = makers.a_release(tracks=1)
    rewrite(release, title="New")
    assert "The draft is gone." in send(staff, release, "discard", {"key": "k"})
    assert not Draft.objects.exists()
    answer = staff.get(at(release, "release"), follow=True)
    assert "There is no draft of this release" in answer.content.decode()


def test_a_withdrawn_release_is_put_back_on_sale(staff: Client) -> None:
    release = makers.a_release(tracks=1)
    Withdrawal.objects.create(release=release, by="bob", reason="A dispute.")
    a_draft(release)
    assert "The release is withdrawn, and stays so" in page(staff, at(release, "publish"))
    assert "has withdrawn this release" in page(Client(), f"{release.get_absolute_url()}?format=wav")
    address = f"/desk/catalog/release/{release.pk}/put-back/"
    assert "is offered again" in staff.post(address, {"key": "k"}, follow=True).content.decode()
    assert not Withdrawal.objects.exists()
    assert "bob had withdrawn it: A dispute." in LogEntry.objects.latest("pk").change_message
    assert staff.get(address).status_code == 403
    assert "has withdrawn" not in page(Client(), f"{release.get_absolute_url()}?format=flac")


def test_staff_without_the_right_change_nothing(client: Client) -> None:
    release = makers.a_release(tracks=1)
    a_draft(release)
    erin = Person.objects.create_user("erin", password="a long password", is_staff=True)
    client.force_login(erin)
    assert client.get(at(release, "release")).status_code == 403
    assert client.get(f"/desk/drafts/{release.pk}").status_code == 403
    for name in ("view_release", "change_release"):
        erin.user_permissions.add(Permission.objects.get(codename=name))
    assert client.get(f"/desk/drafts/{release.pk}").status_code == 200
    words = page(client, at(release, "price"))
    assert "You may look at this, and not change it." in words
    client.post(at(release, "price"), {"version": 1, "price.kind": "free"})
    assert drafting.draft_of(release).version == 1
    client.post(at(release, "release"), {"version": 1, "title": "Erin's"})
    assert drafting.draft_of(release).content.title == "Erin's"
