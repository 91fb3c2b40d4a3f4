"""Tell on which track a claim about a recording runs: by whom it was supplied. Pure; it judges nobody's right."""

from enum import StrEnum

from obbligato.rights.licences import Term
from obbligato.rights.models import Licence


class SupplyBasis(StrEnum):
    """How a recording came to be offered here; it decides who answers for it."""

    UPLOADED_BY_SUPPLIER = "uploaded_by_supplier"
    LICENSED_TO_STORE = "licensed_to_store"
    PUBLIC_DOMAIN = "public_domain"
    OPEN_LICENCE = "open_licence"


def supply_basis(licence: Term | None) -> SupplyBasis:
    """By the licence declared for it. Where none is, its supplier brought it in and it is not sold."""
    if licence is None:
        return SupplyBasis.UPLOADED_BY_SUPPLIER
    return {
        Licence.Basis.OWN: SupplyBasis.UPLOADED_BY_SUPPLIER,
        Licence.Basis.LICENSED: SupplyBasis.LICENSED_TO_STORE,
        Licence.Basis.PUBLIC_DOMAIN: SupplyBasis.PUBLIC_DOMAIN,
        Licence.Basis.OPEN_LICENCE: SupplyBasis.OPEN_LICENCE,
    }[licence.basis]
