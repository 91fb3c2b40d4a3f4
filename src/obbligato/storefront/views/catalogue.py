"""What there is to hear: home, and releases with their quote bench."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_safe
from django.views.decorators.vary import vary_on_headers

from obbligato.catalog.headings import turning
from obbligato.catalog.tracklists import openings_of
from obbligato.sales import listing
from obbligato.sales.charts import reading
from obbligato.sales.charts.models import Chart
from obbligato.sales.glances import glances
from obbligato.storefront import bench, sharing
from obbligato.storefront.carrying import carried_of, device_knobs, format_wanted, on_device, remember
from obbligato.storefront.side_by_side import bars, compared
from obbligato.storefront.sounding import sounds_like
from obbligato.storefront.visitors import person_of, territory_of
from obbligato.storefront.wishes import kept_of

BEST_SELLERS = 6
GENRES = 12


@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """The newest releases, what sells, and the genres with most in them."""
    territory = territory_of(request)
    page = listing.newest(territory=territory)
    context = {
        "page": page,
        "openings": openings_of(page.releases, territory=territory),
        "best_sellers": reading.best_sellers(Chart.Period.MONTH, territory=territory, most=BEST_SELLERS),
        "genres": turning.largest("genre", most=GENRES),
    }
    return render(request, "home.html", context)


@require_safe
def release(request: HttpRequest, slug: str) -> HttpResponse:
    """One release, quoted in the format asked for, and what is bought with it."""
    context = release_context(request, slug)
    shared = sharing.shared_release(context["quote"])
    companions = reading.bought_with(context["release"], territory=territory_of(request))
    kept = kept_of(request, context["release"].pk)
    page = render(request, "release.html", {**context, "shared": shared, "companions": companions, "kept": kept})
    return remember(request, page)


@require_safe
@vary_on_headers("HX-Request")
def release_quote(request: HttpRequest, slug: str) -> HttpResponse:
    """Only what changes on a release's page with its bench, for the live one; without it, the release's page."""
    if not request.headers.get("HX-Request") or request.headers.get("HX-Boosted"):
        page = redirect("release", slug)
        page["Location"] += f"?{request.GET.urlencode()}"
        return page
    return remember(
        request, render(request, "fragments/quote.html", {**release_context(request, slug), "is_live": True})
    )


def release_context(request: HttpRequest, slug: str) -> dict[str, Any]:
    """What the page of a release, and the live part of it, show."""
    wanted, carried, person = format_wanted(request), carried_of(request), person_of(request)
    quotes = glances(slug, compared(wanted), person=person, territory=territory_of(request))
    quote = quotes[0]
    return {
        "release": quote.release,
        "edition": quote.edition,
        "quote": quote,
        "knobs": bench.knobs(wanted),
        "device_knobs": device_knobs(carried),
        "on_device": on_device(carried, quote),
        "bars": bars(quotes),
        "sounds": sounds_like(wanted),
        "is_all_owned": bool(quote.tracks) and all(one.costs_nothing_more for one in quote.tracks),
        "is_some_owned": any(one.is_owned for one in quote.tracks),
    }
