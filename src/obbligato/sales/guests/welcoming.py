"""Make a person for an e-mail address, and set a slip in the address right. It never looks for an account of it."""

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import transaction

from obbligato.kernel import chance, clock
from obbligato.kernel.refusals import Invalid, Refused
from obbligato.people.models import Person
from obbligato.people.throttle import count_attempt
from obbligato.sales.guests.models import Guest, Notice
from obbligato.sales.preorders.models import HELD, PreOrder

MOST_OF_A_NETWORK, WINDOW_SECONDS = 20, 60 * 60
"""A house, a café or a school buys no faster; a list of stolen cards would."""
LONGEST = 254
"""Characters of an address (RFC 5321, 4.5.3.1.3, less the brackets)."""


class BadAddress(Invalid):
    """What was typed is no e-mail address."""


class NotToBeCorrected(Refused):
    """The address was corrected before, or its link was followed: it stays."""


def address_typed(text: str) -> str:
    """An e-mail address as mail servers compare it: its domain in small letters. Raises BadAddress."""
    address = text.strip()
    try:
        validate_email(address)
    except ValidationError:
        raise BadAddress("Please type in an e-mail address, such as name@example.org.") from None
    if len(address) > LONGEST:
        raise BadAddress("An e-mail address has {most} characters at most.", most=LONGEST)
    name, _, domain = address.rpartition("@")
    return f"{name}@{domain.lower()}"


def count_visitor(origin: str) -> None:
    """One more guest from a network. Raises TooManyAttempts."""
    count_attempt("guest", origin, limit=MOST_OF_A_NETWORK, window_seconds=WINDOW_SECONDS)


@transaction.atomic
def welcome(address: str, country: str) -> Guest:
    """A new person without a password, who owns nothing yet; `country` is ISO 3166-1 alpha-2."""
    number = chance.token(8)
    person = Person(username=f"guest-{number}", country=country)
    person.set_unusable_password()
    person.save(force_insert=True)
    return Guest.objects.create(person=person, number=number, address=address)


@transaction.atomic
def correct(guest: Guest, address: str) -> Guest:
    """Another address for her, once: links to the first one end, and all is told anew. Raises NotToBeCorrected."""
    guest = Guest.objects.select_for_update().get(pk=guest.pk)
    if guest.address == address:
        return guest
    if not guest.may_correct:
        raise NotToBeCorrected("This address was corrected before, or its mail was read, so it stays as it is.")
    # Refusals end here.
    guest.address, guest.corrected_at, guest.links = address, clock.now(), guest.links + 1
    guest.save(update_fields=["address", "corrected_at", "links"])
    Notice.objects.filter(guest=guest).update(told_at=None)
    PreOrder.objects.filter(HELD, order__person=guest.person_id).update(news=PreOrder.News.HELD)
    return guest
