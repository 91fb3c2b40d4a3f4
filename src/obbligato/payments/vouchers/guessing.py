"""Count tries at codes: per person, per network and for the whole store. It never looks whether a code is right."""

from obbligato.people.throttle import count_attempt, network_of

WINDOW_SECONDS = 600
MOST_OF_A_PERSON, MOST_OF_A_NETWORK, MOST_OF_ALL = 10, 30, 1_000


def count_try(person_id: int | None, address: str) -> None:
    """One more try, of a visitor where there is no person. Whoever is over her own limit does not use up the others'.

    Raises TooManyAttempts.
    """
    if person_id is not None:
        count_attempt("voucher-person", str(person_id), limit=MOST_OF_A_PERSON, window_seconds=WINDOW_SECONDS)
    count_attempt("voucher-network", network_of(address), limit=MOST_OF_A_NETWORK, window_seconds=WINDOW_SECONDS)
    count_attempt("voucher", "all", limit=MOST_OF_ALL, window_seconds=WINDOW_SECONDS)
