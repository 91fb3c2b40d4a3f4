"""Put what was bought for an address onto the shelf of an account. Money and papers stay where they were."""

from django.db import transaction

from obbligato.people import turns
from obbligato.people.models import Person
from obbligato.sales.guests.models import Guest
from obbligato.sales.models import Purchase


@transaction.atomic
def put_on_shelf(address: str, person: Person) -> int:
    """All that guests of this address own is hers from now on; how many tracks.

    Whoever calls this has seen proof that the address is hers. Doing it again changes nothing.
    """
    owners = wait_for_owners(address, person)
    return Purchase.objects.filter(person_id__in=owners).exclude(person=person).update(person=person)


def wait_for_owners(address: str, person: Person) -> list[int]:
    """Hold her and all guests of the address until the transaction ends, in one order for all; gives their keys."""
    owners = sorted({*Guest.objects.of(address).values_list("person_id", flat=True), person.pk})
    for one in owners:
        turns.wait_for(one)
    return owners
