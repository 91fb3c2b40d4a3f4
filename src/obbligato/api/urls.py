"""The API's addresses, to be included at api/. Whatever is below it and not here is a problem document."""

from django.urls import path, re_path

from obbligato.api import boundary, webhooks
from obbligato.api.v1 import api

_patterns, _app_name, _namespace = api.urls

urlpatterns = [
    path("", boundary.to_documentation, name="api-root-page"),
    path("problems", boundary.kinds),
    path("problems/<slug:name>", boundary.kind, name="api-problem"),
    path("webhooks/<slug:rail>", webhooks.news, name="webhook"),
    path("", (boundary.guarded(_patterns), _app_name, _namespace)),
    re_path(r"^(?P<rest>[\s\S]*)\Z", boundary.no_such_address),
]
