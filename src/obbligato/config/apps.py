"""Names this folder to Django."""

from django.apps import AppConfig


class ConfigConfig(AppConfig):
    name = "obbligato.config"
    verbose_name = "Store"
