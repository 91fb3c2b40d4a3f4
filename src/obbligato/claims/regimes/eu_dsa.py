"""The steps of a claim under Regulation (EU) 2022/2065, Articles 16, 17, 20 and 23. Pure.

The supplier is heard before a decision, and again before one about a claimant's complaint, unless something is
manifestly illegal. Complaints (Article 20) are for stores that are not micro or small enterprises (Article 19).
"""

from django.utils.translation import gettext_noop

from obbligato.claims.regimes.steps import INCOMPLETE_STEPS, Change, Regime, State, Step, Who, put_back, withdrawals

DAYS_TO_BE_HEARD = 7
MONTHS_TO_COMPLAIN = 6


def _complaint(source: State, who: Who, target: State) -> Step:
    return Step("complain", source, target, who, within_months=MONTHS_TO_COMPLAIN, is_for_large=True)


REGIME = Regime(
    name="eu_dsa",
    label=gettext_noop("European Union, Regulation (EU) 2022/2065"),
    first=State.QUEUED,
    steps=(
        *INCOMPLETE_STEPS,
        Step("accept", State.RECEIVED, State.QUEUED, Who.CLOCK),
        Step("complete", State.INCOMPLETE, State.QUEUED, Who.CLAIMANT),
        Step("hear", State.QUEUED, State.HEARING, Who.CLOCK),
        Step("skip_hearing", State.QUEUED, State.ASSESS, Who.DESK, needs_reason=True),
        Step("skip_hearing", State.HEARING, State.ASSESS, Who.DESK, needs_reason=True),
        Step("decline", State.QUEUED, State.NO_ACTION, Who.DESK, needs_reason=True),
        Step("answer", State.HEARING, State.ASSESS, Who.SUPPLIER),
        Step("end_hearing", State.HEARING, State.ASSESS, Who.CLOCK, after_days=DAYS_TO_BE_HEARD),
        Step("decline", State.ASSESS, State.NO_ACTION, Who.DESK, needs_reason=True),
        Step("restrict", State.ASSESS, State.RESTRICTED, Who.DESK, Change.RESTRICT, needs_reason=True),
        _complaint(State.NO_ACTION, Who.CLAIMANT, State.REHEARING),
        Step("answer", State.REHEARING, State.COMPLAINED, Who.SUPPLIER),
        Step("end_hearing", State.REHEARING, State.COMPLAINED, Who.CLOCK, after_days=DAYS_TO_BE_HEARD),
        Step("skip_hearing", State.REHEARING, State.COMPLAINED, Who.DESK, needs_reason=True),
        _complaint(State.RESTRICTED, Who.SUPPLIER, State.COMPLAINED),
        Step("uphold", State.COMPLAINED, State.UPHELD, Who.DESK, needs_reason=True),
        Step("reverse", State.COMPLAINED, State.REVERSED, Who.DESK, Change.LIFT, needs_reason=True),
        Step("restrict", State.COMPLAINED, State.REVERSED, Who.DESK, Change.RESTRICT, needs_reason=True),
        *put_back(State.RESTRICTED, State.UPHELD, State.REVERSED),
        *withdrawals(State.INCOMPLETE, State.QUEUED, State.HEARING, State.ASSESS, State.REHEARING),
        *withdrawals(State.RESTRICTED, State.COMPLAINED, State.UPHELD, State.REVERSED, change=Change.LIFT),
    ),
    disputed=frozenset({State.QUEUED, State.HEARING, State.ASSESS}),
)
