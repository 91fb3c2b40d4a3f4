"""A claim ends by an order that is here, verified, in effect and about what the claim names; each names the other."""

import pytest
from django.db import IntegrityError, transaction
from django.test import Client

from obbligato.catalog.models import Recording
from obbligato.claims import deciding
from obbligato.claims.awards import awarding
from obbligato.claims.models import Claim, ClaimStep
from obbligato.claims.orders import ending, in_force, verifying
from obbligato.claims.orders.models import CourtOrder
from obbligato.rights import licences
from obbligato.rights.licences import LicenceTerms
from obbligato.transparency.models import Announcement
from tests.claims.makers import MONDAY, about, awarded, fresh, recordings_of
from tests.claims.orders.makers import amendment, lifting, served, verified
from tests.makers import alice, dana, signed_in
from tests.sales.documents.makers import a_paid_order
from tests.storefront.makers import a_silent_release

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("on_monday")]


def a_claim() -> tuple[Claim, list[int]]:
    """About what the store sells under a licence, sold once."""
    release = a_silent_release()
    keys = recordings_of(release)
    for one in Recording.objects.filter(pk__in=keys):
        licences.declare(one, LicenceTerms("licensed", "A contract.", ("WORLD",), MONDAY.date()), by="bob")
    a_paid_order(alice("10"), release)
    return about(release), keys


def ended() -> tuple[Claim, CourtOrder]:
    claim, keys = a_claim()
    order = verified(keys).order
    ending.end_by(claim, f" {order.number.lower()} ", by="dana", reason="The court closed it.")
    return fresh(claim), order


def test_only_an_order_in_effect_about_what_it_names_ends_a_claim() -> None:
    claim, keys = a_claim()
    paper, other = served(keys), verified(recordings_of(a_silent_release()))
    for number in (paper.order.number, other.order.number, "O-NONE", ""):
        with pytest.raises(ending.NoSuchOrder, match="in effect here"):
            ending.end_by(claim, number, by="dana", reason="The court closed it.")
    verifying.verify(paper, by="bob", why="I called the registry.")
    assert ending.orders_about(claim) == [paper.order]
    ending.end_by(claim, paper.order.number, by="dana", reason="The court closed it.")
    said = Announcement.objects.get(kind="claim.court_order")
    assert paper.order.number in bytes(said.leaf).decode()


def test_the_database_refuses_a_claim_that_a_court_has_ordered_without_an_order() -> None:
    claim, _ = a_claim()
    with pytest.raises(IntegrityError), transaction.atomic():
        ClaimStep.objects.create(claim=claim, act="court_order", source="forwarded", target="court_order", reason="x")


def test_each_names_the_other_wherever_people_read_of_them() -> None:
    claim, order = ended()
    for address in (claim.get_absolute_url(), f"/transparency/claims/{claim}", "/transparency/claims"):
        page = Client().get(address).content.decode()
        assert f"/transparency/order:{order.number}" in page
    assert f"/transparency/claims/{claim}" in Client().get("/transparency/orders").content.decode()
    assert [one.claims for one in in_force.orders_in_force()] == [[claim.number]]
    desk = signed_in(dana())
    assert order.number in desk.get(f"/desk/claims/claim/{claim.pk}/change/").content.decode()
    assert claim.number in desk.get(f"/desk/court_orders/courtorder/{order.pk}/change/").content.decode()


def test_what_a_court_decided_is_given_away_as_long_as_its_order_is_in_effect() -> None:
    claim, order = ended()
    deciding.set_standing(claim, "proven", by="dana", reason="The judgment says so.")
    assert list(awarding.grounds_of(claim)) == [f"order {order.number}"]
    verifying.verify(lifting(order), by="bob", why="I called the registry.")
    assert ending.order_of(claim) is None
    with pytest.raises(awarding.NotWon, match="not in effect any more"):
        awarding.propose(claim, winner="Carol", ground=f"order {order.number}", by="dana", reason="x")


def test_an_amendment_that_keeps_some_of_it_leaves_the_order_what_decides_it() -> None:
    claim, order = ended()
    deciding.set_standing(claim, "proven", by="dana", reason="The judgment says so.")
    (recording,) = recordings_of(claim.targets.get().release)[:1]  # type: ignore[arg-type]
    verifying.verify(amendment(order, [recording]), by="bob", why="I called the registry.")
    assert awarded(claim).ground == f"order {order.number}"
