"""Names this folder to Django."""

from django.apps import AppConfig


class EncodingConfig(AppConfig):
    name = "obbligato.encoding"
    verbose_name = "Encoding"
