"""By whom a recording was supplied follows from its licence."""

from datetime import date

import pytest

from obbligato.rights.licences import Term
from obbligato.rights.models import Licence
from obbligato.rights.supply import SupplyBasis, supply_basis


@pytest.mark.parametrize(
    ("basis", "supply"),
    [
        (Licence.Basis.OWN, SupplyBasis.UPLOADED_BY_SUPPLIER),
        (Licence.Basis.LICENSED, SupplyBasis.LICENSED_TO_STORE),
        (Licence.Basis.PUBLIC_DOMAIN, SupplyBasis.PUBLIC_DOMAIN),
        (Licence.Basis.OPEN_LICENCE, SupplyBasis.OPEN_LICENCE),
    ],
)
def test_each_basis_tells_it(basis: Licence.Basis, supply: SupplyBasis) -> None:
    assert supply_basis(Term(basis, date(2020, 1, 1), None, ["WORLD"])) is supply


def test_what_has_no_licence_was_brought_in_by_its_supplier() -> None:
    assert supply_basis(None) is SupplyBasis.UPLOADED_BY_SUPPLIER
