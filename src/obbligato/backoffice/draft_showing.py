"""What the pages of a draft show: fields with what is wrong beside them, files, groups of rights. No rules."""

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from django.conf import settings
from django.db.models import Q
from django.urls import reverse

from obbligato.backoffice import showing
from obbligato.backoffice.draft_forms import Typed, numbers_of
from obbligato.catalog.comparing import Change
from obbligato.catalog.contents import Content
from obbligato.catalog.models import Booklet, Picture, Release, Track
from obbligato.catalog.proofreading import Problem
from obbligato.catalog.sidecar import CreditLine
from obbligato.rights.models import Licence
from obbligato.sales.editing.checking import Checked, checked
from obbligato.sales.editing.models import Draft
from obbligato.sales.editing.written import KINDS, PER_MEGABYTE, Group, WrittenRights, WrittenShare, WrittenTerms

SPARE_ROWS = 3
FOUND_AT_MOST = 20


class Named(Protocol):
    """A section, as its link needs it."""

    @property
    def name(self) -> str: ...
    @property
    def title(self) -> str: ...


@dataclass
class Shown:
    """What a page shows besides the draft as it is saved."""

    typed: Typed | None = None
    sent: Mapping[str, str] = field(default_factory=dict)
    refusal: str = ""
    others: list[Change] = field(default_factory=list)
    may_save: bool = True
    key: str = ""


@dataclass(frozen=True)
class Row:
    """One row of a form: its name there, its values, and what is wrong by the name of a value."""

    name: str
    values: Any
    problems: Mapping[str, list[str]]
    more: Any = None


def address(release: Release, name: str, *more: str) -> str:
    """Where a page of a release's draft is."""
    return reverse(f"admin:catalog_release_draft_{name}", args=[release.pk, *more])


def context(draft: Draft, name: str, shown: Shown, query: str, sections: Sequence[Named]) -> dict[str, Any]:
    """All that a section's page needs."""
    found = checked(draft)
    content = shown.typed.content if shown.typed else found.content
    terms = shown.typed.terms if shown.typed else found.terms
    # Groups that were only typed are not those that were read.
    read = [one for one in found.problems if not shown.typed or not one.field.startswith("group.")]
    wrong = _by_field([*read, *_unread(shown)])
    shows: dict[str, Callable[[], dict[str, Any]]] = {
        "release": lambda: _release(content, terms),
        "tracks": lambda: {"lines": _lines(draft, content, wrong), **_findable(draft, query)},
        "track": lambda: {"line": next(row for row in _lines(draft, content, wrong) if row.values.key == shown.key)},
        "credits": lambda: {"rows": _credits(content, wrong)},
        "rights": lambda: _rights(content, terms, shown.sent, wrong),
        "price": lambda: {
            "price": terms.price,
            "kinds": KINDS,
            "kind": terms.price.kind or PER_MEGABYTE,
            "wrong_price": _below(wrong, "price"),
        },
    }
    frame_ = frame(draft, found, name, sections)
    return {
        **frame_,
        **shows[name](),
        "content": content,
        "wrong": wrong,
        "shown": shown,
        "currency": settings.CURRENCY,
    }


def frame(draft: Draft, found: Checked, name: str, sections: Sequence[Named]) -> dict[str, Any]:
    """What stands around each page of a draft: its sections, its standing, how much is wrong."""
    release = draft.release
    tabs = [(one.name, one.title, address(release, one.name)) for one in sections]
    tabs.append(("changes", "What would change", address(release, "changes")))
    failed = release.appointments.order_by("-pk").first()
    return {
        "title": f"{release}: draft",
        "draft": draft,
        "release": release,
        "tabs": tabs,
        "tab": "tracks" if name == "track" else name,
        "problems": [(one.sentence, section_of(one.field, release)) for one in found.problems],
        "appointment": draft.appointment,
        "failed": failed if failed and failed.failed_at else None,
        "acts": {name: address(release, name) for name in ("publish", "schedule", "discard", "catch_up", "cancel")},
        "doctor": reverse("admin:catalog_release_doctor", args=[release.pk]),
        "history": reverse("admin:catalog_release_history_of_editions", args=[release.pk]),
        "preview": reverse("draft_preview", args=[release.pk]),
        "back": reverse("admin:catalog_release_change", args=[release.pk]),
    }


def section_of(name: str, release: Release) -> str:
    """The page on which a field stands."""
    first, _, rest = name.partition(".")
    key, _, last = rest.rpartition(".")
    if first == "line" and last in {"composer", "lyrics"}:
        return address(release, "track", key)
    pages = {"line": "tracks", "lines": "tracks", "credit": "credits", "group": "rights", "groups": "rights"}
    return address(release, {**pages, "price": "price"}.get(first, "release"))


def to_be_added(release: Release) -> Q:
    """Tracks that may be put on a release: of what is published now, or of its own earlier editions."""
    return Q(edition__current_of__isnull=False) | Q(edition__release=release)


def _by_field(problems: Sequence[Problem]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = defaultdict(list)
    for one in problems:
        if one.sentence not in found[one.field]:
            found[one.field].append(one.sentence)
    return dict(found)


def _unread(shown: Shown) -> list[Problem]:
    return [Problem(name, sentence) for name, sentence in shown.typed.unread.items()] if shown.typed else []


def _below(wrong: Mapping[str, list[str]], name: str) -> dict[str, list[str]]:
    """What is wrong with the fields of a row, by their names in it."""
    return {key.removeprefix(f"{name}."): value for key, value in wrong.items() if key.startswith(f"{name}.")}


def _release(content: Content, terms: WrittenTerms) -> dict[str, Any]:
    booklet = Booklet.objects.filter(sha256=content.booklet).first()
    return {
        "cover": Picture.objects.filter(sha256=content.cover).first(),
        "booklet": f"{booklet.original_name}, {showing.size(booklet.size_bytes)}" if booklet else "",
        "genres": "; ".join(content.genres),
        "previews": Release.Preview.choices,
        "preview_chosen": terms.preview,
    }


def _lines(draft: Draft, content: Content, wrong: Mapping[str, list[str]]) -> list[Row]:
    tracks = Track.objects.select_related("master").in_bulk({line.track_id for line in content.lines})
    by_line: dict[str, dict[str, list[str]]] = defaultdict(dict)
    for name, sentences in wrong.items():
        first, _, rest = name.partition(".")
        key, _, last = rest.rpartition(".")
        if first == "line":
            by_line[key][last] = sentences
    return [
        Row(
            f"line.{line.key}",
            line,
            by_line[line.key],
            {
                "length": showing.length(tracks[line.track_id].master.duration_seconds),
                "file": tracks[line.track_id].master.original_name,
                "page": address(draft.release, "track", line.key),
            },
        )
        for line in content.lines
    ]


def _findable(draft: Draft, query: str) -> dict[str, Any]:
    """Tracks of the catalogue that could be added, where somebody looks for one."""
    text = query.strip()
    if not text:
        return {"query": "", "findable": None}
    named = (
        Q(title__icontains=text) | Q(recording__isrc__iexact=text.replace("-", "")) | Q(artist_credit__icontains=text)
    )
    tracks = Track.objects.filter(to_be_added(draft.release), named).select_related("edition__release", "master")
    return {"query": text, "findable": list(tracks.order_by("-edition_id", "disc", "position")[:FOUND_AT_MOST])}


def _credits(content: Content, wrong: Mapping[str, list[str]]) -> list[Row]:
    return [
        Row(f"credit.{number}", credit, _below(wrong, f"credit.{number}"), ", ".join(credit.tracks))
        for number, credit in enumerate([*content.credits, *[CreditLine("", "")] * SPARE_ROWS])
    ]


def _rights(
    content: Content, terms: WrittenTerms, sent: Mapping[str, str], wrong: Mapping[str, list[str]]
) -> dict[str, Any]:
    rows = []
    for number, group in enumerate([*terms.groups, Group((), WrittenRights())]):
        name = f"group.{number}"
        below = _below(wrong, name)
        shares = [*group.rights.shares, *[WrittenShare("")] * SPARE_ROWS]
        more = {
            "tracks": sent.get(f"{name}.tracks") or numbers_of(group.keys, content.lines) if group.keys or sent else "",
            "shares": [(f"{name}.share.{at}", one, below.get(f"share.{at}", [])) for at, one in enumerate(shares)],
        }
        rows.append(Row(name, group.rights, below, more))
    named = {key for group in terms.groups for key in group.keys}
    without = numbers_of([line.key for line in content.lines if line.key not in named], content.lines)
    return {
        "groups": rows,
        "bases": Licence.Basis.choices,
        "without": without if len(named) < len(content.lines) else "",
    }
