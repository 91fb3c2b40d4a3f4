"""Read camt.053 statements (ISO 20022), versions 2 to 13, piece by piece. No entity, DTD or network is ever followed.

Only a statement is money: a camt.052 tells of a day that is not over, a camt.054 announces what the next statement
books. Both are refused, so that nothing counts twice.
"""

import re
from dataclasses import replace

from lxml import etree

from obbligato.payments.bank.statements import (
    LARGEST_BALANCE_MICRO,
    MOST_ENTRIES,
    BadStatement,
    Balance,
    Entry,
    Source,
    Statement,
    StatementTooLarge,
    checked,
    day_of,
    micro_of,
    reference_or_none,
    tidy,
    tidy_iban,
)

NAMESPACE = re.compile(r"\{urn:iso:std:iso:20022:tech:xsd:camt\.(\d{3})\.001\.(\d\d)\}Document")
NO_STATEMENT = "The XML is no statement of ISO 20022 (camt.053)."
STATEMENT, FIRST_VERSION, LAST_VERSION = "053", 2, 13
OTHERS = {
    "052": "This is a camt.052, a report of a day that is not over. Please import the camt.053 statement of that day.",
    "054": "This is a camt.054, a notification: what it announces stands in the next camt.053 statement. Import that.",
}
SIGNS = {"CRDT": 1, "DBIT": -1}
OPENING, CLOSING = ("OPBD", "PRCD"), ("CLBD",)
RETURNED = {"RRTN", "RPCR"}
"""Sub-families of bank transaction codes: a credit transfer that is returned, or called back."""


def read_camt(source: Source) -> list[Statement]:
    """Every statement of the document. Raises BadStatement where it is none, or does not add up."""
    statements: list[Statement] = []
    entries: list[Entry] = []
    is_known = False
    try:
        for event, element in _events(source):
            name = etree.QName(element).localname
            if event == "start" and name == "Document":
                _refuse_other(element)
                is_known = True
            elif not is_known:
                raise BadStatement(NO_STATEMENT)
            elif event == "end" and name == "Ntry":
                entries += _entries(element, _account(element.getparent()))
                _refuse_many(entries)
                _forget(element)
            elif event == "end" and name == "Stmt":
                statements.append(_statement(element, entries))
                entries = []
                _forget(element)
    except (etree.XMLSyntaxError, LookupError, UnicodeError) as trouble:
        raise BadStatement(f"The XML cannot be read: {tidy(str(trouble), 150)}.") from None
    if not statements:
        raise BadStatement("There is no camt.053 statement in this file.")
    return statements


def _events(source: Source) -> "etree.iterparse":
    return etree.iterparse(
        source,
        events=("start", "end"),
        tag=("{*}Document", "{*}Stmt", "{*}Ntry"),
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        dtd_validation=False,
        attribute_defaults=False,
        huge_tree=False,
        remove_comments=True,
        remove_pis=True,
    )


def _refuse_other(document: "etree._Element") -> None:
    if document.getroottree().docinfo.internalDTD is not None:
        raise BadStatement("The XML declares a document type, which no statement does. It was not read.")
    found = NAMESPACE.fullmatch(document.tag)
    if found is None:
        raise BadStatement(NO_STATEMENT)
    if found[1] in OTHERS:
        raise BadStatement(OTHERS[found[1]])
    if found[1] != STATEMENT or not FIRST_VERSION <= int(found[2]) <= LAST_VERSION:
        raise BadStatement(f"camt.{found[1]}.001.{found[2]} is not known here; camt.053.001.02 to .13 are.")


def _refuse_many(entries: list[Entry]) -> None:
    if len(entries) > MOST_ENTRIES:
        raise StatementTooLarge("The statement has too many entries. Please ask your bank for shorter ones.")


def _forget(element: "etree._Element") -> None:
    """Free what is read. The element itself stays, as its siblings are still to come; the one before it goes."""
    element.clear()
    before = element.getprevious()
    if before is not None and before.tag == element.tag:
        element.getparent().remove(before)


def _statement(element: "etree._Element", entries: list[Entry]) -> Statement:
    balances = element.findall("{*}Bal")
    opening, closing = _balance(balances, OPENING), _balance(balances, CLOSING)
    currency = _text(element, "Acct/Ccy") or next((one.get("Ccy", "") for one in element.findall("{*}Bal/{*}Amt")), "")
    return checked(
        Statement(
            account=_account(element),
            currency=currency or next((one.currency for one in entries), ""),
            number=tidy(_text(element, "ElctrncSeqNb") or _text(element, "LglSeqNb"), 40),
            opening=opening,
            closing=closing,
            entries=entries,
        )
    )


def _account(statement: "etree._Element") -> str:
    """By the time its first entry is read, a statement has named its account."""
    return tidy_iban(_text(statement, "Acct/Id/IBAN") or _text(statement, "Acct/Id/Othr/Id"))


def _balance(balances: "list[etree._Element]", kinds: tuple[str, ...]) -> Balance | None:
    for kind in kinds:
        for one in balances:
            if _text(one, "Tp/CdOrPrtry/Cd") == kind:
                amount = one.find("{*}Amt")
                if amount is None:
                    raise BadStatement("A balance of the statement has no amount.")
                micro = micro_of(amount.text or "", amount.get("Ccy", ""), most_micro=LARGEST_BALANCE_MICRO)
                return Balance(day_of(_text(one, "Dt/Dt") or _text(one, "Dt/DtTm")), _sign(one) * micro)
    return None


def _entries(element: "etree._Element", account: str) -> list[Entry]:
    """One entry, or each part of a batch the bank booked as one; their sum must be the entry's amount."""
    whole = _whole(element)
    details = element.findall("{*}NtryDtls/{*}TxDtls")
    if whole.amount_micro == 0:
        return []
    if len(details) < 2:
        return [_detailed(whole, details[0], account) if details else whole]
    parts = [
        replace(_detailed(whole, one, account), amount_micro=_part_micro(whole, one), part=_part(one))
        for one in details
    ]
    total = sum(one.amount_micro for one in parts)
    if total != whole.amount_micro:
        raise BadStatement(
            f"The batch booked on {whole.booked_on} ({whole.bank_reference or 'without a reference'}) does not add up:"
            " its parts come to another amount than the entry. Nothing was imported."
        )
    return [one for one in parts if one.amount_micro]


def _whole(element: "etree._Element") -> Entry:
    amount = element.find("{*}Amt")
    if amount is None:
        raise BadStatement("An entry of the statement has no amount.")
    currency = amount.get("Ccy", "")
    booked = _text(element, "BookgDt/Dt") or _text(element, "BookgDt/DtTm")
    value = _text(element, "ValDt/Dt") or _text(element, "ValDt/DtTm")
    return Entry(
        booked_on=day_of(booked or value),
        value_on=day_of(value) if value else None,
        amount_micro=_sign(element) * micro_of(amount.text or "", currency),
        currency=currency,
        text=tidy(_text(element, "AddtlNtryInf")),
        bank_reference=reference_or_none(_text(element, "AcctSvcrRef")),
        is_reversal=_text(element, "RvslInd").lower() in {"true", "1"},
        is_return=_text(element, "BkTxCd/Domn/Fmly/SubFmlyCd") in RETURNED,
        status=_text(element, "Sts/Cd") or _text(element, "Sts"),  # A code of its own since version 7.
    )


def _detailed(whole: Entry, detail: "etree._Element", account: str) -> Entry:
    """The entry with what one of its details says of it."""
    said = [one.text for one in detail.findall("{*}RmtInf/{*}Ustrd")]
    said += [one.text for one in detail.findall("{*}RmtInf/{*}Strd/{*}AddtlRmtInf")]
    side = _other_side(whole, detail, account)
    return replace(
        whole,
        payer_name=tidy(_text(detail, f"{side}/Pty/Nm") or _text(detail, f"{side}/Nm"), 140),  # Pty since version 7.
        payer_iban=tidy_iban(_text(detail, f"{side}Acct/Id/IBAN")),
        text=tidy(" ".join(one for one in said if one)) or whole.text or tidy(_text(detail, "AddtlTxInf")),
        structured_reference=reference_or_none(_text(detail, "RmtInf/Strd/CdtrRefInf/Ref")),
        end_to_end_id=reference_or_none(_text(detail, "Refs/EndToEndId"), 70),
        bank_reference=reference_or_none(_text(detail, "Refs/AcctSvcrRef")) or whole.bank_reference,
        is_return=whole.is_return or detail.find("{*}RtrInf") is not None,
    )


def _other_side(whole: Entry, detail: "etree._Element", account: str) -> str:
    """Where the payer stands: money comes from a debtor and goes to a creditor, and what undoes it may say either."""
    sides = ("Dbtr", "Cdtr") if whole.amount_micro > 0 else ("Cdtr", "Dbtr")
    is_own = account and tidy_iban(_text(detail, f"RltdPties/{sides[0]}Acct/Id/IBAN")) == account
    return f"RltdPties/{sides[1] if is_own else sides[0]}"


def _part(detail: "etree._Element") -> str:
    names = ("Refs/TxId", "Refs/InstrId", "Refs/EndToEndId")
    return next((found for name in names if (found := reference_or_none(_text(detail, name)))), "")


def _part_micro(whole: Entry, detail: "etree._Element") -> int:
    amount = detail.find("{*}Amt")
    if amount is None:  # Version 2 has it one step deeper.
        amount = detail.find("{*}AmtDtls/{*}TxAmt/{*}Amt")
    if amount is None or amount.get("Ccy") != whole.currency:
        raise BadStatement(f"A part of the batch booked on {whole.booked_on} has no amount in {whole.currency}.")
    sign = _sign(detail) if detail.find("{*}CdtDbtInd") is not None else (1 if whole.amount_micro > 0 else -1)
    return sign * micro_of(amount.text or "", whole.currency)


def _sign(element: "etree._Element") -> int:
    word = _text(element, "CdtDbtInd")
    if word not in SIGNS:
        raise BadStatement("The statement does not say of every amount whether it came or went.")
    return SIGNS[word]


def _text(element: "etree._Element", path: str) -> str:
    """The text at a path of names, whatever the version's namespace is."""
    found = element.findtext("/".join(f"{{*}}{name}" for name in path.split("/")))
    return (found or "").strip()
