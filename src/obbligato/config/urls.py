"""Where everything is. Back office, API and sign-in, then the storefront."""

from allauth.account.decorators import secure_admin_login
from django.contrib import admin
from django.urls import include, path

from obbligato.backoffice import setup_pages
from obbligato.storefront.views import drafts

# The back office signs in through the same door as everyone, and so under the same limits.
admin.site.login = secure_admin_login(admin.site.login)  # type: ignore[method-assign]

urlpatterns = [
    path("desk/setup/", admin.site.admin_view(setup_pages.start), name="setup_start"),
    path("desk/setup/<slug:name>/", admin.site.admin_view(setup_pages.page), name="setup"),
    # The shop's page of a release, at an address of the desk: only here both may be known.
    path("desk/drafts/<int:release_id>", admin.site.admin_view(drafts.preview), name="draft_preview"),
    path("desk/", admin.site.urls),
    path("api/", include("obbligato.api.urls")),
    path("account/", include("allauth.urls")),
    path("", include("obbligato.storefront.urls")),
]
