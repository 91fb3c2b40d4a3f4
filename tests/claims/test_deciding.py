"""Only a decision with reasons closes anything, in its scope; what is countered comes back; another person decides."""

from datetime import timedelta

import pytest
from django.core import mail
from django.db import IntegrityError, transaction

from obbligato.catalog.restrictions.models import Restriction
from obbligato.claims import deciding, due, examining, hearing, stepping, strikes, telling
from obbligato.claims.awards import awarding
from obbligato.claims.business_days import restoration_window
from obbligato.claims.models import Claim, ClaimStep, Complaint, StatementOfReasons, Strike
from obbligato.claims.regimes.steps import Who
from obbligato.kernel import clock
from obbligato.ledger.audit import audit
from tests.claims.makers import (
    COUNTER,
    MANDATE,
    MONDAY,
    a_supplier,
    about,
    awarded,
    closed,
    complained,
    disabled,
    fresh,
    heard,
    in_escrow,
    in_the_us,
    large,
    reasons,
)
from tests.makers import alice
from tests.sales.documents.makers import a_paid_order
from tests.storefront.makers import a_silent_release

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("on_monday")]


class TestTheEuropeanWay:
    def test_the_supplier_is_heard_for_seven_days_before_anything_is_decided(self) -> None:
        release = a_silent_release()
        a_supplier(release)
        claim = about(release)
        due.move_due(10)
        assert fresh(claim).state == "hearing"
        assert fresh(claim).supplier_told_at == MONDAY
        with pytest.raises(stepping.NotPossibleNow):
            deciding.restrict(claim, reasons(), by="dana")
        clock.advance(timedelta(days=6, hours=23))
        assert due.move_due(10) == 0
        clock.advance(timedelta(hours=1))
        due.move_due(10)
        assert fresh(claim).state == "assess"
        telling.tell_due(10)
        assert "fait valoir un droit" in mail.outbox[-1].body
        assert claim.supplier_secret in mail.outbox[-1].body

    def test_an_answer_ends_the_hearing_and_later_ones_are_read_too(self) -> None:
        claim = about(a_silent_release())
        due.move_due(10)
        hearing.answer(claim, "It is mine.", sent=[MANDATE])
        assert fresh(claim).state == "assess"
        hearing.answer(claim, "And here is more.")
        assert fresh(claim).state == "assess"
        assert fresh(claim).documents.get().sent_by == "supplier"
        with pytest.raises(hearing.NothingSaid):
            hearing.answer(claim, "  ")
        deciding.act(claim, "decline", by="dana", reason="It is hers.")
        with pytest.raises(hearing.AnsweredTooLate, match="complaint"):
            hearing.answer(claim, "One thing more.", sent=[MANDATE])

    def test_a_decision_closes_exactly_its_scope_after_its_reasons_were_stated(self) -> None:
        claim = heard(about(a_silent_release()))
        statement = deciding.restrict(claim, reasons(territories=("DE",)), by="dana")
        assert fresh(claim).state == "restricted"
        assert closed(claim, "DE")
        assert not closed(claim, "AT")
        restriction = Restriction.objects.get()
        assert restriction.authority_number == statement.number
        assert restriction.starts_at >= statement.made_at
        assert "/transparency/claims/" in restriction.sentence
        assert (statement.is_in_effect, statement.effect_labels[0], str(statement)) == (True, "sale", statement.number)
        telling.tell_due(10)
        assert "Directive 2001/29/EC" in mail.outbox[-1].body

    def test_a_person_can_skip_the_hearing_with_a_reason_only(self) -> None:
        claim = about(a_silent_release())
        with pytest.raises(stepping.ReasonMissing):
            deciding.act(claim, "skip_hearing", by="dana", reason=" ")
        deciding.act(claim, "skip_hearing", by="dana", reason="It is a copy of a film's sound, as its cover says.")
        deciding.restrict(claim, reasons(), by="dana")
        assert closed(claim)

    def test_a_declined_claim_frees_the_shares_and_can_be_complained_about_to_somebody_else(self) -> None:
        large()
        claim = heard(about(a_silent_release()))
        deciding.act(claim, "decline", by="dana", reason="The label showed its contract.")
        assert in_escrow() == 0
        complaint = complained(claim)
        with pytest.raises(deciding.SamePerson, match="somebody else"):
            deciding.act(claim, "uphold", by="dana", reason="As before.")
        with pytest.raises(stepping.NotPossibleNow, match="not what the complaint asks for"):
            deciding.act(claim, "reverse", by="erin", reason="x")
        deciding.restrict(claim, reasons(), by="erin")
        assert (fresh(claim).state, closed(claim)) == ("reversed", True)
        complaint.refresh_from_db()
        assert (complaint.decided_by, complaint.is_upheld, str(complaint)) == ("erin", True, f"complaint about {claim}")

    def test_the_supplier_is_heard_about_a_complaint_before_anything_is_closed_by_it(self) -> None:
        large()
        release = a_silent_release()
        a_supplier(release)
        claim = about(release)
        deciding.act(claim, "decline", by="dana", reason="The label showed its contract.")
        complaint = hearing.complain(claim, "The contract ended.", who=Who.CLAIMANT)
        telling.tell_due(10)
        assert "The contract ended." in mail.outbox[-1].body
        assert claim.supplier_secret in mail.outbox[-1].body
        for name in ("restrict", "uphold"):
            with pytest.raises(stepping.NotPossibleNow):
                stepping.allowed(fresh(claim), name, who=Who.DESK, reason="x")
        clock.advance(timedelta(days=6, hours=23))
        assert due.move_due(10) == 0
        hearing.answer(claim, "It was prolonged in 2020.")
        assert fresh(claim).state == "complained"
        hearing.answer(claim, "Here it is.", sent=[MANDATE])
        deciding.restrict(claim, reasons(), by="erin")
        complaint.refresh_from_db()
        assert (closed(claim), complaint.decided_by) == (True, "erin")

    def test_shares_are_awarded_only_when_no_complaint_can_come_any_more(self) -> None:
        large()
        release = a_silent_release()
        a_paid_order(alice("10"), release)
        claim = heard(about(release))
        deciding.set_standing(claim, "proven", by="dana", reason="A registration.")
        deciding.restrict(claim, reasons(), by="dana")
        with pytest.raises(awarding.NotWon):
            awarded(claim)
        clock.advance(timedelta(days=190))
        awarded(claim)
        assert in_escrow() == 0

    def test_a_supplier_may_complain_and_have_it_opened_again(self) -> None:
        large()
        claim = heard(about(a_silent_release()))
        deciding.restrict(claim, reasons(), by="dana")
        hearing.complain(claim, "It is licensed.", who=Who.SUPPLIER)
        with pytest.raises(stepping.NotPossibleNow, match="not what the complaint"):
            deciding.restrict(claim, reasons(), by="erin")
        deciding.act(claim, "reverse", by="erin", reason="It is licensed indeed.")
        assert not closed(claim)
        assert not fresh(claim).statements.get().is_in_effect

    def test_a_small_store_offers_no_complaint_and_a_large_one_for_six_months(self) -> None:
        claim = heard(about(a_silent_release()))
        deciding.act(claim, "decline", by="dana", reason="No.")
        assert stepping.open_acts(fresh(claim), Who.CLAIMANT) == set()
        with pytest.raises(stepping.NotOffered, match="Article 19"):
            hearing.complain(claim, "But!", who=Who.CLAIMANT)
        large()
        assert stepping.open_acts(fresh(claim), Who.CLAIMANT) == {"complain"}
        clock.advance(timedelta(days=190))
        with pytest.raises(stepping.TooLate, match="until"):
            hearing.complain(claim, "But!", who=Who.CLAIMANT)

    def test_the_database_itself_refuses_the_same_person_and_a_switch_before_its_reasons(self) -> None:
        claim = about(a_silent_release())
        with pytest.raises(IntegrityError), transaction.atomic():
            Complaint.objects.create(claim=claim, who="claimant", text="x", first_decider="dana", decided_by="dana")
        with pytest.raises(IntegrityError), transaction.atomic():
            StatementOfReasons.objects.create(
                number="D", claim=claim, facts="f", explanation="e", territories=[], effects=[],
                made_at=MONDAY, imposed_at=MONDAY - timedelta(seconds=1),
            )  # fmt: skip
        with pytest.raises(IntegrityError), transaction.atomic():
            ClaimStep.objects.create(claim=claim, act="restrict", source="assess", target="restricted", reason="x")
        with pytest.raises(IntegrityError), transaction.atomic():
            ClaimStep.objects.create(claim=claim, act="decline", source="assess", target="no_action")
        with pytest.raises(IntegrityError), transaction.atomic():
            Claim.objects.filter(pk=claim.pk).update(state="restricted", standing="none")


class TestTheAmericanWay:
    def test_what_is_disabled_is_a_strike_that_counts_only_when_it_stood(self) -> None:
        claim = disabled()
        assert claim.label is not None
        assert str(Strike.objects.get()) == f"strike of Quiet Label by {claim}"
        assert strikes.counting(claim.label) == 0
        clock.advance(timedelta(days=30))
        assert strikes.counting(claim.label) == 1
        assert "stood against this supplier under § 512: 1." in " ".join(examining.remarks(claim))
        hearing.retract(claim)
        assert strikes.counting(claim.label) == 0
        assert not closed(claim)

    def test_a_counter_notice_brings_it_back_on_the_eleventh_business_day(self) -> None:
        claim = disabled()
        telling.tell_due(10)
        assert str(hearing.counter(claim, COUNTER)) == f"counter-notice to {claim}"
        window = restoration_window(MONDAY)
        assert fresh(claim).deadline == window.target
        assert telling.tell_due(10) == 1
        assert "Bob Seller" in mail.outbox[-1].body
        clock.advance(window.target - MONDAY - timedelta(seconds=1))
        assert due.move_due(10) == 0
        assert closed(claim)
        clock.advance(timedelta(seconds=1))
        due.move_due(10)
        assert (fresh(claim).state, closed(claim)) == ("restored", False)
        assert window.opens_at <= fresh(claim).state_since < window.closes_at
        assert claim.label is not None
        clock.advance(timedelta(days=90))
        assert strikes.counting(claim.label) == 0

    @pytest.mark.parametrize(
        ("field", "sentence"),
        [
            ("signature", "signature is missing"),
            ("believes_mistake", "mistake or misidentification"),
            ("address", "postal address"),
            ("consents_to_court", "Outside the United States"),
            ("accepts_service", "service of process"),
        ],
    )
    def test_each_thing_that_a_counter_notice_lacks_is_said(self, field: str, sentence: str) -> None:
        claim = disabled()
        lacking = hearing.Counter(**{**vars(COUNTER), field: type(getattr(COUNTER, field))()})
        with pytest.raises(hearing.CounterIncomplete, match=sentence):
            hearing.counter(claim, lacking)
        with pytest.raises(hearing.NothingSaid):
            hearing.counter(claim, hearing.Counter(**{**vars(COUNTER), "name": "x" * 300}))

    def test_a_court_notice_on_the_last_evening_keeps_it_closed_and_one_after_it_comes_too_late(self) -> None:
        claim = disabled()
        hearing.counter(claim, COUNTER)
        clock.advance(timedelta(days=14, hours=13, minutes=59))
        with pytest.raises(hearing.NothingSaid):
            hearing.tell_of_court(claim, court="", case="1")
        hearing.tell_of_court(claim, court="N.D. Cal.", case="3:26-cv-1", sent=[MANDATE])
        clock.advance(timedelta(days=60))
        assert due.move_due(10) == 0
        assert closed(claim)
        deciding.act(claim, "restore", by="dana", reason="The action was dismissed.")
        assert not closed(claim)
        with pytest.raises(stepping.NotPossibleNow, match="Put back on sale"):
            hearing.tell_of_court(claim, court="N.D. Cal.", case="3:26-cv-2")

    def test_nobody_countered_so_after_fourteen_business_days_it_is_decided_for_good_and_the_shares_are_hers(
        self,
    ) -> None:
        in_the_us()
        release = a_silent_release()
        a_paid_order(alice("10"), release)
        claim = about(release, asks_for_us=True)
        held = in_escrow()
        assert held > 0
        deciding.restrict(claim, reasons(), by="dana")
        with pytest.raises(stepping.TooEarly, match="can be done from"):
            deciding.act(claim, "uphold", by="dana", reason="x")
        clock.advance(timedelta(days=30))
        deciding.act(claim, "uphold", by="dana", reason="Nobody countered it.")
        with pytest.raises(awarding.NotWon):
            awarded(claim)
        deciding.set_standing(claim, "proven", by="dana", reason="The registration was shown.")
        awarded(claim)
        assert in_escrow() == 0
        hearing.counter(claim, COUNTER)
        assert in_escrow() == 0
        assert audit().is_clean
