"""Names this folder to Django."""

from django.apps import AppConfig


class PausesConfig(AppConfig):
    name = "obbligato.catalog.pauses"
    label = "pauses"
    verbose_name = "Pauses of labels"
