"""Names this folder to Django."""

from django.apps import AppConfig


class EscrowConfig(AppConfig):
    name = "obbligato.rights.escrow"
    label = "escrow"
    verbose_name = "Escrow"
