"""A store with a bank account."""

from typing import Any

import pytest

from tests.payments.bank.makers import IBAN


@pytest.fixture
def account(settings: Any) -> None:
    """The store's own, from now on."""
    settings.BANK_IBAN, settings.BANK_NAME, settings.BANK_BIC = IBAN, "Test Label", ""
