"""Files that are imported at the same moment count an entry once."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection

from obbligato.kernel.money import MICRO
from obbligato.ledger.audit import audit
from obbligato.payments.bank import own_account
from obbligato.payments.bank.models import BankEntry
from obbligato.sales import wallets
from tests.makers import alice
from tests.payments.bank.makers import Line, begin, camt, paid, take


@pytest.mark.usefixtures("account", "open_books")
def test_overlapping_files_at_the_same_moment_count_each_entry_once() -> None:
    person = alice()
    lines = [paid(begin(person, key=str(number)), reference=f"B{number}") for number in range(4)]
    own_account.remember()
    files = [camt([*lines, Line("1.00", f"file {number}")]) for number in range(4)] * 2

    def work(content: bytes) -> None:
        try:
            take(content)
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as threads:
        list(threads.map(work, files))
    assert wallets.balance(person, "EUR") == 40 * MICRO
    assert BankEntry.objects.count() == 8
    assert audit().is_clean
