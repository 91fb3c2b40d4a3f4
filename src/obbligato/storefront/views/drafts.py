"""A release's page as it would be: rendered from a draft, for the desk alone. Nothing is bought by it."""

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from obbligato.catalog.models import Release
from obbligato.sales.editing import drafting, previewing
from obbligato.storefront import bench
from obbligato.storefront.visitors import person_of, territory_of


@require_safe
def preview(request: HttpRequest, release_id: int) -> HttpResponse:
    """The shop's page, from the draft of a release, quoted in the format asked for."""
    person = person_of(request)
    if person is None or not person.has_perm("catalog.change_release"):
        raise PermissionDenied
    draft = drafting.draft_of(get_object_or_404(Release, pk=release_id))
    wanted = bench.format_of(request.GET)
    quote = previewing.quote_of(draft, wanted, territory=territory_of(request))
    context = {"release": quote.release, "edition": quote.edition, "quote": quote, "knobs": bench.knobs(wanted)}
    return render(request, "draft.html", {**context, "draft": draft, "is_draft": True})
