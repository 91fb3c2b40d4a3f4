"""What tells where a buyer lives is kept, what contradicts itself is shown to a person, and no sale is stopped."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from obbligato.config.upkeep import round_of_upkeep
from obbligato.kernel import clock
from obbligato.kernel.money import MICRO
from obbligato.payments import registry, top_ups
from obbligato.payments.contract import Fact
from obbligato.people.models import Person
from obbligato.sales import checkout
from obbligato.sales.documents import locating
from obbligato.sales.documents.locating import Kind, Piece
from obbligato.sales.documents.models import LocationDoubt, LocationEvidence, Receipt
from tests.makers import alice
from tests.payments.fakes import Saying
from tests.sales.documents.makers import a_paid_order, an_order
from tests.storefront.makers import a_silent_release

pytestmark = pytest.mark.django_db
GERMAN = {"Accept-Language": "de-DE,de;q=0.9", "X-Country": "de"}


@pytest.fixture
def _behind_a_proxy(settings: Any) -> None:
    settings.PROXIES, settings.COUNTRY_HEADER = 1, "X-Country"


@pytest.fixture
def _paid_from_germany() -> Iterator[None]:
    fact = Fact("succeeded", "ch_1", 5 * MICRO, "EUR", country="DE")
    with registry.instead(Saying("a", fact)), clock.stopped(clock.now()):
        yield


def kinds(found: list[Piece]) -> dict[str, str]:
    return {str(one.kind): one.country for one in found}


def top_up(person: Person) -> None:
    top_ups.start(person, amount_micro=5 * MICRO, currency="EUR", key="k", return_url="/")


class TestPieces:
    @pytest.mark.usefixtures("_behind_a_proxy")
    def test_of_a_request_are_address_time_zone_and_language(self) -> None:
        found = kinds(locating.pieces(GERMAN, time_zone="Europe/Berlin"))
        assert found == {"address": "DE", "time_zone": "DE", "language": "DE"}

    def test_a_header_is_not_believed_without_a_proxy_of_ours(self, settings: Any) -> None:
        settings.COUNTRY_HEADER = "X-Country"
        assert "address" not in kinds(locating.pieces(GERMAN))

    @pytest.mark.usefixtures("_behind_a_proxy")
    @pytest.mark.parametrize("value", ["", "XX", "T1", "Germany", "D", "é" * 99])
    def test_a_header_that_names_no_country_says_nothing(self, value: str) -> None:
        assert locating.pieces({"X-Country": value}) == []

    @pytest.mark.parametrize(
        ("language", "country"),
        [("en-GB", "GB"), ("pt-br;q=0.9,en", "BR"), ("zh-Hant-TW", "TW"), ("de", ""), ("", ""), ("x" * 5_000, "")],
    )
    def test_a_language_tells_its_region(self, language: str, country: str) -> None:
        assert kinds(locating.pieces({"Accept-Language": language})).get("language", "") == country

    def test_only_what_is_strong_contradicts(self) -> None:
        weak = [Piece(Kind.LANGUAGE, "US", "x"), Piece(Kind.TIME_ZONE, "US", "x")]
        assert locating.contradictions("FR", [*weak, Piece(Kind.ADDRESS, "FR", "x")]) == []
        assert len(locating.contradictions("FR", [Piece(Kind.PAYMENT, "DE", "x")])) == 1


class TestOrder:
    def test_keeps_what_was_declared_and_what_else_is_known(self) -> None:
        pieces = (Piece(Kind.ADDRESS, "FR", "the proxy"), Piece(Kind.LANGUAGE, "FR", "the browser"))
        order = an_order(alice(), a_silent_release(), evidence=pieces)
        assert kinds(locating.evidence_of(order)) == {"declared": "FR", "address": "FR", "language": "FR"}
        assert str(order.evidence.get(kind="declared")) == "Country she declared: FR"
        with pytest.raises(IntegrityError), transaction.atomic():
            LocationEvidence.objects.create(order=order, kind="declared", country="DE", source="x")

    @pytest.mark.usefixtures("_paid_from_germany")
    def test_gets_the_country_of_its_payment_and_a_doubt_where_it_is_another(self) -> None:
        person = alice()
        top_up(person)
        order = a_paid_order(person, a_silent_release())
        round_of_upkeep()
        assert kinds(locating.evidence_of(order)) == {"declared": "FR", "payment": "DE"}
        doubt = LocationDoubt.objects.get()
        assert doubt.sentence.startswith("She declared France, but: Germany by payment ")
        assert locating.to_locate(10) == []
        assert locating.locate(order) == doubt

    @pytest.mark.usefixtures("_paid_from_germany")
    def test_whose_evidence_agrees_is_no_ones_concern(self) -> None:
        person = alice()
        top_up(person)
        order = checkout.pay(an_order(person, a_silent_release(), country="DE"))
        assert locating.locate(order) is None
        assert Receipt.objects.get().is_located
        assert not LocationDoubt.objects.exists()

    def test_paid_without_a_payment_has_only_what_she_declared(self) -> None:
        order = a_paid_order(alice("10"), a_silent_release())
        assert locating.locate(order) is None
        assert kinds(locating.evidence_of(order)) == {"declared": "FR"}


def test_a_doubt_is_looked_at_once() -> None:
    order = a_paid_order(alice("10"), a_silent_release(), evidence=(Piece(Kind.ADDRESS, "DE", "the proxy"),))
    doubt = locating.locate(order)
    assert doubt is not None
    locating.resolve(doubt, by="dana", remark="She moved.")
    seen = locating.resolve(doubt, by="erin", remark="No.")
    assert (seen.seen_by, seen.remark) == ("dana", "She moved.")


@pytest.mark.parametrize("said", ["Germany", "xx", "de"])
def test_a_provider_that_names_no_country_is_not_believed(said: str) -> None:
    with registry.instead(Saying("a", Fact("succeeded", "ch_1", 5 * MICRO, "EUR", country=said))):
        person = alice()
        top_up(person)
    assert person.attempts.get().payer_country == ""
