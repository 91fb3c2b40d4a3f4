"""Names this folder to Django."""

from django.apps import AppConfig


class WishlistConfig(AppConfig):
    name = "obbligato.sales.wishlist"
    label = "wishlist"
    verbose_name = "Wishlists"
