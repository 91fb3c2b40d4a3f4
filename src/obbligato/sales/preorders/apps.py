"""Names this folder to Django."""

from django.apps import AppConfig


class PreordersConfig(AppConfig):
    name = "obbligato.sales.preorders"
    label = "preorders"
    verbose_name = "Pre-orders"
