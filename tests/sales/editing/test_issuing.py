"""A draft becomes the next edition together with its terms, or nothing of it does; who owns an edition keeps it."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from obbligato.catalog import publishing
from obbligato.catalog.contents import content_of, line_of
from obbligato.catalog.models import Edition, Picture, Recording, Release, Track
from obbligato.catalog.planning import plan_of
from obbligato.catalog.tagging import tags_of
from obbligato.kernel import clock
from obbligato.kernel.refusals import Refused
from obbligato.rights.models import Licence, SplitSheet
from obbligato.sales import checkout
from obbligato.sales.editing import drafting, issuing
from obbligato.sales.editing.checking import checked, would_change
from obbligato.sales.editing.drafting import ChangedMeanwhile, NoDraft
from obbligato.sales.editing.issuing import EditionMeanwhile, NotReady
from obbligato.sales.editing.models import Draft
from obbligato.sales.editing.written import Group, WrittenRights, WrittenShare
from obbligato.sales.models import Purchase, Tariff
from obbligato.sales.owning import owned_by
from tests import makers
from tests.backoffice.goods import an_order
from tests.sales.editing.makers import a_draft, reprice, reterm, rewrite, rewrite_line

pytestmark = pytest.mark.django_db


def issue(release: Release, by: str = "dana") -> publishing.Publication:
    return issuing.issue(release, seen=drafting.draft_of(release).version, by=by)


def sentences(release: Release) -> dict[str, str]:
    return {one.field: one.sentence for one in checked(drafting.draft_of(release)).problems}


def test_a_draft_that_nobody_changed_makes_no_new_edition() -> None:
    release = makers.a_release()
    draft = a_draft(release)
    assert would_change(draft, checked(draft)) == []
    publication = issue(release)
    assert not publication.is_new_edition
    assert Edition.objects.count() == 1
    assert Tariff.objects.count() == 1
    assert Licence.objects.count() == SplitSheet.objects.count() == 3
    assert not Draft.objects.exists()


def test_all_that_an_edition_says_can_be_changed() -> None:
    release = makers.a_release()
    rewrite(
        release, title="Four", artist="Ada", label="Other Label", upc="036000291452", date="1913-05", genres=("Jazz",),
        description="New.", copyright="2026 Ada",
    )  # fmt: skip
    rewrite_line(release, 1, title="Air", artist="Ada and Ben", isrc="FR-X87-24-00001", composer="Ben", lyrics="La la.")
    publication = issue(release)
    edition = Edition.objects.get(number=2)
    assert publication.edition == edition
    assert edition.made_by == "dana"
    release.refresh_from_db()
    assert (release.artist.name, release.label.name, release.key) == ("Ada", "Other Label", "upc:0036000291452")
    content = content_of(edition)
    assert (content.title, content.artist, content.label, content.date) == ("Four", "Ada", "Other Label", "1913-05")
    assert (content.genres, content.description, content.copyright) == (("Jazz",), "New.", "2026 Ada")
    track = edition.tracks.get(position=1)
    tags = tags_of(track)
    assert (tags.title, tags.artists, tags.isrc) == ("Air", ("Ada and Ben",), "FRX872400001")
    assert (tags.composer, tags.lyrics, tags.album, tags.upc) == ("Ben", "La la.", "Four", "0036000291452")
    assert track.tag_bytes["mp3"] > 0
    assert Edition.objects.get(number=1).title == "Three Small Pieces"


def test_tracks_are_reordered_left_out_and_added() -> None:
    release, other = makers.a_release(tracks=2), makers.a_release("Another", tracks=3, upc="")
    lines = a_draft(release).content.lines
    third = Track.objects.get(edition=other.edition, position=3)
    third.tags["musicbrainz"] = {"musicbrainz_albumid": "x", "musicbrainz_trackid": "y"}
    third.save()
    rewrite(release, lines=(replace(line_of(third), position=1), replace(lines[0], position=2)))
    edition = issue(release).edition
    assert [track.title for track in edition.tracks.order_by("position")] == ["Piece 3", "Piece 1"]
    added = edition.tracks.get(position=1)
    assert added.recording == third.recording
    assert added.tags["musicbrainz"] == {"musicbrainz_trackid": "y"}
    assert (added.tags["album"], added.tags["track_total"]) == ("Three Small Pieces", 2)


def test_terms_are_published_with_the_edition() -> None:
    release = makers.a_release()
    reprice(release, kind="one_price", track="0.99", album_maximum="2.50", takes_more=True)
    keys = [line.key for line in a_draft(release).content.lines]
    rights = WrittenRights(
        "licensed", "By letter.", "fr; DE", "2026-01-01", "2030-01-01",
        (WrittenShare("Ada", "performer", "66,67"), WrittenShare("Ben", "", "33.33")),
    )  # fmt: skip
    reterm(release, lambda terms: replace(terms, preview="full", groups=(Group((keys[0],), rights),)))
    draft = a_draft(release)
    told = {(one.what, one.new) for one in would_change(draft, checked(draft))}
    assert ("Price", "0.99 a track in all formats, at most 2.50 for the release; buyers may give more") in told
    assert ("Previews", "Whole tracks, at a low bitrate") in told
    assert ("Shares of 1.1 “Piece 1”", "Ada, performer: 66,67 %\nBen, : 33.33 %") in told
    assert not issue(release).is_new_edition
    release.refresh_from_db()
    rates = release.tariffs.first()
    assert rates is not None
    assert rates.rates.is_one_price
    assert (rates.track_minimum_micro, rates.album_maximum_micro, rates.takes_more) == (990_000, 2_500_000, True)
    assert release.preview == "full"
    track = Track.objects.get(edition=release.edition, position=1)
    licence = Licence.objects.get(recording=track.recording, replaced_at__isnull=True)
    assert (licence.basis, licence.territories, licence.declared_by) == ("licensed", ["FR", "DE"], "dana")
    sheet = track.recording.split_sheets.first()
    assert sheet is not None
    assert [(one.party.name, one.role, one.basis_points) for one in sheet.shares.order_by("pk")] == [
        ("Ada", "performer", 6667), ("Ben", "rights-holder", 3333),
    ]  # fmt: skip
    others = Licence.objects.filter(replaced_at__isnull=True).exclude(recording=track.recording)
    assert {one.basis for one in others} == {"own"}


def test_a_release_without_terms_is_published_as_a_draft_is_imported() -> None:
    release = makers.a_release(has_licence=False, tracks=1)
    Tariff.objects.all().delete()
    SplitSheet.objects.get().shares.all().delete()
    SplitSheet.objects.all().delete()
    rewrite(release, title="New")
    issue(release)
    assert Tariff.objects.get().per_megabyte_micro == 30_000
    assert SplitSheet.objects.get().shares.get().party.name == "Test Label"
    assert not Licence.objects.exists()


def test_a_free_release_is_free() -> None:
    release = makers.a_release(tracks=1)
    reprice(release, kind="free")
    issue(release)
    tariff = release.tariffs.first()
    assert tariff is not None
    assert (tariff.per_megabyte_micro, tariff.track_minimum_micro, tariff.takes_more) == (0, 0, False)
    assert a_draft(release).terms.price.kind == "free"


def test_terms_that_others_changed_meanwhile_are_not_put_back() -> None:
    release = makers.a_release(tracks=1)
    rewrite(release, title="New")
    Tariff.objects.create(release=release, currency="EUR", per_megabyte_micro=90_000, valid_from=clock.now())
    Release.objects.update(preview="none")
    issue(release)
    release.refresh_from_db()
    tariff = release.tariffs.first()
    assert tariff is not None
    assert tariff.per_megabyte_micro == 90_000
    assert release.preview == "none"


def test_who_bought_an_edition_keeps_it_and_owns_its_sound_in_the_next() -> None:
    release, alice = makers.a_release(tracks=1), makers.alice("5")
    order = an_order(alice, release)
    checkout.pay(order)
    rewrite_line(release, 1, title="Air", isrc="FRX872400001")
    issue(release)
    release.refresh_from_db()
    bought = Purchase.objects.get().track
    assert (bought.edition.number, bought.title) == (1, "Piece 1")
    renamed = Track.objects.get(edition=release.edition)
    assert renamed.pk in owned_by(alice, [renamed])
    assert Recording.objects.get().key == "isrc:FRX872400001"


def test_a_folder_without_the_isrc_stays_the_same_recording() -> None:
    release = makers.a_release(tracks=1)
    rewrite_line(release, 1, title="Air", isrc="FRX872400001")
    issue(release)
    makers.a_release(tracks=1)
    release.refresh_from_db()
    assert Edition.objects.count() == 3
    assert Recording.objects.get().isrc == "FRX872400001"


def test_a_folder_that_says_no_upc_is_found_by_artist_and_title_after_the_release_got_one() -> None:
    release = makers.a_release(tracks=1, upc="")
    rewrite(release, upc="036000291452")
    issue(release)
    makers.a_release(tracks=1, upc="")
    assert Release.objects.count() == 1
    rewrite(release, title="Another")
    issue(release)
    makers.a_release("Another", tracks=1, upc="")
    assert Release.objects.count() == 1
    release.refresh_from_db()
    assert release.edition is not None
    plan = plan_of(content_of(release.edition), release=release)
    assert publishing.find(replace(plan, upc="")) == release
    assert publishing.find(replace(plan, upc="4006381333931")) is None


def test_a_recording_of_other_releases_keeps_the_isrc_it_has_there() -> None:
    release = makers.a_release(tracks=1)
    makers.a_release("Another", tracks=1, upc="")
    rewrite_line(release, 1, isrc="FRX872400001")
    issue(release)
    assert sorted(Recording.objects.values_list("isrc", flat=True)) == ["", "FRX872400001"]
    licences = Licence.objects.filter(replaced_at__isnull=True)
    assert licences.count() == 2, "what is written of a line holds for the recording it becomes"


def test_an_isrc_can_be_taken_away_again() -> None:
    release = makers.a_release(tracks=1)
    rewrite_line(release, 1, isrc="FRX872400001")
    issue(release)
    rewrite_line(release, 1, isrc="")
    issue(release)
    release.refresh_from_db()
    assert Track.objects.get(edition=release.edition).tags["isrc"] == ""
    assert Recording.objects.count() == 1


def test_an_import_meanwhile_is_not_written_over() -> None:
    release = makers.a_release()
    draft = rewrite(release, title="Mine", description="Mine.")
    makers.a_release(tracks=2)
    with pytest.raises(EditionMeanwhile, match="Edition 2 was published by tests since"):
        issue(release)
    assert Draft.objects.get().is_behind
    draft = drafting.catch_up(release, seen=draft.version, by="dana")
    assert draft.changed_by == "dana"
    assert not draft.is_behind
    assert drafting.catch_up(release, seen=draft.version, by="dana").version == draft.version
    edition = issue(release).edition
    assert (edition.number, edition.title, edition.tracks.count()) == (3, "Mine", 2)


def test_two_people_do_not_write_over_each_other() -> None:
    release = makers.a_release(tracks=1)
    draft = a_draft(release)
    with clock.stopped(datetime(2026, 3, 1, 18, 0, tzinfo=UTC)):
        rewrite(release, by="bob", title="Bob's")
    with pytest.raises(ChangedMeanwhile, match="bob changed this draft on 1 March 2026, 18:00 UTC, after you opened"):
        drafting.change(release, seen=draft.version, by="dana", content=replace(draft.content, title="Dana's"))
    with pytest.raises(ChangedMeanwhile):
        issuing.issue(release, seen=draft.version, by="dana")
    with pytest.raises(ChangedMeanwhile):
        drafting.discard(release, seen=draft.version)
    now = drafting.draft_of(release)
    assert now.content.title == "Bob's"
    before = drafting.version_of(now, draft.version)
    assert before is not None
    assert before[0].title == "Three Small Pieces"
    assert drafting.version_of(now, now.version) == (now.content, now.terms)
    assert drafting.version_of(now, 77) is None
    assert str(now.earlier.get()) == "version 1 of draft of Three Small Pieces"


def test_saving_what_is_there_already_changes_nothing() -> None:
    release = makers.a_release(tracks=1)
    draft = a_draft(release)
    assert drafting.change(release, seen=1, by="bob", content=draft.content).version == 1
    assert a_draft(release, by="bob").opened_by == "dana"


def test_a_discarded_draft_leaves_nothing() -> None:
    release = makers.a_release(tracks=1)
    draft = rewrite(release, title="New")
    drafting.discard(release, seen=draft.version)
    with pytest.raises(NoDraft):
        drafting.draft_of(release)
    with pytest.raises(NoDraft):
        drafting.change(release, seen=draft.version, by="dana")
    assert Edition.objects.count() == 1


def test_a_release_without_an_edition_has_no_draft() -> None:
    release = makers.a_release(tracks=1)
    Release.objects.update(edition=None)
    with pytest.raises(Refused, match="no edition yet"):
        a_draft(release)


def test_nothing_of_a_draft_with_problems_is_published() -> None:
    release = makers.a_release()
    rewrite(release, title="", upc="4006381333932")
    with pytest.raises(NotReady, match=r"A release needs a title. And 1 more"):
        issue(release)
    rewrite(release, title="New")
    with pytest.raises(NotReady, match=r"check digit is wrong\.$"):
        issue(release)
    assert Edition.objects.count() == 1


def test_a_publication_that_breaks_leaves_all_as_it_was() -> None:
    release = makers.a_release(tracks=1)
    rewrite(release, title="New")
    Picture.objects.get().file("tag").unlink()  # Its tags cannot be counted now.
    with pytest.raises(FileNotFoundError):
        issue(release)
    assert Edition.objects.count() == 1
    assert drafting.draft_of(release).content.title == "New"


def test_a_plan_of_an_edition_is_that_edition() -> None:
    release = makers.a_release()
    assert release.edition is not None
    plan = plan_of(content_of(release.edition), release=release)
    cover = release.edition.cover
    again = publishing.publish(plan, cover=cover, booklet=None, by="dana", release=release)
    assert not again.is_new_edition
