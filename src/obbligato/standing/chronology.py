"""Tell all that happened in an incident in its order, from its rows: who, when, what and why. It only reads."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, time
from enum import StrEnum

from obbligato.standing.models import Incident


class Sort(StrEnum):
    """What kind of thing happened."""

    STEP = "step"
    STANDING = "standing"
    SIGNAL = "signal"
    LETTER = "letter"
    DOCUMENT = "document"
    RULING = "ruling"
    NOTE = "note"
    DAY = "day"
    """A day that is set, and not met."""


@dataclass(frozen=True)
class Event:
    """One thing that happened, or a day that is to come."""

    at: datetime
    sort: Sort
    what: str
    by: str = ""
    why: str = ""


def events(incident: Incident) -> list[Event]:
    """Everything, the oldest first; what happened in one moment in the order of its sorts."""
    order = list(Sort)
    return sorted(_all(incident), key=lambda one: (one.at, order.index(one.sort)))


def _all(incident: Incident) -> Iterator[Event]:
    for step in incident.steps.order_by("pk"):
        yield Event(step.at, Sort.STEP, step.get_after_display(), step.by, step.why)
    for row in incident.standings.order_by("pk"):
        share = f", {row.share_per_mille / 10:g} % of payments" if row.state == "restored_canary" else ""
        funds = ", funds held" if row.holds_funds else ""
        yield Event(row.since, Sort.STANDING, f"{row}{share}{funds}", row.by, row.why)
    for signal in incident.signals.select_related("block").order_by("pk"):
        yield Event(signal.block.since, Sort.SIGNAL, f"{signal.block.provider} said no", signal.block.by, str(signal))
    for letter in incident.letters.exclude(sent_at=None).order_by("pk"):
        assert letter.sent_at is not None
        yield Event(letter.sent_at, Sort.LETTER, f"Letter to {letter.to_name}", letter.sent_by, letter.subject)
    for paper in incident.documents.order_by("pk"):
        yield Event(paper.added_at, Sort.DOCUMENT, f"{paper.get_kind_display()}: {paper}", paper.added_by)
    yield from _of_rulings(incident)
    for note in incident.notes.order_by("pk"):
        yield Event(note.at, Sort.NOTE, str(note), note.by)
    for day in incident.deadlines.filter(met_at=None).order_by("pk"):
        at = datetime.combine(day.day, time(), UTC)
        yield Event(at, Sort.DAY, f"Due: {day.get_kind_display()}", day.set_by, day.note)


def _of_rulings(incident: Incident) -> Iterator[Event]:
    for ruling in incident.rulings.order_by("pk"):
        for word in ruling.words.exclude(checked_at=None).order_by("pk"):
            assert word.checked_at is not None
            said = "not believed" if word.is_rejected else "checked"
            yield Event(word.checked_at, Sort.RULING, f"{word} ({said})", word.checked_by, word.remark)
