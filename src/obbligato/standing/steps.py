"""Which state of an incident may follow which: the one table, and questions to it. Pure; it moves nothing."""

from obbligato.standing.words import State

ALLOWED: dict[State, frozenset[State]] = {
    State.DETECTED: frozenset({State.CONFIRMED, State.DISMISSED}),
    State.CONFIRMED: frozenset({State.BASIS_REQUESTED}),
    State.BASIS_REQUESTED: frozenset({State.BASIS_RECORDED, State.BASIS_REFUSED}),
    State.BASIS_RECORDED: frozenset({State.CURED_PENDING, State.CONTESTED}),
    State.BASIS_REFUSED: frozenset({State.BASIS_RECORDED, State.CURED_PENDING, State.CONTESTED}),
    State.CURED_PENDING: frozenset({State.RESTORED_CANARY, State.CONTESTED}),
    State.CONTESTED: frozenset({State.PROCEEDINGS}),
    State.PROCEEDINGS: frozenset({State.RULED}),
    State.RULED: frozenset({State.RESTORATION_DUE, State.CLOSED_UPHELD, State.PROCEEDINGS}),
    State.RESTORATION_DUE: frozenset({State.RESTORED_CANARY, State.ENFORCEMENT, State.PROCEEDINGS}),
    State.ENFORCEMENT: frozenset({State.RESTORED_CANARY, State.PROCEEDINGS}),
    # Suspended again on the way: due once more by the ruling, or contested where there is none.
    State.RESTORED_CANARY: frozenset(
        {State.CLOSED_RESTORED, State.RESTORATION_DUE, State.CONTESTED, State.PROCEEDINGS}
    ),
    # What a ruling closed, its reversal opens again.
    State.CLOSED_RESTORED: frozenset({State.PROCEEDINGS}),
    State.CLOSED_UPHELD: frozenset({State.PROCEEDINGS}),
    State.DISMISSED: frozenset(),
    State.SETTLED: frozenset(),
}
NOT_SETTLED_FROM = {State.DETECTED, State.DISMISSED, State.SETTLED, State.CLOSED_RESTORED, State.CLOSED_UPHELD}
"""From every other state an incident can be settled: what both sides agree on needs no court."""


def after(state: str) -> frozenset[State]:
    """Every state that may follow this one."""
    settled = frozenset() if State(state) in NOT_SETTLED_FROM else frozenset({State.SETTLED})
    return ALLOWED[State(state)] | settled


def is_allowed(before: str, now: str) -> bool:
    """Whether an incident may go from one state to the other."""
    return State(now) in after(before)
