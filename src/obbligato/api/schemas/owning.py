"""What a person owns and can fetch, as JSON. They read rows; they never query."""

from datetime import datetime
from typing import ClassVar

from ninja import Field, Schema

from obbligato.api.schemas.catalogue import ReleaseCard, TrackOut
from obbligato.api.schemas.values import Money, Size, example


class ShelfCard(ReleaseCard):
    """A release of which one owns something."""

    model_config: ClassVar = {}

    whole: bool = Field(description="Whether every track of it is owned.")
    bought_at: datetime
    formats: list[str] = Field(description="The formats that were paid for.")
    withdrawn: bool = Field(description="No longer sold; what is owned stays.")
    owned_tracks: int


class LibraryPage(Schema):
    """Everything one owns, newest first."""

    items: list[ShelfCard]
    count: int
    zip: str | None = Field(description="All of it in one archive, each track as it was bought; null for nothing.")


class DownloadOption(Schema):
    """A format it can be fetched in, and what that costs."""

    model_config: ClassVar = example(
        format="mp3-v0",
        label="MP3 V0",
        size={"bytes": 60_000_000, "exact": False},
        free=True,
        difference={"amount": "0.00", "currency": "EUR", "micro": 0},
    )

    format: str
    label: str
    size: Size
    free: bool = Field(description="Whether what was paid covers it.")
    difference: Money = Field(description="What more it costs: buy it by POST /orders.")


class ShelfOut(ShelfCard):
    """A release of one's own with its owned tracks and the formats there are."""

    tracks: list[TrackOut]
    options: list[DownloadOption]


class TrackLink(Schema):
    """Where one track is fetched."""

    model_config: ClassVar = example(
        track=12, title="Prelude in D minor", url="https://store.example/delivery/copies/…/03 Prelude.flac"
    )

    track: int
    title: str
    url: str


class Readiness(Schema):
    """How much of it is encoded already; a link works at once, it only may take its time."""

    model_config: ClassVar = example(done=7, total=9, ready=False, percent=77, seconds_left=3.5)

    done: int
    total: int
    ready: bool
    percent: int
    seconds_left: float


class DownloadsOut(Schema):
    """Links, good for a limited time, for anyone who holds them. Ask again for new ones, as often as you like."""

    format: str
    zip: str = Field(description="All owned tracks of the release in one archive.")
    tracks: list[TrackLink]
    readiness: Readiness
