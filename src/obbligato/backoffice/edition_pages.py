"""The editions of a release: who made each and when, what it changed; and any two of them compared. It only reads."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import reverse

from obbligato.backoffice.desk import ModelAdmin
from obbligato.catalog.comparing import told
from obbligato.catalog.contents import content_of
from obbligato.catalog.models import Edition, Release

SHOWN_AT_MOST = 50


def history(desk: ModelAdmin, request: HttpRequest, object_id: str) -> HttpResponse:
    """Each edition beside the one before it; with `from` and `to`, those two."""
    release = get_object_or_404(Release.objects.select_related("artist", "label", "edition"), pk=object_id)
    editions = list(
        release.editions.select_related("cover", "booklet", "release__artist", "release__label").order_by("-number")
    )
    chosen = _chosen(request, editions)
    context = {
        **desk.admin_site.each_context(request),
        "opts": desk.model._meta,
        "title": f"Editions of {release}",
        "release": release,
        "editions": editions,
        "rows": _rows(editions),
        "chosen": chosen,
        "changes": told(*(content_of(one) for one in chosen)) if chosen else [],
        "appointments": release.appointments.select_related("edition").order_by("-pk")[:SHOWN_AT_MOST],
        "back": reverse("admin:catalog_release_change", args=[release.pk]),
    }
    return TemplateResponse(request, "backoffice/editions.html", context)


def _rows(editions: list[Edition]) -> list[dict[str, object]]:
    """Newest first: the edition, and what makes it another than the one before; the first has none before."""
    shown = editions[: SHOWN_AT_MOST + 1]
    contents = [content_of(edition) for edition in shown]
    return [
        {
            "edition": edition,
            "content": contents[place],
            "is_first": place + 1 == len(editions),
            "changes": told(contents[place + 1], contents[place]) if place + 1 < len(shown) else [],
        }
        for place, edition in enumerate(shown[:SHOWN_AT_MOST])
    ]


def _chosen(request: HttpRequest, editions: list[Edition]) -> list[Edition]:
    """The two editions asked for by their numbers, in the order asked; none where one of them is not there."""
    by_number = {str(edition.number): edition for edition in editions}
    found = [by_number.get(request.GET.get(name, "")) for name in ("from", "to")]
    return [one for one in found if one] if all(found) else []
