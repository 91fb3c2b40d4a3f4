"""Names this folder to Django."""

from django.apps import AppConfig
from django.core import checks


class PaymentsConfig(AppConfig):
    name = "obbligato.payments"
    verbose_name = "Payments"

    def ready(self) -> None:
        from obbligato.payments.checks import survivability  # Its rows are known only now.

        checks.register(survivability)
