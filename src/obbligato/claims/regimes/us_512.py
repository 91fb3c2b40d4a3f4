"""The steps of a claim under 17 U.S.C. § 512(c) and (g). Pure.

What a supplier uploaded is disabled on a valid notice after a person looked at it, and put back in the window of
§ 512(g)(2)(C) after a counter-notice, unless the claimant tells of an action first.
"""

from django.utils.translation import gettext_noop

from obbligato.claims.regimes.steps import INCOMPLETE_STEPS, Change, Regime, State, Step, Who, put_back, withdrawals

REGIME = Regime(
    name="us_512",
    label=gettext_noop("United States, 17 U.S.C. § 512"),
    first=State.VALID,
    steps=(
        *INCOMPLETE_STEPS,
        Step("accept", State.RECEIVED, State.VALID, Who.CLOCK),
        Step("refuse", State.RECEIVED, State.REFUSED, Who.CLOCK, needs_reason=True),
        Step("complete", State.INCOMPLETE, State.VALID, Who.CLAIMANT),
        Step("restrict", State.VALID, State.DISABLED, Who.DESK, Change.RESTRICT, needs_reason=True),
        Step("decline", State.VALID, State.REFUSED, Who.DESK, needs_reason=True),
        Step("counter", State.DISABLED, State.COUNTERED, Who.SUPPLIER),
        Step("counter", State.UPHELD, State.COUNTERED, Who.SUPPLIER),
        Step("uphold", State.DISABLED, State.UPHELD, Who.DESK, needs_reason=True, after_us_business_days=14),
        Step("restore", State.COUNTERED, State.RESTORED, Who.CLOCK, Change.LIFT, True, after_us_business_days=11),
        Step("tell_of_court", State.COUNTERED, State.HELD_FOR_COURT, Who.CLAIMANT, needs_reason=True),
        *put_back(State.HELD_FOR_COURT, State.COURT_ORDER),
        Step("court_order", State.HELD_FOR_COURT, State.COURT_ORDER, Who.DESK, needs_reason=True),
        *withdrawals(State.INCOMPLETE, State.VALID),
        *withdrawals(
            State.DISABLED, State.COUNTERED, State.HELD_FOR_COURT, State.UPHELD,
            change=Change.LIFT, target=State.RESTORED,
        ),
    ),
    disputed=frozenset({State.VALID}),
)  # fmt: skip
