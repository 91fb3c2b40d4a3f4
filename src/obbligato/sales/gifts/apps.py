"""Names this folder to Django."""

from django.apps import AppConfig


class GiftsConfig(AppConfig):
    name = "obbligato.sales.gifts"
    label = "gifts"
    verbose_name = "Gifts"
