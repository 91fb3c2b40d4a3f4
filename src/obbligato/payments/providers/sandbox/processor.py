"""The outside company the sandbox plays: it keeps its own books and knows nothing of the store."""

import secrets
from datetime import timedelta

from django.db import transaction

from obbligato.kernel import clock
from obbligato.payments.models import SandboxCharge

DELAY = timedelta(seconds=20)
PATIENCE = timedelta(hours=1)
UNDECIDED = ("open", "challenge")
NEXT_STATE = {
    ("open", "approve"): "captured",
    ("open", "decline"): "declined",
    ("open", "challenge"): "challenge",
    ("open", "delay"): "delayed",
    ("challenge", "challenge_passed"): "captured",
    ("challenge", "challenge_failed"): "declined",
}


def create(*, idempotency_key: str, amount_micro: int, currency: str, return_url: str) -> SandboxCharge:
    """A charge waiting for its payer; the same key again gives the same charge."""
    charge, _ = SandboxCharge.objects.get_or_create(
        idempotency_key=idempotency_key,
        defaults={
            "reference": f"sbx_{secrets.token_hex(12)}",
            "amount_micro": amount_micro,
            "currency": currency,
            "return_url": return_url,
        },
    )
    return charge


def find(*, reference: str = "", idempotency_key: str = "") -> SandboxCharge | None:
    """A charge by its reference or key; a delayed one is captured in time, one left undecided expires."""
    wanted = {"reference": reference} if reference else {"idempotency_key": idempotency_key}
    charge = SandboxCharge.objects.filter(**wanted).first()
    if charge and charge.state == "delayed" and clock.now() - charge.created_at >= DELAY:
        charge.state = "captured"
        charge.save(update_fields=["state"])
    if charge and charge.state in UNDECIDED and clock.now() - charge.created_at > PATIENCE:
        # Only what is still undecided expires: the payer may choose at this very moment.
        SandboxCharge.objects.filter(pk=charge.pk, state__in=UNDECIDED).update(state="expired")
        charge.refresh_from_db()
    return charge


@transaction.atomic
def decide(reference: str, outcome: str) -> SandboxCharge | None:
    """The payer chose on the hosted page. A charge that is decided already stays as it is."""
    charge = SandboxCharge.objects.select_for_update().filter(reference=reference).first()
    if charge is None:
        return None
    charge.state = NEXT_STATE.get((charge.state, outcome), charge.state)
    charge.save(update_fields=["state"])
    return charge


@transaction.atomic
def refund(*, reference: str, idempotency_key: str, amount_micro: int) -> str | None:
    """Send part of a captured charge back; the same key again is the same refund. None where it has no such amount."""
    charge = SandboxCharge.objects.select_for_update().filter(reference=reference, state="captured").first()
    if charge is None:
        return None
    known: dict[str, int] = charge.refunds
    if idempotency_key not in known:
        if sum(known.values()) + amount_micro > charge.amount_micro:
            return None
        charge.refunds = {**known, idempotency_key: amount_micro}
        charge.save(update_fields=["refunds"])
    return _refund_reference(idempotency_key)


def find_refund(*, reference: str, idempotency_key: str) -> str | None:
    """The reference of a refund that was asked for under this key."""
    charge = SandboxCharge.objects.filter(reference=reference).first()
    return _refund_reference(idempotency_key) if charge and idempotency_key in charge.refunds else None


def balance_micro(currency: str) -> int:
    """What it took for the store in that currency and has not sent back."""
    captured = SandboxCharge.objects.filter(currency=currency, state="captured")
    return sum(charge.amount_micro - sum(charge.refunds.values()) for charge in captured)


def void(reference: str) -> None:
    """Give up a charge that nobody has decided."""
    SandboxCharge.objects.filter(reference=reference, state__in=UNDECIDED).update(state="voided")


def _refund_reference(idempotency_key: str) -> str:
    return f"sbxr_{idempotency_key[:24]}"
