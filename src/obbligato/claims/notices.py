"""What somebody writes in a notice, as one value, and the digest by which the same notice is known again. Pure."""

import hashlib
import json
import re
from dataclasses import asdict, dataclass, field

from django.core.exceptions import ValidationError
from django.core.validators import validate_email

from obbligato.catalog.places import WORLD
from obbligato.kernel.countries import COUNTRIES
from obbligato.kernel.refusals import Invalid

MOST_LOCATORS = 5_000
LONGEST_LOCATOR, LONGEST_LINE, LONGEST_TEXT = 500, 200, 10_000
LANGUAGES = ("en", "fr", "ru")
ROLES = ("owner", "licensee", "agent", "trusted_flagger", "authority", "third_party")
RIGHTS = ("recording", "composition", "cover", "text", "other")
BUYERS_ASKED_FOR = re.compile(
    r"\b(list|names?|addresses|identit\w+|details)\s+of\s+(all\s+|the\s+|your\s+)*(buyers|customers|purchasers|downloaders)"
    r"|\b(buyer|customer|purchaser)s?['’]?\s+(list|names|addresses|data|details|identit\w+)",
    re.IGNORECASE,
)


class BadNotice(Invalid):
    """The notice cannot be taken as it is: something in it is too long, or is no such thing."""


@dataclass(frozen=True)
class Notice:
    """A notice as it was typed. Whether it is complete is another question: see elements."""

    name: str = ""
    mail: str = ""
    address: str = ""
    role: str = "owner"
    on_behalf_of: str = ""
    work: str = ""
    rights: str = "recording"
    territories: tuple[str, ...] = (WORLD,)
    explanation: str = ""
    locators: tuple[str, ...] = field(default=())
    is_in_good_faith: bool = False
    is_accurate: bool = False
    signature: str = ""
    asks_for_us: bool = False
    language: str = "en"

    @property
    def digest(self) -> str:
        """The same for the same notice, in whatever order its locators stand and however its mail is written."""
        said = {**asdict(self), "mail": self.mail.lower(), "locators": sorted(set(self.locators)), "language": ""}
        return hashlib.sha256(json.dumps(said, sort_keys=True).encode()).hexdigest()

    @property
    def asks_for_buyers(self) -> bool:
        """Whether it seems to ask who bought something (English words only); nobody is ever told."""
        return BUYERS_ASKED_FOR.search(self.explanation) is not None


def lines_of(text: str) -> tuple[str, ...]:
    """The locators in a text, one a line, each once."""
    return tuple(dict.fromkeys(line.strip() for line in text.splitlines() if line.strip()))


def territories_of(text: str) -> tuple[str, ...]:
    """ISO 3166-1 alpha-2 codes out of “DE, AT”; the whole world where nothing is written.

    What is no code stays as it was written, to be refused: a country in other letters is not the whole world.
    """
    return tuple(sorted(set(re.findall(r"[^\s,;.]+", text.upper())))) or (WORLD,)


def refuse_bad(notice: Notice) -> None:
    """Raise BadNotice where something is too long or no such thing; not where something is missing."""
    lines = (notice.name, notice.mail, notice.on_behalf_of, notice.signature)
    if max(map(len, lines)) > LONGEST_LINE:
        raise BadNotice("A name, an address of mail or a signature can have {most} characters.", most=LONGEST_LINE)
    if max(map(len, (notice.address, notice.work, notice.explanation))) > LONGEST_TEXT:
        raise BadNotice(
            "A text can have {most} characters. Longer things can be sent as a document.", most=LONGEST_TEXT
        )
    if len(notice.locators) > MOST_LOCATORS:
        raise BadNotice(
            "One notice can name {most} places. Please send the others as another notice.", most=MOST_LOCATORS
        )
    if any(len(one) > LONGEST_LOCATOR for one in notice.locators):
        raise BadNotice(
            "A place can be said in at most {most} characters; put each on a line of its own.", most=LONGEST_LOCATOR
        )
    if unknown := [one for one in notice.territories if one != WORLD and one not in COUNTRIES]:
        raise BadNotice(
            "“{written}” is not a country this store knows. Write codes such as DE, or nothing.", written=unknown[0][:8]
        )
    if notice.role not in ROLES or notice.rights not in RIGHTS or notice.language not in LANGUAGES:
        raise BadNotice("Please choose one of the roles, rights and languages that the form offers.")
    if notice.mail and not _is_address(notice.mail):
        raise BadNotice("This is not an e-mail address.")


def _is_address(mail: str) -> bool:
    try:
        validate_email(mail)
    except ValidationError:
        return False
    return True
