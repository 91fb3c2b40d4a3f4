"""Tell what the operator is, as laws on claims ask it. It decides nothing about a claim."""

from obbligato.claims.models import Policy


def current() -> Policy:
    """The policy that holds now: a small enterprise without an agent in the United States, until one is set."""
    return Policy.objects.first() or Policy()


def declare(*, is_large: bool, us_agent: str, by: str) -> Policy:
    """From now on this holds; what runs already keeps its law."""
    return Policy.objects.create(is_large=is_large, us_agent=" ".join(us_agent.split())[:300], set_by=by[:150])
