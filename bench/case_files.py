"""A case file about a rail with many sales and exhibits: built by the command, and checked by what travels inside.

`python -m bench.case_files fill SALES EXHIBITS` makes the incident in a process of its own and prints its number.
"""

import os
import sys
from datetime import timedelta
from pathlib import Path
from typing import Any

from tests.story.running import OBBLIGATO

from bench.rows import Row
from bench.scale import Scale
from bench.stores import an_empty_store, timed, told_by

MOST_SECONDS = 20
EXHIBIT_BYTES = 100_000
RAIL = "north"
MONTHS = 24


def rows(folder: Path, scale: Scale) -> list[Row]:
    """On SQLite, start of the program included."""
    store = an_empty_store(folder / "casefile")
    number = told_by(store, "bench.case_files", "fill", scale.sales, scale.exhibits).strip()
    file = folder / "case.zip"
    built, megabytes = timed(store, [*OBBLIGATO, "casefile", "build", number, "--profile", "court", "--out", str(file)])
    alone = Path(__file__).parents[1] / "src" / "obbligato" / "casefiles" / "verify.py"
    checked, lean = timed(store, [sys.executable, "-I", str(alone), str(file)])
    of = f"{scale.sales:,} sales and {scale.exhibits:,} exhibits"
    return [
        Row(f"case file with {of}, {file.stat().st_size / 1e6:.0f} MB", f"{built:.1f} s, {megabytes:.0f} MB",
            f"≤ {MOST_SECONDS} s", built <= MOST_SECONDS),
        Row("the same, every byte checked by verify.py", f"{checked:.1f} s, {lean:.0f} MB",
            f"≤ {MOST_SECONDS} s", checked <= MOST_SECONDS),
    ]  # fmt: skip


def main() -> None:
    """Fill this process's store."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "obbligato.config.settings")
    import django

    django.setup()
    sales, exhibits = map(int, sys.argv[2:])
    _sell(sales)
    print(_incident(exhibits))


def _sell(count: int) -> None:
    """Each a payment at the rail and an order from the wallet; of a hundred one is sent back, of 500 one disputed."""
    from obbligato.kernel import clock
    from obbligato.ledger import accounts
    from obbligato.ledger.models import Account, Transfer

    kinds = Account.Kind
    wallet, loss = accounts.wallet_of(1, "EUR"), accounts.chargeback_loss("EUR")
    clearing = accounts.clearing_of(RAIL, "EUR")
    due, revenue = (
        accounts.open_account(name, currency="EUR", kind=kind)
        for name, kind in (("refund_due", kinds.REFUND_DUE), ("revenue", kinds.REVENUE))
    )
    made, first = [], clock.now() - timedelta(days=30 * MONTHS)

    def move(number: int, act: str, source: Account, target: Account, kind: str) -> None:
        at = first + timedelta(days=number * 30 * MONTHS // count)
        made.append(
            Transfer(
                key=f"bench:{act}:{number}",
                source=source,
                target=target,
                amount_micro=9_990_000,
                kind=kind,
                created_at=at,
            )
        )

    for number in range(count):
        move(number, "paid", clearing, wallet, "top_up")
        move(number, "sold", wallet, revenue, "sale")
        if number % 100 == 0:
            move(number, "back", due, clearing, "refund_done")
        if number % 500 == 0:
            move(number, "disputed", loss, clearing, "dispute_taken")
    Transfer.objects.bulk_create(made, batch_size=2_000)


def _incident(exhibits: int) -> str:
    from obbligato.standing import confirming, detecting, documents
    from obbligato.standing.detecting import Said
    from obbligato.standing.words import Kind, Paper

    incident = detecting.enter_letter(f"rail:{RAIL}", Said(Kind.SUSPENSION), by="dana")
    confirming.confirm(incident, by="dana", why="They said so.")
    for number in range(exhibits):
        mail: Any = f"Subject: Letter {number}\r\n\r\n".encode().ljust(EXHIBIT_BYTES, b".")
        name = f"{number}.eml"
        documents.keep(incident, mail, kind=Paper.LETTER_IN, title=f"Letter {number}", name=name, by="dana")
    return str(incident.number)


if __name__ == "__main__":
    main()
