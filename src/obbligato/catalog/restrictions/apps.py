"""Names this folder to Django."""

from django.apps import AppConfig


class RestrictionsConfig(AppConfig):
    name = "obbligato.catalog.restrictions"
    verbose_name = "Restrictions"
