"""End a purchase, and let it stand again. What is ended is not owned and can be bought again; no money moves here."""

from obbligato.kernel import clock
from obbligato.sales.models import OrderLine, Purchase


def end(line: OrderLine, *, by: str, reason: str) -> bool:
    """End the purchase of a line; whether it stood until now."""
    standing = Purchase.objects.standing().filter(line=line)
    return bool(standing.update(ended_at=clock.now(), ended_by=by[:150], end_reason=reason[:200]))


def restore(line: OrderLine) -> None:
    """Let an ended purchase stand again, as if it had never ended."""
    Purchase.objects.filter(line=line).update(ended_at=None, ended_by="", end_reason="")
