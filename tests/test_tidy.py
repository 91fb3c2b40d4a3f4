"""The house rules that a machine can check. Each failure names the file and the rule."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
SOURCE = ROOT / "src" / "obbligato"
LONGEST_FILE_LINES = 400
LONGEST_FUNCTION_LINES = 50
LONGEST_VIEW_LINES = 20
BANNED_NAMES = {"services.py", "utils.py", "helpers.py", "managers.py", "common.py", "signals.py"}
UNFINISHED = re.compile(r"\b(TODO|FIXME|XXX|HACK)\b")
MODULES = [path for path in sorted(SOURCE.rglob("*.py")) if "migrations" not in path.parts]
ALL = [*MODULES, *sorted((ROOT / "tests").rglob("*.py")), *sorted((ROOT / "bench").rglob("*.py"))]


def relative(path: Path) -> str:
    return str(path.relative_to(ROOT))


def functions(tree: ast.AST) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    return (node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef))


def length(node: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    return (node.end_lineno or node.lineno) - node.lineno + 1


@pytest.mark.parametrize("path", ALL, ids=relative)
def test_no_file_and_no_function_is_too_long(path: Path) -> None:
    text = path.read_text()
    assert text.count("\n") <= LONGEST_FILE_LINES
    too_long = [node.name for node in functions(ast.parse(text)) if length(node) > LONGEST_FUNCTION_LINES]
    assert too_long == []


@pytest.mark.parametrize("path", MODULES, ids=relative)
def test_every_module_opens_with_a_sentence(path: Path) -> None:
    assert ast.get_docstring(ast.parse(path.read_text()))


@pytest.mark.parametrize("path", [path for path in MODULES if path.name == "__init__.py"], ids=relative)
def test_a_folder_says_only_what_it_is(path: Path) -> None:
    assert len(ast.parse(path.read_text()).body) == 1


@pytest.mark.parametrize("path", MODULES, ids=relative)
def test_every_public_function_is_described(path: Path) -> None:
    tree = ast.parse(path.read_text())
    if path.name == "models.py" or "commands" in path.parts or "endpoints" in path.parts or "schemas" in path.parts:
        return
    bare = [
        node.name
        for node in tree.body
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef)
        and not node.name.startswith("_")
        and not ast.get_docstring(node)
    ]
    if "admin" in path.stem or path.stem == "apps" or "backoffice" in path.parts:
        return
    assert bare == []


@pytest.mark.parametrize("path", sorted((SOURCE / "storefront" / "views").glob("*.py")), ids=relative)
def test_views_are_short_functions(path: Path) -> None:
    tree = ast.parse(path.read_text())
    assert [node.name for node in functions(tree) if length(node) > LONGEST_VIEW_LINES] == []
    assert not [node for node in tree.body if isinstance(node, ast.ClassDef)]


def test_no_file_has_a_name_that_says_nothing() -> None:
    assert [relative(path) for path in MODULES if path.name in BANNED_NAMES] == []


def test_nothing_unfinished_hides_in_a_comment() -> None:
    found = [relative(path) for path in ALL if path.name != "test_tidy.py" and UNFINISHED.search(path.read_text())]
    assert found == []


def test_settings_are_read_in_one_place() -> None:
    readers = {relative(path) for path in MODULES if "os.environ" in path.read_text()}
    assert readers <= {
        "src/obbligato/config/settings.py",
        "src/obbligato/config/settings_tests.py",
        "src/obbligato/config/cli.py",
        "src/obbligato/config/asgi.py",
        "src/obbligato/config/wsgi.py",
        "src/obbligato/demo/label.py",  # It sets one for its children, and reads none.
        "src/obbligato/audio/inspecting.py",  # It hands its own on to a child.
        "src/obbligato/backoffice/choosing.py",  # So does it.
    }


def test_no_file_names_a_package_registry() -> None:
    hosts = re.compile(r"(pypi\.org|pythonhosted\.org|registry\.npmjs|deb\.debian\.org)".replace("\\.", r"\."))
    files = [*ROOT.glob("*.toml"), *ROOT.glob("*.txt"), ROOT / "Makefile", *ALL]
    assert [relative(path) for path in files if path.name != "test_tidy.py" and hosts.search(path.read_text())] == []
