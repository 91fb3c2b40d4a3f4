"""Read a draft whole: what it would hold, on which terms, and everything that keeps it from being published."""

from dataclasses import dataclass

from django.conf import settings

from obbligato.catalog.comparing import Change, told
from obbligato.catalog.contents import Content, content_of
from obbligato.catalog.proofreading import Problem, problems
from obbligato.kernel import clock
from obbligato.sales.editing.drafting import effective_terms
from obbligato.sales.editing.models import Draft
from obbligato.sales.editing.reading import ReadTerms, read_terms
from obbligato.sales.editing.telling import told_terms
from obbligato.sales.editing.written import WrittenTerms, as_written


@dataclass(frozen=True)
class Checked:
    """A draft as it was read, and all that is wrong with it; `read` has what would be declared."""

    content: Content
    terms: WrittenTerms
    now: WrittenTerms
    read: ReadTerms
    problems: list[Problem]


def checked(draft: Draft) -> Checked:
    """Everything about a draft, from a few queries however many tracks it has."""
    content = draft.content
    now, terms = as_written(draft.release, content.lines), effective_terms(draft, content)
    read = read_terms(terms, now, content, currency=settings.CURRENCY, today=clock.today())
    return Checked(content, terms, now, read, [*problems(content, release=draft.release), *read.problems])


def would_change(draft: Draft, found: Checked) -> list[Change]:
    """What publishing it would change of what is on sale now, in words."""
    current = draft.release.edition
    assert current is not None, "a draft is of a release with an edition"
    lines = {line.key: line for line in found.content.lines}
    return [*told(content_of(current), found.content), *told_terms(found.now, found.terms, lines)]
