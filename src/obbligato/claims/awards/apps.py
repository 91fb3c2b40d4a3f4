"""Names this folder to Django."""

from django.apps import AppConfig


class AwardsConfig(AppConfig):
    name = "obbligato.claims.awards"
    label = "awards"
    verbose_name = "Awards of shares"
