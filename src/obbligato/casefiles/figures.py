"""What answers the word “risk”: payments, refunds and disputes of each rail by month, from the ledger up to a transfer.

The ledger is never changed, so the same transfer gives the same figures for ever. It only reads.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, fields
from datetime import UTC

from django.db.models import Count, DateField, Q, Sum
from django.db.models.functions import Trunc

from obbligato.kernel.money import plain_amount
from obbligato.ledger.models import Account, Transfer
from obbligato.payments.disputes import ratio_basis_points

Kind = Account.Kind
WHOLE = "all months"


@dataclass
class Figures:
    """One rail in one currency in one month (or in all of them): counts, and amounts in micro-units."""

    rail: str
    currency: str
    month: str
    payments: int = 0
    payments_micro: int = 0
    refunds: int = 0
    refunds_micro: int = 0
    disputes: int = 0
    disputes_micro: int = 0
    """Begun in that month, whatever became of them."""
    disputes_won: int = 0
    disputes_won_micro: int = 0

    @property
    def dispute_basis_points(self) -> int:
        """Disputes in 10,000 payments of the same month, by count."""
        return ratio_basis_points(disputes=self.disputes, payments=self.payments)

    @property
    def refund_basis_points(self) -> int:
        """Refunds in 10,000 payments of the same month, by count."""
        return ratio_basis_points(disputes=self.refunds, payments=self.payments)


def of_rails(rails: Iterable[str], *, through: int) -> list[Figures]:
    """By rail, currency and month, then the whole of each rail. Transfers after `through` are as if not made."""
    found = []
    for account in Account.objects.filter(name__in=[f"clearing:{rail}" for rail in rails]).order_by("name", "currency"):
        months = _months(account, through)
        found += [months[month] for month in sorted(months)]
        if months:
            found.append(_whole(list(months.values())))
    return found


def csv_of(figures: Iterable[Figures]) -> str:
    """The same for a spreadsheet: amounts as decimals, ratios in per cent."""
    names = [one.name.replace("_micro", "_amount") for one in fields(Figures)]
    lines = [",".join([*names, "disputes_percent", "refunds_percent"])]
    lines += [",".join(_cells(one)) for one in figures]
    return "".join(f"{line}\r\n" for line in lines)


def percent(basis_points: int) -> str:
    """Basis points as people write them: 0.25."""
    return f"{basis_points // 100}.{basis_points % 100:02d}"


def _cells(one: Figures) -> Iterator[str]:
    for name, value in vars(one).items():
        yield plain_amount(value, one.currency) if name.endswith("_micro") else str(value)
    yield percent(one.dispute_basis_points)
    yield percent(one.refund_basis_points)


def _months(account: Account, through: int) -> dict[str, Figures]:
    rail = account.name.removeprefix("clearing:")
    months: dict[str, Figures] = defaultdict(lambda: Figures(rail, account.currency, ""))
    made = Transfer.objects.filter(pk__lte=through).order_by()
    when = Trunc("created_at", "month", output_field=DateField(), tzinfo=UTC)
    for what, condition in (
        ("payments", Q(source=account, target__kind=Kind.WALLET)),
        ("refunds", Q(target=account, source__kind=Kind.REFUND_DUE)),
        ("disputes", Q(target=account, kind="dispute_taken")),
        ("disputes_won", Q(source=account, kind="dispute_won")),
    ):
        rows = made.filter(condition).annotate(when=when).values_list("when")
        for month, count, total in rows.annotate(count=Count("pk"), total=Sum("amount_micro")):
            one = months[f"{month:%Y-%m}"]
            one.month = f"{month:%Y-%m}"
            setattr(one, what, count)
            setattr(one, f"{what}_micro", int(total))
    return months


def _whole(months: list[Figures]) -> Figures:
    whole = Figures(months[0].rail, months[0].currency, WHOLE)
    for one in months:
        for name, value in vars(one).items():
            if isinstance(value, int):
                setattr(whole, name, getattr(whole, name) + value)
    return whole
