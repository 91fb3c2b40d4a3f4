"""A notice is receipted, known again, split by supplier, and asked for what is missing; it closes nothing."""

from datetime import date, timedelta
from typing import Any

import pytest
from django.core import mail
from django.db import connection
from django.test.utils import CaptureQueriesContext

from obbligato.catalog.models import Label, Recording
from obbligato.catalog.restrictions.models import Restriction
from obbligato.claims import due, hearing, misuse, receiving, telling, wording
from obbligato.claims.documents import BadDocument, Sent, content_of
from obbligato.claims.elements import elements_of, missing_of
from obbligato.claims.models import Claim, ClaimMail, Policy, TrustedFlagger
from obbligato.claims.notices import BadNotice, Notice, lines_of, refuse_bad, territories_of
from obbligato.kernel import clock
from obbligato.kernel.kept_files import LostFile, path_of
from obbligato.rights import licences
from obbligato.rights.escrow.models import HeldRecording, Holding
from obbligato.rights.licences import LicenceTerms
from obbligato.transparency.models import Announcement, Sealed
from tests.claims.makers import (
    MANDATE,
    MONDAY,
    PDF,
    a_notice,
    a_supplier,
    about,
    in_the_us,
    large,
    received,
    recordings_of,
)
from tests.storefront.makers import a_silent_release

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("on_monday")]


def test_a_complete_notice_is_queued_receipted_and_holds_shares_and_nothing_else() -> None:
    release = a_silent_release()
    claim = about(release)
    assert (claim.regime_name, claim.state, claim.standing) == ("eu_dsa", "queued", "asserted")
    assert claim.number.startswith("C-")
    assert claim.notice_number == claim.number == str(claim)
    assert set(HeldRecording.objects.values_list("recording_id", flat=True)) == set(recordings_of(release))
    assert not Restriction.objects.exists()
    assert telling.tell_due(10) == 1
    assert claim.get_absolute_url() in mail.outbox[0].body
    assert mail.outbox[0].subject == f"Your notice has arrived: {claim.number}"
    kinds = list(Announcement.objects.order_by("pk").values_list("kind", flat=True))
    assert kinds == ["claim.received", "claim.accept"]
    assert not any("carol@example.org" in bytes(one.leaf).decode() for one in Announcement.objects.all())
    assert Sealed.objects.filter(value="carol@example.org").exists()


@pytest.mark.parametrize("law", ["us_512", "eu_dsa"])
def test_each_element_that_is_missing_is_said_by_itself(law: str) -> None:
    whole = a_notice("/releases/x", asks_for_us=True)
    assert missing_of(law, whole, 1) == []
    lacking = {
        "512(c)(3)(A)(i)": {"signature": ""},
        "512(c)(3)(A)(ii)": {"work": ""},
        "512(c)(3)(A)(iv)": {"address": ""},
        "512(c)(3)(A)(v)": {"is_in_good_faith": False},
        "512(c)(3)(A)(vi)": {"is_accurate": False},
        "16(2)(a)": {"explanation": "No."},
        "16(2)(c)": {"mail": ""},
        "16(2)(d)": {"is_accurate": False},
    }
    for code in (one.code for one in elements_of(law, whole, 1)):
        if code in lacking:
            found = missing_of(law, a_notice("/releases/x", **lacking[code]), 1)
        else:
            found = missing_of(law, whole, 0)
        assert [one.code for one in found] == [code]
        assert str(found[0].sentence).endswith(".")


def test_under_512_one_who_says_what_and_where_is_asked_for_the_rest_and_another_is_refused_with_reasons() -> None:
    in_the_us()
    release = a_silent_release()
    asked = about(release, asks_for_us=True, signature="")
    assert (asked.state, asked.deadline) == ("incomplete", MONDAY + timedelta(days=10))
    refused = about(release, asks_for_us=True, work="", signature="")
    assert refused.state == "refused"
    last = refused.steps.last()
    assert last is not None
    assert "The signature" in last.reason
    assert "which work" in last.reason
    assert not Holding.objects.exists()


@pytest.mark.parametrize(
    ("how", "state"),
    [
        ({"address": ""}, "incomplete"),
        ({"mail": "", "signature": ""}, "incomplete"),
        ({"address": "", "mail": ""}, "refused"),
    ],
)
def test_under_512_whoever_can_be_reached_is_asked_how_else(how: dict[str, str], state: str) -> None:
    in_the_us()
    assert about(a_silent_release(), asks_for_us=True, **how).state == state


def test_what_was_missing_is_added_and_the_claim_goes_on() -> None:
    release = a_silent_release()
    claim = received(a_notice("everything by The Small Hours", explanation=""))
    assert claim.state == "incomplete"
    assert len(hearing.missing(claim)) == 2
    hearing.add(claim, hearing.Added({"explanation": "I wrote and recorded all of it myself."}))
    claim.refresh_from_db()
    assert claim.state == "incomplete"
    hearing.add(claim, hearing.Added({}, (f"/releases/{release.slug}#2",)))
    claim.refresh_from_db()
    assert claim.state == "queued"
    assert HeldRecording.objects.count() == 1
    with pytest.raises(Exception, match="words stand as they are"):
        hearing.add(claim, hearing.Added({"work": "Another"}))


def test_what_does_not_come_within_ten_days_is_refused_by_the_clock_with_its_reasons() -> None:
    claim = received(a_notice("nowhere"))
    clock.advance(timedelta(days=9, hours=23))
    assert due.move_due(10) == 0
    clock.advance(timedelta(hours=1))
    assert due.move_due(10) == 1
    claim.refresh_from_db()
    assert claim.state == "refused"
    assert claim.has_ended
    telling.tell_due(10)
    assert "None of the places" in mail.outbox[-1].body


def test_the_same_notice_again_is_the_same_claim_until_it_was_taken_back() -> None:
    release = a_silent_release()
    places = (f"/releases/{release.slug}", f"/releases/{release.slug}#1")
    first = received(a_notice(*places))
    again = receiving.receive(a_notice(*reversed(places), mail="CAROL@example.org"), channel="api", origin="n")
    assert (again.is_new, again.claims) == (False, [first])
    hearing.retract(first)
    first.refresh_from_db()
    assert first.state == "retracted"
    assert not Holding.objects.filter(ended_at__isnull=True).exists()
    assert received(a_notice(*places)).pk != first.pk
    with pytest.raises(Exception, match="cannot be done now"):
        hearing.retract(first)


def test_a_flood_from_one_network_is_stopped_and_others_are_heard() -> None:
    release = a_silent_release()
    for number in range(receiving.MOST_AN_HOUR):
        receiving.receive(Notice(name=f"n{number}", locators=("x",)), channel="form", origin="network 1")
    with pytest.raises(receiving.TooManyNotices, match="One notice can name 5000 places"):
        receiving.receive(Notice(name="one more"), channel="form", origin="network 1")
    assert about(release).state == "queued"


def test_one_notice_can_name_five_thousand_places() -> None:
    release = a_silent_release()
    places = [f"http://localhost:8000/releases/{release.slug}?n={number}" for number in range(5_000)]
    with CaptureQueriesContext(connection) as asked:
        claim = received(a_notice(*places))
    assert claim.targets.count() == 5_000
    assert len(asked) < 100
    with pytest.raises(BadNotice, match="5000 places"):
        received(a_notice(*places, "one more"))


def test_one_notice_about_several_suppliers_is_a_claim_for_each_and_lost_places_go_with_the_first() -> None:
    ours, theirs = a_silent_release(), a_silent_release(title="Other")
    theirs.label = Label.objects.create(name="Loud Label", slug="loud")
    theirs.save()
    notice = a_notice(
        f"/releases/{ours.slug}", f"/releases/{theirs.slug}", "nowhere", "http://elsewhere.example/releases/x"
    )
    made = receiving.receive(notice, channel="form", origin="n").claims
    assert [(one.label, one.targets.count(), one.part) for one in made] == [(ours.label, 3, 0), (theirs.label, 1, 1)]
    assert {one.notice_number for one in made} == {made[0].number}
    assert ClaimMail.objects.count() == 1


def test_a_place_is_an_address_an_isrc_or_a_barcode() -> None:
    release = a_silent_release(tracks=2)
    assert release.edition is not None
    release.edition.upc = "4006381333931"
    release.edition.save()
    recording = Recording.objects.filter(tracks__edition=release.edition).earliest("pk")
    recording.isrc = "FRZ012600001"
    recording.save()
    claim = received(
        a_notice(
            "FR-Z01-26-00001", "4006381333931", f"/releases/{release.slug}#2", f"/releases/{release.slug}#9", "http://["
        )
    )
    found = [(one.release_id is not None, one.recording_id is not None, one.is_located) for one in claim.targets.all()]
    assert found[:3] == [(False, True, True), (True, False, True), (True, True, True)]
    assert {one[2] for one in found[3:]} == {False}


def test_what_is_licensed_to_the_store_goes_to_its_licensor_and_a_512_notice_is_told_why() -> None:
    in_the_us()
    release = a_silent_release()
    for recording in Recording.objects.all():
        terms = LicenceTerms("licensed", "A contract.", ("WORLD",), date(2020, 1, 1))
        licences.declare(recording, terms, by="bob")
    claim = about(release, asks_for_us=True)
    assert (claim.regime_name, claim.state, claim.is_hosted) == ("court_only", "forwarded", False)
    telling.tell_due(10)
    assert "sold by the store itself under a licence" in mail.outbox[-1].body


@pytest.mark.parametrize(
    ("changed", "sent", "standing"),
    [
        ({"role": "owner"}, (), "asserted"),
        ({"role": "agent", "on_behalf_of": "Ada"}, (), "none"),
        ({"role": "agent", "on_behalf_of": "Ada"}, (MANDATE,), "asserted"),
        ({"role": "agent"}, (MANDATE,), "none"),
        ({"role": "third_party"}, (MANDATE,), "none"),
        ({"role": "trusted_flagger"}, (), "none"),
        ({"role": "authority"}, (), "none"),
    ],
)
def test_standing_is_asserted_at_best_and_without_it_nothing_waits(
    changed: dict[str, str], sent: tuple[Sent, ...], standing: str
) -> None:
    claim = received(a_notice(f"/releases/{a_silent_release().slug}", **changed), sent=sent)
    assert claim.standing == standing
    assert Holding.objects.exists() == (standing != "none")


def test_an_agents_mandate_that_comes_later_gives_her_standing() -> None:
    claim = about(a_silent_release(), role="agent", on_behalf_of="Ada")
    assert claim.deadline is None
    hearing.add(claim, hearing.Added({}, (), [MANDATE]))
    claim.refresh_from_db()
    assert claim.standing == "asserted"
    assert claim.deadline is not None
    assert Holding.objects.filter(ended_at__isnull=True).exists()


def test_a_trusted_flagger_is_known_by_her_domain_until_her_day() -> None:
    release = a_silent_release()
    TrustedFlagger.objects.create(name="Flag", domain="flag.example", awarded_by="DSC", until=date(2026, 12, 1))
    claim = about(release, role="trusted_flagger", mail="x@Flag.example")
    assert (claim.is_trusted, claim.standing) == (True, "asserted")
    assert str(TrustedFlagger.objects.get()) == "Flag"
    clock.advance(timedelta(days=60))
    assert not about(release, role="trusted_flagger", mail="y@flag.example").is_trusted


def test_a_list_of_buyers_is_refused_with_a_sentence() -> None:
    claim = about(a_silent_release(), explanation="Stop this and send me the names of all buyers at once.")
    assert "told to nobody" in (claim.steps.get(act="no_buyers").reason)


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"<html><script>", "must be a PDF"),
        (b"<?xml version='1.0'?><svg/>", "must be a PDF"),
        (b"PK\x03\x04 a zip", "must be a PDF"),
        (b"MZ\x00\x00", "must be a PDF"),
        (b"\xff\xfe\xfd", "must be a PDF"),
        (b"  ", "must be a PDF"),
        (b"%PDF-" + b"x" * 2_000_000, "can have 2 MB"),
    ],
)
def test_documents_are_papers_and_pictures_and_nothing_that_runs(content: bytes, sentence: str) -> None:
    with pytest.raises(BadDocument, match=sentence):
        received(a_notice("x"), sent=(Sent("a.pdf", content),))
    assert not Claim.objects.exists()


def test_a_document_is_kept_under_a_plain_name_and_only_once_and_ten_at_most() -> None:
    sent = Sent("../../<b>evil</b>.pdf", PDF)
    claim = received(a_notice("x"), sent=(sent, sent, Sent("", b"Plain words.")))
    assert [(one.kind, content_of(one)) for one in claim.documents.order_by("pk")] == [
        ("pdf", PDF),
        ("txt", b"Plain words."),
    ]
    kept = claim.documents.earliest("pk")
    assert "/" not in kept.name
    assert "<" not in str(kept)
    with pytest.raises(BadDocument, match="10 documents"):
        hearing.add(claim, hearing.Added({}, (), [Sent("a", b"a%d" % n) for n in range(9)]))
    for _ in range(2):  # Once in the log as well, however often it is sent.
        hearing.add(claim, hearing.Added({}, (), [Sent("b.txt", b"Other words.")]))
    assert claim.steps.filter(act="document").count() == 1
    path_of("claims", kept.sha256).write_bytes(PDF + b" and more")
    with pytest.raises(LostFile, match="was altered"):
        content_of(kept)
    kept.sha256 = "0" * 64
    with pytest.raises(LostFile, match="any more"):
        content_of(kept)


@pytest.mark.parametrize(
    ("changed", "sentence"),
    [
        ({"name": "x" * 201}, "200 characters"),
        ({"explanation": "x" * 10_001}, "10000 characters"),
        ({"locators": ("x" * 501,)}, "500 characters"),
        ({"territories": ("QQ",)}, "is not a country"),
        ({"role": "king"}, "choose one"),
        ({"mail": "nobody"}, "not an e-mail address"),
    ],
)
def test_what_cannot_be_taken_is_refused_with_a_sentence(changed: dict[str, object], sentence: str) -> None:
    with pytest.raises(BadNotice, match=sentence):
        received(a_notice("x", **changed))


def test_lines_and_codes_are_read_as_people_write_them() -> None:
    assert lines_of(" a \n\nb\na") == ("a", "b")
    assert territories_of("de, at ") == ("AT", "DE")
    assert territories_of("") == territories_of(" , ") == ("WORLD",)
    for written in ("Германия", "?", "D-E"):
        with pytest.raises(BadNotice, match="not a country"):
            refuse_bad(a_notice("/", territories=territories_of(written)))


def test_whoever_sends_unfounded_notices_is_warned_then_paused_for_a_time() -> None:
    words = {"gravity": "None of them was near.", "intent": "Told twice.", "by": "dana"}
    with pytest.raises(misuse.NotWarned, match="larger stores"):
        misuse.warn("carol@example.org", **words)
    large()
    with pytest.raises(misuse.NotWarned, match="not warned yet"):
        misuse.suspend("carol@example.org", days=30, **words)
    with pytest.raises(misuse.BadPause, match="how grave"):
        misuse.warn("carol@example.org", gravity="", intent="x", by="dana")
    with pytest.raises(misuse.BadPause, match="180 days"):
        misuse.suspend("carol@example.org", days=900, **words)
    received(a_notice("nowhere"))
    clock.advance(timedelta(days=11))
    due.move_due(5)
    warning = misuse.warn("Carol@example.org", **words)
    assert (warning.number, warning.share_per_mille, str(warning)) == (1, 1_000, "warning of carol@example.org")
    assert str(misuse.suspend("carol@example.org", days=30, **words)).startswith("pause")
    with pytest.raises(misuse.Suspended, match="Courts stay open"):
        received(a_notice("nowhere"))
    nameless = received(a_notice("nowhere", mail=""))
    with pytest.raises(misuse.Suspended):
        hearing.add(nameless, hearing.Added({"mail": "carol@example.org"}))
    clock.advance(timedelta(days=31))
    assert received(a_notice("nowhere")).state == "incomplete"


def test_the_same_notice_twice_at_the_same_moment_is_one_claim() -> None:
    notice = a_notice("nowhere")
    to_come, seen = [notice], []

    def come_first(execute: Any, sql: str, *rest: Any) -> Any:
        found = execute(sql, *rest)
        if sql.startswith("SELECT") and "digest" in sql and to_come:
            seen.append(received(to_come.pop()))
        return found

    with connection.execute_wrapper(come_first):
        found = receiving.receive(notice, channel="form", origin="network other")
    assert (found.claims, found.is_new) == (seen, False)
    assert Claim.objects.count() == 1


def test_a_claim_that_moved_in_between_is_left_alone_and_rows_say_what_they_are() -> None:
    release = a_silent_release()
    claim = about(release)
    assert due._moved(claim)
    assert not due._moved(claim)
    large()
    assert str(Policy.objects.get()) == "policy of 2026-11-02"
    assert str(a_supplier(release)) == "bob@label.example of Quiet Label"
    assert str(claim.targets.get()) == f"/releases/{release.slug}"
    assert str(claim.steps.earliest("pk")) == f"{claim}: accept"
    assert wording.timeline(claim, has_reasons=False)[0].words == "The notice is complete."


def test_what_was_recorded_of_a_claim_is_told_in_the_readers_language_or_as_it_was_written() -> None:
    claim = about(a_silent_release(), explanation="Stop this and send me the names of all buyers at once.")
    hearing.add(claim, hearing.Added({}, (), [MANDATE]))
    told = {one.words: one.reason for one in wording.timeline(claim)}
    assert "told to nobody" in told["It was asked who bought something, and refused."]
    assert told["A document was added."] == ""
