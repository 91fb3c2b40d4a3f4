"""The storefront's addresses: nouns, with a verb only in the method."""

from django.urls import URLPattern

urlpatterns: list[URLPattern] = []
