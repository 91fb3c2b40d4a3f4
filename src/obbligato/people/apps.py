"""Names this folder to Django."""

from django.apps import AppConfig


class PeopleConfig(AppConfig):
    name = "obbligato.people"
    verbose_name = "People"
