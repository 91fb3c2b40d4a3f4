"""Choose the rails for one payment, best first, with a reason for each that is left out. Pure, and so replayable.

Nothing here looks at a clock, a database or a random number: the same question always has the same answer.
"""

from dataclasses import asdict, dataclass, field
from typing import Any

POLICY_VERSION = 3
"""Raised whenever the same question may have another answer."""
FULL = 10_000
"""Basis points of a whole."""


@dataclass(frozen=True)
class Rail:
    """What is known of one rail at the moment of asking. Shares, rates and costs in basis points."""

    name: str
    methods: tuple[str, ...]
    currencies: tuple[str, ...] | None
    countries: tuple[str, ...] | None
    least_micro: int
    most_micro: int
    domains: tuple[str, ...]
    cost_fixed_micro: int
    cost_basis_points: int
    is_admitted: bool = True
    """By its health, and as it asks for no pause."""
    block: str = ""
    """Why people or documents forbid it; empty where nothing does."""
    success_basis_points: int = FULL
    latency_ms: int = 0
    share_basis_points: int = 0
    """Of the volume of the last thirty days, of its largest failure domain."""
    is_within_share: bool = True
    """Whether who pays is among the share of people that it may carry for now."""
    methods_withheld: tuple[str, ...] = ()
    countries_withheld: tuple[str, ...] = ()
    """By its contract's state, not by its nature."""
    handicap_basis_points: int = 0
    """Taken from its score: it is about to go."""


@dataclass(frozen=True)
class Question:
    """One payment that looks for a rail. `wanted`, `tried` and `stuck` name rails; an empty method means any."""

    amount_micro: int
    currency: str
    method: str = ""
    country: str = ""
    wanted: str = ""
    tried: tuple[str, ...] = ()
    stuck: tuple[str, ...] = ()
    """Where a payment of the same person is not finished: used only where no other is left."""
    most_share_basis_points: int = FULL
    """A rail above it is used only where no other is left."""
    rails: tuple[Rail, ...] = ()


@dataclass(frozen=True)
class Answer:
    """Names of rails in the order to try them, and of each other one the sentence why not."""

    order: tuple[str, ...] = ()
    scores: dict[str, int] = field(default_factory=dict)
    refused: dict[str, str] = field(default_factory=dict)


def decide(question: Question) -> Answer:
    """The rails that may carry this payment; highest score first, ties by name."""
    refused = {rail.name: reason for rail in question.rails if (reason := _refusal(question, rail))}
    able = [rail for rail in question.rails if rail.name not in refused]
    scores = {rail.name: _score(question, rail) for rail in able}
    crowded = {rail.name for rail in able if rail.share_basis_points > question.most_share_basis_points}
    order = sorted(scores, key=lambda name: (name in question.stuck, name in crowded, -scores[name], name))
    return Answer(tuple(order), scores, refused)


def stored(value: Question | Answer) -> dict[str, Any]:
    """As a row keeps it: plain values for JSON."""
    return asdict(value)


def question_from(kept: dict[str, Any]) -> Question:
    """A question as stored() gave it, perhaps by way of JSON."""
    rails = tuple(Rail(**_with_tuples(one)) for one in kept["rails"])
    return Question(**{**_with_tuples(kept), "rails": rails})


def answer_from(kept: dict[str, Any]) -> Answer:
    """An answer as stored() gave it, perhaps by way of JSON."""
    return Answer(tuple(kept["order"]), dict(kept["scores"]), dict(kept["refused"]))


def _with_tuples(kept: dict[str, Any]) -> dict[str, Any]:
    """JSON knows no tuples."""
    return {key: tuple(value) if isinstance(value, list) else value for key, value in kept.items()}


def _refusal(question: Question, rail: Rail) -> str:
    """Why this rail cannot carry it; empty where it can. Law comes before health, health before arithmetic."""
    if rail.block:
        return f"It is blocked: {rail.block}"
    if question.wanted and rail.name != question.wanted:
        return "Another rail was asked for."
    if rail.name in question.tried:
        return "It was tried already."
    if question.method and question.method not in rail.methods:
        return f"It does not carry {question.method}."
    if refusal := _withheld(question, rail):
        return refusal
    if rail.currencies is not None and question.currency not in rail.currencies:
        return f"It does not carry {question.currency}."
    if rail.countries is not None and question.country and question.country not in rail.countries:
        return f"It does not serve {question.country}."
    if not rail.least_micro <= question.amount_micro <= rail.most_micro:
        return "It does not carry so small or so large an amount."
    return "" if rail.is_admitted else "It fails too often at the moment."


def _withheld(question: Question, rail: Rail) -> str:
    """What the state of its contract forbids; empty where it forbids nothing of this payment."""
    left = set(rail.methods) - set(rail.methods_withheld)
    if not left or (question.method and question.method not in left):
        return "It may not carry this method for now."
    if question.country and question.country in rail.countries_withheld:
        return f"It may not carry payments from {question.country} for now."
    return "" if rail.is_within_share else "It comes back step by step, and carries a small share only."


def _score(question: Question, rail: Rail) -> int:
    """Success first, then cost, then speed, then how little already hangs on it; in basis points of the amount."""
    cost = rail.cost_basis_points + rail.cost_fixed_micro * FULL // question.amount_micro
    slowness = min(500, rail.latency_ms // 20)
    concentration = rail.share_basis_points // 20
    return rail.success_basis_points - min(FULL, 2 * cost) - slowness - concentration - rail.handicap_basis_points
