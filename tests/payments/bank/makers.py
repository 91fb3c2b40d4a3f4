"""Statements as banks write them, in every format and version, from the same few lines."""

import io
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from typing import Any
from xml.sax.saxutils import escape

from obbligato.payments import top_ups
from obbligato.payments.bank.importing import Imported, import_file
from obbligato.payments.models import Attempt
from obbligato.people.models import Person

IBAN = "DE89370400440532013000"
OTHER_IBAN = "NL91ABNA0417164300"
PAYER_IBAN = "FR1420041010050500013M02606"
VERSIONS = ("02", "04", "08", "13")
DAY = date(2026, 11, 3)


@dataclass(frozen=True)
class Line:
    """One movement; the amount is signed and in major units."""

    amount: str
    text: str = ""
    on: date = DAY
    currency: str = "EUR"
    payer: str = "Alice Example"
    iban: str = PAYER_IBAN
    structured: str = ""
    end_to_end: str = "NOTPROVIDED"
    reference: str = ""
    is_reversal: bool = False
    is_return: bool = False
    status: str = "BOOK"
    parts: tuple["Line", ...] = ()

    @property
    def value(self) -> Decimal:
        return Decimal(self.amount)


def camt(
    lines: Sequence[Line],
    *,
    version: str = "08",
    kind: str = "053",
    account: str = IBAN,
    number: str = "1",
    opening: str = "100.00",
    closing: str = "",
    head: str = '<?xml version="1.0" encoding="UTF-8"?>',
    on: date = DAY,
) -> bytes:
    """A camt document of one statement. Without a closing balance, the one its lines lead to."""
    moved = sum(one.value for one in lines if one.status == "BOOK" and one.currency == "EUR")
    closing = closing or str(Decimal(opening) + moved)
    outer = {"053": "BkToCstmrStmt", "052": "BkToCstmrAcctRpt", "054": "BkToCstmrDbtCdtNtfctn"}[kind]
    inner = {"053": "Stmt", "052": "Rpt", "054": "Ntfctn"}[kind]
    entries = "".join(_ntry(one, version) for one in lines)
    return f"""{head}
<Document xmlns="urn:iso:std:iso:20022:tech:xsd:camt.{kind}.001.{version}"><{outer}>
<GrpHdr><MsgId>M1</MsgId><CreDtTm>{on}T20:00:00</CreDtTm></GrpHdr>
<{inner}><Id>S{number}</Id><ElctrncSeqNb>{number}</ElctrncSeqNb><CreDtTm>{on}T20:00:00</CreDtTm>
<Acct><Id><IBAN>{account}</IBAN></Id><Ccy>EUR</Ccy></Acct>
{_bal("OPBD", opening, on)}{_bal("CLBD", closing, on)}{entries}</{inner}></{outer}></Document>""".encode()


def mt940(lines: Sequence[Line], *, account: str = IBAN, number: str = "1/1", opening: str = "100.00") -> bytes:
    """A statement of a German bank: sub-fields with question marks, words with a plus."""
    rows = [f":20:STARTUMS\n:25:{account}\n:28C:{number}\n:60F:{_mt_balance(opening, DAY)}"]
    for one in lines:
        mark = ("RC" if one.value < 0 else "RD") if one.is_reversal else ("C" if one.value > 0 else "D")
        reference = one.reference or "NONREF"
        rows.append(f":61:{one.on:%y%m%d}{one.on:%m%d}{mark}{_comma(one.amount)}NTRFNONREF//{reference}")
        words = f"EREF+{one.end_to_end}SVWZ+{one.text}"
        pieces = "".join(f"?{20 + place}{words[27 * place : 27 * place + 27]}" for place in range(-(-len(words) // 27)))
        detail = f"166?00GUTSCHRIFT{pieces}?30TESTDEFF?31{one.iban}?32{one.payer}"
        rows.append(":86:" + "\n".join(detail[place : place + 65] for place in range(0, len(detail), 65)))
    closing = Decimal(opening) + sum(one.value for one in lines)
    rows.append(f":62F:{_mt_balance(str(closing), DAY)}\n-")
    return "\n".join(rows).encode()


def table(lines: Sequence[Line], delimiter: str = ",") -> bytes:
    """The plain form."""
    names = ["booked_on", "amount", "currency", "payer_name", "payer_iban", "remittance", "entry_reference"]
    rows = [delimiter.join([*names, "end_to_end_id"])]
    for one in lines:
        cells = [str(one.on), one.amount, one.currency, one.payer, one.iban, one.text, one.reference, one.end_to_end]
        rows.append(delimiter.join(f'"{cell}"' for cell in cells))
    return "\n".join(rows).encode()


def zipped(**files: bytes) -> bytes:
    """Files in a zip, by name."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return file.getvalue()


def take(content: bytes, name: str = "statement", **options: Any) -> Imported:
    """Import it as dana does."""
    return import_file(io.BytesIO(content), name=name, by="dana", **options)


def begin(person: Person, euros: str = "10.00", key: str = "k") -> Attempt:
    """She sets out to pay by bank transfer."""
    micro = int(Decimal(euros) * 1_000_000)
    return top_ups.start(
        person, provider="bank_transfer", amount_micro=micro, currency="EUR", key=key, return_url="/{number}"
    )


def paid(attempt: Attempt, amount: str = "", **other: Any) -> Line:
    """A transfer that bears the attempt's reference."""
    euros = amount or str(Decimal(attempt.amount_micro) / 1_000_000)
    return replace(Line(f"{Decimal(euros):.2f}", text=f"Invoice {attempt.provider_reference}"), **other)


def _bal(kind: str, amount: str, on: date) -> str:
    mark = "DBIT" if amount.startswith("-") else "CRDT"
    code = f"<Tp><CdOrPrtry><Cd>{kind}</Cd></CdOrPrtry></Tp>"
    amount = amount.removeprefix("-")
    return f'<Bal>{code}<Amt Ccy="EUR">{amount}</Amt><CdtDbtInd>{mark}</CdtDbtInd><Dt><Dt>{on}</Dt></Dt></Bal>'


def _ntry(one: Line, version: str) -> str:
    is_late = int(version) >= 7
    status = f"<Sts><Cd>{one.status}</Cd></Sts>" if is_late else f"<Sts>{one.status}</Sts>"
    reversal = "<RvslInd>true</RvslInd>" if one.is_reversal else ""
    reference = f"<AcctSvcrRef>{one.reference}</AcctSvcrRef>" if one.reference else ""
    details = "".join(_details(part, version) for part in (one.parts or (one,)))
    return (
        f'<Ntry><Amt Ccy="{one.currency}">{abs(one.value)}</Amt><CdtDbtInd>{_mark(one)}</CdtDbtInd>{reversal}{status}'
        f"<BookgDt><Dt>{one.on}</Dt></BookgDt><ValDt><Dt>{one.on}</Dt></ValDt>{reference}"
        f"<NtryDtls>{details}</NtryDtls></Ntry>"
    )


def _details(one: Line, version: str) -> str:
    amount = f'<Amt Ccy="{one.currency}">{abs(one.value)}</Amt>'
    if version == "02":
        amount = f"<AmtDtls><TxAmt>{amount}</TxAmt></AmtDtls>"
    else:
        amount += f"<CdtDbtInd>{_mark(one)}</CdtDbtInd>"
    name = f"<Nm>{escape(one.payer)}</Nm>"
    party = f"<Pty>{name}</Pty>" if int(version) >= 7 else name
    side = "Dbtr" if one.value > 0 else "Cdtr"
    account = f"<{side}Acct><Id><IBAN>{one.iban}</IBAN></Id></{side}Acct>" if one.iban else ""
    said = f"<Ustrd>{escape(one.text)}</Ustrd>" if one.text else ""
    if one.structured:
        said += f"<Strd><CdtrRefInf><Ref>{one.structured}</Ref></CdtrRefInf></Strd>"
    returned = "<RtrInf><Rsn><Cd>AC04</Cd></Rsn></RtrInf>" if one.is_return else ""
    return (
        f"<TxDtls><Refs><EndToEndId>{one.end_to_end}</EndToEndId></Refs>{amount}"
        f"<RltdPties><{side}>{party}</{side}>{account}</RltdPties><RmtInf>{said}</RmtInf>{returned}</TxDtls>"
    )


def _mark(one: Line) -> str:
    return "CRDT" if one.value > 0 else "DBIT"


def _mt_balance(amount: str, on: date) -> str:
    return f"{'D' if amount.startswith('-') else 'C'}{on:%y%m%d}EUR{_comma(amount)}"


def _comma(amount: str) -> str:
    return amount.lstrip("-").replace(".", ",")
