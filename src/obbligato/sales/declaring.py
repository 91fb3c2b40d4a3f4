"""Declare a price, and whose a recording is where nobody said so. What was quoted before keeps its price."""

from obbligato.catalog.models import Label, Recording, Release
from obbligato.rights.splits import WHOLE_BASIS_POINTS, ShareTerms, declare_split
from obbligato.sales.models import Tariff
from obbligato.sales.pricing import Rates


def declare_price(release: Release, rates: Rates) -> None:
    """A new tariff where the price changed; the rows before it stay, for what was quoted under them."""
    current = release.tariffs.first()
    if current is not None and current.rates == rates:
        return
    Tariff.objects.create(
        release=release,
        currency=rates.currency,
        per_megabyte_micro=rates.per_megabyte_micro,
        track_minimum_micro=rates.track_minimum_micro,
        track_maximum_micro=rates.track_maximum_micro,
        album_maximum_micro=rates.album_maximum_micro,
        takes_more=rates.takes_more,
    )


def share_with_label_alone(recording: Recording, label: Label) -> None:
    """All to the label, until a split sheet says otherwise."""
    if not recording.split_sheets.exists():
        declare_split(recording, [ShareTerms(party=label.name, role="label", basis_points=WHOLE_BASIS_POINTS)])
