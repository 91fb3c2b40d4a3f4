"""An order changes exactly its scope, not before two people and its force say so; each end recomputes the union."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction

from obbligato.catalog.models import Recording, Track
from obbligato.catalog.restrictions import in_effect
from obbligato.catalog.restrictions.models import Effect, Restriction
from obbligato.claims.orders import expiring, forcing, in_force, naming, saying, serving, verifying
from obbligato.claims.orders.models import FOLDER, CourtOrder, OrderLetter, OrderStep, Paper
from obbligato.claims.orders.serving import BadPaper, Document, NotToBeAmended, ServedAlready
from obbligato.claims.orders.verifying import Answer, NotOpen, NotVerifiable
from obbligato.kernel import clock
from obbligato.kernel.kept_files import LostFile, path_of
from obbligato.payments.two_people import SecondPersonNeeded
from obbligato.transparency.models import Announcement
from tests.catalog.restrictions.makers import some_recordings
from tests.claims.orders.makers import NOON, a_document, amendment, lifting, said, served, verified
from tests.makers import a_release

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)
SENTENCE = "By order of the Regional Court of Anywhere (case 16 O 12/26) this is not available where you are."


def refused(recordings: list[int], territory: str = "DE", effect: Effect = Effect.SELL) -> dict[int, str]:
    return in_effect.refusals(recordings, territory=territory, effect=effect)


def state_of(paper: Paper) -> str:
    return CourtOrder.objects.get(pk=paper.order_id).state


class TestTakingEffect:
    def test_an_order_in_force_takes_effect_when_a_second_person_has_verified_it(self) -> None:
        one, other = some_recordings(2)
        with clock.stopped(NOON):
            paper = served([one])
            assert (state_of(paper), refused([one])) == ("received", {})
            verifying.verify(paper, by="bob", why="I called the registry.")
            assert state_of(paper) == "effective"
            assert refused([one, other]) == {one: SENTENCE}
            assert refused([one], "AT") == refused([one], effect=Effect.PREVIEW) == {}
        kinds = list(OrderStep.objects.order_by("pk").values_list("kind", "by"))
        assert kinds == [("served", "dana"), ("verified", "bob"), ("effective", "bob")]
        said_publicly = list(Announcement.objects.order_by("pk").values_list("kind", flat=True))
        assert said_publicly == ["order.received", "order.verified", "order.in_effect"]

    def test_who_recorded_it_cannot_verify_it(self) -> None:
        paper = served(some_recordings(1))
        with pytest.raises(SecondPersonNeeded):
            verifying.verify(paper, by="dana", why="It is mine.")
        with pytest.raises(IntegrityError), transaction.atomic():
            Paper.objects.update(verified_by="dana", verified_at=NOON)
        assert not Restriction.objects.exists()

    def test_two_people_are_enough_where_who_recorded_it_notes_the_answer(self) -> None:
        (one,) = some_recordings(1)
        paper, answer = served([one], legal_basis=""), Answer("§ 97 UrhG", "en", is_signed=True)
        verifying.complete(paper, answer, by="bob", why="The registry called.")
        verifying.complete(paper, answer, by="dana", why="They called me, too.")
        verifying.verify(paper, by="bob", why="I called the registry.")
        assert set(refused([one])) == {one}

    def test_one_that_is_not_in_force_waits_and_changes_nothing(self) -> None:
        (one,) = some_recordings(1)
        with clock.stopped(NOON):
            paper = verified([one], force=Paper.Force.NONE, force_since=None)
            assert (state_of(paper), refused([one])) == ("waiting", {})
            clock.advance(HOUR)
            with pytest.raises(forcing.NotInForceThen):
                forcing.note_force(paper, Paper.Force.FULL, since=NOON - HOUR, by="bob", why="The clerk said so.")
            forcing.note_force(paper, Paper.Force.PROVISIONAL, since=NOON + HOUR, by="bob", why="Security was given.")
            assert (state_of(paper), refused([one])) == ("effective", {one: SENTENCE})
            with pytest.raises(forcing.NotWaiting):
                forcing.note_force(paper, Paper.Force.FULL, since=NOON, by="bob", why="Again.")
        restriction = Restriction.objects.get()
        assert restriction.decided_at == restriction.starts_at == NOON + HOUR

    def test_the_database_itself_lets_nothing_take_effect_that_is_not_in_force_or_verified(self) -> None:
        served(some_recordings(1))
        for wrong in (
            {"applied_at": NOON},
            {"applied_at": NOON, "verified_at": NOON, "verified_by": "x", "force": "none"},
        ):
            with pytest.raises(IntegrityError), transaction.atomic():
                Paper.objects.update(**wrong)

    def test_it_may_begin_later_and_is_over_by_itself(self) -> None:
        (one,) = some_recordings(1)
        with clock.stopped(NOON):
            paper = verified([one], starts_at=NOON + HOUR, ends_at=NOON + 2 * HOUR)
            assert refused([one]) == {}
            clock.advance(HOUR)
            assert refused([one]) == {one: SENTENCE}
            assert expiring.expire_due(10) == 0
            clock.advance(HOUR)
            assert (refused([one]), in_force.orders_in_force()) == ({}, [])
            assert (expiring.expire_due(10), expiring.expire_due(10), state_of(paper)) == (1, 0, "expired")
            with pytest.raises(NotToBeAmended):
                lifting(paper.order)

    def test_one_whose_time_is_over_before_it_is_in_force_closes_nothing(self) -> None:
        (one,) = some_recordings(1)
        with clock.stopped(NOON):
            paper = verified([one], force=Paper.Force.NONE, force_since=None, ends_at=NOON + HOUR)
            clock.advance(HOUR)
            forcing.note_force(paper, Paper.Force.FULL, since=NOON, by="bob", why="The clerk said so.")
            assert state_of(paper) == "expired"
        assert not Restriction.objects.exists()


class TestChanging:
    def test_an_amendment_takes_the_place_of_the_scope_at_one_moment(self) -> None:
        one, other = some_recordings(2)
        with clock.stopped(NOON):
            order = verified([one]).order
            clock.advance(HOUR)
            paper = amendment(order, [other], territories=("DE", "AT"), effects=(Effect.SELL, Effect.SEARCH))
            assert refused([one, other]) == {one: SENTENCE}
            verifying.verify(paper, by="bob", why="Same seal.")
            assert refused([one, other]) == {other: SENTENCE}
            assert refused([other], "AT", Effect.SEARCH) == {other: SENTENCE}
        first, second = Restriction.objects.order_by("pk")
        assert first.lifted_at == second.starts_at == NOON + HOUR
        assert state_of(paper) == "effective"
        assert OrderStep.objects.filter(kind="amended").count() == 1

    def test_lifting_opens_what_no_other_order_closes(self) -> None:
        one, other = some_recordings(2)
        with clock.stopped(NOON):
            order = verified([one, other]).order
            verified([other])
            clock.advance(HOUR)
            paper = lifting(order)
            assert (
                saying.difference_of(paper)
                == "It opens 1 of 2 recordings that this order closes. 1 stay closed by others."
            )
            assert saying.scope_of(paper) == "It ends what the order closes."
            verifying.verify(paper, by="bob", why="I called.")
            assert set(refused([one, other])) == {other}
            assert state_of(paper) == "lifted"
            with pytest.raises(NotToBeAmended):
                amendment(order, [one])

    def test_a_lifting_that_is_not_in_force_changes_nothing_until_it_is(self) -> None:
        (one,) = some_recordings(1)
        with clock.stopped(NOON):
            order = verified([one]).order
            paper = verifying.verify(lifting(order, force=Paper.Force.NONE, force_since=None), by="bob", why="Called.")
            assert (state_of(paper), set(refused([one]))) == ("effective", {one})
            forcing.note_force(paper, Paper.Force.FULL, since=NOON, by="bob", why="The clerk said so.")
            assert (state_of(paper), refused([one])) == ("lifted", {})

    def test_an_older_paper_never_takes_the_place_of_a_later_one(self) -> None:
        one, other = some_recordings(2)
        with clock.stopped(NOON):
            first = verified([one], force=Paper.Force.NONE, force_since=None)
            verifying.verify(amendment(first.order, [other]), by="bob", why="Called.")
            with pytest.raises(forcing.NotWaiting, match="later"):
                forcing.note_force(first, Paper.Force.FULL, since=NOON, by="bob", why="Late news.")
            assert set(refused([one, other])) == {other}

    def test_one_paper_after_the_other(self) -> None:
        (one,) = some_recordings(1)
        order = verified([one]).order
        lifting(order)
        with pytest.raises(NotToBeAmended, match="still waits"):
            lifting(order)

    def test_an_amendment_may_prolong_what_would_have_expired(self) -> None:
        (one,) = some_recordings(1)
        with clock.stopped(NOON):
            order = verified([one], ends_at=NOON + HOUR).order
            verifying.verify(amendment(order, [one], ends_at=NOON + 3 * HOUR), by="bob", why="Called.")
            clock.advance(2 * HOUR)
            assert expiring.expire_due(10) == 0
            assert set(refused([one])) == {one}

    def test_an_amendment_in_force_after_the_order_expired_prolongs_it_from_then_on(self) -> None:
        (one,) = some_recordings(1)
        with clock.stopped(NOON):
            order = verified([one], ends_at=NOON + HOUR).order
            paper = amendment(order, [one], ends_at=NOON + 5 * HOUR, force=Paper.Force.NONE, force_since=None)
            verifying.verify(paper, by="bob", why="Called.")
            clock.advance(2 * HOUR)
            assert expiring.expire_due(10) == 1
            assert refused([one]) == {}
            forcing.note_force(paper, Paper.Force.FULL, since=clock.now(), by="bob", why="The clerk said so.")
            assert (state_of(paper), set(refused([one]))) == ("effective", {one})
            clock.advance(3 * HOUR)
            assert (expiring.expire_due(10), refused([one]), state_of(paper)) == (1, {}, "expired")


class TestVerifying:
    @pytest.mark.parametrize(
        ("lacking", "sentence"),
        [
            ({"legal_basis": ""}, "no legal basis"),
            ({"is_signed": False}, "neither a signature"),
            ({"language": "und"}, "Nobody here can read"),
        ],
    )
    def test_what_is_missing_is_asked_first(self, lacking: dict[str, object], sentence: str) -> None:
        (one,) = some_recordings(1)
        paper = served([one], **lacking)
        with pytest.raises(NotVerifiable, match=sentence):
            verifying.verify(paper, by="bob", why="It looks good.")
        verifying.ask_issuer(paper, question="What is its legal basis?", by="bob")
        assert state_of(paper) == "queried"
        assert "What is its legal basis?" in OrderLetter.objects.get(kind="query").text
        verifying.complete(paper, Answer("§ 97 UrhG", "en", is_signed=True), by="bob", why="Their mail of today.")
        assert state_of(paper) == "received"
        with pytest.raises(SecondPersonNeeded):
            verifying.verify(paper, by="bob", why="I asked.")
        with pytest.raises(SecondPersonNeeded):
            verifying.verify(paper, by="dana", why="Bob asked.")
        verifying.verify(paper, by="erin", why="I asked the registry.")
        assert set(refused([one])) == {one}

    def test_what_is_rejected_changes_nothing_and_is_over(self) -> None:
        (one,) = some_recordings(1)
        paper = verifying.reject(served([one]), by="bob", why="The registry knows no such case.")
        assert (state_of(paper), refused([one])) == ("rejected", {})
        with pytest.raises(NotOpen):
            verifying.verify(paper, by="bob", why="After all.")

    def test_a_rejected_amendment_leaves_the_order_as_it_is(self) -> None:
        one, other = some_recordings(2)
        order = verified([one]).order
        paper = amendment(order, [other])
        verifying.ask_issuer(paper, question="Is this yours?", by="bob")
        verifying.complete(paper, Answer("§ 97 UrhG", "en", is_signed=True), by="dana", why="No.")
        verifying.reject(paper, by="bob", why="Forged.")
        assert set(refused([one, other])) == {one}
        assert state_of(paper) == "effective"

    def test_the_public_log_says_nothing_of_an_issuer_that_nobody_has_verified(self) -> None:
        served(some_recordings(1))
        (said_publicly,) = Announcement.objects.values_list("leaf", flat=True)
        assert (
            b"Regional" not in bytes(said_publicly)
            if isinstance(said_publicly, bytes)
            else "Regional" not in said_publicly
        )


class TestServing:
    @pytest.mark.parametrize(
        "wrong",
        [
            {"operative_part": " "},
            {"decided_at": NOON + HOUR, "force_since": NOON + HOUR},
            {"served_at": NOON + HOUR},
            {"force": Paper.Force.NONE},
            {"force_since": None},
            {"force_since": NOON - HOUR},
            {"recordings": ()},
            {"recordings": (987_654,)},
            {"territories": ()},
            {"territories": ("Germany",)},
            {"effects": ()},
            {"ends_at": NOON},
        ],
    )
    def test_a_paper_that_makes_no_sense_is_refused(self, wrong: dict[str, object]) -> None:
        recordings = some_recordings(1)
        with clock.stopped(NOON), pytest.raises(BadPaper):
            served(recordings, **wrong)
        assert not CourtOrder.objects.exists()

    def test_so_is_one_of_nobody_or_without_a_document(self) -> None:
        words = {"issuer": "", "issuer_kind": CourtOrder.Issuer.COURT, "case_number": "1", "by": "dana"}
        with pytest.raises(BadPaper, match="issued"):
            serving.serve(said([1]), a_document(), **words)  # type: ignore[arg-type]
        with pytest.raises(BadPaper, match="document"):
            serving.serve(said([1]), Document("x", b""), **{**words, "issuer": "A"})  # type: ignore[arg-type]

    def test_and_a_lifting_of_a_part_or_of_later(self) -> None:
        (one,) = some_recordings(1)
        order = verified([one]).order
        with pytest.raises(BadPaper, match="amendment"):
            lifting(order, recordings=(one,))
        with pytest.raises(BadPaper, match="no other beginning"):
            lifting(order, starts_at=NOON)

    def test_the_same_document_is_recorded_once_and_kept_privately(self) -> None:
        recordings = some_recordings(1)
        document = a_document(b"the very same scan")
        words = {"issuer": "A", "issuer_kind": CourtOrder.Issuer.AUTHORITY, "case_number": "1", "by": "dana"}
        paper = serving.serve(said(recordings), document, **words).papers.get()  # type: ignore[arg-type]
        assert paper.content == b"the very same scan"
        path_of(FOLDER, paper.document_sha256).write_bytes(b"another scan")
        with pytest.raises(LostFile, match="altered"):
            assert paper.content
        with pytest.raises(ServedAlready):
            serving.serve(said(recordings), document, **words)  # type: ignore[arg-type]


class TestWords:
    def test_an_order_says_what_it_changes_beside_others(self) -> None:
        one, other = some_recordings(2)
        with clock.stopped(NOON):
            verified([one])
            paper = served([one, other], ends_at=NOON + 24 * HOUR, starts_at=NOON + HOUR)
            assert saying.difference_of(paper) == (
                "It closes 2 recordings for people in Germany: sale, from 2 November 2026, 13:00 UTC, until"
                " 3 November 2026, 12:00 UTC. Of these 1 are closed so already by others."
                " Who owns them keeps them and can fetch them."
            )
            kept = served([one], territories=("WORLD",), effects=(Effect.REDOWNLOAD,))
            assert saying.difference_of(kept) == (
                "It closes 1 recording for people everywhere: download by who owns it, until it is lifted."
            )
        assert saying.places(["DE", "AT", "FR"]) == "in Germany, Austria and France"

    def test_recordings_are_named_by_isrc_key_or_release(self) -> None:
        release = a_release(tracks=2)
        (one,) = some_recordings(1)
        Recording.objects.filter(pk=one).update(isrc="DEA123456789")
        of_release = naming.recordings_named(f"http://localhost/releases/{release.slug}?format=flac")
        assert len(of_release) == 2
        key = Recording.objects.get(pk=of_release[0]).key
        assert naming.recordings_named(f"DE-A12-34-56789\n\n{key}") == sorted([one, of_release[0]])
        for nothing in ("", "DEA129999999", "no-such-release"):
            with pytest.raises(naming.UnknownTarget):
                naming.recordings_named(nothing)
        with pytest.raises(naming.UnknownTarget, match="At most"):
            naming.recordings_named("x\n" * (naming.MOST_LINES + 1))

    def test_the_address_of_a_track_names_that_track_alone_and_that_of_another_store_nothing(self) -> None:
        release = a_release(tracks=2)
        second = Track.objects.get(edition__release=release, position=2).recording_id
        assert naming.recordings_named(f"/releases/{release.slug}#2") == [second]
        places = (
            f"/releases/{release.slug}#3",
            f"/releases/{release.slug}#b",
            f"{release.slug}#2",
            f"https://elsewhere.example/releases/{release.slug}",
            f"https://elsewhere.example/{release.slug}",
        )
        for place in places:
            with pytest.raises(naming.UnknownTarget):
                naming.recordings_named(place)

    def test_the_public_list_says_what_is_in_effect(self) -> None:
        (one,) = some_recordings(1)
        verified([one], force=Paper.Force.PROVISIONAL)
        (shown,) = in_force.orders_in_force()
        assert shown.is_provisional
        assert shown.scope == "It closes 1 recording for people in Germany: sale, until it is lifted."
