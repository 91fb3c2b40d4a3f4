"""What a basket comes to in numbers alone, for whoever has to charge it. It reads only."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

from django.conf import settings
from django.db.models import QuerySet

from obbligato.kernel import clock
from obbligato.kernel.questions import question
from obbligato.sales.models import Basket, BasketLine
from obbligato.sales.owning import NOT_OWNED, owned_of
from obbligato.sales.preorders import alone
from obbligato.sales.preorders.models import Announcement


class HeldLine(NamedTuple):
    """One line of a basket as it would be charged; `withdrawal` is there where its label took the release away, and
    `comes_out_at` where it was announced, whether or not it is out."""

    track_id: int
    recording_id: int
    release_id: int
    title: str
    withdrawal: int | None
    comes_out_at: datetime | None
    list_price_micro: int
    format_name: str
    size_bytes: int
    is_exact: bool
    price_micro: int
    given_micro: int
    owned_bytes: int | None
    currency: str
    quoted_at: datetime
    expires_at: datetime


HELD = (
    *("track_id", "track__recording_id", "track__edition__release_id", "track__title"),
    *("track__edition__release__withdrawal", "track__edition__release__announcement__at", "list_price_micro"),
    *("quote__format_name", "quote__size_bytes", "quote__is_exact", "quote__price_micro", "quote__given_micro"),
    *("quote__owned_bytes", "quote__currency", "quote__created_at", "quote__expires_at"),
)


@dataclass(frozen=True)
class Held:
    """What a basket holds and comes to, for whoever has to charge it; in micro-units."""

    lines: list[HeldLine]
    total_micro: int
    currency: str
    has_expired: bool
    announcement: Announcement | None
    """Where all of it is one release that is yet to come out and can be ordered ahead."""


def held(basket: Basket) -> Held:
    """What stands in it, as it would be charged."""
    lines = [HeldLine(*row) for row in _lines(basket.pk)]
    recordings = {line.track_id: line.recording_id for line in lines}
    owned = owned_of(basket.owner_id, recordings)
    return Held(
        lines=lines,
        total_micro=sum(line.price_micro for line in lines),
        currency=lines[0].currency if lines else settings.CURRENCY,
        has_expired=any(
            line.expires_at <= clock.now() or owned.get(line.track_id, NOT_OWNED).is_other_than(line.owned_bytes)
            for line in lines
        ),
        announcement=None
        if basket.is_gift
        else alone.announcement_of((line.release_id, line.comes_out_at) for line in lines),
    )


@question
def _lines(basket_id: int) -> QuerySet[BasketLine, tuple[Any, ...]]:
    return BasketLine.objects.filter(basket_id=basket_id).order_by("pk").values_list(*HELD)
