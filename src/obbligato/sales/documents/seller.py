"""Who sells: the settings' facts as a receipt or invoice keeps them. It never looks anything up."""

from dataclasses import asdict, dataclass
from typing import Any

from django.conf import settings
from stdnum.eu import vat

from obbligato.kernel.refusals import Refused

GREECE = {"EL": "GR"}
"""Greece's VAT ids begin with EL, its country code is GR (Directive 2006/112/EC, Article 215)."""


class NoSeller(Refused):
    """The store has not said who sells, so it can give no invoice."""


@dataclass(frozen=True)
class Seller:
    """The seller of one day. The address has a line for each part between semicolons."""

    name: str
    address: tuple[str, ...]
    vat_id: str
    email: str
    tax_mode: str
    country: str

    def stored(self) -> dict[str, Any]:
        """As JSON keeps it."""
        return {**asdict(self), "address": list(self.address)}


def seller() -> Seller:
    """The seller as of now."""
    vat_id = settings.SELLER_VAT_ID.replace(" ", "").upper()
    return Seller(
        name=settings.SELLER_NAME,
        address=tuple(part.strip() for part in settings.SELLER_ADDRESS.split(";") if part.strip()),
        vat_id=vat_id,
        email=settings.SELLER_EMAIL,
        tax_mode=settings.TAX_MODE,
        country=country_of(vat_id) or settings.HOME_COUNTRY,
    )


def invoicing_seller() -> Seller:
    """The seller, where enough is said of her for an invoice (Directive 2006/112/EC, Article 226). Raises NoSeller."""
    found = seller()
    if not found.name or not found.address:
        raise NoSeller("This store has not said yet who sells, so it can give no invoice. The receipt is there.")
    if found.tax_mode != "none" and not is_vat_id(found.vat_id):
        raise NoSeller("This store has no valid VAT id yet, so it can give no invoice. The receipt is there.")
    return found


def is_vat_id(text: str) -> bool:
    """Whether a VAT id of a member of the European Union has the right form and check digits."""
    return bool(vat.is_valid(text))


def country_of(vat_id: str) -> str:
    """The country of a VAT id, by its first letters; nothing where it is none."""
    return GREECE.get(vat_id[:2], vat_id[:2]) if is_vat_id(vat_id) else ""
