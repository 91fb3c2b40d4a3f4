"""What there is to hear: home, releases with their quote bench, artists, search."""

from typing import Any

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_safe
from django.views.decorators.vary import vary_on_headers

from obbligato.catalog.models import Artist
from obbligato.catalog.searching import search as search_catalogue
from obbligato.catalog.tracklists import openings_of
from obbligato.sales.glances import glance
from obbligato.sales.offers import announced, on_sale
from obbligato.storefront import bench, sharing
from obbligato.storefront.views.following import follow_button
from obbligato.storefront.visitors import person_of, territory_of

RELEASES_A_PAGE = 25


@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """The newest releases."""
    page = Paginator(on_sale(), RELEASES_A_PAGE).get_page(request.GET.get("page"))
    return render(request, "home.html", {"page": page, "openings": openings_of(page.object_list)})


@require_safe
def release(request: HttpRequest, slug: str) -> HttpResponse:
    """One release, quoted in the format asked for."""
    context = release_context(request, slug)
    return render(request, "release.html", {**context, "shared": sharing.shared_release(context["quote"])})


@require_safe
@vary_on_headers("HX-Request")
def release_quote(request: HttpRequest, slug: str) -> HttpResponse:
    """Only the quotes of a release, for the live bench; without it, the release's page."""
    if not request.headers.get("HX-Request") or request.headers.get("HX-Boosted"):
        page = redirect("release", slug)
        page["Location"] += f"?{request.GET.urlencode()}"
        return page
    return render(request, "fragments/quote.html", {**release_context(request, slug), "is_live": True})


@require_safe
def artist(request: HttpRequest, slug: str) -> HttpResponse:
    """One artist and what she has on sale."""
    found = get_object_or_404(Artist, slug=slug)
    releases = list(on_sale().filter(artist=found))
    shown = {"artist": found, "releases": releases, "openings": openings_of(releases)}
    shared = sharing.shared_artist(found, releases)
    return render(request, "artist.html", {**shown, "shared": shared, **follow_button(request, found)})


@require_safe
def search(request: HttpRequest) -> HttpResponse:
    """What answers a search, by kind."""
    text = request.GET.get("q", "").replace("\0", "").strip()[:200]
    hits = search_catalogue(text, limit=40, among=announced()) if text else []
    kinds = [
        (title, [hit for hit in hits if hit.kind == kind])
        for kind, title in (("release", "Releases"), ("artist", "Artists"), ("track", "Tracks"))
    ]
    return render(request, "search.html", {"text": text, "hits": hits, "kinds": kinds})


def release_context(request: HttpRequest, slug: str) -> dict[str, Any]:
    """What the page of a release, and the live part of it, show."""
    wanted = bench.format_of(request.GET)
    quote = glance(slug, wanted, person=person_of(request), territory=territory_of(request))
    return {
        "release": quote.release,
        "edition": quote.edition,
        "quote": quote,
        "knobs": bench.knobs(wanted),
        "is_all_owned": bool(quote.tracks) and all(one.costs_nothing_more for one in quote.tracks),
        "is_some_owned": any(one.is_owned for one in quote.tracks),
    }
