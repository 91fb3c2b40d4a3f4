"""Gathers what is to be translated into the catalogues of languages, and compiles these. `make words` runs it.

Babel does both, so that nobody needs the GNU tools. A catalogue is written without dates and line numbers: it changes
where words change, and nowhere else.
"""

import io
import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.extract import extract_python
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po

from tests.sentences import sentences_of

SOURCE = Path(__file__).parent.parent / "src" / "obbligato"
LANGUAGES = ("fr", "ru")
KEYWORDS: dict[str, tuple[int | tuple[int, str], ...] | None] = {
    **dict.fromkeys(("gettext", "gettext_lazy", "gettext_noop", "_")),
    **dict.fromkeys(("ngettext", "ngettext_lazy"), (1, 2)),
    **dict.fromkeys(("pgettext", "pgettext_lazy"), ((1, "c"), 2)),
    **dict.fromkeys(("npgettext", "npgettext_lazy"), ((1, "c"), 2, 3)),
}
MARKED_CONSTANT = re.compile(r"""(?:\b_\(|\|named_in:)(["'])(.*?)\1|(["'])([^"']+)\3\|said""")
A_DAY = datetime(2026, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class Part:
    """Some of the code, and the folder where its catalogues are."""

    name: str
    locale: Path
    files: tuple[Path, ...]

    def file(self, language: str, kind: str = "po") -> Path:
        return self.locale / language / "LC_MESSAGES" / f"django.{kind}"


@dataclass(frozen=True)
class Message:
    """One thing to translate, and where it stands."""

    context: str | None
    one: str
    many: str | None
    file: str


def parts() -> list[Part]:
    """The storefront with all its templates; and all else."""
    found = [path for path in sorted(SOURCE.rglob("*")) if path.suffix in {".py", ".html", ".txt", ".typ"}]
    shop = tuple(path for path in found if path.is_relative_to(SOURCE / "storefront"))
    others = tuple(path for path in found if path not in set(shop))
    return [Part("storefront", SOURCE / "storefront" / "locale", shop), Part("others", SOURCE / "locale", others)]


def messages_of(part: Part) -> list[Message]:
    """What is marked in the files of a part, each thing once, in their order."""
    found: dict[tuple[str | None, str], Message] = {}
    for path in part.files:
        for context, one, many in _of_python(path) if path.suffix == ".py" else _of_template(path):
            known = found.get((context, one))
            if known is None or (many and not known.many):
                found[context, one] = Message(context, one, many, str(path.relative_to(SOURCE)))
    return list(found.values())


def read(file: Path, language: str) -> Catalog:
    """A catalogue as it stands in a file; an empty one where there is none."""
    catalogue = read_po(io.BytesIO(file.read_bytes() if file.exists() else b""), locale=language)
    catalogue.creation_date = catalogue.revision_date = A_DAY
    return catalogue


def compiled(catalogue: Catalog) -> bytes:
    """What the store reads of a catalogue."""
    target = io.BytesIO()
    write_mo(target, catalogue)
    return target.getvalue()


def update(part: Part, language: str) -> None:
    """Take in what is new, leave out what is gone; what was translated stays."""
    before, after = read(part.file(language), language), _empty(language)
    for message in messages_of(part):
        known = before.get(message.one, context=message.context)
        string = known.string if known and isinstance(known.id, tuple) == bool(message.many) else None
        wanted = (message.one, message.many) if message.many else message.one
        after.add(wanted, string, context=message.context, locations=[(message.file, 0)])
    file = part.file(language)
    file.parent.mkdir(parents=True, exist_ok=True)
    with file.open("wb") as target:
        write_po(target, after, width=118, include_lineno=False)
    part.file(language, "mo").write_bytes(compiled(read(file, language)))


def _empty(language: str) -> Catalog:
    return Catalog(
        language, domain="django", project="Obbligato", version="1", header_comment="# Obbligato", charset="utf-8",
        creation_date=A_DAY, revision_date=A_DAY, last_translator="Obbligato", language_team="Obbligato", fuzzy=False,
    )  # fmt: skip


def _of_python(path: Path) -> Iterator[tuple[str | None, str, str | None]]:
    yield from sentences_of(path)
    with path.open("rb") as file:
        for _, function, strings, _ in extract_python(file, list(KEYWORDS), [], {"encoding": "utf-8"}):
            given = strings if isinstance(strings, tuple) else (strings,)
            context = given[0] if "pgettext" in function else None
            rest = given[1:] if "pgettext" in function else given
            if rest and rest[0]:
                yield context, rest[0], rest[1] if "ngettext" in function or "npgettext" in function else None


def _of_template(path: Path) -> Iterator[tuple[str | None, str, str | None]]:
    """By Django's own reading of the template, so that a message is what it will be looked up by."""
    from django.template import engines
    from django.template.base import Node
    from django.templatetags.i18n import BlockTranslateNode, TranslateNode

    text = path.read_text()
    # A variable that is translated was marked where it comes from.
    for node in engines["django"].from_string(text).template.nodelist.get_nodes_by_type(Node):
        if isinstance(node, TranslateNode) and node.filter_expression.var.literal:
            yield _literal(node.message_context), str(node.filter_expression.var.literal), None
        elif isinstance(node, BlockTranslateNode):
            one, many = (node.render_token_list(tokens)[0] for tokens in (node.singular, node.plural or []))
            if node.trimmed:
                one, many = _trimmed(one), _trimmed(many)
            yield _literal(node.message_context), one, many or None
    for found in MARKED_CONSTANT.finditer(text):
        yield None, found.group(2) or found.group(4), None


def _trimmed(text: str) -> str:
    return " ".join(line.strip() for line in text.strip().split("\n"))


def _literal(context: object) -> str | None:
    return str(context.var) if context is not None else None  # type: ignore[attr-defined]


def main() -> None:
    """Bring all catalogues up to date and say what is left to do."""
    import django

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "obbligato.config.settings")
    django.setup()
    for part in parts():
        for language in LANGUAGES:
            update(part, language)
            catalogue = read(part.file(language), language)
            missing = [one for one in catalogue if one.id and not all(_strings(one.string))]
            print(f"{part.name:<12} {language}  {len(catalogue):>5} messages, {len(missing)} to translate")


def _strings(string: str | tuple[str, ...] | list[str]) -> list[str]:
    return [string] if isinstance(string, str) else list(string) or [""]


if __name__ == "__main__":
    main()
