"""What buyers, an operator and the bank do about transfers in the simulation, each an act by lot. It checks nothing."""

import io
from collections.abc import Callable
from random import Random

from obbligato.ledger import accounts
from obbligato.payments.bank import assigning
from obbligato.payments.bank.importing import import_file
from obbligato.payments.bank.models import RAIL, BankEntry, OutgoingTransfer
from obbligato.payments.models import Attempt
from obbligato.people.models import Person
from obbligato.simulation.bank import FakeBank
from obbligato.simulation.invariants import Violated

CENT, EURO = 10_000, 1_000_000
EVER_DAYS = 100_000
NOT_MOVED = (BankEntry.State.WAITING, BankEntry.State.OTHER)
"""Entries that people have to look at before they are anything in the books."""


class Transfers:
    """The store's account at the bank, and everyone who has to do with it."""

    def __init__(self, lot: Random) -> None:
        self._lot, self.bank = lot, FakeBank(lot)
        self._given: list[bytes] = []
        self.acts: list[tuple[int, Callable[[], None]]] = [
            (6, self.pay_in),
            (5, self.import_statement),
            (2, self.send),
            (1, self.cancel_transfer),
            (1, self.say_whose),
            (1, self.recall),
        ]

    def pay_in(self) -> None:
        """A transfer for one of the last payments, awaited or not: as much as asked, less, more, or a cent."""
        made = list(Attempt.objects.filter(provider=RAIL).exclude(provider_reference="").order_by("-pk")[:20])
        if made:
            one = self._lot.choice(made)
            others = (one.amount_micro // 2 // CENT * CENT or CENT, one.amount_micro + EURO, CENT)
            amount = one.amount_micro if self._lot.random() < 0.7 else self._lot.choice(others)
            second = f" {self._lot.choice(made).provider_reference}" if self._lot.random() < 0.03 else ""
            self.bank.pay_in(amount, one.provider_reference + second)

    def import_statement(self) -> None:
        """Of the last days, overlapping; now and then a file that was imported before."""
        if self._given and self._lot.random() < 0.1:
            self._import(self._lot.choice(self._given))
        else:
            self._given = [*self._given[-5:], self.bank.statement(self._lot.randrange(12))]
            self._import(self._given[-1])

    def send(self) -> None:
        """The operator makes transfers at her bank, of what the store lists."""
        for one in OutgoingTransfer.objects.filter(state=OutgoingTransfer.State.TO_SEND).order_by("pk")[:5]:
            self.bank.send(one.end_to_end_id, one.amount_micro)

    def cancel_transfer(self) -> None:
        """Perhaps one that has left the bank already, which nobody here has heard of."""
        one = OutgoingTransfer.objects.filter(state=OutgoingTransfer.State.TO_SEND).order_by("pk").first()
        if one is not None:
            assigning.keep(one, by="dana")

    def say_whose(self) -> None:
        """What nobody could name is somebody's, or goes back; above the limit another person says the same."""
        entry = BankEntry.objects.filter(state=BankEntry.State.UNIDENTIFIED).order_by("pk").first()
        if entry is None:
            return
        by = "erin" if entry.proposed_by == "dana" else "dana"
        attempt = Attempt.objects.filter(provider=RAIL, currency=entry.currency).order_by("-pk").first()
        choice = entry.pk % 3
        if choice == 0 and attempt is not None:
            number = entry.proposal.removeprefix("attempt ") or attempt.number
            assigning.to_attempt(entry, number, by=by)
        elif choice == 1:
            person = Person.objects.filter(username__startswith="buyer").order_by("pk").first()
            assert person is not None
            assigning.to_person(entry, person, by=by)
        else:
            assigning.send_back(entry, by=by)

    def recall(self) -> None:
        """A payer's bank calls a transfer back."""
        self.bank.take_back()

    def settle(self) -> None:
        """Everything is sent and every statement imported: the books say of the account what the bank says (8)."""
        self._import(self.bank.statement(EVER_DAYS))
        while left := OutgoingTransfer.objects.filter(state=OutgoingTransfer.State.TO_SEND):
            for one in left:
                self.bank.send(one.end_to_end_id, one.amount_micro)
            self._import(self.bank.statement(EVER_DAYS))
        open_micro = sum(one.amount_micro for one in BankEntry.objects.filter(state__in=NOT_MOVED))
        ours_micro = -accounts.balance_micro(accounts.clearing_of(RAIL, "EUR")) + open_micro
        if ours_micro != self.bank.balance_micro:
            raise Violated(8, f"the bank holds {self.bank.balance_micro}, the books say {ours_micro}")

    def _import(self, content: bytes) -> None:
        import_file(io.BytesIO(content), name="statement.xml", by="dana")
