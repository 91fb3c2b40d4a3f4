"""What the sandbox processor's own page shows and does. It is the outside company's side, not the store's."""

from obbligato.payments import registry
from obbligato.payments.models import SandboxCharge


def charge(reference: str) -> SandboxCharge:
    """The charge its payer is looking at. Raises NoSuchCharge."""
    return registry.sandbox_charge(reference)


def decide(reference: str, outcome: str) -> SandboxCharge:
    """The payer's choice: approve, decline, challenge, challenge_passed, challenge_failed or delay."""
    return registry.sandbox_decide(reference, outcome)
