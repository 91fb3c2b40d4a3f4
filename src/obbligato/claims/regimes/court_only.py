"""The steps of a claim about what the store itself sells under a licence. Pure.

No hosting privilege is asked for and none is given up: the licensor is asked and has a term, the claimant is answered,
and only a court's order closes anything.
"""

from django.utils.translation import gettext_noop

from obbligato.claims.regimes.steps import INCOMPLETE_STEPS, Regime, State, Step, Who, withdrawals

BUSINESS_DAYS_TO_BE_HEARD = 10

REGIME = Regime(
    name="court_only",
    label=gettext_noop("The licensor and the courts"),
    first=State.FORWARDED,
    steps=(
        *INCOMPLETE_STEPS,
        Step("accept", State.RECEIVED, State.FORWARDED, Who.CLOCK),
        Step("complete", State.INCOMPLETE, State.FORWARDED, Who.CLAIMANT),
        Step("answer", State.FORWARDED, State.ASSESS, Who.SUPPLIER),
        Step("end_hearing", State.FORWARDED, State.ASSESS, Who.CLOCK, after_us_business_days=BUSINESS_DAYS_TO_BE_HEARD),
        Step("answer_claimant", State.ASSESS, State.ANSWERED, Who.DESK, needs_reason=True),
        Step("answer_claimant", State.FORWARDED, State.ANSWERED, Who.DESK, needs_reason=True),
        Step("close", State.ANSWERED, State.CLOSED, Who.DESK, needs_reason=True),
        Step("court_order", State.FORWARDED, State.COURT_ORDER, Who.DESK, needs_reason=True),
        Step("court_order", State.ASSESS, State.COURT_ORDER, Who.DESK, needs_reason=True),
        Step("court_order", State.ANSWERED, State.COURT_ORDER, Who.DESK, needs_reason=True),
        Step("court_order", State.CLOSED, State.COURT_ORDER, Who.DESK, needs_reason=True),
        Step("close", State.COURT_ORDER, State.CLOSED, Who.DESK, needs_reason=True),
        *withdrawals(State.INCOMPLETE, State.FORWARDED, State.ASSESS, State.ANSWERED),
    ),
    disputed=frozenset({State.FORWARDED, State.ASSESS, State.ANSWERED, State.COURT_ORDER}),
)
