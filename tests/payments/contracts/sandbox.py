"""The sandbox and a payer at its page."""

from obbligato.payments.models import SandboxCharge
from obbligato.payments.providers.sandbox import processor
from obbligato.payments.providers.sandbox.provider import SandboxProvider


class SandboxBench:
    """It needs no double: it is one."""

    currencies = ("EUR", "JPY", "KWD")

    def __init__(self) -> None:
        self.provider = SandboxProvider()

    def approve(self, reference: str) -> None:
        processor.decide(reference, "approve")

    def refuse(self, reference: str) -> None:
        processor.decide(reference, "decline")

    def charges(self) -> int:
        return SandboxCharge.objects.count()
