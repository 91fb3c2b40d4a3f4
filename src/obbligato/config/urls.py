"""Where everything is. Back office, API and sign-in, then the storefront."""

from django.contrib import admin
from django.urls import include, path

urlpatterns = [
    path("desk/", admin.site.urls),
    path("api/", include("obbligato.api.urls")),
    path("account/", include("allauth.urls")),
    path("", include("obbligato.storefront.urls")),
]
