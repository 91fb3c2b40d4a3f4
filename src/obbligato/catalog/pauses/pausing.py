"""Pause what a label publishes, end that, and refuse what is new of a paused one. It touches nothing on sale."""

from collections.abc import Iterable
from datetime import datetime

from obbligato.catalog.models import Label
from obbligato.catalog.pauses.models import LabelPause
from obbligato.kernel import clock
from obbligato.kernel.refusals import Forbidden


class LabelPaused(Forbidden):
    """Nothing new of this label is published until a day."""


def pause(label: Label, *, until: datetime, reference: str) -> LabelPause:
    """From now on, until that moment, nothing new of the label is published."""
    return LabelPause.objects.create(label=label, until=until, reference=reference)


def lift(reference: str) -> None:
    """What this decision paused may be published again; where it paused nothing, nothing changes."""
    LabelPause.objects.filter(reference=reference, lifted_at__isnull=True).update(lifted_at=clock.now())


def refuse_paused(labels: Iterable[str]) -> None:
    """Raises LabelPaused where one of these labels, by name, is paused now."""
    running = LabelPause.objects.filter(lifted_at__isnull=True, until__gt=clock.now(), label__name__in=set(labels))
    found = running.select_related("label").order_by("-until").first()
    if found is not None:
        raise LabelPaused(
            f"Nothing new of {found.label} is published until {found.until:%-d %B %Y}, by decision {found.reference}."
            " What is on sale stays."
        )
