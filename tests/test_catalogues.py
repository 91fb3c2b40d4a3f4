"""Every word of the store is there in each of its languages, and nothing on a page is left unmarked."""

import gettext
import io
import re
from html.parser import HTMLParser
from pathlib import Path

import pytest
from babel.messages.catalog import Message
from django.conf import settings

from tests import catalogues
from tests.catalogues import LANGUAGES, SOURCE, Part

PARTS = {part.name: part for part in catalogues.parts()}
EACH = [(name, language) for name in PARTS for language in LANGUAGES]
PLACEHOLDER = re.compile(r"%\([a-z_]+\)[sd]|%%|\{[a-z_]+(?::[^}]*)?\}|<[^>]*>")
TEMPLATES = sorted((SOURCE / "storefront" / "templates").rglob("*.html"))
TRANSLATED = re.compile(r"\{% blocktrans(?:late)?\b.*?\{% endblocktrans(?:late)? %\}", re.S)
TAG = re.compile(r"\{%.*?%\}|\{\{.*?\}\}|\{#.*?#\}", re.S)
CONSTANT = re.compile(r"""(?:\b\w+=|\|default:)(["'])([A-Z][^"']*)\1""")
READ_OUT = {"alt", "title", "aria-label", "placeholder"}
NOT_READ = {"script", "style", "pre"}
NAMES = {"FR00000000000", "IBAN", "BIC", "UTC", "UPC", "kbit/s", "PDF", "MP", "Opus", "AAC", "FLAC", "CSV", "JSON"}
"""What is the same in every language."""


def test_the_store_has_catalogues_for_each_of_its_languages() -> None:
    assert {code for code, _ in settings.LANGUAGES} == {"en", *LANGUAGES}


@pytest.mark.parametrize(("name", "language"), EACH)
def test_what_is_marked_is_in_the_catalogue_and_nothing_else(name: str, language: str) -> None:
    marked = {(one.context, one.one, one.many) for one in catalogues.messages_of(PARTS[name])}
    known = {(one.context, *_ids(one)) for one in _catalogue(PARTS[name], language)}
    assert marked == known, "run `make words` and translate what it finds"


@pytest.mark.parametrize(("name", "language"), EACH)
def test_everything_is_translated(name: str, language: str) -> None:
    catalogue = catalogues.read(PARTS[name].file(language), language)
    left = [
        one.id
        for one in _catalogue(PARTS[name], language)
        if one.fuzzy or not all(_strings(one)) or (one.pluralizable and len(_strings(one)) != catalogue.num_plurals)
    ]
    assert left == []


@pytest.mark.parametrize(("name", "language"), EACH)
def test_a_translation_has_the_placeholders_of_its_original(name: str, language: str) -> None:
    """Of some things a language may leave the number out where it is one, and it may not invent another."""
    odd = []
    for one in _catalogue(PARTS[name], language):
        sides = [sorted(PLACEHOLDER.findall(text)) for text in _ids(one) if text]
        for string in _strings(one):
            found = sorted(PLACEHOLDER.findall(string))
            if found not in sides:
                odd.append((one.id, string))
    assert odd == []


@pytest.mark.parametrize(("name", "language"), EACH)
def test_what_the_store_reads_is_what_stands_in_the_catalogue(name: str, language: str) -> None:
    part = PARTS[name]
    read = gettext.GNUTranslations(io.BytesIO(part.file(language, "mo").read_bytes()))
    made = gettext.GNUTranslations(io.BytesIO(catalogues.compiled(catalogues.read(part.file(language), language))))
    told, wanted = ({key: text for key, text in one._catalog.items() if key} for one in (read, made))  # type: ignore[attr-defined]
    assert told == wanted, "run `make words`"


@pytest.mark.parametrize("language", LANGUAGES)
def test_one_thing_is_called_alike_everywhere(language: str) -> None:
    """Django has one catalogue of all: of two translations one would never be seen."""
    shop, others = (
        {(one.context, _ids(one)[0]): _strings(one) for one in _catalogue(part, language)} for part in PARTS.values()
    )
    assert [key for key in shop.keys() & others.keys() if shop[key] != others[key]] == []


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: str(path.relative_to(SOURCE)))
def test_no_page_has_words_that_are_not_marked(path: Path) -> None:
    text = path.read_text()
    bare = TAG.sub("", TRANSLATED.sub("", text))
    reader = _Words()
    reader.feed(bare)
    reader.close()
    constants = [found.group(2) for tag in TAG.findall(TRANSLATED.sub("", text)) for found in CONSTANT.finditer(tag)]
    assert [*reader.words, *constants] == []


class _Words(HTMLParser):
    """Texts and read-out attributes that have words in them."""

    def __init__(self) -> None:
        super().__init__()
        self.words: list[str] = []
        self.inside = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.inside = tag if tag in NOT_READ else ""
        told = dict(attrs)
        if tag == "input" and told.get("type") in {"submit", "button", "reset"}:
            self._note(told.get("value"))
        if tag == "meta" and told.get("name") == "description":
            self._note(told.get("content"))
        for name in READ_OUT:
            self._note(told.get(name))

    def handle_endtag(self, tag: str) -> None:
        self.inside = ""

    def handle_data(self, data: str) -> None:
        if not self.inside:
            self._note(data)

    def _note(self, text: str | None) -> None:
        rest = text or ""
        for name in NAMES:
            rest = rest.replace(name, "")
        if text and re.search(r"[^\W\d_]{2,}", rest):
            self.words.append(" ".join(text.split()))


def _catalogue(part: Part, language: str) -> list[Message]:
    return [one for one in catalogues.read(part.file(language), language) if one.id]


def _ids(one: Message) -> tuple[str, str | None]:
    return (one.id[0], one.id[1]) if isinstance(one.id, tuple | list) else (one.id, None)


def _strings(one: Message) -> list[str]:
    return list(one.string) if isinstance(one.string, tuple | list) else [one.string or ""]
