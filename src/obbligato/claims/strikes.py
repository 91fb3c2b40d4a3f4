"""Count what was decided against a supplier under § 512, and only what stood. A strike restricts nothing by itself.

The repeat-infringer policy (17 U.S.C. § 512(i)(1)(A)) is a person's to apply; this says what may be counted.
"""

from obbligato.catalog.models import Label
from obbligato.claims.business_days import restoration_window
from obbligato.claims.models import Claim, Strike
from obbligato.claims.regimes.steps import State
from obbligato.kernel import clock

STANDS = (State.DISABLED.value, State.UPHELD.value, State.COURT_ORDER.value)


def keep_in_step(claim: Claim) -> None:
    """A strike where something was disabled, and none where it was put back."""
    if claim.state == State.DISABLED and claim.label_id is not None:
        counts_from = restoration_window(clock.now()).closes_at
        Strike.objects.get_or_create(claim=claim, defaults={"label_id": claim.label_id, "counts_from": counts_from})
    elif claim.state in {State.RESTORED, State.RETRACTED}:
        Strike.objects.filter(claim=claim, void_at__isnull=True).update(void_at=clock.now())


def counting(label: Label) -> int:
    """How many strikes of a supplier stood: not countered in time, not taken back, not void."""
    standing = Strike.objects.filter(label=label, void_at__isnull=True, counts_from__lte=clock.now())
    return standing.filter(claim__state__in=STANDS).count()
