"""Names this folder to Django."""

from django.apps import AppConfig


class LedgerConfig(AppConfig):
    name = "obbligato.ledger"
    verbose_name = "Ledger"
