"""What an operator wants to know first: sales, open payments, whether the books are true, drafts, disk. It reads."""

import shutil
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from typing import Any

from django.conf import settings
from django.core.cache import cache
from django.db.models import Count, Min, QuerySet, Sum
from django.http import HttpRequest
from django.urls import reverse

from obbligato.backoffice import showing
from obbligato.catalog.models import Master, Release
from obbligato.claims.awards.models import Award
from obbligato.claims.models import ENDED, Claim
from obbligato.claims.orders.models import Paper
from obbligato.claims.stepping import WAITS_FOR_THE_DESK
from obbligato.kernel import clock
from obbligato.ledger.audit import audit
from obbligato.payments import rails
from obbligato.payments.bank.models import BankEntry, OutgoingTransfer
from obbligato.payments.models import OPEN_STATES, Alert, Attempt, Credit, Refund
from obbligato.payments.vouchers.models import VoucherBatch
from obbligato.sales.documents.models import LocationDoubt
from obbligato.sales.models import Order, OrderRefund
from obbligato.sales.offers import offer_of, on_sale
from obbligato.standing.models import OPEN_STATES as OPEN_INCIDENTS
from obbligato.standing.models import Incident, RulingWord
from obbligato.standing.words import State

MOST_DRAFTS = 10
AUDIT_KEPT_SECONDS = 300
MONTH_DAYS = 30
NEAR = timedelta(days=3)
NONE_OPEN = "No paper of a court or an authority waits to be verified."


@dataclass(frozen=True)
class Card:
    """One figure with what it means; `needs_a_person` where someone should look."""

    title: str
    figure: str
    sentence: str
    address: str
    needs_a_person: bool = False


@dataclass(frozen=True)
class Draft:
    """A release that cannot be bought, and why."""

    title: str
    address: str
    sentence: str


def dashboard(request: HttpRequest, context: dict[str, Any]) -> dict[str, Any]:
    """The first page's figures, each only for those who may see what it is made of."""
    allowed = request.user.has_perm
    cards = []
    if allowed("sales.view_order"):
        cards.append(_sales())
    if allowed("claims.view_claim"):
        cards.append(_claims())
    if allowed("court_orders.view_paper"):
        cards.append(_papers())
    if allowed("standing.view_incident"):
        cards.append(_incidents())
    if allowed("payments.view_attempt"):
        cards.append(_attempts())
    if allowed("payments.view_railblock"):
        cards.append(_rails())
    if allowed("ledger.view_transfer"):
        cards.append(_books())
    cards.append(_disk())
    drafts = _drafts() if allowed("catalog.view_release") else []
    return {**context, "cards": cards, "drafts": drafts}


def _sales() -> Card:
    midnight = datetime.combine(clock.today(), time(), tzinfo=UTC)
    today = Order.objects.filter(paid_at__gte=midnight)
    month = Order.objects.filter(paid_at__gte=midnight - timedelta(days=MONTH_DAYS))
    count = today.count()
    waiting = (
        OrderRefund.objects.filter(state=OrderRefund.State.PROPOSED).count()
        + LocationDoubt.objects.filter(seen_at__isnull=True).count()
    )
    sentence = f"{count} order{'' if count == 1 else 's'}; {_totals(month)} in the last {MONTH_DAYS} days."
    if waiting:
        sentence += f" Refunds of orders and location doubts that wait for a person: {waiting}."
    return Card(
        title="Sales today",
        figure=_totals(today),
        sentence=sentence,
        address=reverse("admin:sales_numbers"),
        needs_a_person=bool(waiting),
    )


def _claims() -> Card:
    """What a person has to decide, of how many a term ends soon, and what waits for a second person."""
    waiting = Claim.objects.filter(state__in=WAITS_FOR_THE_DESK).count()
    near = Claim.objects.filter(deadline__lte=clock.now() + NEAR).exclude(state__in=ENDED).count()
    awards = Award.objects.filter(state=Award.State.PROPOSED).count()
    sentence = "Claims of rights-holders that a person has to decide." if waiting else "No claim waits for a decision."
    if near:
        sentence += f" Claims whose term ends within {NEAR.days} days: {near}."
    if awards:
        sentence += f" Awards of shares that wait for a second person: {awards}."
    address = reverse("admin:claims_claim_changelist")
    return Card("Claims", str(waiting), sentence, address, bool(waiting or near or awards))


def _papers() -> Card:
    """Papers of courts and authorities that nobody has verified or rejected yet."""
    waiting = Paper.objects.filter(verified_at__isnull=True, rejected_at__isnull=True)
    oldest = waiting.aggregate(oldest=Min("served_at"))["oldest"]
    sentence = f"To be verified by a second person; the oldest was served on {oldest:%-d %B}." if oldest else NONE_OPEN
    return Card(
        "Court orders", str(waiting.count()), sentence, reverse("admin:court_orders_paper_changelist"), bool(oldest)
    )


def _incidents() -> Card:
    """Payment companies that stopped or limited something, and what was said of rulings and not checked yet."""
    opened = Incident.objects.filter(state__in=OPEN_INCIDENTS)
    count, detected = opened.count(), opened.filter(state=State.DETECTED).count()
    unchecked = RulingWord.objects.filter(checked_at__isnull=True).count()
    sentence = "Open incidents at payment companies." if count else "No incident at a payment company is open."
    if detected:
        sentence += f" To be confirmed or dismissed: {detected}."
    if unchecked:
        sentence += f" Words about rulings to be checked by a second person: {unchecked}."
    address = reverse("admin:standing_incident_changelist")
    return Card("Incidents", str(count), sentence, address, bool(count or unchecked))


def _attempts() -> Card:
    found = Attempt.objects.filter(state__in=OPEN_STATES).aggregate(count=Count("pk"), oldest=Min("created_at"))
    mismatches = Attempt.objects.filter(state=Attempt.State.MISMATCH).count()
    sentence = f"The oldest is from {found['oldest']:%-d %B, %H:%M}." if found["oldest"] else "Nothing is under way."
    if mismatches:
        sentence += f" {mismatches} came with another amount than asked: a person must decide."
    return Card(
        title="Open payments",
        figure=str(found["count"]),
        sentence=sentence,
        address=reverse("admin:payments_attempt_changelist"),
        needs_a_person=mismatches > 0,
    )


def _rails() -> Card:
    """How many rails carry payments now, and what the loss of any one domain would end."""
    known = rails.rails(draw_per_mille=0)
    usable = [one for one in known if one.is_admitted and not one.block]
    alone = [domain for domain, lost in rails.lost_with([settings.CURRENCY]).items() if lost]
    waiting = (
        Refund.objects.filter(state=Refund.State.PROPOSED).count()
        + Credit.objects.filter(state=Credit.State.PROPOSED).count()
        + VoucherBatch.objects.filter(state=VoucherBatch.State.PROPOSED).count()
        + Alert.objects.filter(seen_at__isnull=True).count()
        + BankEntry.objects.filter(state=BankEntry.State.UNIDENTIFIED).count()
        + OutgoingTransfer.objects.filter(state=OutgoingTransfer.State.TO_SEND).count()
    )
    sentence = f"Without {alone[0]} nothing would carry {settings.CURRENCY}. " if alone else "No single loss ends it. "
    if waiting:
        sentence += f"Refunds, credits, vouchers, alerts and bank transfers that wait for a person: {waiting}."
    return Card(
        title="Rails",
        figure=f"{len(usable)} of {len(known)} usable",
        sentence=sentence,
        address=reverse("admin:payments_rails"),
        needs_a_person=bool(waiting) or len(usable) < len(known),
    )


def _books() -> Card:
    """The audit folds every transfer, so its result is kept for some minutes."""
    is_clean, transfers, sentence = cache.get_or_set("desk:audit", _audited, AUDIT_KEPT_SECONDS) or _audited()
    return Card(
        title="Books",
        figure="In balance" if is_clean else "Out of balance",
        sentence=sentence if not is_clean else f"{transfers:,} transfers add up. {sentence}",
        address=reverse("admin:ledger_account_changelist"),
        needs_a_person=not is_clean,
    )


def _audited() -> tuple[bool, int, str]:
    findings = audit()
    sentence = findings.differences[0] if findings.differences else f"Checked at {clock.now():%H:%M} UTC."
    return findings.is_clean, findings.transfers, sentence


def _disk() -> Card:
    disk = shutil.disk_usage(settings.DATA_FOLDER)
    masters = Master.objects.aggregate(total=Sum("size_bytes"))["total"] or 0
    used_percent = 100 * (disk.total - disk.free) // disk.total
    return Card(
        title="Disk",
        figure=f"{used_percent} % used",
        sentence=f"{disk.free / 1e9:,.1f} GB free; masters take {showing.size(masters)}.",
        address=reverse("admin:catalog_master_changelist"),
        needs_a_person=used_percent >= 95,
    )


def _drafts() -> list[Draft]:
    """The newest releases that nobody can buy, with the first reason; withdrawn ones are no drafts."""
    known = Release.objects.select_related("artist", "edition", "withdrawal").filter(withdrawal__isnull=True)
    found = known.exclude(pk__in=on_sale().order_by().values("pk")).order_by("-pk")[:MOST_DRAFTS]
    return [
        Draft(
            title=f"{release} · {release.artist}",
            address=reverse("admin:catalog_release_change", args=[release.pk]),
            sentence=offer_of(release).sentence or "Nothing of it is on sale today.",
        )
        for release in found
    ]


def _totals(orders: "QuerySet[Order]") -> str:
    sums = orders.order_by().values("currency").annotate(sum_micro=Sum("total_micro")).order_by("currency")
    words = [showing.money(row["sum_micro"], row["currency"]) for row in sums]
    return " + ".join(words) or showing.money(0, settings.CURRENCY)
