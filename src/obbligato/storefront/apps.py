"""Names this folder to Django."""

from django.apps import AppConfig


class StorefrontConfig(AppConfig):
    name = "obbligato.storefront"
    verbose_name = "Storefront"
