"""Names this folder to Django."""

from django.apps import AppConfig


class TransparencyConfig(AppConfig):
    name = "obbligato.transparency"
    verbose_name = "Transparency"
