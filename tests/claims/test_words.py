"""What pages and mails of claims say is there in French and Russian, too."""

import pytest
from django.utils import translation
from django.utils.translation import gettext

from obbligato.claims.models import Claim
from obbligato.claims.regimes.choosing import REGIMES
from obbligato.claims.regimes.steps import LABELS
from obbligato.claims.wording import ACTS
from obbligato.storefront import log_words


@pytest.mark.parametrize("language", ["fr", "ru"])
def test_every_state_law_and_step_has_its_words(language: str) -> None:
    with translation.override("en"):
        named = [*LABELS.values(), *(one.label for one in REGIMES.values()), *ACTS.values()]
        english = [str(words) for words in (*named, *Claim.Role.labels, *Claim.Rights.labels)]
    with translation.override(language):
        assert [one for one in english if gettext(one) == one and one != "Composition"] == []


def test_the_public_log_says_each_act_of_a_claim_in_words() -> None:
    acts = {*ACTS, *(step.act for regime in REGIMES.values() for step in regime.steps)}
    kinds = {"claim.received", *(f"claim.{act}" for act in acts)}
    assert [kind for kind in kinds if log_words.sentence(kind) == kind] == []
    assert log_words.sentence("claim.unheard_of") == "claim.unheard_of"
