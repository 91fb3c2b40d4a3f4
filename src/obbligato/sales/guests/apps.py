"""Names this folder to Django."""

from django.apps import AppConfig


class GuestsConfig(AppConfig):
    name = "obbligato.sales.guests"
    label = "guests"
    verbose_name = "Guests"
