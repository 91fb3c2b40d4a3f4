"""Names this folder to Django."""

from django.apps import AppConfig


class ReconciliationConfig(AppConfig):
    name = "obbligato.payments.reconciliation"
    verbose_name = "Reconciliation"
