"""What is to come: for everyone, and what a person ordered of it. It reads only."""

from obbligato.catalog.models import Artist, Label
from obbligato.catalog.restrictions import in_effect
from obbligato.kernel import clock
from obbligato.people.models import Person
from obbligato.sales.models import Order
from obbligato.sales.preorders.models import HELD, Announcement, PreOrder

SHOWN = 12
RELEASE = ("release__artist", "release__edition__cover")


def to_come(*, territory: str = "", **whose: Artist | Label) -> list[Announcement]:
    """What comes out next, of an artist or a label where one is named, and lists may show in the territory."""
    ahead = Announcement.objects.filter(out_at__isnull=True, at__gt=clock.now(), release__withdrawal__isnull=True)
    found = ahead.filter(**{f"release__{name}": value for name, value in whose.items()})
    next_ones = list(found.select_related(*RELEASE).order_by("at", "pk")[:SHOWN])
    shown = {release.pk for release in in_effect.listed_among((one.release for one in next_ones), territory=territory)}
    return [one for one in next_ones if one.release_id in shown]


def order_of(person: Person, announcement: Announcement) -> Order | None:
    """Her order of what is announced, where its money is held."""
    found = announcement.preorders.filter(HELD, order__person=person).select_related("order").first()
    return found.order if found else None


def awaited_by(person: Person) -> list[PreOrder]:
    """What she ordered ahead and waits for, the next to come first."""
    held = PreOrder.objects.filter(HELD, order__person=person)
    return list(
        held.select_related("order", *(f"announcement__{name}" for name in RELEASE)).order_by("announcement__at", "pk")
    )
