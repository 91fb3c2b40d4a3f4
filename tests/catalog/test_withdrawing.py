"""A release that was withdrawn is put back on the shelf, once."""

import pytest

from obbligato.catalog.models import Withdrawal
from obbligato.catalog.withdrawing import NotWithdrawn, put_back
from tests.storefront.makers import a_silent_release

pytestmark = pytest.mark.django_db


def test_a_withdrawal_ends_and_is_told() -> None:
    release = a_silent_release()
    Withdrawal.objects.create(release=release, by="bob", reason="A dispute.")
    assert put_back(release).reason == "A dispute."
    assert not Withdrawal.objects.exists()
    with pytest.raises(NotWithdrawn, match="not withdrawn"):
        put_back(release)
