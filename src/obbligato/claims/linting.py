"""Find personal data in a text that is to be public: addresses of mail, numbers, accounts, names of a claim. Pure.

What it finds is meant to be removed by whoever wrote it; what it does not find may still be personal.
"""

import re
from collections.abc import Iterable

from stdnum import iban

from obbligato.kernel.refusals import Invalid

MAIL = re.compile(r"[\w.+-]+@[\w-]+(\.[\w-]+)+")
TELEPHONE = re.compile(r"(?<![\w-])(\+|00|\(?0)[\d ()./-]{7,}\d")
ACCOUNT = re.compile(r"\b[A-Z]{2}\d{2}(?: ?[A-Z0-9]){11,30}\b")
SHORTEST_NAME = 3


class PersonalData(Invalid):
    """A text that will be public holds something personal."""


def refuse_personal(texts: Iterable[str], names: Iterable[str]) -> None:
    """Raise PersonalData with what was found in any of the texts; `names` are those of the claim."""
    found = [one for text in texts for one in personal_in(text, names)]
    if found:
        raise PersonalData(
            f"This text will be public, and holds something personal: {'; '.join(found)}. Please remove it."
        )


def personal_in(text: str, names: Iterable[str]) -> list[str]:
    """What looks personal in a text, each with what it is."""
    found = [f"an e-mail address ({one[0]})" for one in MAIL.finditer(text)]
    found += [f"an account number ({one[0]})" for one in ACCOUNT.finditer(text) if iban.is_valid(_longest(one[0]))]
    found += [f"a telephone number ({one[0].strip()})" for one in TELEPHONE.finditer(text)]
    return found + [f"a name of the claim ({name})" for name in names if _is_named(text, name)]


def _longest(text: str) -> str:
    """The longest beginning that is an account number: a word in capitals may follow it."""
    parts = text.split(" ")
    tries = (" ".join(parts[:count]) for count in range(len(parts), 0, -1))
    return next((one for one in tries if iban.is_valid(one)), text)


def _is_named(text: str, name: str) -> bool:
    plain = " ".join(name.split())
    return (
        len(plain) >= SHORTEST_NAME and re.search(rf"(?<!\w){re.escape(plain)}(?!\w)", text, re.IGNORECASE) is not None
    )
