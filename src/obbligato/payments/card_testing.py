"""Tell a thief with a list of cards from a buyer whose card was refused, by how many were. It blocks no rail.

A buyer tries her two or three cards; a list has hundreds. What tells one card from another is a mark of the provider's.
"""

from obbligato.kernel.refusals import TooMany
from obbligato.payments.models import Attempt
from obbligato.people.throttle import count_different, has_too_many

MOST_CARDS = 5
"""Different ones that were refused, of one person in a day."""
WINDOW_SECONDS = 24 * 60 * 60
OF_PERSON, OF_ATTEMPT = "refused-cards-of-person", "refused-cards-of-attempt"


class TooManyCards(TooMany):
    """So many different cards of one person were refused that no other may be tried for a while."""


def note(attempt: Attempt, instrument: str) -> bool:
    """A card was refused. True where this payment has seen too many, and is to be given up."""
    for what, key in ((OF_PERSON, attempt.person_id), (OF_ATTEMPT, attempt.pk)):
        count_different(what, str(key), instrument, limit=MOST_CARDS, window_seconds=WINDOW_SECONDS)
    return is_tested_by(attempt)


def is_tested_by(attempt: Attempt) -> bool:
    """Whether cards are tried out by this payment."""
    return has_too_many(OF_ATTEMPT, str(attempt.pk), limit=MOST_CARDS)


def refuse_too_many(person_id: int) -> None:
    """Raises TooManyCards where this person's cards are not to be tried for now."""
    if has_too_many(OF_PERSON, str(person_id), limit=MOST_CARDS):
        raise TooManyCards(
            "Too many different cards were refused. Please pay another way, or try again tomorrow.",
            retry_after_seconds=WINDOW_SECONDS,
        )
