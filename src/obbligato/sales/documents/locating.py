"""Keep what tells where a buyer lives, and find what contradicts itself. It never stores an address, and stops no sale.

Two pieces that do not contradict each other are kept where they can be had: Implementing Regulation (EU) No 282/2011,
Articles 24b(d) and 24f. What only suggests a country (a browser's language or time zone) adds to them, and contradicts
none.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from babel.core import get_global
from django.conf import settings
from django.db import transaction

from obbligato.kernel import clock
from obbligato.kernel.countries import COUNTRIES
from obbligato.payments.models import Attempt
from obbligato.sales.documents.models import LocationDoubt, LocationEvidence, Receipt
from obbligato.sales.models import Order

Kind = LocationEvidence.Kind
STRONG = (Kind.DECLARED, Kind.PAYMENT, Kind.ADDRESS)
"""What may contradict the country she declared; billions of browsers speak en-US."""
REGION = re.compile(r"[a-z]{2,3}(?:-[a-z]{4})?-([a-z]{2})(?![a-z0-9])", re.IGNORECASE)


@dataclass(frozen=True)
class Piece:
    """One thing that tells of a country (ISO 3166-1 alpha-2), and who said it."""

    kind: LocationEvidence.Kind
    country: str
    source: str


def pieces(headers: Mapping[str, str], *, time_zone: str = "") -> list[Piece]:
    """What a request tells of where it comes from. A proxy's word counts only where a proxy of the store's stands."""
    found = []
    named = settings.COUNTRY_HEADER if settings.PROXIES > 0 else ""
    if named:
        found.append(Piece(Kind.ADDRESS, headers.get(named, "").strip().upper(), f"the proxy's {named}"))
    zones: Mapping[str, str] = get_global("zone_territories")
    found.append(Piece(Kind.TIME_ZONE, zones.get(time_zone, ""), f"the browser's time zone {time_zone}"[:80]))
    spoken = REGION.match(headers.get("Accept-Language", "").split(",")[0].strip())
    found.append(Piece(Kind.LANGUAGE, spoken[1].upper() if spoken else "", "the browser's first language"))
    return [one for one in found if one.country in COUNTRIES]


def contradictions(country: str, found: Iterable[Piece]) -> list[Piece]:
    """Those pieces that say she lives elsewhere."""
    return [one for one in found if one.kind in STRONG and one.country != country]


def note(order: Order, found: Sequence[Piece]) -> None:
    """Keep the country she declared for an order, and what else is known of it."""
    declared = Piece(Kind.DECLARED, order.country, "the buyer, at checkout")
    rows = {one.kind: one for one in [*found, declared] if one.country}
    LocationEvidence.objects.bulk_create(
        LocationEvidence(order=order, kind=one.kind, country=one.country, source=one.source) for one in rows.values()
    )


def to_locate(limit: int) -> list[Order]:
    """Paid orders whose evidence was not looked over yet."""
    waiting = Receipt.objects.filter(is_located=False).select_related("order").order_by("pk")
    return [receipt.order for receipt in waiting[:limit]]


@transaction.atomic
def locate(order: Order) -> LocationDoubt | None:
    """Add the country of the payment, where its provider told it, and say so where the evidence contradicts itself."""
    order = Receipt.objects.select_for_update(of=("self",)).select_related("order").get(order=order).order
    if paid_from := _payment(order):
        LocationEvidence.objects.get_or_create(
            order=order, kind=Kind.PAYMENT, defaults={"country": paid_from.country, "source": paid_from.source}
        )
    Receipt.objects.filter(order=order).update(is_located=True)
    against = contradictions(order.country, evidence_of(order))
    if not against:
        return None
    others = "; ".join(f"{COUNTRIES[one.country]} by {one.source}" for one in against)
    name = COUNTRIES.get(order.country, order.country)
    doubt, _ = LocationDoubt.objects.get_or_create(
        order=order, defaults={"sentence": f"She declared {name}, but: {others}."[:300]}
    )
    return doubt


def evidence_of(order: Order) -> list[Piece]:
    """What is kept of an order, in the order in which it was noted."""
    return [Piece(Kind(one.kind), one.country, one.source) for one in order.evidence.order_by("pk")]


def resolve(doubt: LocationDoubt, *, by: str, remark: str) -> LocationDoubt:
    """A person looked at it; the first one's word stays."""
    LocationDoubt.objects.filter(pk=doubt.pk, seen_at__isnull=True).update(
        seen_at=clock.now(), seen_by=by[:150], remark=remark[:200]
    )
    doubt.refresh_from_db()
    return doubt


def _payment(order: Order) -> Piece | None:
    """The country of the last payment into her wallet before the order was paid, where it is known."""
    brought = Attempt.objects.filter(person_id=order.person_id, settled_at__lte=order.paid_at).exclude(payer_country="")
    last = brought.order_by("-settled_at", "-pk").first()
    return Piece(Kind.PAYMENT, last.payer_country, f"payment {last.number} by {last.provider}"[:80]) if last else None
