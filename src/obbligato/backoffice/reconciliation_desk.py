"""Where the store's books and a company's word differ: read, and explained with a who and a why."""

from typing import Any, ClassVar

from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from unfold.decorators import action

from obbligato.backoffice import showing
from obbligato.backoffice.asking import WithReason, asked, choice
from obbligato.backoffice.payments_desk import ActingDesk
from obbligato.payments import reconciling
from obbligato.payments.reconciliation.models import Difference
from obbligato.payments.reconciling import Booking


class BookForm(WithReason):
    """As what it is booked, and why."""

    booking = choice([(Booking.FEES, "Fees of the company"), (Booking.PAYOUT, "Paid out to the bank")], "It is")


@admin.register(Difference)
class DifferenceDesk(ActingDesk):
    """Differences by age, the open ones first."""

    list_display = ["provider", "amount", "theirs", "ours", "state", "age", "first_seen_at", "last_seen_at", "reason"]
    list_filter: ClassVar = ["state", "provider", "currency"]
    search_fields: ClassVar = ["provider", "reason", "closed_by"]
    date_hierarchy = "first_seen_at"
    ordering: ClassVar = ["closed_at", "first_seen_at", "pk"]
    fields = (
        "provider", "amount", "theirs", "ours", "state", "age", "first_seen_at", "last_seen_at", "closed_at",
        "closed_by", "reason",
    )  # fmt: skip
    readonly_fields: ClassVar = ["amount", "theirs", "ours", "age"]
    actions_detail: ClassVar = ["book", "explain"]

    @admin.display(description="they hold more by")
    def amount(self, difference: Difference) -> str:
        return showing.money(difference.amount_micro, difference.currency)

    @admin.display(description="by their word", ordering="theirs_micro")
    def theirs(self, difference: Difference) -> str:
        return showing.money(difference.theirs_micro, difference.currency)

    @admin.display(description="by our books", ordering="ours_micro")
    def ours(self, difference: Difference) -> str:
        return showing.money(difference.ours_micro, difference.currency)

    @admin.display(description="age, in days")
    def age(self, difference: Difference) -> int:
        return difference.age_days

    @action(description="Book it …", url_path="book", permissions=["act"])  # type: ignore[untyped-decorator]
    def book(self, request: HttpRequest, object_id: str) -> HttpResponse:
        found = Difference.objects.get(pk=object_id)

        def act(values: dict[str, Any]) -> str:
            booking = Booking(values["booking"])
            reconciling.book(found, booking, by=request.user.get_username(), reason=values["reason"])
            return "Booked; the books now say what the company says."

        return asked(
            self,
            request,
            title="Book it",
            sentence=f"{found.provider} holds {self.theirs(found)} by its word and {self.ours(found)} by our books: "
            f"{self.amount(found)} is booked. A payout whose bank statement is imported is booked there, not here.",
            act=act,
            back=self.page(object_id),
            form=BookForm,
        )

    @action(description="Explain …", url_path="explain", permissions=["act"])  # type: ignore[untyped-decorator]
    def explain(self, request: HttpRequest, object_id: str) -> HttpResponse:
        found = Difference.objects.get(pk=object_id)

        def act(values: dict[str, Any]) -> str:
            reconciling.explain(found, by=request.user.get_username(), reason=values["reason"])
            return "Explained; the same difference is not shown again."

        return asked(
            self,
            request,
            title="Explain",
            sentence=f"{found.provider} holds {self.theirs(found)} by its word and {self.ours(found)} by our books. "
            "The reason is what makes up the difference, as fees or a payout. Nothing is booked by this.",
            act=act,
            back=self.page(object_id),
            form=WithReason,
        )
