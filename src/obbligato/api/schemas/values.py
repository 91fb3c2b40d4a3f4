"""The small values that every answer is made of: money, sizes, and texts with limits. They never round."""

from typing import Annotated, ClassVar

from ninja import Field, Schema
from pydantic import ConfigDict, StringConstraints
from pydantic.config import JsonValue

from obbligato.kernel.money import parse_amount, plain_amount

# PostgreSQL stores no NUL, and nothing a person writes has one.
Line = Annotated[str, StringConstraints(max_length=300, pattern=r"^[^\x00]*$")]
Name = Annotated[str, StringConstraints(min_length=1, max_length=150, pattern=r"^[^\x00]*$")]
Slug = Annotated[str, StringConstraints(min_length=1, max_length=120, pattern=r"^[-a-zA-Z0-9_]+$")]
Number = Annotated[str, StringConstraints(min_length=1, max_length=32, pattern=r"^[-a-zA-Z0-9_]+$")]
FormatName = Annotated[str, StringConstraints(min_length=1, max_length=60, pattern=r"^[^\x00]*$")]
Country = Annotated[str, StringConstraints(pattern=r"^[A-Z]{2}$")]
Currency = Annotated[str, StringConstraints(pattern=r"^[A-Z]{3}$")]
RowIdInBody = Annotated[int, Field(strict=True, ge=1, le=2**63 - 1)]
RowId = Annotated[int, Field(ge=1, le=2**63 - 1)]
IdempotencyKey = Annotated[str, StringConstraints(min_length=1, max_length=255, pattern=r"^[\x20-\x7e]+$")]


def example(**values: JsonValue) -> ConfigDict:
    """A schema's configuration with one example, which the documentation page shows and fills in."""
    return ConfigDict(json_schema_extra={"examples": [values]})


class Money(Schema):
    """An amount of money. Read `amount` as a decimal or use `micro`; never a float."""

    model_config: ClassVar = example(amount="1.20", currency="EUR", micro=1_200_000)

    amount: str = Field(description="A decimal string, with as many decimals as the currency has or more.")
    currency: str = Field(description="ISO 4217 code.")
    micro: int = Field(description="The same in millionths of the currency's unit.")

    @classmethod
    def of(cls, micro: int, currency: str) -> "Money":
        return cls(amount=plain_amount(micro, currency), currency=currency, micro=micro)


class MoneyAsked(Schema):
    """An amount of money as it is sent: whole minor units (cents) as a decimal string."""

    model_config: ClassVar = example(amount="1.20", currency="EUR")

    amount: Annotated[str, StringConstraints(pattern=r"^[0-9]{1,9}(\.[0-9]{1,6})?$")] = Field(
        description="A decimal string without sign or group."
    )
    currency: Currency = Field(description="ISO 4217 code.")

    @property
    def micro(self) -> int:
        """In micro-units. Raises BadAmount, UnknownCurrency."""
        return parse_amount(self.amount, self.currency)


class Size(Schema):
    """A size in bytes, exact or the most it can be."""

    model_config: ClassVar = example(bytes=8_421_337, exact=True)

    bytes: int
    exact: bool = Field(description="False: the most it can be; what comes out smaller is returned.")


class FormatIn(Schema):
    """The format of a copy, as a query."""

    format: FormatName = Field(description="A name from GET /api/v1/formats.", examples=["mp3-320"])


class TerritoryIn(Schema):
    """Where the buyer is, as a query."""

    country: Country | None = Field(
        None, description="ISO 3166-1 alpha-2. A signed-in person's own country wins.", examples=["FR"]
    )


class PageIn(Schema):
    """Which page of a list."""

    page: int = Field(1, ge=1, le=100_000)
    per_page: int = Field(24, ge=1, le=100)

    @property
    def bounds(self) -> slice:
        start = (self.page - 1) * self.per_page
        return slice(start, start + self.per_page)
