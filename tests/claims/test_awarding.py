"""What waits in escrow is given to a winner by two persons, by something that decides it, or goes on waiting."""

import pytest
from django.db import IntegrityError, transaction

from obbligato.claims import deciding, hearing, stepping
from obbligato.claims.awards import awarding
from obbligato.claims.awards.models import Award
from obbligato.claims.models import Claim
from obbligato.payments.two_people import SecondPersonNeeded
from obbligato.rights import holding
from obbligato.rights.escrow.models import Holding
from obbligato.transparency.models import Announcement
from tests.claims.makers import MANDATE, about, fresh, heard, in_escrow, reasons
from tests.makers import alice
from tests.sales.documents.makers import a_paid_order
from tests.storefront.makers import a_silent_release

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("on_monday")]


def won() -> Claim:
    release = a_silent_release()
    a_paid_order(alice("10"), release)
    claim = heard(about(release))
    deciding.set_standing(claim, "proven", by="dana", reason="A registration.")
    deciding.restrict(claim, reasons(), by="dana")
    return fresh(claim)


def proposed(claim: Claim) -> Award:
    ground = f"decision {claim.statements.get()}"
    return awarding.propose(claim, winner=" Carol ", ground=ground, by="dana", reason="A registration.")


def kinds() -> list[str]:
    said = Announcement.objects.filter(kind__endswith="award").order_by("pk")
    return [one.kind for one in said]


def test_one_proposes_and_another_confirms_and_the_log_has_both() -> None:
    claim, held = won(), in_escrow()
    award = proposed(claim)
    assert (in_escrow(), award.state, award.winner) == (held, "proposed", "Carol")
    assert str(award) == f"shares of {claim} to Carol, by decision {claim.statements.get()}"
    with pytest.raises(SecondPersonNeeded):
        awarding.confirm(award, by="dana")
    awarding.confirm(award, by="erin")
    assert in_escrow() == 0
    found = Holding.objects.get()
    assert (found.proposed_by, found.ended_by, found.winner.name) == ("dana", "erin", "Carol")  # type: ignore[union-attr]
    assert kinds() == ["claim.propose_award", "claim.award"]
    with pytest.raises(awarding.NotWaiting):
        awarding.confirm(award, by="erin")
    with pytest.raises(holding.NothingHeld):
        proposed(claim)


def test_a_proposal_needs_whose_why_and_what_decides_it_and_waits_alone() -> None:
    claim = won()
    with pytest.raises(stepping.ReasonMissing):
        awarding.propose(claim, winner="Carol", ground="x", by="dana", reason=" ")
    with pytest.raises(awarding.NoGround):
        awarding.propose(claim, winner="Carol", ground="decision D-OTHER", by="dana", reason="x")
    proposed(claim)
    with pytest.raises(awarding.ProposedAlready):
        proposed(claim)


def test_a_document_with_the_claim_may_decide_it() -> None:
    claim = won()
    hearing.add(claim, hearing.Added({}, sent=[MANDATE]))
    (_, paper) = awarding.grounds_of(claim)
    assert awarding.grounds_of(claim)[paper] == "Document mandate.pdf of the claimant"
    award = awarding.propose(claim, winner="Carol", ground=paper, by="dana", reason="The contract says so.")
    assert awarding.confirm(award, by="erin").ground == paper


def test_what_was_won_no_longer_is_not_confirmed_and_can_be_rejected_with_a_reason() -> None:
    claim = won()
    award = proposed(claim)
    deciding.act(claim, "restore", by="dana", reason="It was another song.")
    with pytest.raises(awarding.NotWon):
        awarding.confirm(award, by="erin")
    with pytest.raises(stepping.ReasonMissing):
        awarding.reject(award, by="dana", reason=" ")
    assert awarding.reject(award, by="dana", reason="It was another song.").state == "rejected"
    with pytest.raises(awarding.NotWaiting):
        awarding.reject(award, by="dana", reason="x")
    assert kinds() == ["claim.propose_award", "claim.reject_award"]


def test_the_verb_below_and_the_database_itself_refuse_one_person() -> None:
    award = proposed(won())
    with pytest.raises(holding.OnePerson):
        holding.award_payout(award.claim.reference, winner="Carol", proposed_by="dana", by="dana")
    with pytest.raises(IntegrityError), transaction.atomic():
        Award.objects.update(state="confirmed", decided_by="dana", decided_at=award.asked_at)
    with pytest.raises(IntegrityError), transaction.atomic():
        Award.objects.update(state="rejected")
    with pytest.raises(IntegrityError), transaction.atomic():
        Award.objects.update(ground="")
    party = holding.Party.objects.create(name="Carol")
    for proposed_by in ("", "dana"):
        with pytest.raises(IntegrityError), transaction.atomic():
            Holding.objects.update(
                outcome="awarded", winner=party, ended_at=award.asked_at, ended_by="dana", proposed_by=proposed_by
            )
