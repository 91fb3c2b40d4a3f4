"""Creditor references by ISO 11649 (RF…): make one that nobody can guess, and find each in free text. Pure."""

import hashlib
import re

from stdnum import iso11649
from stdnum.iso7064 import mod_97_10

ALPHABET = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"
"""Without what people mistake for each other: 0 and O, 1 and I."""
LENGTH = 16
"""Characters after the check digits, five bits each: eighty bits nobody can guess."""
SHORTEST, LONGEST = 5, 25
PLACE = re.compile(r"RF(?=[0-9]{2}[A-Z0-9])")
BETWEEN = re.compile(r"[^A-Z0-9]+")


def of_key(key: str) -> str:
    """The reference of what is known by a secret key: the same for the same key, and telling nothing of it."""
    number = int.from_bytes(hashlib.sha256(f"creditor-reference:{key}".encode()).digest(), "big")
    body = "".join(ALPHABET[number >> (5 * place) & 31] for place in range(LENGTH))
    return f"RF{mod_97_10.calc_check_digits(body + 'RF')}{body}"


def found_in(*texts: str) -> set[str]:
    """Every reference with right check digits in what a payer or a bank wrote, however it was broken up.

    Case, spaces, line ends and punctuation say nothing. Where other words follow at once, each length that fits is
    given: which of them was meant, only a list of known references tells.
    """
    return {one for text in texts for one in _found(BETWEEN.sub("", text.upper()))}


def grouped(reference: str) -> str:
    """As people read it: groups of four."""
    return str(iso11649.format(reference))


def _found(text: str) -> list[str]:
    places = [match.start() for match in PLACE.finditer(text)]
    candidates = (
        text[place : place + length]
        for place in places
        for length in range(SHORTEST, min(LONGEST, len(text) - place) + 1)
    )
    return [one for one in candidates if iso11649.is_valid(one)]
