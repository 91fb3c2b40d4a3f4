"""Read SWIFT's MT940 statements with the :86: lines of German, Dutch, Polish and plain banks. No database."""

import re
from datetime import date
from typing import Any

import mt940
from mt940.options import Options
from stdnum import iban

from obbligato.kernel.refusals import Refused
from obbligato.payments.bank.statements import (
    LARGEST_BALANCE_MICRO,
    BadStatement,
    Balance,
    Entry,
    Source,
    Statement,
    StatementTooLarge,
    checked,
    micro_of,
    reference_or_none,
    tidy,
    tidy_iban,
)

MOST_BYTES = 20_000_000
MARKED_OTHERWISE = re.compile(r"^:86:(\d{3})([<~^])(?=\d\d)(.*?)(?=^:\d\d|^-|\Z)", re.MULTILINE | re.DOTALL)
"""Sub-fields as Polish and Hungarian banks mark them, where German ones have a question mark."""
SLASHED = re.compile(
    r"/(TRTP|IBAN|BIC|NAME|REMI|EREF|CNTP|ORDP|BENM|CSID|MARF|KREF|PREF|PURP|RTRN|ULTD|ULTC|ISDT|ADDR|ID)/"
)
"""Words of Dutch and Belgian banks: /NAME/…/REMI/…"""
WRITTEN_IBAN = re.compile(r"\b[A-Z]{2}[0-9]{2}[A-Z0-9]{11,30}\b")
UNDOES = {"RC", "RD"}


def read_mt940(source: Source) -> list[Statement]:
    """Every statement of the file, its pages put together. Raises BadStatement."""
    text = _decoded(source.read(MOST_BYTES + 1))
    try:
        blocks = mt940.parse_statements(_marked_alike(text), options=Options.all())
        read = [_page(one) for one in blocks]
    except Refused:
        raise
    except Exception as trouble:  # The library has no exception of its own: it lets through whatever was in its way.
        raise BadStatement(f"The MT940 cannot be read: {tidy(str(trouble), 120) or 'it is cut off'}.") from None
    if not read:
        raise BadStatement("There is no MT940 statement in this file.")
    return [checked(one) for one in _whole(read)]


def _decoded(content: bytes) -> str:
    if len(content) > MOST_BYTES:
        raise StatementTooLarge("No MT940 statement is larger than 20 MB. Please ask your bank for shorter ones.")
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = content.decode("cp1252", "replace")
    return text.replace("\r\n", "\n").replace("\r", "\n")


def _marked_alike(text: str) -> str:
    return MARKED_OTHERWISE.sub(
        lambda match: f":86:{match[1]}?" + re.sub(rf"{re.escape(match[2])}(?=\d\d)", "?", match[3]), text
    )


def _page(block: "mt940.models.Transactions") -> Statement:
    said = block.data
    opening = _balance(said.get("final_opening_balance") or said.get("intermediate_opening_balance"))
    closing = _balance(said.get("final_closing_balance") or said.get("intermediate_closing_balance"))
    currency = block.currency or ""
    account = tidy(said.get("account_identification"), 60)
    return Statement(
        account=account,
        currency=currency,
        number=tidy(said.get("statement_number"), 40),
        opening=opening,
        closing=closing,
        entries=[_entry(one.data, currency, account) for one in block if one.data.get("amount")],
    )


def _whole(pages: list[Statement]) -> list[Statement]:
    """Pages of one statement bear its number, one after another (SWIFT field 28C)."""
    found: list[Statement] = []
    for page in pages:
        before = found[-1] if found else None
        is_next = before and (before.account, before.number) == (page.account, page.number)
        if before and is_next and page.number and before.closing == page.opening:
            found[-1] = Statement(
                account=page.account,
                currency=page.currency,
                number=page.number,
                opening=before.opening,
                closing=page.closing,
                entries=[*before.entries, *page.entries],
            )
        else:
            found.append(page)
    return found


def _balance(found: Any) -> Balance | None:  # noqa: ANN401
    if found is None or found.amount is None:
        return None
    value = found.amount.amount
    micro = micro_of(str(abs(value)), found.amount.currency, most_micro=LARGEST_BALANCE_MICRO)
    return Balance(_plain_day(found.date), -micro if value < 0 else micro)


def _entry(said: dict[str, Any], currency: str, account: str) -> Entry:
    value = said["amount"].amount
    written = tidy(said.get("transaction_details"))
    slashed = _slashed(written)
    mark = str(said.get("status") or "").upper()
    micro = micro_of(str(abs(value)), currency)
    return Entry(
        booked_on=_plain_day(said.get("guessed_entry_date") or said["date"]),
        value_on=_plain_day(said["date"]),
        amount_micro=-micro if value < 0 else micro,
        currency=currency,
        payer_name=tidy(said.get("applicant_name") or slashed.get("NAME"), 140),
        payer_iban=_iban(said, slashed, written, account),
        text=_remittance(said) or slashed.get("REMI") or written or tidy(said.get("extra_details")),
        end_to_end_id=reference_or_none(said.get("end_to_end_reference") or slashed.get("EREF"), 70),
        bank_reference=reference_or_none(said.get("bank_reference")),
        is_reversal=mark in UNDOES,
        is_return="RTRN" in slashed,
    )


def _remittance(said: dict[str, Any]) -> str:
    parts = [said.get("purpose"), said.get("additional_purpose")]
    return tidy("".join(one for one in parts if one))


def _slashed(text: str) -> dict[str, str]:
    """What stands after each word between slashes; of a word that comes twice, the first."""
    pieces = SLASHED.split(f"/{text}" if text[:1].isalpha() else text)
    found: dict[str, str] = {}
    for word, value in zip(pieces[1::2], pieces[2::2], strict=True):
        found.setdefault(word, value.strip("/ "))
    if "CNTP" in found:  # One field of four: account, BIC, name, town.
        account, _, rest = found["CNTP"].partition("/")
        found.setdefault("IBAN", account)
        found.setdefault("NAME", rest.partition("/")[2].partition("/")[0])
    if "REMI" in found:
        found["REMI"] = re.sub(r"^(USTD|STRD)/+(CUR/)?", "", found["REMI"])
    return found


def _iban(said: dict[str, Any], slashed: dict[str, str], written: str, account: str) -> str:
    """The payer's, where the bank names it in its place; else the only valid one in the text that is not our own."""
    for one in (said.get("gvc_applicant_iban"), said.get("applicant_iban"), slashed.get("IBAN")):
        if one and iban.is_valid(one):
            return tidy_iban(one)
    others = {one for one in WRITTEN_IBAN.findall(written) if iban.is_valid(one) and not account.startswith(one)}
    return others.pop() if len(others) == 1 else ""


def _plain_day(day: date) -> date:
    return date(day.year, day.month, day.day)
