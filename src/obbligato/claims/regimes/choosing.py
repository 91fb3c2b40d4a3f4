"""Choose under which law a claim runs: by who supplied the recording and where the store sits. Pure."""

from django.utils.translation import gettext_noop

from obbligato.claims.regimes import court_only, eu_dsa, us_512
from obbligato.claims.regimes.steps import Regime

REGIMES: dict[str, Regime] = {one.name: one for one in (us_512.REGIME, eu_dsa.REGIME, court_only.REGIME)}
EEA = frozenset(
    "AT BE BG CY CZ DE DK EE ES FI FR GR HR HU IE IS IT LI LT LU LV MT NL NO PL PT RO SE SI SK".split()  # noqa: SIM905
)
"""Where Regulation (EU) 2022/2065 applies (it is of relevance to the EEA)."""


def regime_of(*, is_hosted: bool, seat: str, has_us_agent: bool, asks_for_us: bool) -> Regime:
    """What the store sells itself goes to its licensor and the courts, whatever law the notice names.

    What a supplier uploaded: § 512 in the United States, or where a notice asks for it, and only with a designated
    agent (§ 512(c)(2)); the Digital Services Act in the EEA; elsewhere its procedure too, as the more careful one.
    """
    if not is_hosted:
        return court_only.REGIME
    if has_us_agent and (asks_for_us or seat == "US"):
        return us_512.REGIME
    return court_only.REGIME if seat == "US" else eu_dsa.REGIME


def routing_note(regime: Regime, *, is_hosted: bool, asks_for_us: bool) -> str:
    """Why a notice does not run under the law that it names; empty where it does."""
    if not asks_for_us or regime.name == us_512.REGIME.name:
        return ""
    if not is_hosted:
        return gettext_noop(
            "You sent a notice under 17 U.S.C. § 512. That law is about what others upload. This recording is sold"
            " by the store itself under a licence, so the claim goes to its licensor; a court's order binds us."
        )
    return gettext_noop(
        "This store has no designated agent under 17 U.S.C. § 512(c)(2), so your notice runs under another law."
    )
