"""Names this folder to Django."""

from django.apps import AppConfig


class VouchersConfig(AppConfig):
    name = "obbligato.payments.vouchers"
    verbose_name = "Vouchers"
