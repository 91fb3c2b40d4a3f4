"""Names this folder to Django."""

from django.apps import AppConfig


class ClaimsConfig(AppConfig):
    name = "obbligato.claims"
    verbose_name = "Claims"
