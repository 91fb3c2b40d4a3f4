"""A bank that keeps the store's account, and books what payers, an operator and it itself do. It reads no ledger."""

from dataclasses import dataclass
from datetime import date, timedelta
from random import Random
from xml.sax.saxutils import escape

from obbligato.kernel import clock
from obbligato.kernel.money import plain_amount

IBAN = "DE89370400440532013000"
PAYER_IBAN = "FR1420041010050500013M02606"
HEAD = """<?xml version="1.0" encoding="UTF-8"?>
<Document xmlns="urn:iso:std:iso:20022:tech:xsd:camt.053.001.08"><BkToCstmrStmt><Stmt><Id>{number}</Id>
<ElctrncSeqNb>{number}</ElctrncSeqNb><Acct><Id><IBAN>{iban}</IBAN></Id><Ccy>EUR</Ccy></Acct>{balances}"""
BALANCE = """<Bal><Tp><CdOrPrtry><Cd>{kind}</Cd></CdOrPrtry></Tp><Amt Ccy="EUR">{amount}</Amt>
<CdtDbtInd>{sign}</CdtDbtInd><Dt><Dt>{day}</Dt></Dt></Bal>"""
ENTRY = """<Ntry><Amt Ccy="EUR">{amount}</Amt><CdtDbtInd>{sign}</CdtDbtInd>{reversal}<Sts><Cd>BOOK</Cd></Sts>
<BookgDt><Dt>{day}</Dt></BookgDt>{own}<NtryDtls><TxDtls><Refs><EndToEndId>{end_to_end_id}</EndToEndId></Refs>
<RltdPties><{side}><Pty><Nm>{name}</Nm></Pty></{side}><{side}Acct><Id><IBAN>{iban}</IBAN></Id></{side}Acct></RltdPties>
<RmtInf><Ustrd>{text}</Ustrd></RmtInf></TxDtls></NtryDtls></Ntry>"""
TAIL = "</Stmt></BkToCstmrStmt></Document>"


@dataclass(frozen=True)
class Line:
    """What the bank booked; above zero it came in. Some banks give each line a reference of their own, some do not."""

    booked_on: date
    amount_micro: int
    text: str
    own: str = ""
    end_to_end_id: str = ""
    is_reversal: bool = False


class FakeBank:
    """One account; `lot` is the world's own randomness."""

    def __init__(self, lot: Random) -> None:
        self._lot, self._statements = lot, 0
        self.lines: list[Line] = []
        self.sent: set[str] = set()
        """The ids of transfers an operator has sent here."""

    @property
    def balance_micro(self) -> int:
        return sum(one.amount_micro for one in self.lines)

    def pay_in(self, amount_micro: int, reference: str) -> None:
        """A payer's transfer, with the reference as people write it: spaced, small, amid other words, or lost."""
        spaced = " ".join(reference[start : start + 4] for start in range(0, len(reference), 4))
        forms = (reference, spaced, spaced.lower(), f"my order {reference}, thank you", "records")
        self._book(amount_micro, self._lot.choices(forms, (6, 3, 2, 2, 1))[0])

    def send(self, end_to_end_id: str, amount_micro: int) -> None:
        """An operator sends a transfer; twice she does not. Now and then it comes back."""
        if end_to_end_id in self.sent:
            return
        self.sent.add(end_to_end_id)
        self._book(-amount_micro, "refund", end_to_end_id=end_to_end_id)
        if self._lot.random() < 0.1:
            self._book(amount_micro, "account closed", end_to_end_id=end_to_end_id)

    def take_back(self) -> None:
        """Undo one of the last transfers that came in, as after a recall."""
        undone = {one.own for one in self.lines if one.is_reversal}
        can_be = [one for one in self.lines[-20:] if one.own and one.amount_micro > 0 and not one.end_to_end_id]
        open_ones = [one for one in can_be if one.own not in undone]
        if open_ones:
            one = self._lot.choice(open_ones)
            self.lines.append(Line(clock.today(), -one.amount_micro, one.text, own=one.own, is_reversal=True))

    def statement(self, days: int) -> bytes:
        """A camt.053 of the last days, today's as far as it has come; longer ones overlap what was given before."""
        self._statements += 1
        first = clock.today() - timedelta(days=days)
        before = sum(one.amount_micro for one in self.lines if one.booked_on < first)
        lines = [one for one in self.lines if one.booked_on >= first]
        closing = before + sum(one.amount_micro for one in lines)
        balances = _balance("OPBD", first, before) + _balance("CLBD", clock.today(), closing)
        head = HEAD.format(number=self._statements, iban=IBAN, balances=balances)
        return (head + "".join(_entry(one) for one in lines) + TAIL).encode()

    def _book(self, amount_micro: int, text: str, *, end_to_end_id: str = "") -> None:
        own = f"BANK{len(self.lines):06}" if self._lot.random() < 0.7 else ""
        self.lines.append(Line(clock.today(), amount_micro, text, own, end_to_end_id))


def _balance(kind: str, day: date, micro: int) -> str:
    return BALANCE.format(kind=kind, amount=plain_amount(abs(micro), "EUR"), sign=_sign(micro), day=day)


def _entry(line: Line) -> str:
    return ENTRY.format(
        amount=plain_amount(abs(line.amount_micro), "EUR"),
        sign=_sign(line.amount_micro),
        reversal="<RvslInd>true</RvslInd>" if line.is_reversal else "",
        day=line.booked_on,
        own=f"<AcctSvcrRef>{line.own}</AcctSvcrRef>" if line.own else "",
        end_to_end_id=line.end_to_end_id or "NOTPROVIDED",
        side="Dbtr" if line.amount_micro > 0 else "Cdtr",
        name="A Payer",
        iban=PAYER_IBAN,
        text=escape(line.text),
    )


def _sign(micro: int) -> str:
    return "CRDT" if micro >= 0 else "DBIT"
