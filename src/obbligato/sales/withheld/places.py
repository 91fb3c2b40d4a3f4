"""Tell in which account a party's share of a sold line is now. It reads only."""

from obbligato.ledger.models import Account
from obbligato.sales.models import OrderLine
from obbligato.sales.withheld.models import Withheld

ESCROW = "escrow:"
ROYALTY = "royalty:"
Place = tuple[str, Account.Kind]


def places_of(line: OrderLine) -> dict[str, Place]:
    """For each account of a line's sale whose share was moved: the account that has it now, and its kind."""
    rows = Withheld.objects.filter(line=line).values_list("accrued_to", "place")
    return {name: (place, kind_of(place)) for name, place in rows}


def kind_of(place: str) -> Account.Kind:
    """The kind of an account in which a share may be."""
    return Account.Kind.ESCROW if place.startswith(ESCROW) else Account.Kind.ROYALTY
