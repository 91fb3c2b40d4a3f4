"""Finding by words: the page of what answers a search, and what is suggested while one types."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext
from django.utils.translation import gettext_noop as _
from django.views.decorators.http import require_safe
from django.views.decorators.vary import vary_on_headers

from obbligato.catalog.hits import Hit
from obbligato.catalog.searching import LEAST_OF_A_PREFIX
from obbligato.catalog.searching import search as search_catalogue
from obbligato.sales.offers import announced
from obbligato.storefront.visitors import territory_of

SUGGESTIONS = 8
KINDS = (
    ("release", _("Releases")),
    ("artist", _("Artists")),
    ("track", _("Tracks")),
    ("genre", _("Genres")),
    ("label", _("Labels")),
)


@require_safe
def search(request: HttpRequest) -> HttpResponse:
    """What answers a search, by kind."""
    text = _typed(request)
    hits = _found(request, text, 40) if text else []
    kinds = [(gettext(title), [hit for hit in hits if hit.kind == kind]) for kind, title in KINDS]
    return render(request, "search.html", {"text": text, "hits": hits, "kinds": kinds})


@require_safe
@vary_on_headers("HX-Request")
def suggestions(request: HttpRequest) -> HttpResponse:
    """The best of what answers what was typed so far, as a fragment; without htmx, the search's page."""
    if not request.headers.get("HX-Request"):
        page = redirect("search")
        page["Location"] += f"?{request.GET.urlencode()}"
        return page
    text = _typed(request)
    is_enough = len(text) >= LEAST_OF_A_PREFIX or not text.isascii()
    hits = _found(request, text, SUGGESTIONS) if text and is_enough else []
    return render(request, "fragments/suggestions.html", {"text": text, "hits": hits})


def _found(request: HttpRequest, text: str, limit: int) -> list[Hit]:
    return search_catalogue(text, limit=limit, among=announced, territory=territory_of(request))


def _typed(request: HttpRequest) -> str:
    return request.GET.get("q", "").replace("\0", "").strip()[:200]
