"""The basket: look, put in, take out, confirm fresh prices."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext
from django.views.decorators.http import require_POST, require_safe

from obbligato.catalog.models import Release, Track
from obbligato.kernel.money import parse_amount
from obbligato.sales import baskets, checkout, tax
from obbligato.sales.offers import rates_of
from obbligato.storefront import bench
from obbligato.storefront.asked import whole_number
from obbligato.storefront.views.checkout import named_unsellable
from obbligato.storefront.visitors import basket_of, basket_to_fill, next_of, territory_of


@require_safe
def basket(request: HttpRequest) -> HttpResponse:
    """What she means to buy."""
    contents = baskets.contents(basket_of(request))
    country = territory_of(request)
    inside = tax.included_today(contents.prices_micro, country=country, currency=contents.currency)
    shown = {"contents": contents, "tax": inside, "unsellable": named_unsellable(contents, country)}
    return render(request, "basket.html", shown)


@require_POST
def bundles(request: HttpRequest) -> HttpResponse:
    """Put a release (by slug) or a track (by number) into the basket, in a format."""
    wanted, target = bench.format_of(request.POST), basket_to_fill(request)
    if request.GET.get("gift"):
        baskets.make_gift(target, is_gift=True, territory=territory_of(request))
    if track_id := request.POST.get("track"):
        track = get_object_or_404(Track.objects.select_related("edition__release"), pk=whole_number(track_id))
        baskets.add_track(target, track, wanted, territory=territory_of(request))
        return _track_added(request, track, wanted.name)
    release = get_object_or_404(Release.objects.published(), slug=request.POST.get("release", ""))
    offered_micro = _offered_micro(request, release)
    baskets.add_release(target, release, wanted, territory=territory_of(request), offered_micro=offered_micro)
    return redirect("basket")


@require_POST
def removal(request: HttpRequest, bundle: str) -> HttpResponse:
    """Take a bundle out of the basket."""
    if held := basket_of(request):
        baskets.remove(held, bundle)
    return redirect("basket")


@require_POST
def leaving_out(request: HttpRequest) -> HttpResponse:
    """Take out what may not be sold any more, and go on with the rest."""
    if held := basket_of(request):
        checkout.leave_out_unsellable(held, country=territory_of(request))
    return redirect(next_of(request, default="basket"))


@require_POST
def gift(request: HttpRequest) -> HttpResponse:
    """It is for somebody else, or for herself again."""
    if held := basket_of(request):
        baskets.make_gift(held, is_gift=request.POST.get("is_gift") == "1", territory=territory_of(request))
    return redirect("basket")


@require_POST
def quotes(request: HttpRequest) -> HttpResponse:
    """Ask for fresh prices, so that she can confirm them."""
    if held := basket_of(request):
        baskets.requote(held, territory=territory_of(request))
        messages.info(request, gettext("These are today's prices."))
    return redirect("basket")


def _offered_micro(request: HttpRequest, release: Release) -> int | None:
    """What she names for a whole release; None where nothing was typed."""
    text, rates = request.POST.get("offered", "").strip(), rates_of(release)
    return parse_amount(text, rates.currency) if text and rates else None


def _track_added(request: HttpRequest, track: Track, format_name: str) -> HttpResponse:
    """With the live bench the page stays and its sound plays on; else the release's page says so."""
    if request.headers.get("HX-Request") and not request.headers.get("HX-Boosted"):
        return render(request, "fragments/added.html", {"track": track})
    messages.success(request, gettext("“%(title)s” is in your basket.") % {"title": track.title})
    page = redirect("release", track.edition.release.slug)
    page["Location"] += f"?format={format_name}"
    return page
