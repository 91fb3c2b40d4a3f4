"""What other programs read: feeds, the sitemap, oEmbed, and the player that stands in other people's pages."""

from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.cache import get_conditional_response
from django.utils.http import http_date
from django.views.decorators.cache import cache_control
from django.views.decorators.clickjacking import xframe_options_exempt
from django.views.decorators.http import require_safe

from obbligato.catalog.headings import turning
from obbligato.catalog.models import Artist, Label
from obbligato.kernel.refusals import Refused
from obbligato.sales.glances import glance
from obbligato.sales.quoting import format_named
from obbligato.storefront import bench, embedding, feeds, sitemaps
from obbligato.storefront.sharing import absolute

FEED_SECONDS, SITEMAP_SECONDS = 300, 3_600
PRIVATE_PAGES = (
    "account/", "api/", "basket", "checkout", "country", "desk/", "following", "guest", "library", "orders", "redeem",
    "sandbox/", "search", "unsubscribe/", "voucher", "wallet", "wishlist",
)  # fmt: skip


@require_safe
def feed(request: HttpRequest) -> HttpResponse:
    """The newest releases of all."""
    return _atom(request, feeds.of_everything())


@require_safe
def artist_feed(request: HttpRequest, slug: str) -> HttpResponse:
    """The newest releases of an artist."""
    return _atom(request, feeds.of_artist(get_object_or_404(Artist, slug=slug)))


@require_safe
def label_feed(request: HttpRequest, slug: str) -> HttpResponse:
    """The newest releases of a label."""
    return _atom(request, feeds.of_label(get_object_or_404(Label, slug=slug)))


@require_safe
def genre_feed(request: HttpRequest, slug: str) -> HttpResponse:
    """The newest releases of a genre."""
    heading = turning.heading_of("genre", slug)
    if heading is None:
        raise Http404("There is no such genre.")
    return _atom(request, feeds.of_genre(heading))


@require_safe
@cache_control(public=True, max_age=SITEMAP_SECONDS)
def sitemap(request: HttpRequest) -> HttpResponse:
    """The sitemap's index."""
    return HttpResponse(sitemaps.index(), content_type="application/xml")


@require_safe
@cache_control(public=True, max_age=SITEMAP_SECONDS)
def sitemap_part(request: HttpRequest, kind: str, part: int) -> HttpResponse:
    """One part of the sitemap."""
    return HttpResponse(sitemaps.part(kind, part), content_type="application/xml")


@require_safe
@cache_control(public=True, max_age=SITEMAP_SECONDS)
def robots(request: HttpRequest) -> HttpResponse:
    """What robots may read (RFC 9309): all that is for everyone."""
    rules = "".join(f"Disallow: /{page}\n" for page in PRIVATE_PAGES)
    text = f"User-agent: *\n{rules}\nSitemap: {absolute(reverse('sitemap'))}\n"
    return HttpResponse(text, content_type="text/plain; charset=utf-8")


@require_safe
@cache_control(public=True, max_age=FEED_SECONDS)
def oembed(request: HttpRequest) -> HttpResponse:
    """The player's frame for the address of a release (https://oembed.com), for programs on any page."""
    wanted = request.GET.get("format") or "json"
    if wanted not in {"json", "xml"}:
        return HttpResponse("format is json or xml.", status=501, content_type="text/plain")
    try:
        answer = embedding.described(request.GET)
    except Refused as refusal:
        return HttpResponse(refusal.in_words(), status=refusal.status, content_type="text/plain; charset=utf-8")
    if wanted == "xml":
        response = HttpResponse(embedding.as_xml(answer), content_type="text/xml; charset=utf-8")
    else:
        response = JsonResponse(answer)
    response.headers["Access-Control-Allow-Origin"] = "*"
    return response


@require_safe
@xframe_options_exempt
@cache_control(public=True, max_age=FEED_SECONDS)
def embed_release(request: HttpRequest, slug: str) -> HttpResponse:
    """A release as a small player for other pages: one price, one button, the same for everyone."""
    try:
        look = embedding.look_of(request.GET)
        quote = glance(slug, format_named(bench.DEFAULT_NAME), person=None, territory="")
    except Refused as refusal:
        context = {"refusal": refusal, "look": embedding.USUAL}
        return render(request, "embed_refused.html", context, status=refusal.status)
    return render(request, "embed.html", {"look": look, "quote": quote, "edition": quote.edition})


def _atom(request: HttpRequest, found: feeds.Feed) -> HttpResponse:
    """The feed, or that it has not changed (RFC 9110, 13)."""
    changed = int(found.changed_at.timestamp())
    response = HttpResponse(found.content, content_type="application/atom+xml; charset=utf-8")
    response.headers["Cache-Control"] = f"public, max-age={FEED_SECONDS}"
    response.headers["Last-Modified"] = http_date(changed)
    response.headers["ETag"] = found.etag
    return get_conditional_response(request, found.etag, changed, response) or response
