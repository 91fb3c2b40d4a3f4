"""Take out of what is known of an incident what a reader is not shown. Pure: values in, values out.

A person becomes her role with a number. In texts that stay, names that are known are replaced, and whatever looks
like an address of mail, a telephone number or an account at a bank.
"""

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Any

from obbligato.casefiles.profiles import SHOWN, Profile, Sort, Told

LEAST_LETTERS = 3
"""Of a name that is looked for in texts: a shorter one is part of too many words."""
NAME_GONE = "[name]"
PATTERNS = (
    (re.compile(r"[^\s@<>(),;]+@[^\s@<>(),;]+\.\w+"), "[mail]"),
    (re.compile(r"\b[A-Z]{2}\d{2}(?:[ -]?[A-Z0-9]{4}){2,7}(?:[ -]?[A-Z0-9]{1,4})?\b"), "[account]"),
    (re.compile(r"\+\d[\d ()/.-]{6,}\d"), "[telephone]"),
)


def redacted(known: Mapping[str, Any], profile: Profile, *, names: Iterable[str] = ()) -> dict[str, Any]:
    """The same without a Told in it, as JSON can say it. `names` are known besides those that are told."""
    shown = SHOWN[profile]
    found = {one.value for one in _told(known) if one.sort in {Sort.PERSON, Sort.CONTACT}}
    hidden = _pattern(found | set(names)) if Sort.PERSON not in shown else None
    roles: dict[str, dict[str, str]] = defaultdict(dict)

    def said(value: Any) -> Any:  # noqa: ANN401 – whatever JSON can say.
        if isinstance(value, Told):
            return _said(value, shown, hidden, roles)
        if isinstance(value, Mapping):
            return {name: said(one) for name, one in value.items()}
        if isinstance(value, list | tuple):
            return [said(one) for one in value]
        return value

    return dict(said(known))


def scrubbed(text: str, hidden: "re.Pattern[str] | None") -> str:
    """A text without the names that are to be hidden and without what looks like a way to reach somebody."""
    for pattern, instead in PATTERNS:
        text = pattern.sub(instead, text)
    return hidden.sub(NAME_GONE, text) if hidden else text


def _said(
    told: Told, shown: frozenset[Sort], hidden: "re.Pattern[str] | None", roles: dict[str, dict[str, str]]
) -> str:
    if not told.value:
        return ""
    if told.sort not in shown:
        if told.sort != Sort.PERSON:
            return told.instead
        known = roles[told.instead]
        return known.setdefault(told.value, f"{told.instead} {len(known) + 1}")
    return told.value if Sort.PERSON in shown else scrubbed(told.value, hidden)


def _told(value: Any) -> Iterable[Told]:  # noqa: ANN401 – the same.
    if isinstance(value, Told):
        yield value
    elif isinstance(value, Mapping | list | tuple):
        for one in value.values() if isinstance(value, Mapping) else value:
            yield from _told(one)


def _pattern(names: Iterable[str]) -> "re.Pattern[str] | None":
    """Any of the names as whole words, the longest first, however they are spaced and cased."""
    words = sorted({" ".join(one.split()) for one in names}, key=lambda one: (-len(one), one))
    long = [r"\s+".join(map(re.escape, one.split())) for one in words if len(one) >= LEAST_LETTERS]
    return re.compile(rf"(?<!\w)(?:{'|'.join(long)})(?!\w)", re.IGNORECASE) if long else None
