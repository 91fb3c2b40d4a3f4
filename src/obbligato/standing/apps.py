"""Names this folder to Django."""

from django.apps import AppConfig


class StandingConfig(AppConfig):
    name = "obbligato.standing"
    verbose_name = "Standing of rails"
