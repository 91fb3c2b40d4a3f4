"""Join what a provider says of one attempt, in any order and any number of times, to the same state. Pure."""

from obbligato.payments.models import Attempt

State = Attempt.State
ORDER = (
    State.PREPARED,
    State.DISPATCHED,
    State.UNKNOWN,
    State.NOT_SENT,
    State.ACTION_REQUIRED,
    State.DECLINED,
    State.VOIDED,
    State.EXPIRED,
    State.MISMATCH,
    State.SUCCEEDED,
)
"""A chain, and so a join-semilattice: the later of two is their join. Money that moved always wins.

The first three are what we know by ourselves; what a provider says is above them."""
RANK = {state: rank for rank, state in enumerate(ORDER)}


def is_news(known: str, said: str) -> bool:
    """Whether what is said goes beyond what is known."""
    return RANK[State(said)] > RANK[State(known)]


def join(one: str, other: str) -> Attempt.State:
    """The least state that both allow: commutative, associative, idempotent."""
    return max(State(one), State(other), key=RANK.__getitem__)
