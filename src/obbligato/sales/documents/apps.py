"""Names this folder to Django."""

from django.apps import AppConfig


class DocumentsConfig(AppConfig):
    name = "obbligato.sales.documents"
    label = "documents"
    verbose_name = "Tax and paper"
