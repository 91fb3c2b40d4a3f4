"""Pages that belong to no part of the shop: where the visitor is, and help."""

from datetime import timedelta

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from obbligato.audio.formats import OFFERED
from obbligato.kernel.countries import countries
from obbligato.storefront.languages import choose_language
from obbligato.storefront.visitors import THEMES, choose_country, next_of, territory_of

YEAR = timedelta(days=365)


@require_http_methods(["GET", "HEAD", "POST"])
def country(request: HttpRequest) -> HttpResponse:
    """Show and change the country one buys from."""
    if request.method == "POST":
        choose_country(request, request.POST.get("country", ""))
        messages.success(request, gettext("Your country is noted."))
        return redirect(next_of(request, default=reverse("home")))
    return render(request, "country.html", {"countries": countries(), "country": territory_of(request)})


@csrf_exempt  # Else every page would set a cookie for a choice that harms nobody.
@require_POST
def appearance(request: HttpRequest) -> HttpResponse:
    """Keep light or dark in a cookie, or forget the choice, and show the page again."""
    chosen = request.POST.get("theme", "")
    page = redirect(next_of(request, default=reverse("home")))
    if chosen in THEMES and chosen:
        page.set_cookie(
            "theme", chosen, max_age=YEAR, samesite="Lax", httponly=True, secure=settings.SESSION_COOKIE_SECURE
        )
    else:
        page.delete_cookie("theme", samesite="Lax")
    return page


@csrf_exempt  # As for the colours. The account learns of it too, but no other site's form brings its session along.
@require_POST
def language(request: HttpRequest) -> HttpResponse:
    """Keep a language in a cookie, and with the account of who is signed in, and show the page again."""
    chosen = request.POST.get("language", "")
    choose_language(request, chosen)
    page = redirect(next_of(request, default=reverse("home")))
    is_secure = settings.SESSION_COOKIE_SECURE
    page.set_cookie(
        settings.LANGUAGE_COOKIE_NAME, chosen, max_age=YEAR, samesite="Lax", httponly=True, secure=is_secure
    )
    return page


@require_safe
def help_page(request: HttpRequest) -> HttpResponse:
    """How buying here works."""
    return render(request, "help.html", {"formats": OFFERED, "hours": settings.QUOTE_LIFETIME // timedelta(hours=1)})
