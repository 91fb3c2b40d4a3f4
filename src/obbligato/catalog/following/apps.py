"""Names this folder to Django."""

from django.apps import AppConfig


class FollowingConfig(AppConfig):
    name = "obbligato.catalog.following"
    verbose_name = "Following"
