"""What can be chosen to pay by is what would be tried, and what cannot be used is said."""

import pytest

from obbligato.payments import rails, registry, ways
from obbligato.payments.contract import Capabilities, Fact, Method
from tests.payments.fakes import Fake, Saying

pytestmark = pytest.mark.django_db
ASKED = Fact("action_required", "r")


def rail(name: str, *methods: Method, currencies: frozenset[str] | None = None, most_micro: int = 10**12) -> Fake:
    return Saying(name, ASKED, Capabilities(frozenset(methods), currencies=currencies, most_micro=most_micro))


def seen(amount_micro: int = 5_000_000, currency: str = "EUR") -> tuple[list[str], list[str]]:
    found = ways.ways(amount_micro=amount_micro, currency=currency)
    return [one.method for one in found.usable], list(found.unusable)


def test_methods_come_in_their_order_and_once() -> None:
    one, other = rail("a", Method.BANK_TRANSFER, Method.CARD), rail("b", Method.CARD)
    with registry.instead(one, other):
        assert seen() == (["card", "bank_transfer"], [])
        assert [way.label for way in ways.ways(amount_micro=1, currency="EUR").usable] == ["Card", "a"]


def test_a_method_whose_rails_are_all_blocked_is_said_to_be_unusable() -> None:
    with registry.instead(rail("a", Method.CARD), rail("b", Method.BANK_TRANSFER), rail("c", Method.CRYPTO)):
        rails.block("a", reason="closed", by="dana")
        assert seen() == (["crypto", "bank_transfer"], ["Card"])


def test_a_method_that_never_carries_the_currency_is_not_spoken_of() -> None:
    with registry.instead(rail("a", Method.CARD, currencies=frozenset({"USD"})), rail("b", Method.CRYPTO)):
        assert seen() == (["crypto"], [])


def test_an_amount_too_large_for_all_of_a_method_takes_it_away() -> None:
    with registry.instead(rail("a", Method.CARD, most_micro=4_000_000)):
        assert seen() == ([], ["Card"])


def test_every_method_has_words() -> None:
    assert set(ways.WORDS) == set(Method)
