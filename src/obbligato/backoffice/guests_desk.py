"""Who bought without an account, found by the address she gave. It only shows; a link is sent to her alone."""

from typing import ClassVar

from django.contrib import admin
from django.utils.safestring import SafeString

from obbligato.backoffice import showing
from obbligato.backoffice.desk import ReadOnlyDesk
from obbligato.sales.guests.models import Guest


@admin.register(Guest)
class GuestDesk(ReadOnlyDesk):
    """Guests: their address, and whether they showed that it is theirs."""

    list_display = ["address", "person", "proven_at", "claimed_at", "created_at"]
    list_select_related = ("person",)
    search_fields: ClassVar = ["address", "person__username"]
    date_hierarchy = "created_at"
    ordering: ClassVar = ["-pk"]
    fields: ClassVar = ["address", "person", "proven_at", "corrected_at", "claimed_at", "created_at", "orders"]
    readonly_fields: ClassVar = ["orders"]

    @admin.display(description="orders")
    def orders(self, guest: Guest) -> SafeString:
        found = guest.person.orders.order_by("-pk")[:50]
        rows = [[showing.link("sales_order", one.pk, one), one.paid_at or "no"] for one in found]
        return showing.table(["Order", "Paid"], rows)
