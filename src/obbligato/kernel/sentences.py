"""A sentence for people, kept as its words and its values, so that it can be said in another language later.

It is its English text for whoever compares or keeps it; only the top layers say it in the language of who asks.
"""

import string
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from html import escape
from typing import Any, Protocol, Self, runtime_checkable

ENGLISH = "en"
"""What every sentence is written in."""


@runtime_checkable
class Said(Protocol):
    """A value that people of each language write in their own way: an amount, a country, a sentence."""

    def said_in(self, language: str) -> str: ...


class Sentence(str):
    """English text that still knows its template and values.

    Without values the text is taken as it is, so that what somebody typed is never read as a template. With a
    `plural`, `count` decides between the two. A Django template shows it in the active language by itself.
    """

    template: str
    plural: str
    values: Mapping[str, object]

    def __new__(cls, template: str = "", /, *, plural: object = "", **values: object) -> Self:
        is_many = bool(plural) and values["count"] != 1
        made = super().__new__(cls, _filled(str(plural) if is_many else template, values, ENGLISH))
        made.template, made.plural, made.values = template, str(plural), values
        return made

    def __getnewargs_ex__(self) -> tuple[tuple[str], dict[str, object]]:
        return (self.template,), {"plural": self.plural, **self.values}

    def __html__(self) -> str:
        return escape(self.in_words())

    def in_words(self) -> str:
        """The sentence in the active language, amounts and days as people there write them."""
        from obbligato.kernel.languages import spoken

        return self.said_in(spoken())

    def said_in(self, language: str) -> str:
        """The same in one of the store's languages."""
        if language == ENGLISH or not self:
            return str(self)
        from obbligato.kernel import translating

        template = translating.template_in(language, self.template, self.plural, self.values.get("count"))
        return _filled(template, self.values, language)


@dataclass(frozen=True)
class Listed:
    """Several sentences as one value of another, with commas between them."""

    parts: tuple[Sentence, ...]

    def said_in(self, language: str) -> str:
        return ", ".join(part.said_in(language) for part in self.parts)


def in_words(text: str) -> str:
    """A text in the active language: a sentence by its template, any other where it was translated as it stands."""
    return (text if isinstance(text, Sentence) else Sentence(text)).in_words()


def row_of(text: str) -> dict[str, Any]:
    """A sentence as JSON keeps it, its words and values apart. Values other than texts, numbers, days and sentences
    are kept as English writes them."""
    if not isinstance(text, Sentence):
        return {"template": text}
    values = {name: _row_of_value(value) for name, value in text.values.items()}
    return {"template": text.template, "plural": text.plural, "values": values}


def sentence_of(row: Mapping[str, Any]) -> Sentence:
    """The sentence that row_of() kept."""
    values = {name: _value_of(value) for name, value in row.get("values", {}).items()}
    return Sentence(row["template"], plural=row.get("plural", ""), **values)


def _row_of_value(value: object) -> object:
    if isinstance(value, Sentence):
        return {"sentence": row_of(value)}
    if isinstance(value, date):
        return {"day": f"{value:%Y-%m-%d}"}
    return value if isinstance(value, str | int) else _Filling(ENGLISH).format_field(value, "")


def _value_of(kept: object) -> object:
    if not isinstance(kept, Mapping):
        return kept
    return sentence_of(kept["sentence"]) if "sentence" in kept else date.fromisoformat(kept["day"])


def _filled(template: str, values: Mapping[str, object], language: str) -> str:
    return _Filling(language).vformat(template, (), values) if values else template


class _Filling(string.Formatter):
    """str.format, but for values that are written differently in each language."""

    def __init__(self, language: str) -> None:
        self.language = language

    def format_field(self, value: object, spec: str) -> str:
        if isinstance(value, Said):
            return value.said_in(self.language)
        is_day = isinstance(value, date) and not spec
        if self.language == ENGLISH:
            return format(value, "%-d %B %Y" if is_day else spec)
        from obbligato.kernel import translating

        if isinstance(value, date) and is_day:
            return translating.day_in(self.language, value)
        if isinstance(value, int | float) and spec in {",", "g"}:
            return translating.number_in(self.language, value)
        return format(value, spec)
