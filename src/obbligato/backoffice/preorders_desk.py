"""What is announced, and how much is held for it. It is read here; a release's own page announces and moves it."""

from typing import ClassVar

from django.contrib import admin
from django.db.models import Count, Q, QuerySet, Sum
from django.http import HttpRequest
from django.utils.safestring import SafeString

from obbligato.backoffice import showing
from obbligato.backoffice.desk import ReadOnlyDesk
from obbligato.sales.models import Order
from obbligato.sales.preorders.models import Announcement

SHOWN_AT_MOST = 200
HELD = Q(
    preorders__order__held_at__isnull=False,
    preorders__order__paid_at__isnull=True,
    preorders__order__cancelled_at__isnull=True,
)


@admin.register(Announcement)
class AnnouncementDesk(ReadOnlyDesk):
    """Releases with their day, and the orders that wait for it."""

    list_display = ["release", "at", "takes_orders", "held_orders", "by"]
    list_select_related = ("release__edition",)
    list_filter: ClassVar = ["takes_orders"]
    search_fields: ClassVar = ["release__slug", "release__edition__title"]
    date_hierarchy = "at"
    ordering: ClassVar = ["-at"]
    fields: ClassVar = ["release", "at", "takes_orders", "tracks", "by", "made_at", "out_at", "held", "orders"]
    readonly_fields: ClassVar = ["tracks", "held", "orders"]

    def get_queryset(self, request: HttpRequest) -> "QuerySet[Announcement]":
        shown: QuerySet[Announcement] = super().get_queryset(request)
        return shown.annotate(found=Count("preorders", filter=HELD))

    @admin.display(description="pre-orders held")
    def held_orders(self, announcement: Announcement) -> int:
        return int(getattr(announcement, "found", 0))

    @admin.display(description="given at once")
    def tracks(self, announcement: Announcement) -> str:
        return ", ".join(announcement.given.values_list("title", flat=True)) or "nothing"

    @admin.display(description="held")
    def held(self, announcement: Announcement) -> str:
        """What is held for it, which is its buyers' money."""
        found = _orders(announcement).order_by().values_list("currency").annotate(Sum("total_micro"))
        return ", ".join(showing.money(micro, currency) for currency, micro in found) or "nothing"

    @admin.display(description="pre-orders")
    def orders(self, announcement: Announcement) -> SafeString:
        found = _orders(announcement).order_by("-pk")[:SHOWN_AT_MOST]
        rows = [[showing.link("sales_order", one.pk, one.number), one.total, one.held_at] for one in found]
        return showing.table(["Order", "Held", "Since"], rows)


def _orders(announcement: Announcement) -> "QuerySet[Order]":
    held = {"held_at__isnull": False, "paid_at__isnull": True, "cancelled_at__isnull": True}
    return Order.objects.filter(preorder__announcement=announcement, **held)
