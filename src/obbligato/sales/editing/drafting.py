"""Open a draft of a release's next edition, change it, bring it up to date, discard it. It publishes nothing.

Who changes a draft says which version she saw: nobody writes over a change that she has not seen.
"""

from django.db import transaction
from django.db.models import QuerySet

from obbligato.catalog.contents import Content, content_of
from obbligato.catalog.merging import merged
from obbligato.catalog.models import Release
from obbligato.kernel import clock
from obbligato.kernel.refusals import Missing, Refused
from obbligato.sales.editing.models import Draft, EarlierVersion
from obbligato.sales.editing.written import WrittenRights, WrittenTerms, as_written, grouped

VERSIONS_KEPT = 50


class NothingToEdit(Refused):
    """The release has no edition that a draft could begin with."""


class NoDraft(Missing):
    """There is no draft of this release, or no longer."""


class ChangedMeanwhile(Refused):
    """Somebody changed the draft since it was looked at; nothing was saved."""


class Appointed(Refused):
    """The draft is to be published at a time, and stays as it is until then."""


@transaction.atomic
def open_draft(release: Release, *, by: str) -> Draft:
    """The release's draft, begun from its current edition where there is none. Raises NothingToEdit."""
    held = (
        Release.objects.select_for_update(of=("self",)).select_related("edition", "artist", "label").get(pk=release.pk)
    )
    known = Draft.objects.filter(release=held).first()
    if known is not None:
        return known
    if held.edition is None:
        raise NothingToEdit("This release has no edition yet. Import it first.")
    # Nothing below refuses any more.
    content = content_of(held.edition)
    terms = as_written(held, content.lines).to_json()
    return Draft.objects.create(
        release=held,
        base=held.edition,
        content_json=content.to_json(),
        terms_json=terms,
        base_terms_json=terms,
        opened_by=by,
        changed_by=by,
    )


@transaction.atomic
def change(
    release: Release, *, seen: int, by: str, content: Content | None = None, terms: WrittenTerms | None = None
) -> Draft:
    """Save what is given, if the draft is still in the version `seen`. Raises NoDraft, ChangedMeanwhile, Appointed."""
    draft = held_draft(release, seen=seen)
    content, terms = content or draft.content, terms or draft.terms
    if (content, terms) == (draft.content, draft.terms):
        return draft
    _keep_version(draft)
    draft.content_json, draft.terms_json = content.to_json(), terms.to_json()
    return _saved(draft, by)


@transaction.atomic
def catch_up(release: Release, *, seen: int, by: str) -> Draft:
    """Let the draft begin with the edition that is current now, and keep what was changed in it."""
    draft = held_draft(release, seen=seen)
    current = draft.release.edition
    assert current is not None, "a draft is of a release with an edition"
    if current == draft.base:
        return draft
    _keep_version(draft)
    draft.content_json = merged(content_of(draft.base), draft.content, content_of(current)).to_json()
    draft.base = current
    return _saved(draft, by)


@transaction.atomic
def discard(release: Release, *, seen: int) -> None:
    """Throw the draft away. Raises NoDraft, ChangedMeanwhile, Appointed."""
    held_draft(release, seen=seen).delete()


def draft_of(release: Release) -> Draft:
    """The release's draft. Raises NoDraft."""
    draft = _drafts().filter(release=release).first()
    if draft is None:
        raise NoDraft("There is no draft of this release: it was published or discarded.")
    return draft


def held_draft(release: Release, *, seen: int) -> Draft:
    """The draft with its row locked until the transaction ends, if it may be changed by who has seen that version."""
    draft = _drafts().select_for_update(of=("self",)).filter(release=release).first()
    if draft is None:
        raise NoDraft("There is no draft of this release: it was published or discarded.")
    if draft.version != seen:
        at = f"{draft.changed_at:%-d %B %Y, %H:%M} UTC"
        raise ChangedMeanwhile(f"{draft.changed_by} changed this draft on {at}, after you opened this page.")
    if (appointment := draft.appointment) is not None:
        raise Appointed(
            f"It is to be published on {appointment.at:%-d %B %Y at %H:%M} UTC, and stays as it is until then."
            " Cancel that first."
        )
    return draft


def effective_terms(draft: Draft, content: Content) -> WrittenTerms:
    """The terms as they would be: what the draft changed, and for the rest what is in force now."""
    base, mine, now = draft.base_terms, draft.terms, as_written(draft.release, content.lines)
    return merged_terms(base, mine, now, [line.key for line in content.lines])


def merged_terms(base: WrittenTerms, mine: WrittenTerms, now: WrittenTerms, keys: list[str]) -> WrittenTerms:
    """`now`, with what `mine` says otherwise than `base` did."""
    rights: dict[str, WrittenRights] = {}
    for key in keys:
        is_same = mine.rights_of(key) == base.rights_of(key)
        rights[key] = now.rights_of(key) if is_same else mine.rights_of(key)
    return WrittenTerms(
        preview=now.preview if mine.preview == base.preview else mine.preview,
        price=now.price if mine.price == base.price else mine.price,
        groups=grouped(rights),
    )


def version_of(draft: Draft, number: int) -> tuple[Content, WrittenTerms] | None:
    """What the draft was in one of its last versions; None where that is forgotten."""
    if number == draft.version:
        return draft.content, draft.terms
    found = draft.earlier.filter(version=number).first()
    return (Content.from_json(found.content_json), WrittenTerms.from_json(found.terms_json)) if found else None


def _drafts() -> "QuerySet[Draft]":
    return Draft.objects.select_related(
        "base__cover", "base__booklet", "base__release", "release__edition__cover", "release__edition__booklet",
        "release__artist", "release__label",
    )  # fmt: skip


def _keep_version(draft: Draft) -> None:
    EarlierVersion.objects.create(
        draft=draft,
        version=draft.version,
        content_json=draft.content_json,
        terms_json=draft.terms_json,
        changed_by=draft.changed_by,
        changed_at=draft.changed_at,
    )
    draft.earlier.filter(version__lte=draft.version - VERSIONS_KEPT).delete()


def _saved(draft: Draft, by: str) -> Draft:
    draft.version += 1
    draft.changed_by, draft.changed_at = by, clock.now()
    draft.save()
    return draft
