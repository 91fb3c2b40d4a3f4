"""Which rows are asked about first, so that no rail holds up the others. It asks nobody."""

from typing import TypeVar

from django.db.models import Model, QuerySet

from obbligato.kernel import clock

Row = TypeVar("Row", bound=Model)


def longest_due(rows: QuerySet[Row], limit: int, *, rail: str = "provider") -> list[Row]:
    """Of each rail so many whose `ask_next_at` is over, those that wait longest first."""
    due = rows.filter(ask_next_at__lte=clock.now())
    names = due.order_by(rail).values_list(rail, flat=True).distinct()
    return [one for name in names for one in due.filter(**{rail: name}).order_by("ask_next_at", "pk")[:limit]]
