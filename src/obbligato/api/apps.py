"""Names this folder to Django."""

from django.apps import AppConfig


class ApiConfig(AppConfig):
    name = "obbligato.api"
    verbose_name = "API"
