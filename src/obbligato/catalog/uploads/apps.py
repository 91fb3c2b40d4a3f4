"""Names this folder to Django."""

from django.apps import AppConfig


class UploadsConfig(AppConfig):
    name = "obbligato.catalog.uploads"
    verbose_name = "Uploads"
