"""Let whoever has the link see a wishlist, or nobody any more. It shows no one's address or purchases."""

from obbligato.kernel import chance
from obbligato.kernel.refusals import Missing
from obbligato.people.models import Person
from obbligato.sales.wishlist.models import OpenList


class NoSuchList(Missing):
    """There is no list under this link, or it was closed."""


def open_to_all(person: Person, name: str) -> OpenList:
    """A link to her list under that name; an open one keeps its link and takes the name."""
    shown = " ".join(name.split())[:80]
    opened, is_new = OpenList.objects.get_or_create(person=person, defaults={"number": chance.token(16), "name": shown})
    if not is_new and opened.name != shown:
        opened.name = shown
        opened.save(update_fields=["name"])
    return opened


def close(person: Person) -> None:
    """Her link shows nothing from now on; the next one is another."""
    OpenList.objects.filter(person=person).delete()


def open_list_of(person: Person) -> OpenList | None:
    """Her list's link, where it is open."""
    return OpenList.objects.filter(person=person).first()


def list_with(number: str) -> OpenList:
    """The list of a link. Raises NoSuchList."""
    found = OpenList.objects.select_related("person").filter(number=number[:32], person__is_active=True).first()
    if found is None:
        raise NoSuchList("There is no wishlist under this link. Perhaps it was closed.")
    return found
