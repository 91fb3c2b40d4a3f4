"""Read the business part of a release.toml: licence, price and shares, checked before anything is imported.

It never writes a row; stocking does, with what is read here.
"""

from dataclasses import dataclass, replace
from datetime import date

from obbligato.catalog.places import WORLD
from obbligato.catalog.sidecar import LicenceSection, PriceSection, ShareLine, Sidecar
from obbligato.kernel.money import parse_amount, parse_rate
from obbligato.kernel.refusals import Invalid, Refused
from obbligato.rights.licences import LicenceTerms
from obbligato.rights.models import Licence
from obbligato.rights.splits import WHOLE_BASIS_POINTS, NoShare, ShareTerms, basis_points_of
from obbligato.sales.pricing import Rates

DEFAULT_PER_MEGABYTE_MICRO = 30_000
DEFAULT_TRACK_MINIMUM_MICRO = 150_000
DEFAULT_ROLE = "rights-holder"


class BadTerms(Invalid):
    """The release.toml says something about licence, price or shares that cannot be followed."""


@dataclass(frozen=True)
class Terms:
    """What a label declares for one release. None or empty: it says nothing."""

    licence: LicenceTerms | None
    rates: Rates | None
    shares: tuple[ShareTerms, ...]


def terms_of(sidecar: Sidecar, *, currency: str, today: date) -> Terms:
    """What the release.toml declares, in the store's currency. Raises BadTerms with a sentence.

    A licence without a first day holds from the release's date, or from today.
    """
    return Terms(
        licence=_licence(sidecar.licence, sidecar.date or today) if sidecar.licence else None,
        rates=_rates(sidecar.price, currency) if sidecar.price else None,
        shares=_shares(sidecar.shares),
    )


def default_rates(currency: str) -> Rates:
    """What a release costs until its label says otherwise."""
    return Rates(currency, DEFAULT_PER_MEGABYTE_MICRO, DEFAULT_TRACK_MINIMUM_MICRO)


def _licence(section: LicenceSection, first_day: date) -> LicenceTerms | None:
    """None where no basis is named: then nothing may be sold."""
    if not section.basis:
        return None
    if section.basis not in Licence.Basis.values:
        known = ", ".join(Licence.Basis.values)
        raise BadTerms(f"release.toml: “{section.basis}” is not a licence basis; there are {known}.")
    valid_from = section.valid_from or first_day
    if section.valid_until and section.valid_until <= valid_from:
        raise BadTerms(f"release.toml: the licence ends on {section.valid_until}, before it begins.")
    return LicenceTerms(
        basis=section.basis,
        evidence=section.evidence,
        territories=section.territories or (WORLD,),
        valid_from=valid_from,
        valid_until=section.valid_until,
    )


def _rates(section: PriceSection, currency: str) -> Rates:
    if section.currency and section.currency != currency:
        raise BadTerms(f"release.toml: prices are in {section.currency[:8]}, but this store sells in {currency}.")
    default = default_rates(currency)
    rates = replace(
        default,
        per_megabyte_micro=_rate("per_megabyte", section.per_megabyte, default.per_megabyte_micro),
        track_minimum_micro=_amount("track_minimum", section.track_minimum, currency) or default.track_minimum_micro,
        track_maximum_micro=_amount("track_maximum", section.track_maximum, currency),
        album_maximum_micro=_amount("album_maximum", section.album_maximum, currency),
        takes_more=section.name_your_price,
    )
    if section.track_minimum:
        rates = replace(rates, track_minimum_micro=_amount("track_minimum", section.track_minimum, currency) or 0)
    elif rates.track_maximum_micro is not None:
        # A low maximum without a minimum means cheap tracks, not a contradiction.
        rates = replace(rates, track_minimum_micro=min(rates.track_minimum_micro, rates.track_maximum_micro))
    if rates.track_maximum_micro is not None and rates.track_maximum_micro < rates.track_minimum_micro:
        raise BadTerms("release.toml: price.track_maximum is below price.track_minimum.")
    return rates


def _rate(key: str, text: str, default_micro: int) -> int:
    try:
        return parse_rate(text) if text else default_micro
    except Refused as refusal:
        raise BadTerms(f"release.toml: price.{key}: {refusal}") from None


def _amount(key: str, text: str, currency: str) -> int | None:
    try:
        return parse_amount(text, currency) if text else None
    except Refused as refusal:
        raise BadTerms(f"release.toml: price.{key}: {refusal}") from None


def _shares(lines: tuple[ShareLine, ...]) -> tuple[ShareTerms, ...]:
    shares = tuple(
        ShareTerms(party=line.party, role=line.role or DEFAULT_ROLE, basis_points=_basis_points(line)) for line in lines
    )
    total = sum(share.basis_points for share in shares)
    if shares and total != WHOLE_BASIS_POINTS:
        raise BadTerms(f"release.toml: the shares add up to {total / 100:g} %, not to 100 %.")
    return shares


def _basis_points(line: ShareLine) -> int:
    try:
        return basis_points_of(line.percent)
    except NoShare:
        raise BadTerms(
            f"release.toml: the share of {line.party} must be a per cent above 0 with at most two decimals."
        ) from None
