"""Demand what a ruling in force says, and no more than it says. It restores nothing itself."""

from datetime import date

from obbligato.kernel.refusals import Refused
from obbligato.standing import deadlines, effect, letters, ruling, walking, words
from obbligato.standing.models import Letter, Ruling
from obbligato.standing.words import Due, State


class NotInForce(Refused):
    """Nothing can be demanded by a ruling that is not in force, or no longer."""


def write(found: Ruling, *, language: str, to_name: str, to_email: str, answer_by: date, by: str) -> Letter:
    """The demand, ready to be read and sent. Raises NotInForce, letters.BadLetter."""
    _refuse_without_force(found)
    return letters.write(
        found.incident,
        words.Letter.DEMAND,
        language=language,
        to_name=to_name,
        to_email=to_email,
        answer_by=answer_by,
        by=by,
        ruling=found,
    )


def send(letter: Letter, *, by: str, is_by_mail: bool) -> Letter:
    """Send it, once, and have its day watched. Raises NotInForce, letters.BadLetter, letters.MailRefused."""
    incident = letter.incident
    if incident.state not in {State.RESTORATION_DUE, State.ENFORCEMENT}:
        raise NotInForce("Restoration is not due.")
    if letters.send(letter, by=by, is_by_mail=is_by_mail):
        deadlines.set_day(incident, Due.RESTORATION, letter.answer_by, by=by, note=f"Demanded: {letter.to_name}")
        walking.note(incident, f"Letter to {letter.to_name}: {letter.subject}", by=by)
    return letter


def _refuse_without_force(found: Ruling) -> None:
    if not effect.is_in_force(ruling.known(found)) or not ruling.restored_rails(found.incident):
        raise NotInForce("This ruling makes no restoration due.")
