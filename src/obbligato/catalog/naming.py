"""Clean the names that people and files bring, and make addresses of them. It never judges what a name says."""

import hashlib
import re
import unicodedata

from django.db import models
from django.utils.text import slugify

NOT_SHOWN = {"Cc", "Cs", "Cn", "Co"}
BIDI_CONTROLS = set("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\u200e\u200f\ufeff")
UNDECOMPOSED = str.maketrans(
    {"ø": "o", "ł": "l", "đ": "d", "ð": "d", "æ": "ae", "œ": "oe", "þ": "th", "ı": "i", "ħ": "h", "ŋ": "n"}
)
IDEOGRAPH = re.compile("([\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7af])")
APOSTROPHES = re.compile("['’‘ʼ`´]")
NOT_A_WORD = re.compile(r"[\W_]+")


def clean(text: str, *, limit: int) -> str:
    """One line of text without control characters, in Unicode NFC, cut to `limit` characters."""
    shown = "".join(" " if _is_hidden(letter) else letter for letter in text[: limit * 4])
    return " ".join(unicodedata.normalize("NFC", shown).split())[:limit].rstrip()


def clean_lines(text: str, *, limit: int) -> str:
    """Text of several lines, each cleaned like one, cut to `limit` characters in all."""
    lines = [clean(line, limit=limit) for line in text[:limit].replace("\r\n", "\n").split("\n")]
    return "\n".join(lines).strip()


def printable(text: str) -> str:
    r"""A file's name as it can be printed on one line: control characters and undecodable bytes as \x1b, \udc80."""
    return "".join(letter.encode("unicode_escape").decode() if _is_hidden(letter) else letter for letter in text)


def folded(text: str) -> str:
    """Text as search and addresses compare it: no accents, no capitals, words parted by one space.

    Compatibility decomposition (Unicode NFKD) loses the accents; ideographs become words of one letter.
    """
    plain = unicodedata.normalize("NFKD", unicodedata.normalize("NFKC", text).casefold())
    plain = "".join(letter for letter in plain if not unicodedata.combining(letter))
    plain = APOSTROPHES.sub("", unicodedata.normalize("NFC", plain).translate(UNDECOMPOSED))
    return " ".join(NOT_A_WORD.sub(" ", IDEOGRAPH.sub(r" \1 ", plain)).split())


def slug_of(name: str, *, limit: int = 60) -> str:
    """A part of an address in plain ASCII. A name in another script gets a short hash, the same each time."""
    plain = slugify(folded(name))
    digest = hashlib.sha256(name.encode("utf-8", "surrogatepass")).hexdigest()[:8]
    return plain[:limit].strip("-") or f"n-{digest}"


def free_slug(model: type[models.Model], name: str) -> str:
    """The name's slug where no row of the model has it, otherwise the first free one that ends in a number."""
    slug = slug_of(name)
    taken = set(model._default_manager.filter(slug__startswith=slug).values_list("slug", flat=True))
    number = 2
    candidate = slug
    while candidate in taken:
        candidate = f"{slug}-{number}"
        number += 1
    return candidate


def _is_hidden(letter: str) -> bool:
    return letter in BIDI_CONTROLS or unicodedata.category(letter) in NOT_SHOWN or letter in "\u2028\u2029"
