"""Says what a release still lacks before it can be sold: licence, shares, price. It only tells; it declares nothing."""

from collections import Counter

from obbligato.catalog.diagnosing import Finding
from obbligato.catalog.models import Release
from obbligato.catalog.tracklists import tracks_of
from obbligato.kernel.money import format_money
from obbligato.rights import licences
from obbligato.rights.models import SplitSheet
from obbligato.sales.offers import rates_of
from obbligato.sales.terms import Terms, default_rates

NO_LICENCE = Finding(
    "warn", "no-licence", "No licence basis is named, so it comes in as a draft and is not on sale ([licence], basis)."
)


def of_terms(terms: Terms, *, label: str, currency: str) -> list[Finding]:
    """What a release.toml, or the lack of one, leaves open, and what the store does then."""
    found = [] if terms.licence else [NO_LICENCE]
    return found + defaults_of(terms, label=label, currency=currency)


def defaults_of(terms: Terms, *, label: str, currency: str) -> list[Finding]:
    """What nobody named and has a default at the first import."""
    found: list[Finding] = []
    if not terms.shares:
        found.append(Finding("note", "no-split", f"No shares are named ([[shares]]): all goes to “{label}”."))
    if terms.rates is None:
        price = format_money(default_rates(currency).per_megabyte_micro, currency)
        found.append(Finding("note", "no-price", f"No price is named ([price]): it costs {price} a megabyte."))
    return found


def of_release(release: Release) -> list[Finding]:
    """Why a release of the catalogue, or a part of it, is not for sale in the world: one finding a reason."""
    if release.edition is None:
        return []
    keys = {track.recording_id for track in tracks_of(release.edition)}
    reasons = Counter(licences.refusals(keys, territory="").values())
    found = [
        Finding(
            "warn", "no-licence", f"{number} of {len(keys)} recordings are not for sale: {reason}", number, "recordings"
        )
        for reason, number in sorted(reasons.items())
    ]
    lacking = len(keys) - SplitSheet.objects.filter(recording__in=keys).values("recording").distinct().count()
    if lacking:
        found.append(
            Finding("warn", "no-split", f"{lacking} of its recordings have no split sheet.", lacking, "recordings")
        )
    if rates_of(release) is None:
        found.append(Finding("warn", "no-price", "The label has not named a price yet."))
    return found
