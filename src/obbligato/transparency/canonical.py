"""JSON as bytes in the one way RFC 8785 allows, for values without floats. It never guesses what a value means."""

import json
from collections.abc import Mapping

from obbligato.kernel.refusals import Invalid

GREATEST_INTEGER = 2**53 - 1
"""Beyond it other programs read another number (RFC 7493, section 2.2)."""


class NotPublicJson(Invalid):
    """A value that JSON cannot say the same way everywhere: a float, a great integer, an object of the program."""


def canonical(value: object) -> bytes:
    """The bytes of a value: names in order of UTF-16, no spaces, UTF-8 (RFC 8785). Raises NotPublicJson.

    A lone surrogate, which UTF-8 cannot say, becomes a question mark.
    """
    text = json.dumps(_ordered(value), ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    return text.encode("utf-8", "replace")


def _ordered(value: object) -> object:
    if value is None or isinstance(value, str | bool):
        return value
    if isinstance(value, int):
        if abs(value) > GREATEST_INTEGER:
            raise NotPublicJson(f"{value} is too great for a number that every program reads alike; say it as a text.")
        return value
    if isinstance(value, list | tuple):
        return [_ordered(one) for one in value]
    if isinstance(value, Mapping) and all(isinstance(name, str) for name in value):
        return {name: _ordered(value[name]) for name in sorted(value, key=_in_utf_16)}
    raise NotPublicJson(f"A public fact is a text, a whole number, true, false, null or made of them, not {value!r}.")


def _in_utf_16(name: str) -> bytes:
    return name.encode("utf-16-be", "surrogatepass")
