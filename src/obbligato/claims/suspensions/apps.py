"""Names this folder to Django."""

from django.apps import AppConfig


class SuspensionsConfig(AppConfig):
    name = "obbligato.claims.suspensions"
    label = "suspensions"
    verbose_name = "Suspensions of suppliers"
