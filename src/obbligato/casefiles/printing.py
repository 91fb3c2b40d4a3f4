"""The case file as a paper for a judge: what happened first, then what was and was not decided. It only lays out.

The same data gives the same bytes: the paper's date is the moment of the snapshot.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from obbligato.casefiles.figures import Figures, percent
from obbligato.casefiles.models import CaseFile
from obbligato.kernel.money import format_money
from obbligato.kernel.papers import pdf

TEMPLATE = Path(__file__).parent / "templates" / "casefiles" / "case.typ"
MONEY = (
    ("captured_micro", "Captured"), ("settled_micro", "Sent to our bank"), ("fees_micro", "Fees"),
    ("sent_back_micro", "Sent back to buyers"), ("taken_back_micro", "Taken back otherwise"),
    ("frozen_micro", "Frozen"), ("not_paid_out_micro", "Not paid out"),
    ("refunds_in_flight_micro", "Refunds in flight"), ("payments_in_flight_micro", "Payments in flight"),
)  # fmt: skip
Section = dict[str, Any]


def printed(case: CaseFile, known: Mapping[str, Any], figures: Sequence[Figures]) -> bytes:
    """The PDF of what was frozen, and of the figures that belong to it."""
    moment = datetime.fromisoformat(known["moment"])
    incident = known["incident"]
    sections = [
        _section("The matter", table=_table((3, 8), ("", ""), _facts(incident))),
        _section("What happened", table=_table((3, 7, 3, 2), ("When, UTC", "What", "Who", "Exhibit"), _events(known))),
        *_decided(known),
        _section("What was not decided", paragraphs=known["not_decided"]),
        *_chain(known),
        *_money(known["money"]),
        _risk(figures),
        *_named(known),
        _claims(known["claims"]),
        _exhibits(known["exhibits"]),
        _section("How to check this file", paragraphs=[CHECKING]),
    ]
    paper = {
        "title": f"Incident {incident['number']}",
        "subtitle": f"{incident['kind']}, {incident['subject']}",
        "number": case.number,
        "profile": case.get_profile_display(),
        "moment": f"{moment:%Y-%m-%d %H:%M} UTC",
        "day": {"year": moment.year, "month": moment.month, "day": moment.day},
        "sections": sections,
    }
    return pdf(TEMPLATE, paper)


CHECKING = (
    "The archive that this paper came in holds the same as files, the exhibits as they were received where this reader"
    " may have them, and verify.py, which checks every byte of it, the signature, and that the steps of this incident"
    " stand in the store's public log. It needs nothing of the store. README.txt says how."
)


def _section(heading: str, *, paragraphs: Sequence[str] = (), table: Mapping[str, Any] | None = None) -> Section:
    return {"heading": heading, "paragraphs": [one for one in paragraphs if one], "table": table}


def _table(widths: Sequence[int], columns: Sequence[str], rows: Iterable[Sequence[str]]) -> dict[str, Any]:
    return {"widths": list(widths), "columns": list(columns), "rows": [list(row) for row in rows]}


def _facts(incident: Mapping[str, Any]) -> list[list[str]]:
    days = f"{incident['notice_given_days']} given, {incident['notice_agreed_days']} agreed"
    short = incident["notice_shortfall_days"]
    facts = [
        ["Where it stands", incident["state"]],
        ["Who decided, by their word", incident["instructing_party"] or "nobody was named"],
        ["Basis named", incident["basis"]],
        ["Decided by somebody who may", "yes, by their word" if incident["is_adjudicated"] else "no"],
        ["Cited, word for word", incident["cited_text"]],
        ["Notice received", incident["notice_received_on"]],
        ["In effect from", incident["notice_effective_on"]],
        ["Days of notice", f"{days}: {short} too few" if short else days],
        ["Withheld", ", ".join([*incident["methods_withheld"], *incident["countries_withheld"]])],
        ["Our case", incident["case_number"]],
    ]
    return [fact for fact in facts if fact[1]]


def _events(known: Mapping[str, Any]) -> Iterable[list[str]]:
    for one in known["timeline"]:
        what = f"{one['what']}. {one['why']}" if one["why"] else one["what"]
        yield [f"{one['at'][:10]} {one['at'][11:16]}", what, one["by"], one["exhibit"]]


def _decided(known: Mapping[str, Any]) -> Iterable[Section]:
    for one in known["rulings"]:
        names = ", ".join(f"{it['name']} ({it['rail']})" if it["rail"] else it["name"] for it in one["addressees"])
        became = "; ".join(f"{it['what']} {it['on']} (exhibit {it['exhibit']})" for it in one["words"])
        yield _section(
            f"What was decided: {one['court']}, {one['case_number']}",
            paragraphs=[
                f"Decided on {one['decided_on']}, addressed to {names}."
                f" {'In force' if one['is_in_force'] else 'Not in force'}. {became}.",
                f"Operative part: “{one['operative_part']}”",
                *one["not_decided"],
            ],
        )
    for one in known["orders"]:
        papers = [
            f"{it['kind']} of {it['decided_on']}, {it['force'].lower()}, about {it['recordings']} recordings in"
            f" {', '.join(it['territories']) or 'no place'}: “{it['operative_part']}”"
            for it in one["papers"]
        ]
        yield _section(
            f"Order: {one['issuer']}, {one['case_number']}",
            paragraphs=[f"{one['state']}.", *papers, *one["not_decided"]],
        )


def _chain(known: Mapping[str, Any]) -> Iterable[Section]:
    rows = [[one["name"], one["role"], one["rule_cited"], one["names_as_decider"]] for one in known["chain"]]
    if rows:
        columns = ("Who", "Role", "Rule cited", "Names as decider")
        yield _section("Who is said to have decided", table=_table((3, 3, 4, 3), columns, rows))
    asked = [
        [
            actor["name"],
            one["text"],
            one["answer"] or (f"answered {one['answered_at'][:10]}" if one["answered_at"] else "Not answered"),
        ]
        for actor in known["chain"]
        for one in actor["questions"]
    ]
    if asked:
        yield _section("What they were asked", table=_table((3, 5, 4), ("Who", "Question", "Answer"), asked))
    demands = [
        [one["by"], one["what"] or "Data of customers", one["basis"], one["answer"] or "Nothing was handed out"]
        for one in known["demands"]
    ]
    if demands:
        columns = ("By whom", "What", "Basis", "Answer")
        yield _section("Demands for data of customers", table=_table((3, 4, 3, 4), columns, demands))


def _money(money: Sequence[Mapping[str, Any]]) -> Iterable[Section]:
    if money:
        columns = ["", *(f"{one['provider']}, {one['currency']}" for one in money)]
        rows = [[label, *(format_money(one[name], one["currency"]) for one in money)] for name, label in MONEY]
        yield _section("The money there, to the cent", table=_table([4, *[3] * len(money)], columns, rows))


def _risk(figures: Sequence[Figures]) -> Section:
    columns = ("Rail", "Month", "Payments", "Amount", "Refunds", "%", "Disputes", "%")
    rows = [
        [
            f"{one.rail}, {one.currency}",
            one.month,
            f"{one.payments:,}",
            format_money(one.payments_micro, one.currency),
            f"{one.refunds:,}",
            percent(one.refund_basis_points),
            f"{one.disputes:,}",
            percent(one.dispute_basis_points),
        ]
        for one in figures
    ]
    said = "From the store's ledger. Per cent of the payments of the same month, by count, as card networks count."
    return _section(
        "Payments, refunds and disputes", paragraphs=[said], table=_table((3, 3, 2, 4, 2, 2, 2, 2), columns, rows)
    )


def _named(known: Mapping[str, Any]) -> Iterable[Section]:
    rows = [
        [
            one["named"],
            " ".join(part for part in (one["title"], one["isrc"]) if part) or "–",
            " ".join(part for part in (one["finding"], one["licence_evidence"]) if part),
        ]
        for one in known["items"]
    ]
    if rows:
        columns = ("As it was named", "Here", "What was found")
        yield _section("What was named, and by what licence it is sold", table=_table((4, 4, 5), columns, rows))


def _claims(claims: Mapping[str, Any]) -> Section:
    rows = [
        [
            one["number"],
            one["law"],
            one["state"],
            one["received_on"],
            "; ".join(it["legal_ground"] for it in one["statements"]),
        ]
        for one in claims["about_named_recordings"]
    ]
    said = f"All claims in the store's register: {claims['all_claims']}. About a recording named here: {len(rows)}."
    columns = ("Claim", "Law", "Where it stands", "Received", "Decided on the ground of")
    return _section("Claims", paragraphs=[said], table=_table((3, 3, 3, 2, 4), columns, rows) if rows else None)


def _exhibits(exhibits: Sequence[Mapping[str, Any]]) -> Section:
    rows = [
        [
            one["number"],
            f"{one['kind']}: {one['title']}" if one["title"] else one["kind"],
            one["added_at"][:10],
            " ".join(one["sha256"][at : at + 16] for at in range(0, 64, 16)),
            one["path"] or "withheld",
        ]
        for one in exhibits
    ]
    withheld = next((one["withheld"] for one in exhibits if one["withheld"]), "")
    columns = ("No.", "What", "Kept", "SHA-256", "File")
    return _section("Exhibits", paragraphs=[withheld], table=_table((1, 4, 2, 4, 3), columns, rows) if rows else None)
