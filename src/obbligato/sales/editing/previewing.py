"""Quote a draft as a buyer would see it, without a row being written. Nothing can be bought by it."""

from django.conf import settings

from obbligato.audio.formats import Format
from obbligato.catalog.models import Artist, Booklet, Edition, Label, Picture, Release, Track
from obbligato.catalog.naming import slug_of
from obbligato.catalog.planning import plan_of
from obbligato.catalog.publishing import edition_of
from obbligato.catalog.restrictions import in_effect
from obbligato.catalog.tagging import added_bytes, picture_in_tags, planned_tags, tags_of
from obbligato.kernel.refusals import Refused
from obbligato.rights import licences
from obbligato.rights.licences import LicenceTerms, Term
from obbligato.rights.models import Licence
from obbligato.sales.editing.checking import Checked, checked
from obbligato.sales.editing.models import Draft
from obbligato.sales.offers import Offer, closed_to_sale, rates_of
from obbligato.sales.quoting import QuoteBench, ReleaseQuote, whole_quote
from obbligato.sales.terms import default_rates


class NotShown(Refused):
    """The draft says something that no page could show; its own pages say what."""


def quote_of(draft: Draft, format_: Format, *, territory: str) -> ReleaseQuote:
    """The draft as a release, quoted for who owns nothing of it. Raises NotShown where it has problems."""
    found = checked(draft)
    if found.problems:
        raise NotShown(f"There is nothing to show yet: {found.problems[0].sentence}")
    release, edition = _release(draft, found)
    tracks = _tracks(release, edition, found)
    terms = _terms_of(tracks, found)
    refused = {
        track.pk: reason for track in tracks if (reason := licences.refusal(terms.get(track.pk), territory=territory))
    }
    closed = in_effect.found((track.recording_id for track in tracks), territory=territory)
    refused = closed_to_sale(tracks, closed) | refused
    offer = Offer(
        release=release,
        edition=edition,
        territory=territory,
        rates=found.read.rates or rates_of(draft.release) or default_rates(settings.CURRENCY),
        tracks=tracks,
        refusals=refused,
        bases=sorted({str(term.basis.label) for term in terms.values()}),
        sentence=next(iter(refused.values())) if len(refused) == len(tracks) else "",
        closed=closed,
    )
    return whole_quote(QuoteBench(offer, tracks, person=None), format_)


def _release(draft: Draft, found: Checked) -> tuple[Release, Edition]:
    """Rows as they would be, none of them saved."""
    now, content = draft.release, found.content
    plan = plan_of(content, release=now)
    release = Release(
        pk=now.pk,
        slug=now.slug,
        preview=found.terms.preview,
        artist=Artist.objects.filter(name=plan.artist).first() or Artist(name=plan.artist, slug=slug_of(plan.artist)),
        label=Label.objects.filter(name=plan.label).first() or Label(name=plan.label, slug=slug_of(plan.label)),
    )
    edition = edition_of(
        release,
        plan,
        number=draft.base.number + 1,
        cover=Picture.objects.filter(sha256=content.cover).first(),
        booklet=Booklet.objects.filter(sha256=content.booklet).first(),
    )
    return release, edition


def _tracks(release: Release, edition: Edition, found: Checked) -> list[Track]:
    """Under the keys of the tracks they sound from, so that what can be heard of those is heard here."""
    plan = plan_of(found.content, release=release)
    sources = {line.place: line.track_id for line in found.content.lines}
    cover = picture_in_tags(edition.cover) if edition.cover else None
    tracks: list[Track] = []
    taken: set[int] = set()
    for planned, tags in zip(plan.tracks, planned_tags(plan), strict=True):
        source = sources[planned.disc, planned.position]
        track = Track(
            pk=-len(taken) - 1 if source in taken else source,
            edition=edition,
            recording=planned.recording,
            master=planned.master,
            disc=planned.disc,
            position=planned.position,
            title=planned.title,
            artist_credit=planned.artist_credit,
            tags=tags,
        )
        track.tag_bytes = added_bytes(tags_of(track), cover)
        taken.add(source)
        tracks.append(track)
    return tracks


def _terms_of(tracks: list[Track], found: Checked) -> dict[int, Term]:
    """By the key of a track: the licence that would be declared, else the one it has."""
    keys = {line.place: line.key for line in found.content.lines}
    declared = licences.declared(track.recording_id for track in tracks)
    terms: dict[int, Term] = {}
    for track in tracks:
        written = found.read.licences.get(keys[track.disc, track.position])
        term = _term(written) if written else declared.get(track.recording_id)
        if term is not None:
            terms[track.pk] = term
    return terms


def _term(written: LicenceTerms) -> Term:
    basis = Licence.Basis(written.basis)
    return Term(basis, written.valid_from, written.valid_until, list(written.territories))
