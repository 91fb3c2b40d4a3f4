"""Whatever people do in whatever order: no period, reason or person is skipped, and an allegation closes nothing."""

from datetime import timedelta

from hypothesis import example, given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from obbligato.catalog.restrictions.models import Restriction
from obbligato.claims import deciding, due, hearing, policies
from obbligato.claims.business_days import restoration_window
from obbligato.claims.models import Claim, ClaimStep, StatementOfReasons
from obbligato.claims.regimes.eu_dsa import DAYS_TO_BE_HEARD
from obbligato.claims.regimes.steps import Who
from obbligato.kernel import clock
from obbligato.kernel.refusals import Refused
from obbligato.rights.escrow.models import Holding
from tests.claims.makers import COUNTER, MONDAY, about, reasons
from tests.storefront.makers import a_silent_release

WAITS = {"wait a day": 1, "wait a week": 7, "wait a month": 30}
OF_THE_DESK = ["restrict", "decline", "skip_hearing", "uphold", "reverse", "restore", "lose standing", "prove standing"]
OF_THE_SIDES = ["answer", "counter", "court", "complain", "supplier complains", "retract"]
STARTS = [
    ["restrict"],
    ["restrict", "counter", "wait a month"],
    ["skip_hearing", "restrict", "supplier complains"],
    ["decline", "complain"],
    ["decline", "complain", "wait a week", "restrict"],
    ["wait a week", "wait a week"],
]
"""Where something is at stake already; what follows is anything."""
ACTS = st.sampled_from([*WAITS, *OF_THE_DESK, *OF_THE_SIDES])


class TestAnyStory(TestCase):
    @settings(max_examples=20, deadline=None)
    @example(is_american=True, role="owner", start=STARTS[1], acts=[("court", "dana")])
    @example(is_american=False, role="owner", start=STARTS[2], acts=[("reverse", "dana"), ("reverse", "erin")])
    @example(is_american=False, role="owner", start=STARTS[3], acts=[("restrict", "dana"), ("uphold", "dana")])
    @example(is_american=False, role="third_party", start=["skip_hearing"], acts=[("restrict", "dana")])
    @given(
        is_american=st.booleans(),
        role=st.sampled_from(["owner", "third_party"]),
        start=st.sampled_from(STARTS),
        acts=st.lists(st.tuples(ACTS, st.sampled_from(["dana", "erin"])), min_size=1, max_size=8),
    )
    def test_keeps_to_the_law(
        self, is_american: bool, role: str, start: list[str], acts: list[tuple[str, str]]
    ) -> None:
        with clock.stopped(MONDAY):
            agent = "An agent" if is_american else ""
            policies.declare(is_large=True, us_agent=agent, by="dana")
            claim = about(a_silent_release(tracks=1), asks_for_us=is_american, role=role)
            for act, by in [*((one, "dana") for one in start), *acts]:
                try:
                    do(claim, act, by)
                except Refused:
                    pass
                assert_lawful(Claim.objects.get(pk=claim.pk))


def do(claim: Claim, act: str, by: str) -> None:
    if act in WAITS:
        for _ in range(WAITS[act]):
            clock.advance(timedelta(days=1))
            due.move_due(10)
    elif act == "restrict":
        deciding.restrict(claim, reasons(), by=by)
    elif act == "answer":
        hearing.answer(claim, "It is mine.")
    elif act == "counter":
        hearing.counter(claim, COUNTER)
    elif act == "court":
        hearing.tell_of_court(claim, court="A court", case="1")
    elif act.endswith(("complain", "complains")):
        hearing.complain(claim, "No.", who=Who.CLAIMANT if act == "complain" else Who.SUPPLIER)
    elif act == "retract":
        hearing.retract(claim)
    elif act.endswith("standing"):
        deciding.set_standing(claim, "none" if act == "lose standing" else "proven", by=by, reason="So it is.")
    else:
        deciding.act(claim, act, by=by, reason="So it is.")


def assert_lawful(claim: Claim) -> None:
    steps = list(claim.steps.exclude(act__in=["standing"]).order_by("pk"))
    for before, step in zip([None, *steps], steps, strict=False):
        assert_step_in_time(claim, before, step)
    for statement in claim.statements.all():
        restriction = Restriction.objects.get(authority_number=statement.number)
        assert restriction.starts_at >= statement.made_at
        assert (restriction.lifted_at is None) == statement.is_in_effect
    assert Restriction.objects.count() == StatementOfReasons.objects.count()
    for complaint in claim.complaints.exclude(decided_by=""):
        asked = claim.steps.filter(act="complain").latest("pk")
        first = claim.steps.filter(act__in=["restrict", "decline"], pk__lt=asked.pk).latest("pk")
        assert complaint.decided_by != first.by == complaint.first_decider
    is_closed = Restriction.objects.filter(lifted_at__isnull=True).exists()
    if claim.standing == "none":
        assert not is_closed
        assert not Holding.objects.filter(ended_at__isnull=True).exists()


def assert_step_in_time(claim: Claim, before: ClaimStep | None, step: ClaimStep) -> None:
    if step.act in {"restrict", "decline", "uphold", "reverse", "restore", "skip_hearing"}:
        assert step.reason
    if step.act == "end_hearing":
        assert before is not None
        began = claim.steps.filter(act__in=["hear", "complain"], pk__lt=step.pk).latest("pk")
        assert step.at >= began.at + timedelta(days=DAYS_TO_BE_HEARD)
    if step.act == "restrict" and claim.regime_name == "eu_dsa":
        asked = claim.steps.filter(act="complain", who="claimant", pk__lt=step.pk).last()
        heard = claim.steps.filter(act__in=["answer", "end_hearing", "skip_hearing"], pk__lt=step.pk)
        assert heard.filter(pk__gt=asked.pk if asked else 0).exists()
    if step.act == "restore" and step.source == "countered":
        window = restoration_window(claim.steps.filter(act="counter", pk__lt=step.pk).latest("pk").at)
        assert window.opens_at <= step.at < window.closes_at
