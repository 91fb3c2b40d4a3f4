"""Finds the sentences that the code gives away as values: those of Sentence(…), of refusals, and names of refusals."""

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from obbligato.api.problems import OWN_KINDS, title_of_code
from obbligato.kernel.refusals import Refused

SOURCE = Path(__file__).parent.parent / "src" / "obbligato"
ROOTS = {"Refused", "AudioRefused"}
AT_THE_DESK = (
    *("backoffice/", "config/", "demo/", "simulation/", "audio/", "encoding/farm", "encoding/storage.py"),
    *("kernel/kept_settings.py", "people/opening.py", "rights/splits.py"),
    *(
        "catalog/aliases.py",
        "catalog/arranging.py",
        "catalog/booklets.py",
        "catalog/examining.py",
        "catalog/hearing_again.py",
        "catalog/importing.py",
    ),
    *("catalog/locking.py", "catalog/pictures.py", "catalog/sidecar.py", "catalog/spectrograms.py"),
    *("catalog/storing.py", "catalog/uploads/", "catalog/withdrawing.py"),
    *("payments/bank/", "payments/contracts_file.py", "payments/crediting.py", "payments/inbox.py"),
    *("payments/rails.py", "payments/reconciling.py", "payments/two_people.py", "payments/providers/"),
    *("payments/vouchers/bonuses.py", "payments/vouchers/ending.py", "payments/vouchers/handling.py"),
    *("payments/vouchers/issuing.py", "payments/vouchers/putting_back.py"),
    *("sales/doctoring.py", "sales/editing/", "sales/refunding.py", "sales/terms.py"),
    *(
        "catalog/restrictions/",
        "catalog/pauses/",
        "claims/awards/",
        "claims/orders/",
        "claims/deciding.py",
        "claims/registering.py",
        "claims/stepping.py",
        "claims/suspensions/suspending.py",
    ),
    *("rights/holding.py", "sales/preorders/announcing.py", "standing/", "transparency/", "casefiles/"),
)
"""Whose refusals only those who run the store meet: the desk is in English."""
NEVER_ALONE = {"Refused", "Missing", "Unproven", "Forbidden", "Gone", "TooMany", "Busy"}
"""Kinds of which a buyer only meets narrower ones."""
ANSWERING = {"problem", "_unauthenticated"}
"""Functions of the API whose third argument is a sentence."""
MET_BY_BUYERS = ("audio/formats.py", "payments/bank/instructions.py")

Found = tuple[str | None, str, str | None]


def sentences_of(path: Path) -> Iterator[Found]:
    """What a file of Python gives away to be said in another language: text, and its plural."""
    tree = ast.parse(path.read_bytes())
    is_met = is_met_by_buyers(path)
    has_titles = is_met and not path.is_relative_to(SOURCE / "storefront")
    constants = dict(_constants(tree))
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and node.args:
            name = name_of(node.func)
            if name == "Sentence":
                plural = next((word.value for word in node.keywords if word.arg == "plural"), None)
                yield from ((None, text, _text(plural)) for text in _texts(node.args[0], {}))
            elif is_met and name in refusals():
                yield from ((None, text, None) for text in _texts(node.args[0], constants))
            elif name in ANSWERING and len(node.args) > 2:
                yield from ((None, text, None) for text in _texts(node.args[2], {}))
        elif isinstance(node, ast.ClassDef) and has_titles and node.name in refusals() - NEVER_ALONE:
            yield None, title_of(node.name), None
    if path.relative_to(SOURCE).as_posix() == "api/problems.py":
        yield from ((None, title_of_code(kind), None) for kind in OWN_KINDS)


def title_of(kind: str) -> str:
    """The title of a problem document about a refusal."""
    return title_of_code(type(kind, (Refused,), {})("").code)


@cache
def refusals() -> frozenset[str]:
    """The names of all classes that a refusal can have."""
    trees = [ast.parse(path.read_bytes()) for path in SOURCE.rglob("*.py")]
    bases = {
        node.name: {name_of(base) for base in node.bases}
        for tree in trees
        for node in ast.walk(tree)
        if isinstance(node, ast.ClassDef)
    }
    found = set(ROOTS)
    while more := {name for name, above in bases.items() if above & found} - found:
        found |= more
    return frozenset(found)


def is_met_by_buyers(path: Path) -> bool:
    place = path.relative_to(SOURCE).as_posix()
    return place in MET_BY_BUYERS or not place.startswith(AT_THE_DESK)


def _constants(tree: ast.Module) -> Iterator[tuple[str, str]]:
    for node in tree.body:
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name) and (text := _text(node.value)):
            yield node.targets[0].id, text


def _texts(node: ast.expr, constants: dict[str, str]) -> Iterator[str]:
    """The texts that an argument can be: itself, a constant's, or that of either branch."""
    if isinstance(node, ast.IfExp):
        yield from _texts(node.body, constants)
        yield from _texts(node.orelse, constants)
    elif isinstance(node, ast.Name):
        yield from filter(None, [constants.get(node.id)])
    else:
        yield from filter(None, [_text(node)])


def _text(node: ast.expr | None) -> str | None:
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else None


def name_of(node: ast.expr) -> str:
    return getattr(node, "id", "") or getattr(node, "attr", "")
