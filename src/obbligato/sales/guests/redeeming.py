"""Let a visitor redeem a code into the wallet of a new guest. What the code is worth is the vouchers' to say."""

from obbligato.kernel import chance
from obbligato.kernel.refusals import Refused
from obbligato.payments.vouchers import looking
from obbligato.payments.vouchers.models import Redemption
from obbligato.payments.vouchers.redeeming import redeem
from obbligato.sales.guests import welcoming
from obbligato.sales.guests.models import Guest, Notice


class OnlyWithAccount(Refused):
    """Of a promotion each person can have one, and a guest is whoever she says."""


def redeem_as_guest(
    text: str, typed_address: str, *, currency: str, country: str, origin: str, address: str
) -> tuple[Guest, Redemption]:
    """Make a guest and put all that is left on the code into her wallet; she is told by mail how to come back.

    `address` is where on the network the request came from. Raises BadAddress, TooManyAttempts, NotRedeemable,
    OnlyWithAccount; then there is no guest, and nothing is taken.
    """
    email = welcoming.address_typed(typed_address)
    worth = looking.look(text, person=None, currency=currency, address=address)
    if worth.is_promotional:
        raise OnlyWithAccount(
            "This code is part of a promotion, of which each person can have one: please sign in first."
        )
    welcoming.count_visitor(origin)
    # Refusals end here.
    guest = welcoming.welcome(email, country)
    redeemed = redeem(guest.person, text, currency=currency, key=chance.token(16), address=address)
    Notice.objects.create(guest=guest)
    return guest, redeemed
