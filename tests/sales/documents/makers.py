"""A seller who may give invoices, a buyer who may have one, and a paid order."""

from typing import Any

from django.test import override_settings

from obbligato.catalog.models import Release
from obbligato.people.models import Person
from obbligato.sales import baskets, checkout
from obbligato.sales.documents.locating import Piece
from obbligato.sales.models import Order
from obbligato.sales.quoting import format_named
from tests.makers import fill_wallet

SELLER = {
    "SELLER_NAME": "Quiet Label",
    "SELLER_ADDRESS": "1 Rue de l'Exemple; 75001 Paris",
    "SELLER_VAT_ID": "FR 83 404 833 048",
    "SELLER_EMAIL": "books@example.org",
}
BUYER = {"name": "Kontor & Söhne", "address": "Hauptstr. 1\n10115 Berlin", "vat_id": "DE 136695976"}
"""Both VAT ids have right check digits and are of no one in particular."""


def a_buyer(name: str, balance: str) -> Person:
    """One more buyer, with that many euros in her wallet."""
    person = Person.objects.create_user(name, f"{name}@example.org", "a long password", country="FR")
    if float(balance):
        fill_wallet(person, balance)
    return person


def selling() -> override_settings:
    """While it lasts, the store has said who sells."""
    return override_settings(**SELLER)


def an_order(
    person: Person,
    release: Release,
    *,
    country: str = "FR",
    format_name: str = "mp3-320",
    evidence: tuple[Piece, ...] = (),
) -> Order:
    """A placed order of a whole release."""
    basket = baskets.basket_with(None, person)
    baskets.add_release(basket, release, format_named(format_name), territory=country)
    total = baskets.contents(basket).total_micro
    return checkout.place_order(basket, person, expected_total_micro=total, country=country, evidence=evidence)


def a_paid_order(person: Person, release: Release, **how: Any) -> Order:
    """And paid from her wallet."""
    return checkout.pay(an_order(person, release, **how))
