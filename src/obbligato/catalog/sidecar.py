"""Read the `release.toml` beside the audio. It checks what the label wrote and never fills in what is missing.

Strict on purpose: a misspelt key would otherwise be a price or a territory that silently does not count.
"""

import datetime
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

from stdnum import ean, isrc
from stdnum.exceptions import ValidationError

from obbligato.catalog.models import Release
from obbligato.catalog.naming import clean, clean_lines, printable
from obbligato.catalog.places import is_territory
from obbligato.kernel.refusals import Invalid

LARGEST_BYTES = 1_000_000
LARGEST_NUMBER = 999


class BadSidecar(Invalid):
    """The release.toml cannot be followed as it is written; the release waits until it is corrected."""


@dataclass(frozen=True)
class LicenceSection:
    """[licence] as written; what the words mean is for the folder that owns rights."""

    basis: str = ""
    evidence: str = ""
    territories: tuple[str, ...] = ()
    valid_from: datetime.date | None = None
    valid_until: datetime.date | None = None


@dataclass(frozen=True)
class PriceSection:
    """[price] as written: decimal strings, "" where nothing is said, and whether buyers may give more."""

    currency: str = ""
    per_megabyte: str = ""
    track_minimum: str = ""
    track_maximum: str = ""
    album_maximum: str = ""
    name_your_price: bool = False


@dataclass(frozen=True)
class ShareLine:
    """One [[shares]]; the per cent is a decimal string."""

    party: str
    role: str
    percent: str


@dataclass(frozen=True)
class CreditLine:
    """Who did what, as one [[credits]] entry says it; no tracks mean all of them."""

    name: str
    role: str
    tracks: tuple[str, ...] = ()


@dataclass(frozen=True)
class TrackLine:
    """One [[tracks]]: what is said here outranks the file's own tags."""

    file: str
    title: str = ""
    isrc: str = ""
    artist: str = ""
    disc: int | None = None
    position: int | None = None


@dataclass(frozen=True)
class Sidecar:
    """Everything a release.toml says. "" or None: not said."""

    title: str = ""
    artist: str = ""
    label: str = ""
    upc: str = ""
    date: datetime.date | None = None
    genres: tuple[str, ...] = ()
    description: str = ""
    copyright: str = ""
    preview: str = ""
    licence: LicenceSection | None = None
    price: PriceSection | None = None
    shares: tuple[ShareLine, ...] = ()
    credits: tuple[CreditLine, ...] = ()
    tracks: tuple[TrackLine, ...] = ()


def read_sidecar(path: Path) -> Sidecar:
    """What the file says. Raises BadSidecar with a sentence that names the file and the key."""
    try:
        with path.open("rb") as file:
            content = file.read(LARGEST_BYTES + 1)
        if len(content) > LARGEST_BYTES:
            raise BadSidecar("it is larger than 1 MB")
        return _release(tomllib.loads(content.decode("utf-8-sig")))
    except OSError as error:
        raise BadSidecar(f"{path.name} cannot be read: {error.strerror}.") from None
    except UnicodeDecodeError:
        raise BadSidecar(f"{path.name} is not UTF-8 text.") from None
    except RecursionError:
        raise BadSidecar(f"{path.name} is nested too deeply.") from None
    except tomllib.TOMLDecodeError as error:
        raise BadSidecar(f"{path.name} is not TOML: {printable(str(error))[:200]}.") from None
    except BadSidecar as refusal:
        raise BadSidecar(f"{path.name}: {refusal}.") from None


def checked_isrc(text: str) -> str:
    """The ISRC in its twelve characters (ISO 3901), or ValueError."""
    try:
        return str(isrc.validate(text))
    except ValidationError as error:
        raise ValueError(text) from error


def checked_upc(text: str) -> str:
    """The UPC or EAN with a right check digit (GS1), twelve digits written as thirteen; or ValueError."""
    try:
        digits = str(ean.validate(text))
    except ValidationError as error:
        raise ValueError(text) from error
    return digits.zfill(13) if len(digits) == 12 else digits


def _release(written: Mapping[str, Any]) -> Sidecar:
    _refuse_unknown(written, {field.name for field in fields(Sidecar)}, "")
    return Sidecar(
        title=_line(written, "title", 300),
        artist=_line(written, "artist", 200),
        label=_line(written, "label", 200),
        upc=_checked(written, "upc", checked_upc, "a UPC or EAN"),
        date=_day(written, "date"),
        genres=_lines(written, "genres"),
        description=clean_lines(_text(written, "description"), limit=20_000),
        copyright=_line(written, "copyright", 300),
        preview=_preview(written),
        licence=_licence(_table(written, "licence")),
        price=_price(_table(written, "price")),
        shares=tuple(_share(row) for row in _tables(written, "shares")),
        credits=tuple(_credit(row) for row in _tables(written, "credits")),
        tracks=tuple(_track(row) for row in _tables(written, "tracks")),
    )


def _preview(written: Mapping[str, Any]) -> str:
    preview = _text(written, "preview")
    if preview and preview not in Release.Preview.values:
        raise BadSidecar(f"“preview” must be one of {', '.join(Release.Preview.values)}")
    return preview


def _licence(written: Mapping[str, Any] | None) -> LicenceSection | None:
    if written is None:
        return None
    _refuse_unknown(written, {"basis", "evidence", "territories", "from", "until"}, "licence.")
    territories = tuple(code.upper() for code in _lines(written, "territories"))
    for code in territories:
        if not is_territory(code):
            raise BadSidecar(f"“{code}” is not a country (two letters of ISO 3166-1) nor WORLD")
    return LicenceSection(
        basis=_line(written, "basis", 40),
        evidence=clean_lines(_text(written, "evidence"), limit=5_000),
        territories=territories,
        valid_from=_day(written, "from"),
        valid_until=_day(written, "until"),
    )


def _price(written: Mapping[str, Any] | None) -> PriceSection | None:
    if written is None:
        return None
    names = [field.name for field in fields(PriceSection)]
    _refuse_unknown(written, set(names), "price.")
    takes_more = written.get("name_your_price", False)
    if not isinstance(takes_more, bool):
        raise BadSidecar("“price.name_your_price” must be true or false")
    amounts = {name: _decimal(written, name) for name in names if name != "name_your_price"}
    return PriceSection(**amounts, name_your_price=takes_more)


def _share(written: Mapping[str, Any]) -> ShareLine:
    _refuse_unknown(written, {"party", "role", "percent"}, "shares.")
    party = _line(written, "party", 200)
    if not party:
        raise BadSidecar("one of the shares names no party")
    return ShareLine(party, _line(written, "role", 40), _decimal(written, "percent"))


def _credit(written: Mapping[str, Any]) -> CreditLine:
    _refuse_unknown(written, {"name", "role", "tracks"}, "credits.")
    tracks = written.get("tracks", [])
    if not isinstance(tracks, list):
        raise BadSidecar("“credits.tracks” must be a list")
    names = tuple(clean(str(track), limit=300) for track in tracks[:LARGEST_NUMBER])
    return CreditLine(_line(written, "name", 200), _line(written, "role", 100), names)


def _track(written: Mapping[str, Any]) -> TrackLine:
    _refuse_unknown(written, {field.name for field in fields(TrackLine)}, "tracks.")
    file = _text(written, "file")
    if not file:
        raise BadSidecar("one of the tracks names no file")
    return TrackLine(
        file=file,
        title=_line(written, "title", 300),
        isrc=_checked(written, "isrc", checked_isrc, "an ISRC"),
        artist=_line(written, "artist", 200),
        disc=_number(written, "disc"),
        position=_number(written, "position"),
    )


def _refuse_unknown(written: Mapping[str, Any], known: set[str], prefix: str) -> None:
    for key in written:
        if key not in known:
            shown = clean(key, limit=60)
            raise BadSidecar(f"“{prefix}{shown}” is not a key it knows; it knows {', '.join(sorted(known))}")


def _table(written: Mapping[str, Any], key: str) -> Mapping[str, Any] | None:
    value = written.get(key)
    if value is not None and not isinstance(value, dict):
        raise BadSidecar(f"“{key}” must be a table, written [{key}]")
    return value


def _tables(written: Mapping[str, Any], key: str) -> list[Mapping[str, Any]]:
    value = written.get(key, [])
    if not isinstance(value, list) or not all(isinstance(row, dict) for row in value):
        raise BadSidecar(f"“{key}” must be tables, each written [[{key}]]")
    return value


def _text(written: Mapping[str, Any], key: str) -> str:
    value = written.get(key, "")
    if not isinstance(value, str):
        raise BadSidecar(f"“{key}” must be text in quotes")
    return value


def _line(written: Mapping[str, Any], key: str, limit: int) -> str:
    text = _text(written, key)
    if len(text) > limit:
        raise BadSidecar(f"“{key}” is longer than {limit} characters")
    return clean(text, limit=limit)


def _lines(written: Mapping[str, Any], key: str) -> tuple[str, ...]:
    value = written.get(key, [])
    if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
        raise BadSidecar(f"“{key}” must be a list of texts in quotes")
    return tuple(cleaned for item in value if (cleaned := clean(item, limit=100)))


def _decimal(written: Mapping[str, Any], key: str) -> str:
    """A decimal in quotes, or a whole number without; never a float, which is not the number that was written."""
    value = written.get(key, "")
    if isinstance(value, bool) or not isinstance(value, str | int):
        raise BadSidecar(f'“{key}” must be in quotes, as in {key} = "0.50"')
    return str(value)[:40].strip()


def _number(written: Mapping[str, Any], key: str) -> int | None:
    value = written.get(key)
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int) or not 1 <= value <= LARGEST_NUMBER:
        raise BadSidecar(f"“{key}” must be a whole number from 1 to {LARGEST_NUMBER}")
    return value


def _day(written: Mapping[str, Any], key: str) -> datetime.date | None:
    value = written.get(key)
    if value is None:
        return None
    try:
        # A datetime is a date too, but nobody releases at a minute.
        return value if type(value) is datetime.date else datetime.date.fromisoformat(value)
    except (TypeError, ValueError):
        raise BadSidecar(f"“{key}” must be a day, as in {key} = 2026-05-29") from None


def _checked(written: Mapping[str, Any], key: str, check: Callable[[str], str], what: str) -> str:
    value = written.get(key, "")
    text = clean(str(value), limit=40) if isinstance(value, str | int) else ""
    if value == "":
        return ""
    try:
        return check(text)
    except ValueError:
        raise BadSidecar(f"“{text}” is not {what}: its length or check digit is wrong") from None
