"""Make a guest's person an account with a password of hers. Only whose address is proven can be one."""

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db import transaction

from obbligato.kernel import clock
from obbligato.kernel.refusals import Forbidden, Invalid, Refused
from obbligato.people.models import Person
from obbligato.sales.guests import joining
from obbligato.sales.guests.models import Guest

LONGEST_NAME = 150


class NotProven(Forbidden):
    """Nobody has shown yet that the address is hers."""


class HasAccount(Refused):
    """The address has an account; she has proven that it is hers, so she may know."""


class BadPassword(Invalid):
    """The password is too easy to guess, in the words of those who found so."""


@transaction.atomic
def choose_password(guest: Guest, password: str) -> Person:
    """She signs in by her address from now on; her links end, and what other guests of it bought joins her shelf.

    Doing it again changes nothing. Raises NotProven, HasAccount, BadPassword.
    """
    joining.wait_for_owners(guest.address, guest.person)
    guest = Guest.objects.select_for_update(of=("self",)).select_related("person").get(pk=guest.pk)
    person = guest.person
    if guest.proven_at is None:
        raise NotProven("Please follow the link in your mail first: it shows that the address is yours.")
    if guest.claimed_at is not None:
        return person
    if Person.objects.filter(email__iexact=guest.address).exclude(pk=person.pk).exists():
        raise HasAccount("This address has an account. Sign in to it and open the link in your mail once more.")
    person.email = guest.address
    if not Person.objects.filter(username__iexact=guest.address).exists() and len(guest.address) <= LONGEST_NAME:
        person.username = guest.address
    _refuse_easy(password, person)
    # Refusals end here.
    person.set_password(password)
    person.save()
    guest.claimed_at, guest.links = clock.now(), guest.links + 1
    guest.save(update_fields=["claimed_at", "links"])
    joining.put_on_shelf(guest.address, person)
    return person


def _refuse_easy(password: str, person: Person) -> None:
    try:
        validate_password(password, person)
    except ValidationError as found:
        raise BadPassword(" ".join(found.messages)) from None
