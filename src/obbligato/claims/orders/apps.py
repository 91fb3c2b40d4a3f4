"""Names this folder to Django."""

from django.apps import AppConfig


class CourtOrdersConfig(AppConfig):
    name = "obbligato.claims.orders"
    label = "court_orders"
    verbose_name = "Court orders"
