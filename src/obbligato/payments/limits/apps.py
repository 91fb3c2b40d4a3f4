"""Names this folder to Django."""

from django.apps import AppConfig


class LimitsConfig(AppConfig):
    name = "obbligato.payments.limits"
    label = "limits"
    verbose_name = "Limits of rails"
