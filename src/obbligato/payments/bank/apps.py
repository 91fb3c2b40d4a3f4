"""Names this folder to Django."""

from django.apps import AppConfig


class BankConfig(AppConfig):
    name = "obbligato.payments.bank"
    label = "bank"
    verbose_name = "Payments by bank transfer"
