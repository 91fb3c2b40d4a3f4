"""What something costs in a format, and how large it will be. It reads only and encodes nothing."""

from django.conf import settings
from django.http import HttpRequest
from ninja import Path, Query, Router

from obbligato.api.bearer import WELCOME, visitor_of
from obbligato.api.schemas.catalogue import ReleaseQuoteOut, TrackQuoteOut
from obbligato.api.schemas.values import FormatIn, RowId, Slug, TerritoryIn
from obbligato.api.territory import territory_of
from obbligato.catalog.models import Track
from obbligato.kernel.refusals import Missing
from obbligato.sales import quoting
from obbligato.sales.offers import known_release, rates_of

router = Router()


class NoSuchTrack(Missing):
    """There is no track of that id."""


class QuoteIn(FormatIn, TerritoryIn):
    """In which format, and for where."""


@router.get("/releases/{slug}/quote", auth=WELCOME, response=ReleaseQuoteOut, summary="Quote a whole release")
def quote_release(request: HttpRequest, slug: Path[Slug], wanted: Query[QuoteIn]) -> ReleaseQuoteOut:
    """With a token the price is yours: what you own already is taken off.

    Of what is yet to come out it is the price at which it can be ordered ahead.
    """
    [quote] = quoting.quote_release_as(
        known_release(slug),
        [quoting.format_named(wanted.format)],
        person=visitor_of(request),
        territory=territory_of(request, wanted.country),
        is_ahead=True,
    )
    return ReleaseQuoteOut.of(quote)


@router.get("/tracks/{track_id}/quote", auth=WELCOME, response=TrackQuoteOut, summary="Quote one track")
def quote_track(request: HttpRequest, track_id: Path[RowId], wanted: Query[QuoteIn]) -> TrackQuoteOut:
    """With a token the price is yours: the difference, where you own a smaller one."""
    track = track_numbered(track_id)
    quote = quoting.quote_track(
        track,
        quoting.format_named(wanted.format),
        person=visitor_of(request),
        territory=territory_of(request, wanted.country),
    )
    rates = rates_of(track.edition.release)
    return TrackQuoteOut.of(quote, rates.currency if rates else settings.CURRENCY)


def track_numbered(track_id: int) -> Track:
    """A track of any published edition. Raises NoSuchTrack."""
    known = Track.objects.select_related(
        "recording", "master", "edition__release__artist", "edition__release__edition", "edition__release__withdrawal"
    )
    track = known.filter(pk=track_id, edition__release__edition__isnull=False).first()
    if track is None:
        raise NoSuchTrack("There is no such track.")
    return track
