"""Terms of a release as a label writes them: price, licences, shares, previews, all as texts. It judges nothing."""

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any

from obbligato.catalog.contents import Line
from obbligato.catalog.models import Release, Track
from obbligato.kernel.money import plain_amount
from obbligato.rights.models import Licence, SplitSheet
from obbligato.sales.offers import rates_of
from obbligato.sales.pricing import Rates

PER_MEGABYTE, ONE_PRICE, FREE = "per_megabyte", "one_price", "free"
KINDS = (
    (PER_MEGABYTE, "By the megabyte"),
    (ONE_PRICE, "One price, all formats"),
    (FREE, "Free"),
)


@dataclass(frozen=True)
class WrittenPrice:
    """How it is sold. `kind` is empty where nobody named a price; `track` is that of a track at one price."""

    kind: str = ""
    per_megabyte: str = ""
    track_minimum: str = ""
    track_maximum: str = ""
    track: str = ""
    album_maximum: str = ""
    takes_more: bool = False


@dataclass(frozen=True)
class WrittenShare:
    """One party's part."""

    party: str
    role: str = ""
    percent: str = ""


@dataclass(frozen=True)
class WrittenRights:
    """On what basis a recording is sold, and who shares in it. Without a basis or shares: as it is."""

    basis: str = ""
    evidence: str = ""
    territories: str = ""
    valid_from: str = ""
    valid_until: str = ""
    shares: tuple[WrittenShare, ...] = ()


@dataclass(frozen=True)
class Group:
    """The lines, by key, that have the same rights."""

    keys: tuple[str, ...]
    rights: WrittenRights


@dataclass(frozen=True)
class WrittenTerms:
    """All that is said of a release besides what its edition holds. Lines in no group are left as they are."""

    preview: str = Release.Preview.EXCERPT.value
    price: WrittenPrice = WrittenPrice()
    groups: tuple[Group, ...] = ()

    def rights_of(self, key: str) -> WrittenRights:
        """What is written for a line."""
        return next((group.rights for group in self.groups if key in group.keys), WrittenRights())

    def to_json(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_json(cls, values: Mapping[str, Any]) -> "WrittenTerms":
        """What to_json gave."""
        return cls(values["preview"], WrittenPrice(**values["price"]), tuple(map(_group, values["groups"])))


def as_written(release: Release, lines: Iterable[Line]) -> WrittenTerms:
    """The terms in force now, for these lines."""
    rates = rates_of(release)
    return WrittenTerms(
        preview=release.preview,
        price=_price(rates) if rates else WrittenPrice(),
        groups=grouped(_rights_of(list(lines))),
    )


def grouped(rights: Mapping[str, WrittenRights]) -> tuple[Group, ...]:
    """Lines that have the same rights together, in the order of the first of each; those without any in none."""
    keys: dict[WrittenRights, list[str]] = {}
    for key, one in rights.items():
        if one != WrittenRights():
            keys.setdefault(one, []).append(key)
    return tuple(Group(tuple(found), one) for one, found in keys.items())


def _price(rates: Rates) -> WrittenPrice:
    def text(micro: int | None) -> str:
        return "" if micro is None else plain_amount(micro, rates.currency)

    written = WrittenPrice(album_maximum=text(rates.album_maximum_micro), takes_more=rates.takes_more)
    if rates.is_one_price:
        return replace(written, kind=ONE_PRICE, track=text(rates.track_minimum_micro))
    if not rates.per_megabyte_micro and not rates.track_minimum_micro and rates.track_maximum_micro is None:
        return replace(written, kind=FREE, album_maximum="")
    return replace(
        written,
        kind=PER_MEGABYTE,
        per_megabyte=text(rates.per_megabyte_micro),
        track_minimum=text(rates.track_minimum_micro),
        track_maximum=text(rates.track_maximum_micro),
    )


def _rights_of(lines: list[Line]) -> dict[str, WrittenRights]:
    """By the key of a line: licence and shares in force of the recording it sounds from."""
    tracks = Track.objects.filter(pk__in={line.track_id for line in lines})
    recordings = dict(tracks.values_list("pk", "recording_id"))
    ids = set(recordings.values())
    licences = {one.recording_id: one for one in Licence.objects.filter(recording__in=ids, replaced_at__isnull=True)}
    sheets: dict[int, SplitSheet] = {}
    newest_first = SplitSheet.objects.filter(recording__in=ids).order_by("-valid_from", "-pk")
    for sheet in newest_first.prefetch_related("shares__party"):
        sheets.setdefault(sheet.recording_id, sheet)
    written = {pk: _rights(licences.get(pk), sheets.get(pk)) for pk in ids}
    return {line.key: written[recordings[line.track_id]] for line in lines}


def _rights(licence: Licence | None, sheet: SplitSheet | None) -> WrittenRights:
    rights = WrittenRights()
    if licence:
        rights = WrittenRights(
            basis=licence.basis,
            evidence=licence.evidence,
            territories=", ".join(licence.territories),
            valid_from=licence.valid_from.isoformat(),
            valid_until=licence.valid_until.isoformat() if licence.valid_until else "",
        )
    shares = sorted(sheet.shares.all(), key=lambda share: share.pk) if sheet else []
    return replace(
        rights,
        shares=tuple(WrittenShare(one.party.name, one.role, percent_of(one.basis_points)) for one in shares),
    )


def percent_of(basis_points: int) -> str:
    """Basis points as a per cent: 12.5."""
    whole, rest = divmod(basis_points, 100)
    return f"{whole}.{rest:02d}".rstrip("0").rstrip(".") if rest else str(whole)


def _group(values: Mapping[str, Any]) -> Group:
    rights = values["rights"]
    shares = tuple(WrittenShare(**one) for one in rights["shares"])
    return Group(tuple(values["keys"]), WrittenRights(**{**rights, "shares": shares}))
