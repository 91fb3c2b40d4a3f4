"""Names this folder to Django."""

from django.apps import AppConfig


class MailsConfig(AppConfig):
    name = "obbligato.people.mails"
    label = "mails"
    verbose_name = "Mails that wait"
