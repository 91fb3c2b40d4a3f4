"""See to an alert that the bank's next file answered by itself. It raises none."""

from obbligato.kernel import clock
from obbligato.payments.models import Alert

BY = "the next statement"


def settle(kind: str, *subjects: str) -> None:
    """What these were about is known now: nobody has to look any more."""
    open_ones = Alert.objects.filter(kind=kind, subject__in=[one[:150] for one in subjects], seen_at__isnull=True)
    open_ones.update(seen_at=clock.now(), seen_by=BY)


def settle_others(kind: str, beginning: str, subjects: set[str]) -> None:
    """All of a kind whose subjects begin so are seen to, but these."""
    open_ones = Alert.objects.filter(kind=kind, subject__startswith=f"{beginning} ", seen_at__isnull=True)
    open_ones.exclude(subject__in=[one[:150] for one in subjects]).update(seen_at=clock.now(), seen_by=BY)
