"""The documents say what the code does: settings, commands, dependencies and decisions are all there."""

import re
import tomllib
from pathlib import Path

ROOT = Path(__file__).parent.parent
DOCS = ROOT / "docs"


def names_read_by_settings() -> set[str]:
    text = (ROOT / "src/obbligato/config/settings.py").read_text()
    return set(re.findall(r'(?:_(?:text|number|switch)|environ\.get)\("([A-Z_]+)"', text))


def test_every_setting_is_described_and_no_other() -> None:
    described = set(re.findall(r"^\| `([A-Z_]+)` \|", (DOCS / "settings.md").read_text(), re.M))
    assert described == names_read_by_settings()
    assert len(described) <= 40


def test_every_command_is_in_the_overview() -> None:
    from obbligato.config.cli import VERBS

    folders = (ROOT / "src/obbligato").glob("*/management/commands/*.py")
    commands = {path.stem for path in folders if path.stem != "__init__"}
    assert commands <= set(VERBS)


def test_every_dependency_has_its_licence_written_down() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    optional = project["optional-dependencies"].values()
    entries = [*project["dependencies"], *(entry for extra in optional for entry in extra)]
    wanted = {re.split(r"[\[~=<>]", entry)[0] for entry in entries}
    described = set(re.findall(r"^\| `([a-z0-9-]+)` \|", (DOCS / "dependencies.md").read_text(), re.M))
    assert described == wanted


def test_every_decision_names_what_enforces_it() -> None:
    decisions = sorted((DOCS / "adr").glob("0*.md"))
    assert len(decisions) >= 7
    assert [path.name for path in decisions if "## Enforced by" not in path.read_text()] == []


def test_every_layer_is_described() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    layers = project["tool"]["importlinter"]["contracts"][0]["layers"]
    folders = {name for layer in layers for name in re.findall(r"\b[a-z]+\b", layer)}
    text = (DOCS / "architecture.md").read_text()
    assert [name for name in sorted(folders) if name not in text] == []


def test_links_between_documents_lead_somewhere() -> None:
    broken = []
    for page in [ROOT / "README.md", ROOT / "CONTRIBUTING.md", ROOT / "CHANGELOG.md", *DOCS.rglob("*.md")]:
        for target in re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", page.read_text()):
            if not (page.parent / target).exists():
                broken.append(f"{page.name}: {target}")
    assert broken == []
