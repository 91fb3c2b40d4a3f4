"""The dispute that `make demo-dispute` plays: each step is told with a page that opens, and all ends well."""

from datetime import timedelta
from typing import Any

import pytest
from django.core.cache import cache

from obbligato.casefiles import rebuilding
from obbligato.casefiles.models import CaseFile
from obbligato.config import upkeep
from obbligato.demo import dispute
from obbligato.kernel import clock
from obbligato.ledger.audit import audit
from obbligato.payments.models import Attempt
from obbligato.sales.models import Order
from obbligato.standing import holding
from obbligato.standing.models import Incident
from obbligato.standing.words import Standing, State
from tests import makers
from tests.payments.bank.makers import IBAN

pytestmark = pytest.mark.django_db


def test_the_dispute_is_played_once_told_step_by_step_and_ends_well(settings: Any) -> None:
    settings.BANK_IBAN, settings.BANK_NAME = IBAN, "The demo store"
    told: list[tuple[str, str]] = []

    def tell(sentence: str, address: str) -> None:
        told.append((sentence, address))
        clock.advance(timedelta(minutes=1))  # Whoever reads it takes her time.

    with pytest.raises(dispute.NoBuyer):
        dispute.play(tell)
    alice = makers.alice("10")
    makers.a_release(tracks=4)
    with clock.stopped(clock.now()):
        case = dispute.play(tell)
        assert Order.objects.filter(person=alice, paid_at__isnull=False).count() == 3
        assert not Order.objects.filter(paid_at=None).exists()
        assert Attempt.objects.filter(provider="bank_transfer", state="succeeded").exists()
        assert any("still suspended" in sentence for sentence, _ in told)
        assert any("so nothing has changed so far" in sentence for sentence, _ in told)
        assert "True: case file" in told[-2][0]
        dana = makers.signed_in(makers.dana())
        hers = makers.signed_in(alice)
        for _, address in told:
            cache.clear()
            assert (hers if address.startswith("/orders/") else dana).get(address).status_code == 200, address
        with pytest.raises(dispute.PlayedAlready, match="was played here before"):
            dispute.play(tell)
        for _ in range(8):
            clock.advance(timedelta(days=1))
            upkeep.round_of_upkeep()
    assert [holding.state_of(name) for name in dispute.COMPANIES] == [Standing.ACTIVE] * 2
    assert Incident.objects.get(subject=dispute.NETWORK).state == State.CLOSED_RESTORED
    assert rebuilding.rebuild(case.number).is_same
    assert CaseFile.objects.count() == 1
    assert audit().is_clean
