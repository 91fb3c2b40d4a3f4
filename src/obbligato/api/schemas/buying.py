"""Tokens, orders, the wallet and top-ups as JSON. They read rows; they never query."""

from datetime import datetime
from typing import Annotated, ClassVar, Literal, Self

from django.http import HttpRequest
from django.urls import reverse
from ninja import Field, Schema
from pydantic import StringConstraints, model_validator

from obbligato.api.schemas.values import (
    Country,
    FormatName,
    IdempotencyKey,
    Line,
    Money,
    MoneyAsked,
    Name,
    RowIdInBody,
    Size,
    Slug,
    example,
)
from obbligato.payments.models import Attempt
from obbligato.payments.vouchers.models import Redemption
from obbligato.sales.models import Order, OrderLine


class TokenIn(Schema):
    """Who wants a token."""

    model_config: ClassVar = example(username="alice", password="a long sentence", note="my player")

    username: Name = Field(description="Name or e-mail address.")
    password: Annotated[str, StringConstraints(min_length=1, max_length=1000, pattern=r"^[^\x00]*$")]
    note: Annotated[str, StringConstraints(max_length=100, pattern=r"^[^\x00]*$")] = Field(
        "", description="What the token is for, so that you know it again."
    )


class TokenOut(Schema):
    """A bearer token. Its text is shown this once."""

    model_config: ClassVar = example(
        token="obb_Qm9hcmQ…", token_type="Bearer", expires_at="2027-02-22T10:00:00Z", username="alice"
    )

    token: str
    token_type: Literal["Bearer"] = "Bearer"
    expires_at: datetime
    username: str


class ItemIn(Schema):
    """Something to buy: a whole release or one track, in a format."""

    model_config: ClassVar = example(release="clavier-pieces", format="flac")

    release: Slug | None = Field(None, description="Slug of a release: all of it.")
    track: RowIdInBody | None = Field(None, description="Id of one track.")
    format: FormatName
    offered: MoneyAsked | None = Field(None, description="Where you may name your price: what you give for it.")

    @model_validator(mode="after")
    def _names_one_thing(self) -> Self:
        if (self.release is None) == (self.track is None):
            raise ValueError("name either a release or a track")
        return self


class OrderIn(Schema):
    """What to buy, at which total."""

    model_config: ClassVar = example(
        items=[{"release": "clavier-pieces", "format": "flac"}, {"track": 12, "format": "mp3-320"}],
        expected_total={"amount": "4.20", "currency": "EUR"},
        country="FR",
        key="7f1c0e7a",
    )

    items: list[ItemIn] = Field(min_length=1, max_length=100)
    expected_total: MoneyAsked = Field(description="The sum of the quotes you saw. Any other total is refused.")
    country: Country | None = Field(None, description="Where you are; your account's country wins.")
    key: IdempotencyKey | None = Field(
        None, description="What makes a repeated request the same order; or send it as Idempotency-Key."
    )


class OrderLineOut(Schema):
    """One track of an order."""

    model_config: ClassVar = example(
        track=12,
        title="Prelude in D minor",
        release="clavier-pieces",
        format="flac-16-44",
        size={"bytes": 21_100_345, "exact": False},
        price={"amount": "0.85", "currency": "EUR", "micro": 850_000},
    )

    track: int
    title: str
    release: str
    format: str
    size: Size = Field(description="As quoted.")
    price: Money

    @classmethod
    def of(cls, line: OrderLine, currency: str) -> "OrderLineOut":
        return cls(
            track=line.track_id,
            title=line.track.title,
            release=line.track.edition.release.slug,
            format=line.format_name,
            size=Size(bytes=line.size_bytes, exact=line.is_exact),
            price=Money.of(line.price_micro, currency),
        )


class OrderOut(Schema):
    """An order and where it stands."""

    model_config: ClassVar = example(
        number="6d1f0a2b9c3e4f50",
        state="waiting",
        total={"amount": "4.20", "currency": "EUR", "micro": 4_200_000},
        missing={"amount": "3.20", "currency": "EUR", "micro": 3_200_000},
        country="FR",
        created_at="2026-11-24T10:00:00Z",
        paid_at=None,
        lines=[],
    )

    number: str
    state: Literal["paid", "waiting", "held", "cancelled"] = Field(
        description="`held`: a pre-order, whose money waits for the release to come out."
    )
    total: Money
    missing: Money = Field(description="What the wallet lacks for it; top up that much and it completes.")
    country: str
    created_at: datetime
    paid_at: datetime | None
    lines: list[OrderLineOut]

    @classmethod
    def of(cls, order: Order, *, missing_micro: int) -> "OrderOut":
        """Reads order.lines with track.edition.release: prefetch them."""
        return cls(
            number=order.number,
            state=order.state,
            total=Money.of(order.total_micro, order.currency),
            missing=Money.of(missing_micro, order.currency),
            country=order.country,
            created_at=order.created_at,
            paid_at=order.paid_at,
            lines=[OrderLineOut.of(line, order.currency) for line in order.lines.all()],
        )


class OrderPage(Schema):
    """One page of orders, newest first."""

    items: list[OrderOut]
    count: int
    page: int
    per_page: int


class EntryOut(Schema):
    """One movement of the wallet."""

    model_config: ClassVar = example(
        at="2026-11-24T10:00:00Z",
        kind="Purchase",
        amount={"amount": "-4.20", "currency": "EUR", "micro": -4_200_000},
        reference="order:6d1f0a2b9c3e4f50",
    )

    at: datetime
    kind: str
    amount: Money = Field(description="Negative where it left the wallet.")
    reference: str


class WalletOut(Schema):
    """What is in the wallet, and how it came and went."""

    balance: Money
    history: list[EntryOut]
    ways: list[dict[str, str]] = Field(
        description="Ways to top up that work now: method, label, description.",
        examples=[[{"method": "card", "label": "Sandbox card", "description": "No money moves."}]],
    )
    unusable: list[str] = Field(description="Ways that this store has, and cannot use at the moment.", examples=[[]])


class TopUpIn(Schema):
    """A wish to fill the wallet."""

    model_config: ClassVar = example(
        method="card",
        amount={"amount": "10.00", "currency": "EUR"},
        return_url="/wallet",
        key="c0ffee",
    )

    method: Name = Field(description="One of the methods GET /api/v1/wallet lists; the store chooses the company.")
    amount: MoneyAsked
    return_url: Line = Field(
        "/wallet", description="Where the buyer comes back to, within this store. {number} is filled in."
    )
    key: IdempotencyKey | None = Field(
        None, description="What makes a repeated request the same top-up; or send it as Idempotency-Key."
    )


class TopUpOut(Schema):
    """A top-up and where it stands."""

    model_config: ClassVar = example(
        number="0b9a…",
        state="action_required",
        amount={"amount": "10.00", "currency": "EUR", "micro": 10_000_000},
        provider="sandbox",
        next_url="https://store.example/sandbox/abc",
        reason="",
        completed_orders=[],
    )

    number: str
    state: str = Field(description=f"One of: {', '.join(Attempt.State.values)}.")
    amount: Money
    provider: str
    next_url: str = Field(description="Send the buyer there to finish; empty when there is nothing to do.")
    reason: str
    completed_orders: list[str] = Field(description="Numbers of waiting orders that this request completed.")

    @classmethod
    def of(cls, attempt: Attempt, request: HttpRequest, completed: list[Order]) -> "TopUpOut":
        next_url = attempt.next_url if attempt.is_open else ""
        if attempt.state == Attempt.State.ACTION_REQUIRED and not next_url:
            next_url = reverse("payment_page", args=[attempt.number])
        return cls(
            number=attempt.number,
            state=attempt.state,
            amount=Money.of(attempt.amount_micro, attempt.currency),
            provider=attempt.provider,
            next_url=request.build_absolute_uri(next_url) if next_url else "",
            reason=attempt.reason,
            completed_orders=[order.number for order in completed],
        )


class RedemptionIn(Schema):
    """A code of a voucher or gift card."""

    model_config: ClassVar = example(
        code="7K3M-9XQ2-HT5V-0B8N-4CWE", most={"amount": "3.20", "currency": "EUR"}, key="c0ffee"
    )

    code: Line = Field(description="As it is printed; lower case, spaces and hyphens do not matter.")
    most: MoneyAsked | None = Field(None, description="At most so much of it; the rest stays on the voucher.")
    key: IdempotencyKey | None = Field(
        None, description="What makes a repeated request the same redemption; or send it as Idempotency-Key."
    )


class RedemptionOut(Schema):
    """What came into the wallet, and what is left on the voucher."""

    model_config: ClassVar = example(
        number="0b9a…",
        amount={"amount": "3.20", "currency": "EUR", "micro": 3_200_000},
        left={"amount": "6.80", "currency": "EUR", "micro": 6_800_000},
        completed_orders=[],
    )

    number: str
    amount: Money
    left: Money
    completed_orders: list[str] = Field(description="Numbers of waiting orders that this request completed.")

    @classmethod
    def of(cls, redeemed: Redemption, completed: list[Order]) -> "RedemptionOut":
        currency = redeemed.voucher.batch.currency
        return cls(
            number=redeemed.number,
            amount=Money.of(redeemed.amount_micro, currency),
            left=Money.of(redeemed.voucher.left_micro, currency),
            completed_orders=[order.number for order in completed],
        )
