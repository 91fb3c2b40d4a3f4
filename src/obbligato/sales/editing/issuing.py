"""Publish a draft: the next edition, its price, licences, shares and previews, all of it together or nothing."""

from django.conf import settings
from django.db import transaction

from obbligato.catalog import indexing
from obbligato.catalog.models import Booklet, Edition, Picture, Release
from obbligato.catalog.planning import plan_of
from obbligato.catalog.publishing import Publication, publish
from obbligato.catalog.tracklists import tracks_of
from obbligato.kernel.refusals import Refused
from obbligato.rights.licences import declare
from obbligato.rights.splits import declare_split
from obbligato.sales import listing
from obbligato.sales.declaring import declare_price, share_with_label_alone
from obbligato.sales.editing.checking import Checked, checked
from obbligato.sales.editing.drafting import held_draft
from obbligato.sales.editing.models import Draft
from obbligato.sales.offers import rates_of
from obbligato.sales.terms import default_rates


class EditionMeanwhile(Refused):
    """Another edition was published since the draft was begun; it would be undone in part."""


class NotReady(Refused):
    """Something in the draft is wrong; its pages say what."""


def issue(release: Release, *, seen: int, by: str) -> Publication:
    """Publish the release's draft now, in the version that was `seen`, and close it.

    Raises NoDraft, ChangedMeanwhile, Appointed, EditionMeanwhile, NotReady. Where nothing in it differs from the
    current edition, there is no new one.
    """
    publication = enact(release, seen=seen, by=by)
    show(publication.release)
    return publication


@transaction.atomic
def enact(release: Release, *, seen: int, by: str) -> Publication:
    """The rows alone, in one transaction; who calls it shows the release when that has ended."""
    draft = held_draft(release, seen=seen)
    release = Release.objects.select_for_update(of=("self",)).select_related("edition").get(pk=release.pk)
    draft.release = release
    found = refuse_unready(draft)
    # Nothing below refuses any more.
    content = found.content
    publication = publish(
        plan_of(content, release=release),
        cover=Picture.objects.filter(sha256=content.cover).first(),
        booklet=Booklet.objects.filter(sha256=content.booklet).first(),
        by=by,
        release=release,
    )
    _declare(publication.release, publication.edition, found, by=by)
    draft.delete()
    return publication


def show(release: Release) -> None:
    """Bring search and lists up to date with what was published."""
    indexing.refresh([release])
    listing.keep([release.pk])


def refuse_unready(draft: Draft) -> Checked:
    """The draft as it was read, if it can be published as it is. Raises EditionMeanwhile, NotReady."""
    if draft.is_behind:
        edition = draft.release.edition
        assert edition is not None, "a draft is of a release with an edition"
        raise EditionMeanwhile(
            f"Edition {edition.number} was published by {edition.made_by or 'somebody'} since this draft was begun."
            " Bring the draft up to date, and look at what would change."
        )
    found = checked(draft)
    if found.problems:
        first, others = found.problems[0].sentence, len(found.problems) - 1
        more = f" And {others} more; each is said beside its field." if others else ""
        raise NotReady(f"It cannot be published as it is: {first}{more}")
    return found


def _declare(release: Release, edition: Edition, found: Checked, *, by: str) -> None:
    keys = {line.place: line.key for line in found.content.lines}
    for track in tracks_of(edition):
        key = keys[track.disc, track.position]
        if (licence := found.read.licences.get(key)) is not None:
            declare(track.recording, licence, by=by)
        if shares := found.read.shares.get(key):
            declare_split(track.recording, shares)
        share_with_label_alone(track.recording, release.label)
    rates = found.read.rates or rates_of(release) or default_rates(settings.CURRENCY)
    declare_price(release, rates)
    if release.preview != found.terms.preview:
        release.preview = found.terms.preview
        release.save(update_fields=["preview"])
