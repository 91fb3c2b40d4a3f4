"""Names this folder to Django."""

from django.apps import AppConfig


class WithheldConfig(AppConfig):
    name = "obbligato.sales.withheld"
    label = "withheld"
    verbose_name = "Shares in escrow"
