"""Which files a case file has and what stands in each, from what was frozen. Nothing is decided here."""

import base64
import csv
import hashlib
import io
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from obbligato.casefiles import figures, printing, signing
from obbligato.casefiles.archive import File
from obbligato.casefiles.models import CaseFile
from obbligato.kernel.spreadsheets import safe_text
from obbligato.standing import documents
from obbligato.standing.models import Document
from obbligato.transparency import keys, tree
from obbligato.transparency.canonical import canonical
from obbligato.transparency.models import Checkpoint, Entry
from obbligato.transparency.tiles import Nodes

Item = tuple[Callable[[], bytes], str, int]
"""How to get its bytes, their SHA-256 and their number."""
FORMAT = "obbligato-casefile-1"
VERIFIER_FILE = Path(__file__).with_name("verify.py")
TABLES = {
    "timeline": ("at", "sort", "what", "by", "why", "exhibit"),
    "money": (
        "provider", "currency", "captured_micro", "settled_micro", "fees_micro", "sent_back_micro",
        "taken_back_micro", "frozen_micro", "not_paid_out_micro", "refunds_in_flight_micro", "payments_in_flight_micro",
    ),
    "exhibits": ("number", "kind", "title", "name", "added_at", "sha256", "size_bytes", "path", "withheld"),
}  # fmt: skip
"""What is there as a table for spreadsheets too, and its columns."""
RULINGS = ("rulings", "orders", "not_decided")
ALONE = ("incident", "chain", "demands", "items", "claims")
README = """CASE FILE {number} about incident {incident}
{profile}. As of {moment}.

case-file.pdf is the whole in the order of time, to be read first. The other files hold the same for programs:
timeline, chain (who is said to have decided, and what nobody answered), items (what was named, and by what licence it
is sold), rulings (rulings and orders, and what they do not decide), claims (from the public register), figures
(payments, refunds and disputes by month), money (to the cent), exhibits (numbered A-1 and on), log (entries of the
public log).

An allegation decides nothing. A ruling decides its operative part and nothing else.

TO CHECK IT, on any machine with Python 3.10 and the package cryptography:
    python verify.py --vkey KEY
KEY is the public key of the store's log. Take it from the store's page or a letter, not from here.
"""


def files(case: CaseFile) -> Iterator[File]:
    """Everything, in the order of the archive: the manifest, its signature, then the items by name.

    Raises kept_files.LostFile when the bytes of an exhibit are asked for and are not what they were.
    """
    known = json.loads(case.frozen)
    items = {**_items(case, known), **_exhibits(known)}
    manifest = canonical(_manifest(case, known, items))
    yield File("manifest.json", lambda: manifest)
    yield File("manifest.note", signing.note_of(case.number, manifest).encode)
    for name in sorted(items):
        yield File(name, items[name][0])


def _manifest(case: CaseFile, known: Mapping[str, Any], items: Mapping[str, Item]) -> dict[str, Any]:
    return {
        "format": FORMAT,
        "number": case.number,
        "incident": known["incident"]["number"],
        "profile": case.profile,
        "moment": known["moment"],
        "ledger_through": case.ledger_through,
        "log_size": case.log_size,
        "subjects": known["subjects"],
        "vkey": keys.signing_key().verifier,
        "items": [
            {"name": name, "sha256": sha256, "size_bytes": size_bytes}
            for name, (_, sha256, size_bytes) in sorted(items.items())
        ],
    }


def _items(case: CaseFile, known: Mapping[str, Any]) -> dict[str, Item]:
    found = figures.of_rails(known["rails"], through=case.ledger_through)
    contents = {
        "README.txt": README.format(
            number=case.number,
            incident=known["incident"]["number"],
            profile=case.get_profile_display(),
            moment=known["moment"],
        ).encode(),
        "verify.py": VERIFIER_FILE.read_bytes(),
        "case-file.pdf": printing.printed(case, known, found),
        "figures.json": canonical([_numbers(one) for one in found]),
        "figures.csv": figures.csv_of(found).encode(),
        "rulings.json": canonical({name: known[name] for name in RULINGS}),
        **{f"{name}.json": canonical(known[name]) for name in (*TABLES, *ALONE)},
        **{f"{name}.csv": _csv(columns, known[name]) for name, columns in TABLES.items()},
        **_log(known["entries"], case.log_size),
    }
    return {name: (_giving(one), hashlib.sha256(one).hexdigest(), len(one)) for name, one in contents.items()}


def _exhibits(known: Mapping[str, Any]) -> dict[str, Item]:
    """Those whose bytes this reader gets: read one by one, when they are written."""
    return {
        one["path"]: (_reading(one["sha256"]), one["sha256"], one["size_bytes"])
        for one in known["exhibits"]
        if one["path"]
    }


def _giving(content: bytes) -> Callable[[], bytes]:
    return lambda: content


def _reading(sha256: str) -> Callable[[], bytes]:
    return lambda: documents.content_of(Document(sha256=sha256))


def _numbers(one: figures.Figures) -> dict[str, Any]:
    ratios = {
        "dispute_basis_points": one.dispute_basis_points,
        "refund_basis_points": one.refund_basis_points,
    }
    return {**vars(one), **ratios}


def _csv(columns: Sequence[str], rows: Sequence[Mapping[str, Any]]) -> bytes:
    """A table as RFC 4180 has it; a text that a spreadsheet would take for a formula begins with an apostrophe."""
    made = io.StringIO()
    writer = csv.writer(made)
    writer.writerow(columns)
    for row in rows:
        cells = [row[name] for name in columns]
        writer.writerow([safe_text(one) if isinstance(one, str) else one for one in cells])
    return made.getvalue().encode()


def _log(indexes: Sequence[int], size: int) -> dict[str, bytes]:
    """The checkpoint, and each entry with its path to the root (RFC 9162, 2.1.3), as the log's pages give it."""
    if not size:
        return {}
    note = Checkpoint.objects.get(size=size).note
    nodes, made = Nodes(size), {"log/checkpoint": note.encode()}
    for entry in Entry.objects.filter(index__in=indexes).order_by("index"):
        path = [base64.b64encode(one).decode() for one in tree.inclusion(nodes, entry.index, size)]
        proof = {"checkpoint": note, "index": entry.index, "leaf": bytes(entry.leaf).decode(), "proof": path}
        made[f"log/entries/{entry.index:012d}.json"] = canonical(proof)
    return made
