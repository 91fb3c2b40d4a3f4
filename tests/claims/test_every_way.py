"""Whatever the regime: nothing without standing and whole reasons, and nobody decides about herself."""

from datetime import timedelta

import pytest
from django.core import mail

from obbligato.catalog.models import Recording
from obbligato.catalog.restrictions.models import Effect, Restriction
from obbligato.claims import deciding, due, examining, hearing, linting, stepping, telling
from obbligato.claims.models import StatementOfReasons, Supplier
from obbligato.claims.orders import ending
from obbligato.claims.regimes.steps import Who
from obbligato.kernel import clock
from obbligato.rights import licences
from obbligato.rights.licences import LicenceTerms
from tests.claims.makers import (
    MONDAY,
    a_notice,
    about,
    closed,
    fresh,
    heard,
    in_escrow,
    in_the_us,
    large,
    reasons,
    received,
    recordings_of,
)
from tests.claims.orders.makers import verified
from tests.makers import alice
from tests.sales.documents.makers import a_paid_order
from tests.storefront.makers import a_silent_release

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("on_monday")]


def test_without_standing_nothing_is_ever_closed() -> None:
    claim = about(a_silent_release(), role="third_party")
    assert due.move_due(10) == 0
    deciding.act(claim, "skip_hearing", by="dana", reason="x")
    with pytest.raises(stepping.NoStanding):
        deciding.restrict(claim, reasons(), by="dana")
    deciding.set_standing(claim, "proven", by="dana", reason="A contract came.")
    deciding.restrict(claim, reasons(), by="dana")
    with pytest.raises(stepping.NotPossibleNow, match="Reverse that decision"):
        deciding.set_standing(claim, "none", by="dana", reason="x")
    with pytest.raises(stepping.NotPossibleNow, match="proven, asserted or none"):
        deciding.set_standing(claim, "royal", by="dana", reason="x")
    with pytest.raises(stepping.ReasonMissing):
        deciding.set_standing(claim, "proven", by="dana", reason="")


def test_a_claim_that_loses_its_standing_lets_the_shares_go() -> None:
    release = a_silent_release()
    a_paid_order(alice("10"), release)
    claim = about(release)
    assert in_escrow() > 0
    deciding.set_standing(claim, "none", by="dana", reason="The mandate was forged.")
    assert in_escrow() == 0


def test_what_leads_nowhere_cannot_be_closed_and_reasons_must_be_whole() -> None:
    claim = heard(about(a_silent_release()))
    with pytest.raises(deciding.BadReasons, match="the facts"):
        deciding.restrict(claim, reasons(facts=" "), by="dana")
    with pytest.raises(deciding.BadReasons, match="What people own"):
        deciding.restrict(claim, reasons(effects=(Effect.REDOWNLOAD,)), by="dana")
    with pytest.raises(Exception, match="is not a country"):
        deciding.restrict(claim, reasons(territories=("QQ",)), by="dana")
    assert not StatementOfReasons.objects.exists()
    claim.targets.update(release=None, recording=None)
    with pytest.raises(deciding.NothingLocated):
        deciding.restrict(claim, reasons(), by="dana")


def test_a_decision_closes_nothing_where_the_claimant_claims_nothing() -> None:
    claim = heard(about(a_silent_release(), territories=("DE", "FR")))
    for places in (("WORLD",), ("DE", "AT")):
        with pytest.raises(deciding.BadReasons, match="in DE, FR; elsewhere"):
            deciding.restrict(claim, reasons(territories=places), by="dana")
    deciding.restrict(claim, reasons(territories=("FR",)), by="dana")
    assert (closed(claim, "FR"), closed(claim, "DE"), closed(claim, "AT")) == (True, False, False)


def test_reasons_are_as_long_as_the_transparency_database_takes_them() -> None:
    claim = heard(about(a_silent_release()))
    for longer in ({"facts": "x" * 5_001}, {"explanation": "x" * 2_001}):
        with pytest.raises(deciding.BadReasons, match="at most 5,000 characters"):
            deciding.restrict(claim, reasons(**longer), by="dana")
    deciding.restrict(claim, reasons(facts="x" * 5_000, explanation="x" * 2_000), by="dana")


def test_who_decided_first_does_not_take_the_standing_from_a_complaint() -> None:
    large()
    claim = heard(about(a_silent_release()))
    deciding.act(claim, "decline", by="dana", reason="No.")
    hearing.complain(claim, "But it is mine.", who=Who.CLAIMANT)
    with pytest.raises(deciding.SamePerson, match="somebody else records"):
        deciding.set_standing(claim, "none", by="dana", reason="I do not believe her.")
    deciding.set_standing(claim, "proven", by="erin", reason="A contract came.")
    hearing.answer(fresh(claim), "It is ours.")
    deciding.restrict(fresh(claim), reasons(), by="erin")
    deciding.set_standing(claim, "asserted", by="dana", reason="It was a copy.")


def test_a_claim_that_cannot_move_keeps_no_other_waiting() -> None:
    stuck, other = received(a_notice("nowhere")), received(a_notice("nowhere else"))
    about_it = a_silent_release()
    stuck.targets.update(release=about_it)  # By now nothing is missing, so there is no reason to refuse it.
    clock.advance(timedelta(days=10))
    assert due.move_due(10) == 1
    assert (fresh(stuck).state, fresh(other).state) == ("incomplete", "refused")


@pytest.mark.parametrize(
    "words",
    [
        "Write to ada@example.org.",
        "Paid to FR14 2004 1010 0505 0001 3M02 606 IN MARCH.",
        "Call +33 1 23 45 67 89.",
        "carol claimant recorded it.",
    ],
)
def test_a_public_text_with_something_personal_in_it_is_sent_back(words: str) -> None:
    claim = heard(about(a_silent_release()))
    with pytest.raises(linting.PersonalData, match="holds something personal"):
        deciding.restrict(claim, reasons(facts=words), by="dana")
    assert not Restriction.objects.exists()


def test_so_are_the_names_of_an_owner_and_of_who_countered() -> None:
    in_the_us()
    claim = about(a_silent_release(), asks_for_us=True, role="agent", on_behalf_of="Ada Composer", mail="a@b.example")
    deciding.set_standing(claim, "asserted", by="dana", reason="Her mandate came by post.")
    with pytest.raises(linting.PersonalData, match="Ada Composer"):
        deciding.restrict(claim, reasons(facts="It is by Ada Composer."), by="dana")


def test_the_court_way_ends_with_an_answer_or_an_order() -> None:
    release = a_silent_release()
    for pk in recordings_of(release):
        terms = LicenceTerms("licensed", "A contract.", ("WORLD",), MONDAY.date())
        licences.declare(Recording.objects.get(pk=pk), terms, by="bob")
    claim = about(release)
    deciding.act(claim, "answer_claimant", by="dana", reason="Our licence is of 2020.")
    telling.tell_due(10)
    assert "Our licence is of 2020." in mail.outbox[-1].body
    deciding.act(claim, "close", by="dana", reason="No more was said.")
    order = verified(recordings_of(release)[:1]).order
    assert ending.end_by(claim, order.number, by="dana", reason="The court closed one of them.").order == order
    assert fresh(claim).state == "court_order"


def test_the_desk_is_shown_what_stands_out() -> None:
    release = a_silent_release()
    Supplier.objects.create(label=release.label, mail="bob@label.example")
    terms = LicenceTerms("public_domain", "Old.", ("WORLD",), MONDAY.date())
    licences.declare(Recording.objects.get(pk=recordings_of(release)[0]), terms, by="bob")
    first = about(release)
    second = received(
        a_notice(
            f"/releases/{release.slug}",
            name="quiet label",
            role="agent",
            rights="composition",
            work="Hymn to the Sun",
        )
    )
    said = " ".join(examining.remarks(second))
    assert "whose mail is at label.example; this came from example.org" in said
    assert "An agent without a mandate" in said
    assert "perhaps a former one" in said
    assert f"Others claim the same: {first}" in said
    assert "is in the public domain" in said
    assert "about “Hymn to the Sun”; its place leads to “Piece 1”" in said
    assert "may be licensed apart" in said
    Supplier.objects.all().delete()
    third = received(a_notice(f"/releases/{release.slug}", name="The Small Hours", work=""))
    said = " ".join(examining.remarks(third))
    assert "nothing here shows that this mail is theirs" in said
    assert "No address is known for “Quiet Label”" in said
    assert examining.remarks(received(a_notice("nowhere"))) == []
