"""Names this folder to Django."""

from django.apps import AppConfig


class HeadingsConfig(AppConfig):
    name = "obbligato.catalog.headings"
    label = "headings"
    verbose_name = "Listings"
