"""Tell in words how the terms of a release differ from others. Pure: it reads no row."""

from collections.abc import Mapping

from obbligato.catalog.comparing import Change
from obbligato.catalog.contents import Line
from obbligato.catalog.models import Release
from obbligato.rights.models import Licence
from obbligato.sales.editing.written import FREE, ONE_PRICE, WrittenPrice, WrittenRights, WrittenTerms


def told_terms(old: WrittenTerms, new: WrittenTerms, lines: Mapping[str, Line]) -> list[Change]:
    """Each difference of previews, price, and of the rights of these lines; tracks that change alike in one."""
    found: list[Change] = []
    if old.preview != new.preview:
        found.append(Change("Previews", _preview(old.preview), _preview(new.preview)))
    if old.price != new.price:
        found.append(Change("Price", price_in_words(old.price), price_in_words(new.price)))
    alike: dict[tuple[str, str, str], list[Line]] = {}
    for key, line in lines.items():
        before, after = old.rights_of(key), new.rights_of(key)
        for what, words in (("Licence", licence_in_words), ("Shares", shares_in_words)):
            if words(before) != words(after):
                alike.setdefault((what, words(before), words(after)), []).append(line)
    return [*found, *(Change(f"{what} of {_named(of)}", *words) for (what, *words), of in alike.items())]


def price_in_words(price: WrittenPrice) -> str:
    """What it costs."""
    if not price.kind:
        return ""
    if price.kind == FREE:
        words = "free"
    elif price.kind == ONE_PRICE:
        words = f"{price.track} a track in all formats"
    else:
        bounds = [f"at least {price.track_minimum} a track"] if price.track_minimum else []
        bounds += [f"at most {price.track_maximum} a track"] if price.track_maximum else []
        words = ", ".join([f"{price.per_megabyte} a megabyte", *bounds])
    if price.album_maximum and price.kind != FREE:
        words += f", at most {price.album_maximum} for the release"
    return f"{words}; buyers may give more" if price.takes_more else words


def licence_in_words(rights: WrittenRights) -> str:
    """On what basis, where and when."""
    if not rights.basis:
        return ""
    name = dict(Licence.Basis.choices).get(rights.basis, rights.basis)
    until = f" until {rights.valid_until}" if rights.valid_until else ""
    since = f" from {rights.valid_from}" if rights.valid_from else ""
    words = f"{name}: {rights.territories or 'WORLD'}{since}{until}"
    return f"{words}\n{rights.evidence}" if rights.evidence else words


def shares_in_words(rights: WrittenRights) -> str:
    """Who has how much."""
    return "\n".join(f"{one.party}, {one.role}: {one.percent} %" for one in rights.shares)


def _preview(value: str) -> str:
    return str(dict(Release.Preview.choices).get(value, value))


def _named(lines: list[Line]) -> str:
    return ", ".join(f"{line.disc}.{line.position} “{line.title}”" for line in lines)
