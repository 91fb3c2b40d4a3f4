"""Drafts of real releases, as tests want them."""

from collections.abc import Callable
from dataclasses import replace

from obbligato.catalog.contents import Content, Line
from obbligato.catalog.models import Release
from obbligato.sales.editing import drafting
from obbligato.sales.editing.models import Draft
from obbligato.sales.editing.written import WrittenPrice, WrittenTerms


def a_draft(release: Release, by: str = "dana") -> Draft:
    """The draft of a release, opened where there is none."""
    return drafting.open_draft(release, by=by)


def rewrite(release: Release, by: str = "dana", **values: object) -> Draft:
    """Change fields of the draft's content."""
    draft = a_draft(release, by)
    content = replace(draft.content, **values)  # type: ignore[arg-type]
    return drafting.change(release, seen=draft.version, by=by, content=content)


def rewrite_line(release: Release, place: int, **values: object) -> Draft:
    """Change one of its lines, counted from 1."""
    lines = list(a_draft(release).content.lines)
    lines[place - 1] = replace(lines[place - 1], **values)  # type: ignore[arg-type]
    return rewrite(release, lines=tuple(lines))


def reprice(release: Release, **values: object) -> Draft:
    """Give the draft another price."""
    draft = a_draft(release)
    terms = replace(draft.terms, price=WrittenPrice(**values))  # type: ignore[arg-type]
    return drafting.change(release, seen=draft.version, by="dana", terms=terms)


def reterm(release: Release, change: Callable[[WrittenTerms], WrittenTerms]) -> Draft:
    """Give the draft other terms."""
    draft = a_draft(release)
    return drafting.change(release, seen=draft.version, by="dana", terms=change(draft.terms))


def lines_of(content: Content) -> list[Line]:
    """Its lines, in order."""
    return list(content.lines)
