"""The wishlist: look, keep, take off, put into the basket, and let others see it. It promises no price."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from obbligato.catalog.models import Release, Track
from obbligato.sales import baskets
from obbligato.sales.wishlist import keeping, looking, opening
from obbligato.sales.wishlist.looking import Page
from obbligato.storefront import bench, wishes
from obbligato.storefront.acting import act_from
from obbligato.storefront.asked import whole_number
from obbligato.storefront.visitors import basket_to_fill, buyer_of, next_of, person_of, territory_of

REMOVED = "removed"


@never_cache
@require_safe
def wishlist(request: HttpRequest) -> HttpResponse:
    """What is kept, at today's prices in one format."""
    wishes.bring_along(request)
    chosen, person = bench.format_of(request.GET), person_of(request)
    context = {
        "page": _page(request),
        "chosen": chosen,
        "knobs": bench.knobs(chosen),
        "opened": opening.open_list_of(person) if person else None,
        "removed": request.GET.get(REMOVED, "")[:40],
    }
    return render(request, "wishlist.html", context)


@require_POST
def keeping_one(request: HttpRequest) -> HttpResponse:
    """Keep a release (by slug), a track (by number), or what was just taken off (by its name)."""
    wishes.keep(request, _wished(request))
    if request.headers.get("HX-Request"):  # The page stays and its sound plays on.
        return render(request, "fragments/kept.html", {"kept": request.POST.get("track", "whole")})
    messages.success(request, gettext("It is on your wishlist."))
    return redirect(next_of(request, default=reverse("wishlist")))


@require_POST
def removal(request: HttpRequest, name: str) -> HttpResponse:
    """Take it off; the page offers to put it back."""
    wished = keeping.named(name)
    wishes.drop(request, wished)
    default = reverse("wishlist")
    where = next_of(request, default=default)
    return redirect(f"{default}?{REMOVED}={wished.name}" if where == default else where)


@require_POST
def moving(request: HttpRequest, name: str) -> HttpResponse:
    """Put it into the basket, and off the list."""
    wished, wanted = keeping.named(name), bench.format_of(request.POST)
    release = get_object_or_404(Release.objects.published(), pk=wished.release_id)
    target, territory = basket_to_fill(request), territory_of(request)
    if wished.recording_id is None:
        baskets.add_release(target, release, wanted, territory=territory)
    else:
        track = get_object_or_404(Track, edition_id=release.edition_id, recording_id=wished.recording_id)
        baskets.add_track(target, track, wanted, territory=territory)
    wishes.drop(request, wished)
    return redirect("basket")


@act_from("wishlist")
def link(request: HttpRequest) -> HttpResponse:
    """Let whoever has a link see it, or nobody any more."""
    if request.POST.get("wanted"):
        opening.open_to_all(buyer_of(request), request.POST.get("name", ""))
    else:
        opening.close(buyer_of(request))
        messages.success(request, gettext("The link shows nothing any more."))
    return redirect(f"{reverse('wishlist')}#link")


@require_safe
def open_list(request: HttpRequest, number: str) -> HttpResponse:
    """What somebody else wishes for, each with a button that gives it."""
    found, chosen = opening.list_with(number), bench.format_of(request.GET)
    page = looking.page_of(found.person, chosen, for_whom=None, territory=territory_of(request), after=_after(request))
    context = {"opened": found, "page": page, "chosen": chosen, "knobs": bench.knobs(chosen)}
    return render(request, "open_wishlist.html", context)


def _page(request: HttpRequest) -> Page:
    person, chosen, territory = person_of(request), bench.format_of(request.GET), territory_of(request)
    if person:
        return looking.page_of(person, chosen, for_whom=person, territory=territory, after=_after(request))
    names = wishes.names_of_visitor(request)
    begin = _after(request)
    shown = [keeping.named(name) for name in names[begin : begin + looking.ON_A_PAGE]]
    items = looking.items_of(shown, chosen, for_whom=None, territory=territory)
    end = begin + looking.ON_A_PAGE
    return Page(items, end if end < len(names) else 0)


def _after(request: HttpRequest) -> int:
    text = request.GET.get("after", "")
    return whole_number(text) if text else 0


def _wished(request: HttpRequest) -> keeping.Wished:
    if name := request.POST.get("name"):
        return keeping.named(name)
    if track_id := request.POST.get("track"):
        track = get_object_or_404(Track.objects.select_related("edition"), pk=whole_number(track_id))
        return keeping.Wished(track.edition.release_id, track.recording_id)
    release = Release.objects.published().filter(slug=request.POST.get("release", "")).first()
    if release is None:
        raise wishes.NothingWished(
            gettext("The form came back incomplete. Please go back, reload the page and try again.")
        )
    return keeping.Wished(release.pk)
