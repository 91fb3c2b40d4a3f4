"""Names this folder to Django."""

from django.apps import AppConfig


class CatalogConfig(AppConfig):
    name = "obbligato.catalog"
    verbose_name = "Catalogue"
