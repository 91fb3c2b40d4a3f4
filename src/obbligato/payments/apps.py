"""Names this folder to Django."""

from django.apps import AppConfig


class PaymentsConfig(AppConfig):
    name = "obbligato.payments"
    verbose_name = "Payments"
