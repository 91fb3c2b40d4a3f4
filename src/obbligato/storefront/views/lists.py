"""Finding by looking: new releases, charts, and what is listed under genres, artists and labels."""

from string import ascii_lowercase

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils.translation import gettext
from django.views.decorators.http import require_safe

from obbligato.catalog.aliases import aliases_of
from obbligato.catalog.headings import turning
from obbligato.catalog.headings.models import Heading
from obbligato.catalog.models import Artist, Label, Track
from obbligato.catalog.tracklists import openings_of
from obbligato.sales import listing
from obbligato.sales.charts import reading
from obbligato.sales.listing import ListPage
from obbligato.sales.preorders import looking
from obbligato.storefront import sharing
from obbligato.storefront.views.following import follow_button
from obbligato.storefront.visitors import territory_of

LETTERS = [*ascii_lowercase, "#"]


@require_safe
def new_releases(request: HttpRequest) -> HttpResponse:
    """Everything on sale, newest first."""
    page = listing.newest(territory=territory_of(request), after=request.GET.get("after", ""))
    context = {"title": gettext("New releases"), "page": page, "openings": _openings(request, page)}
    return render(request, "releases.html", context)


@require_safe
def charts(request: HttpRequest) -> HttpResponse:
    """What sells, in one period."""
    periods = reading.periods()
    period = request.GET.get("period", periods[0][0])
    if period not in dict(periods):
        raise Http404("There is no such chart.")
    context = {
        "periods": periods,
        "period": period,
        "releases": reading.best_sellers(period, territory=territory_of(request)),
    }
    return render(request, "charts.html", context)


@require_safe
def genres(request: HttpRequest) -> HttpResponse:
    """All genres, with how much there is in each."""
    return _headings(request, "genre", gettext("Genres"))


@require_safe
def artists(request: HttpRequest) -> HttpResponse:
    """Artists from A to Z."""
    return _headings(request, "artist", gettext("Artists"))


@require_safe
def labels(request: HttpRequest) -> HttpResponse:
    """Labels from A to Z."""
    return _headings(request, "label", gettext("Labels"))


@require_safe
def genre(request: HttpRequest, slug: str) -> HttpResponse:
    """What there is in a genre, newest first."""
    heading = turning.heading_of("genre", slug)
    if heading is None:
        raise Http404("There is no such genre.")
    page = _page(request, heading)
    context = {"title": heading.name, "heading": heading, "page": page, "openings": _openings(request, page)}
    return render(request, "releases.html", {**context, **follow_button(request, heading)})


@require_safe
def artist(request: HttpRequest, slug: str) -> HttpResponse:
    """One artist and what she has on sale."""
    found = get_object_or_404(Artist, slug=slug)
    page = _page(request, turning.heading_of("artist", found.slug))
    aliases = aliases_of(found.name)
    shown = {"artist": found, "aliases": aliases, "page": page, "openings": _openings(request, page)}
    to_come = looking.to_come(territory=territory_of(request), artist=found)
    shared = sharing.shared_artist(found, page.releases, aliases)
    return render(
        request, "artist.html", {**shown, "to_come": to_come, "shared": shared, **follow_button(request, found)}
    )


@require_safe
def label(request: HttpRequest, slug: str) -> HttpResponse:
    """One label and what it has on sale."""
    found = get_object_or_404(Label, slug=slug)
    heading = turning.heading_of("label", found.slug)
    page = _page(request, heading)
    shown = {"label": found, "heading": heading, "page": page, "openings": _openings(request, page)}
    to_come = looking.to_come(territory=territory_of(request), label=found)
    shared = sharing.shared_label(found, page.releases)
    return render(
        request, "label.html", {**shown, "to_come": to_come, "shared": shared, **follow_button(request, found)}
    )


def _page(request: HttpRequest, heading: Heading | None) -> ListPage:
    return listing.page_of(heading, territory=territory_of(request), after=request.GET.get("after", ""))


def _openings(request: HttpRequest, page: ListPage) -> dict[int, Track]:
    return openings_of(page.releases, territory=territory_of(request))


def _headings(request: HttpRequest, kind: str, title: str) -> HttpResponse:
    letter = request.GET.get("letter", "")[:1]
    headings, after = turning.filed(kind, letter=letter, after=request.GET.get("after", "")[:150])
    context = {"kind": kind, "title": title, "letter": letter, "letters": LETTERS, "headings": headings, "after": after}
    return render(request, "headings.html", context)
