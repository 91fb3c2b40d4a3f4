"""Whatever a buyer can be told can be said in each language, with all that is in it."""

import ast
import string
from collections.abc import Iterator
from datetime import date
from functools import cache

from hypothesis import given, settings
from hypothesis import strategies as st

from obbligato.kernel.money import Money
from obbligato.kernel.sentences import Sentence
from tests.sentences import SOURCE, is_met_by_buyers, name_of, refusals, sentences_of

LANGUAGES = ("en", "fr", "ru")
A_VALUE = st.one_of(
    st.text(max_size=20),
    st.integers(0, 10**9),
    st.dates(date(1900, 1, 1)),
    st.builds(Money, st.integers(0, 10**12), st.just("EUR")),
)


@cache
def templates() -> dict[str, tuple[str, ...]]:
    """Each template with values, and the names of these."""
    found = {text for path in sorted(SOURCE.rglob("*.py")) for _, text, _ in sentences_of(path)}
    fields = {text: tuple(sorted(set(_fields(text)))) for text in found}
    return {text: names for text, names in sorted(fields.items()) if names}


@settings(max_examples=200, deadline=None)
@given(data=st.data(), language=st.sampled_from(LANGUAGES))
def test_every_sentence_can_be_said_with_its_values_in_each_language(data: st.DataObject, language: str) -> None:
    template = data.draw(st.sampled_from(list(templates())))
    is_a_number = ":" in template.replace(": ", "")
    values = {name: data.draw(st.integers(0, 10**6) if is_a_number else A_VALUE) for name in templates()[template]}
    said = Sentence(template, **values).said_in(language)
    for value in values.values():
        if isinstance(value, str):
            assert value in said
        if isinstance(value, Money):
            assert value.said_in(language) in said


def test_a_refusal_that_a_buyer_can_meet_keeps_its_values_apart() -> None:
    """An f-string is English for ever; where one is left, only those who run the store read it."""
    odd = [
        f"{path.relative_to(SOURCE)}:{node.lineno}"
        for path in sorted(SOURCE.rglob("*.py"))
        if is_met_by_buyers(path)
        for node in ast.walk(ast.parse(path.read_bytes()))
        if isinstance(node, ast.Call) and name_of(node.func) in refusals() | {"Sentence"}
        if node.args and isinstance(node.args[0], ast.JoinedStr)
    ]
    assert odd == []


def _fields(text: str) -> Iterator[str]:
    for _, field, _, _ in string.Formatter().parse(text):
        if field:
            yield field
