"""Which rows are asked about first, so that no rail holds up the others. It asks nobody."""

from typing import TypeVar

from django.db.models import Model, QuerySet

from obbligato.kernel import clock

Row = TypeVar("Row", bound=Model)


def longest_due(rows: QuerySet[Row], limit: int, *, rail: str = "provider", time: str = "ask_next_at") -> list[Row]:
    """Of each rail so many whose time is over, those that wait longest first; `rail` and `time` name their fields."""
    due = rows.filter(**{f"{time}__lte": clock.now()})
    names = due.order_by(rail).values_list(rail, flat=True).distinct()
    return [one for name in names for one in due.filter(**{rail: name}).order_by(time, "pk")[:limit]]
