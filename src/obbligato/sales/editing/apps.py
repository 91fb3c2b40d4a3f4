"""Names this folder to Django."""

from django.apps import AppConfig


class EditingConfig(AppConfig):
    name = "obbligato.sales.editing"
    label = "editing"
    verbose_name = "Editing"
