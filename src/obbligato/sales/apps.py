"""Names this folder to Django."""

from django.apps import AppConfig


class SalesConfig(AppConfig):
    name = "obbligato.sales"
    verbose_name = "Sales"
