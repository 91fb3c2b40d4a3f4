"""Notices and claims as JSON. They read rows; they never query beyond one claim's own."""

from datetime import datetime
from typing import Annotated, Any, ClassVar, Literal

from django.http import HttpRequest
from ninja import Field, Schema
from pydantic import StringConstraints

from obbligato.api.schemas.values import Line, example
from obbligato.claims import hearing, wording
from obbligato.claims.models import Claim
from obbligato.claims.notices import Notice

Text = Annotated[str, StringConstraints(max_length=10_000, pattern=r"^[^\x00]*$")]
Place = Annotated[str, StringConstraints(max_length=500, pattern=r"^[^\x00]*$")]
Code = Annotated[str, StringConstraints(pattern=r"^([A-Z]{2}|WORLD)$")]


class NoticeIn(Schema):
    """What somebody who claims a right says. What is missing is asked for; nothing is closed by it."""

    model_config: ClassVar = example(
        name="Carol Claimant",
        mail="carol@example.org",
        role="owner",
        work="Piece 1, recorded in 2019",
        rights="recording",
        explanation="I recorded this myself and never licensed it.",
        places=["https://store.example/releases/nocturnes#1", "FRZ012600001"],
        is_in_good_faith=True,
        is_accurate=True,
        signature="Carol Claimant",
    )

    name: Line = ""
    mail: Line = ""
    address: Text = ""
    role: Literal["owner", "licensee", "agent", "trusted_flagger", "authority", "third_party"] = "owner"
    on_behalf_of: Line = ""
    work: Text = ""
    rights: Literal["recording", "composition", "cover", "text", "other"] = "recording"
    territories: list[Code] = Field(default_factory=lambda: ["WORLD"], max_length=300)
    explanation: Text = ""
    places: list[Place] = Field(default_factory=list, description="Addresses of this store, ISRCs, barcodes.")
    is_in_good_faith: bool = False
    is_accurate: bool = False
    signature: Line = ""
    asks_for_us: bool = Field(False, description="It is a notice under 17 U.S.C. § 512.")
    language: Literal["en", "fr", "ru"] = "en"

    @property
    def notice(self) -> Notice:
        said: dict[str, Any] = self.model_dump()
        values = {name: value.strip() if isinstance(value, str) else value for name, value in said.items()}
        places, territories = values.pop("places"), values.pop("territories")
        return Notice(**values, locators=tuple(dict.fromkeys(places)), territories=tuple(territories))


class AdditionIn(Schema):
    """What was missing. What is left out stays as it was."""

    model_config: ClassVar = example(explanation="I recorded this myself and never licensed it.")

    name: Line | None = None
    mail: Line | None = None
    address: Text | None = None
    work: Text | None = None
    explanation: Text | None = None
    places: list[Place] = Field(default_factory=list)
    is_in_good_faith: bool | None = None
    is_accurate: bool | None = None
    signature: Line | None = None

    @property
    def added(self) -> hearing.Added:
        values = self.model_dump(exclude_none=True)
        places = values.pop("places")
        return hearing.Added(values, tuple(places))


class StepOut(Schema):
    """One thing that happened."""

    at: datetime
    what: str
    why: str


class ClaimOut(Schema):
    """A claim and where it stands."""

    number: str
    law: str
    state: str
    standing: str
    since: datetime
    deadline: datetime | None = Field(description="When the clock moves it on.")
    missing: list[str] = Field(description="A sentence for each thing that the notice lacks.")
    note: str = Field(description="Why it runs under another law than it named; mostly empty.")
    steps: list[StepOut]
    decisions: list[str]
    entry: str = Field(description="Where anyone can read what is public of it.")

    @classmethod
    def of(cls, claim: Claim, request: HttpRequest) -> "ClaimOut":
        return cls(
            number=claim.number,
            law=claim.regime_name,
            state=claim.state,
            standing=claim.standing,
            since=claim.state_since,
            deadline=claim.deadline,
            missing=hearing.missing(claim),
            note=claim.routing_note,
            steps=[StepOut(at=one.at, what=one.words, why=one.reason) for one in wording.timeline(claim)],
            decisions=list(claim.statements.values_list("number", flat=True)),
            entry=request.build_absolute_uri(f"/transparency/claims/{claim.number}"),
        )


class MadeOut(Schema):
    """A claim that was made just now, with its secret, which opens it."""

    number: str
    secret: str = Field(description="Empty where the same notice had come before: it was told then, and by mail.")
    page: str = Field(description="The claimant's page; empty where the secret is.")


class NoticeOut(Schema):
    """The claims of a notice: one for each supplier and law."""

    is_new: bool
    claims: list[MadeOut]
