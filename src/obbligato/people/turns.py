"""Let one person's acts be taken in turn, so that two clicks cannot pass one another. It counts and refuses nothing."""

from django.db.models import QuerySet

from obbligato.kernel.questions import question
from obbligato.people.models import Person


def wait_for(person_id: int) -> None:
    """Hold this person until the transaction around it ends; whoever wants her meanwhile waits.

    Rows that only name her are written all the same: no key of hers changes (PostgreSQL's FOR NO KEY UPDATE).
    """
    (_,) = _held(person_id)


@question
def _held(person_id: int) -> QuerySet[Person, tuple[int]]:
    return Person.objects.select_for_update(no_key=True).filter(pk=person_id).values_list("pk")
