"""Names this folder to Django."""

from django.apps import AppConfig


class PlaysConfig(AppConfig):
    name = "obbligato.catalog.plays"
    verbose_name = "Plays"
