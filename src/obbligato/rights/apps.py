"""Names this folder to Django."""

from django.apps import AppConfig


class RightsConfig(AppConfig):
    name = "obbligato.rights"
    verbose_name = "Rights"
