"""Names this folder to Django."""

from django.apps import AppConfig


class CaseFilesConfig(AppConfig):
    name = "obbligato.casefiles"
    verbose_name = "Case files"
