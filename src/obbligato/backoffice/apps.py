"""Names this folder to Django."""

from django.apps import AppConfig


class BackofficeConfig(AppConfig):
    name = "obbligato.backoffice"
    verbose_name = "Back office"
