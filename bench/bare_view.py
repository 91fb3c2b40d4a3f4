"""A bare Django view over WSGI that renders the release page's template with values already at hand."""

import os

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "obbligato.config.settings")

import django

django.setup()

from django.conf import settings  # noqa: E402
from django.contrib.auth.models import AnonymousUser  # noqa: E402
from django.contrib.sessions.backends.signed_cookies import SessionStore  # noqa: E402
from django.core.handlers.wsgi import WSGIHandler  # noqa: E402
from django.http import HttpRequest, HttpResponse  # noqa: E402
from django.template.loader import get_template  # noqa: E402
from django.urls import path  # noqa: E402

from bench.pages import SLUG  # noqa: E402
from obbligato.catalog.models import Release  # noqa: E402
from obbligato.config import urls as store_urls  # noqa: E402
from obbligato.storefront.views import catalogue  # noqa: E402

_template = get_template("release.html")


def _values() -> dict[str, object]:
    """What the real view gives its template, found once."""
    request = HttpRequest()
    request.user, request.session = AnonymousUser(), SessionStore()
    return catalogue.release_context(request, SLUG)


_context = _values()
assert Release.objects.filter(slug=SLUG).exists()


def release(request: HttpRequest, slug: str) -> HttpResponse:
    """Render and answer, nothing else."""
    request.user, request.session = AnonymousUser(), SessionStore()
    return HttpResponse(_template.render(dict(_context), request))


urlpatterns = [path("releases/<slug:slug>", release), *store_urls.urlpatterns]
settings.MIDDLEWARE = []
settings.ROOT_URLCONF = "bench.bare_view"
application = WSGIHandler()
