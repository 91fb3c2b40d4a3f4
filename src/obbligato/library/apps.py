"""Names this folder to Django."""

from django.apps import AppConfig


class LibraryConfig(AppConfig):
    name = "obbligato.library"
    verbose_name = "Library"
