"""Say public acts of a claim to the log: public facts as they are, personal values only as commitments."""

from collections.abc import Mapping

from obbligato.claims.models import Claim, ClaimStep, StatementOfReasons
from obbligato.transparency.announcing import announce


def received(claim: Claim) -> None:
    """That a notice came in."""
    announce(
        "claim.received",
        subject=claim.reference,
        facts={
            "law": claim.regime_name,
            "role": claim.role,
            "standing": claim.standing,
            "rights": claim.rights,
            "territories": list(claim.territories),
            "places": claim.targets.count(),
        },
        personal={"name": claim.name, "mail": claim.mail, "address": claim.address, "explanation": claim.explanation},
    )


def step(made: ClaimStep, facts: Mapping[str, str] = {}, personal: Mapping[str, str] = {}) -> None:
    """That a claim moved. What somebody wrote as a reason may name people; a statement of reasons does not."""
    said: dict[str, object] = {"act": made.act, "from": made.source, "to": made.target, "by": made.who, **facts}
    if made.statement is not None:
        said["decision"] = made.statement.number
    if made.order is not None:
        said["order"] = made.order.number
    secret = {"reason": made.reason, "person": made.by} if made.reason else {"person": made.by}
    announce(f"claim.{made.act}", subject=made.claim.reference, facts=said, personal={**secret, **personal})


def decided(statement: StatementOfReasons) -> None:
    """That something is restricted, and why."""
    announce(
        "decision.made",
        subject=f"decision:{statement.number}",
        facts={
            "claim": statement.claim.number,
            "ground": statement.ground,
            "legal_ground": statement.legal_ground,
            "facts": statement.facts,
            "explanation": statement.explanation,
            "territories": list(statement.territories),
            "effects": list(statement.effects),
        },
        personal={"person": statement.made_by},
    )


def lifted(statement: StatementOfReasons) -> None:
    """That a restriction ended."""
    announce("restriction.lifted", subject=f"decision:{statement.number}", facts={"claim": statement.claim.number})
