"""What a person owns, and fetching it in any format. Downloads are links: the bytes come from elsewhere."""

from django.conf import settings
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_safe

from obbligato.catalog.models import Track
from obbligato.library import downloads, history, shelf
from obbligato.library.room import room_of
from obbligato.sales import baskets
from obbligato.sales.preorders import looking
from obbligato.sales.quoting import format_named
from obbligato.storefront import bench
from obbligato.storefront.acting import act_from
from obbligato.storefront.carrying import carried_of, device_knobs, remember
from obbligato.storefront.visitors import basket_to_fill, buyer_of, territory_of


@require_safe
@login_required
def library(request: HttpRequest) -> HttpResponse:
    """Everything bought, per release, and how much of a device it fills."""
    items, carried = shelf.shelf_of(buyer_of(request)), carried_of(request)
    context = {"items": items, "device_knobs": device_knobs(carried), "bought": room_of(items)}
    context["awaited"] = looking.awaited_by(buyer_of(request))
    if carried:
        room = room_of(items, carried.device.format)
        context |= {"carried": carried, "room": room, "percent": carried.percent(room.size_bytes)}
        context["per_mille"] = carried.per_mille(room.size_bytes)
    return remember(request, render(request, "library.html", context))


@require_safe
@login_required
def library_zip(request: HttpRequest) -> HttpResponse:
    """Go to the download of everything bought, each track as it was bought or all in one `format`."""
    format_ = bench.format_of(request.GET) if request.GET.get("format") else None
    return redirect(downloads.link_for_library(buyer_of(request), format_))


@require_safe
@login_required
def library_release(request: HttpRequest, slug: str) -> HttpResponse:
    """One owned release: formats, single tracks, everything at once."""
    person = buyer_of(request)
    item = shelf.shelf_item(person, slug)
    options = downloads.options(person, item)
    chosen = bench.format_of(request.GET) if request.GET else format_named(item.formats[0])
    at_hand = bench.USUAL_NAMES | {*item.formats, chosen.name}
    context = {
        "item": item,
        "chosen": chosen,
        "usual": [one for one in options if one.format.name in at_hand],
        "others": [one for one in options if one.format.name not in at_hand],
        "difference": next((one for one in options if one.format == chosen and not one.is_free), None),
        "currency": settings.CURRENCY,
        "chapters": history.history_of(person, item),
        "orders": history.orders_of(person, item),
    }
    return render(request, "library_release.html", context)


@require_safe
@login_required
def library_track(request: HttpRequest, slug: str, track_id: int) -> HttpResponse:
    """Go to the download of one owned track."""
    person = buyer_of(request)
    track = _track_of(shelf.shelf_item(person, slug), track_id)
    return redirect(downloads.link_for_track(person, track, bench.format_of(request.GET)))


@require_safe
@login_required
def library_booklet(request: HttpRequest, slug: str) -> HttpResponse:
    """Go to the booklet of an owned release, by itself."""
    person = buyer_of(request)
    return redirect(downloads.link_for_booklet(person, shelf.shelf_item(person, slug)))


@act_from("library_release")
def library_difference(request: HttpRequest, slug: str) -> HttpResponse:
    """Put what she owns of a release into the basket in a larger format, at the difference."""
    item = shelf.shelf_item(buyer_of(request), slug)
    territory = territory_of(request)
    baskets.add_tracks(basket_to_fill(request), item.tracks, bench.format_of(request.POST), territory=territory)
    return redirect("basket")


@require_safe
@login_required
def library_changes(request: HttpRequest, slug: str, number: int) -> HttpResponse:
    """Go to the download of what one edition added or changed."""
    person = buyer_of(request)
    item = shelf.shelf_item(person, slug)
    return redirect(history.link_for_changes(person, item, number, bench.format_of(request.GET)))


@require_safe
@login_required
def library_download(request: HttpRequest, slug: str) -> HttpResponse:
    """Go to the download of a whole release, or to a page that waits until it is encoded."""
    context = _readiness(request, slug)
    if context["url"]:
        return redirect(str(context["url"]))
    return render(request, "library_download.html", context)


@require_safe
@login_required
def library_readiness(request: HttpRequest, slug: str) -> HttpResponse:
    """The part of that page that is asked for again and again until the download is ready."""
    return render(request, "fragments/readiness.html", _readiness(request, slug))


def _readiness(request: HttpRequest, slug: str) -> dict[str, object]:
    person, wanted = buyer_of(request), bench.format_of(request.GET)
    item = shelf.shelf_item(person, slug)
    readiness = downloads.readiness(person, item, wanted)
    url = downloads.link_for_release(person, item, wanted) if readiness.is_ready else ""
    return {"item": item, "chosen": wanted, "readiness": readiness, "url": url}


def _track_of(item: shelf.ShelfItem, track_id: int) -> Track:
    for track in item.tracks:
        if track.pk == track_id:
            return track
    raise Http404
