"""Names this folder to Django."""

from django.apps import AppConfig


class ChartsConfig(AppConfig):
    name = "obbligato.sales.charts"
    label = "charts"
    verbose_name = "Charts"
