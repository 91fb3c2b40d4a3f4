"""Let whoever has a gift's link take it by an e-mail address alone. Whose the gift may be, giving decides."""

from django.db import transaction

from obbligato.sales.gifts import giving
from obbligato.sales.gifts.models import Gift
from obbligato.sales.guests import welcoming
from obbligato.sales.guests.models import Guest, Notice


def take_as_guest(gift: Gift, typed_address: str, *, country: str, origin: str) -> Guest:
    """The gift is a new guest's, who is told by mail how to come back to it; `origin` names the network, for counting.

    Raises BadAddress, TooManyAttempts, NotToBeTaken; then there is no guest.
    """
    address = welcoming.address_typed(typed_address)
    welcoming.count_visitor(origin)
    with transaction.atomic():
        guest = welcoming.welcome(address, country)
        giving.take(gift, guest.person)
        Notice.objects.create(guest=guest)
    return guest
