"""Vouchers, gift cards and bonus tiers: made, approved, found by their last four characters, and acted on. No rules."""

from datetime import UTC, datetime, time
from functools import partial
from typing import Any, ClassVar

from django import forms
from django.conf import settings
from django.contrib import admin
from django.db.models import BigIntegerField, OuterRef, QuerySet, Subquery, Sum, Value
from django.db.models.functions import Coalesce
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from unfold.decorators import action
from unfold.widgets import UnfoldAdminDateWidget, UnfoldAdminIntegerFieldWidget, UnfoldAdminTextInputWidget

from obbligato.backoffice import showing
from obbligato.backoffice.asking import Sure, WithAmount, WithReason, asked, choice
from obbligato.backoffice.desk import ReadOnlyRows
from obbligato.backoffice.payments_desk import ActingDesk
from obbligato.kernel.money import parse_amount
from obbligato.payments.vouchers import bonuses, ending, freezing, issuing, putting_back
from obbligato.payments.vouchers.issuing import Issued
from obbligato.payments.vouchers.models import BonusTier, Handling, Redemption, Voucher, VoucherBatch
from obbligato.payments.vouchers.sheets import sheet

MADE_BY_HAND = [(one.value, str(one.label)) for one in (VoucherBatch.Kind.SOLD, VoucherBatch.Kind.PROMOTIONAL)]
SHEET_COMES = "Its answer is the sheet to print, the only place where the codes are: keep it as you keep money."


class BatchForm(WithAmount):
    """How many, worth what, and what for."""

    count = forms.IntegerField(min_value=1, max_value=issuing.MOST, widget=UnfoldAdminIntegerFieldWidget)
    currency = forms.CharField(max_length=3, widget=UnfoldAdminTextInputWidget)
    kind = choice(MADE_BY_HAND, "What they are")
    last_day = forms.DateField(
        required=False,
        widget=UnfoldAdminDateWidget,
        help_text="2027-12-31, or none. Sold ones need none: what is left of them after it would be the store's.",
    )

    def __init__(self, *args: Any, **words: Any) -> None:  # noqa: ANN401
        super().__init__(*args, **words)
        self.fields["currency"].initial = settings.CURRENCY
        self.fields["amount"].label = "Each worth"


class TierForm(Sure):
    """On how much, how much."""

    currency = forms.CharField(max_length=3, widget=UnfoldAdminTextInputWidget)
    payment = forms.CharField(max_length=20, label="On a payment of at least", widget=UnfoldAdminTextInputWidget)
    bonus = forms.CharField(max_length=20, widget=UnfoldAdminTextInputWidget)

    def __init__(self, *args: Any, **words: Any) -> None:  # noqa: ANN401
        super().__init__(*args, **words)
        self.fields["currency"].initial = settings.CURRENCY


@admin.register(VoucherBatch)
class VoucherBatchDesk(ActingDesk):
    """Vouchers made together: what for, by whom, and what was used of them."""

    list_display = [
        "number",
        "kind",
        "state",
        "whole",
        "used",
        "left",
        "expires_at",
        "reason",
        "asked_by",
        "created_at",
    ]
    list_filter: ClassVar = ["kind", "state", "currency"]
    search_fields: ClassVar = ["number", "reason", "asked_by", "buyer__username"]
    date_hierarchy = "created_at"
    ordering: ClassVar = ["-created_at", "-pk"]
    fields: ClassVar = [
        "number", "kind", "state", "whole", "used", "left", "expires_at", "reason", "buyer", "asked_by", "approved_by",
        "created_at", "made_at",
    ]  # fmt: skip
    readonly_fields: ClassVar = ["whole", "used", "left"]
    actions_list: ClassVar = ["make"]
    actions_detail: ClassVar = ["approve", "reject", "annul"]

    def get_queryset(self, request: HttpRequest) -> "QuerySet[VoucherBatch]":
        found: QuerySet[VoucherBatch] = super().get_queryset(request)
        return found.annotate(
            left_sum=_sum(Voucher.objects.filter(batch=OuterRef("pk")), "batch", "left_micro"),
            redeemed_sum=_sum(
                Redemption.objects.filter(voucher__batch=OuterRef("pk")), "voucher__batch", "amount_micro"
            ),
            back_sum=_sum(Redemption.objects.filter(voucher__batch=OuterRef("pk")), "voucher__batch", "put_back_micro"),
        )

    @admin.display(description="made")
    def whole(self, batch: VoucherBatch) -> str:
        face, all_of_them = (showing.money(micro, batch.currency) for micro in (batch.face_micro, batch.whole_micro))
        return f"{batch.count} × {face} = {all_of_them}"

    @admin.display(description="used")
    def used(self, batch: VoucherBatch) -> str:
        return showing.money(_annotated(batch, "redeemed_sum") - _annotated(batch, "back_sum"), batch.currency)

    @admin.display(description="left")
    def left(self, batch: VoucherBatch) -> str:
        return showing.money(_annotated(batch, "left_sum"), batch.currency)

    @action(description="Make vouchers …", url_path="make", permissions=["act"])  # type: ignore[untyped-decorator]
    def make(self, request: HttpRequest) -> HttpResponse:
        return asked(
            self,
            request,
            title="Make vouchers",
            sentence=f"{SHEET_COMES} The reason is what they are for, or the number of the receipt.",
            act=partial(_made, request),
            back=reverse("admin:vouchers_voucherbatch_changelist"),
            form=BatchForm,
        )

    @action(description="Approve …", url_path="approve", permissions=["act"])  # type: ignore[untyped-decorator]
    def approve(self, request: HttpRequest, object_id: str) -> HttpResponse:
        batch = VoucherBatch.objects.get(pk=object_id)

        def act(values: dict[str, Any]) -> str | HttpResponse:
            return _answer(request, issuing.approve(batch, key=values["key"], by=request.user.get_username()))

        sentence = f"{batch}, asked for by {batch.asked_by}: {batch.reason}. {SHEET_COMES}"
        return asked(self, request, title="Approve", sentence=sentence, act=act, back=self.page(object_id))

    @action(description="Reject …", url_path="reject", permissions=["act"])  # type: ignore[untyped-decorator]
    def reject(self, request: HttpRequest, object_id: str) -> HttpResponse:
        batch = VoucherBatch.objects.get(pk=object_id)

        def act(_: dict[str, Any]) -> str:
            return f"{issuing.reject(batch, by=request.user.get_username()).get_state_display()}."

        sentence = f"{batch}, asked for by {batch.asked_by}: {batch.reason}."
        return asked(self, request, title="Reject", sentence=sentence, act=act, back=self.page(object_id))

    @action(description="Annul all that is left …", url_path="annul", permissions=["act"])  # type: ignore[untyped-decorator]
    def annul(self, request: HttpRequest, object_id: str) -> HttpResponse:
        batch = VoucherBatch.objects.get(pk=object_id)

        def act(values: dict[str, Any]) -> str:
            by, reason = request.user.get_username(), values["reason"]
            return f"{len(ending.annul_batch(batch, key=values['key'], by=by, reason=reason))} vouchers were annulled."

        sentence = (
            f"{batch}: what is left goes back to where it came from, and their codes are good for nothing any more."
        )
        return asked(
            self, request, title="Annul", sentence=sentence, act=act, back=self.page(object_id), form=WithReason
        )


class HandlingRows(ReadOnlyRows):
    """What was done to it."""

    model = Handling
    verbose_name_plural = "what was done to it"
    fields: ClassVar = ["created_at", "what", "amount", "by", "reason"]
    readonly_fields: ClassVar = ["amount"]
    show_change_link = False

    @admin.display(description="amount")
    def amount(self, handling: Handling) -> str:
        return showing.money(handling.amount_micro or None, handling.voucher.batch.currency)


@admin.register(Voucher)
class VoucherDesk(ActingDesk):
    """Each voucher, known by its last four characters: the code itself is nowhere."""

    list_display = ["last_four", "batch", "value", "left", "state", "expires_at"]
    list_select_related = ("batch",)
    list_filter: ClassVar = ["batch__kind", ("frozen_at", admin.EmptyFieldListFilter)]
    search_fields: ClassVar = ["=last_four", "=batch__number"]
    search_help_text = "The last four characters of the code, or the number of a batch"
    ordering: ClassVar = ["-pk"]
    fields: ClassVar = ["last_four", "batch", "place", "value", "left", "state", "expires_at", "frozen_reason"]
    readonly_fields: ClassVar = ["value", "left", "state"]
    inlines: ClassVar = [HandlingRows]
    actions_detail: ClassVar = ["freeze", "thaw", "annul"]

    @admin.display(description="value", ordering="value_micro")
    def value(self, voucher: Voucher) -> str:
        return showing.money(voucher.value_micro, voucher.batch.currency)

    @admin.display(description="left", ordering="left_micro")
    def left(self, voucher: Voucher) -> str:
        return voucher.left

    @admin.display(description="state")
    def state(self, voucher: Voucher) -> str:
        if voucher.is_over:
            return "over"
        return "frozen" if voucher.frozen_at else "usable" if voucher.left_micro else "used up"

    @action(description="Freeze …", url_path="freeze", permissions=["act"])  # type: ignore[untyped-decorator]
    def freeze(self, request: HttpRequest, object_id: str) -> HttpResponse:
        return self._acted(request, object_id, "Freeze", "Nobody redeems it until it is made usable again.")

    @action(description="Make usable again …", url_path="thaw", permissions=["act"])  # type: ignore[untyped-decorator]
    def thaw(self, request: HttpRequest, object_id: str) -> HttpResponse:
        return self._acted(request, object_id, "Make usable again", "Whoever has its code can redeem what is left.")

    @action(description="Annul …", url_path="annul", permissions=["act"])  # type: ignore[untyped-decorator]
    def annul(self, request: HttpRequest, object_id: str) -> HttpResponse:
        sentence = "What is left goes back to where it came from, and its code is good for nothing any more."
        return self._acted(request, object_id, "Annul", sentence)

    def _acted(self, request: HttpRequest, object_id: str, title: str, sentence: str) -> HttpResponse:
        verbs = {"Freeze": freezing.freeze, "Make usable again": freezing.thaw, "Annul": ending.annul}
        voucher = Voucher.objects.select_related("batch").get(pk=object_id)

        def act(values: dict[str, Any]) -> str:
            done = verbs[title](voucher, key=values["key"], by=request.user.get_username(), reason=values["reason"])
            return f"{done.get_what_display()}."

        return asked(
            self,
            request,
            title=title,
            sentence=f"{voucher}. {sentence}",
            act=act,
            back=self.page(object_id),
            form=WithReason,
        )


@admin.register(Redemption)
class RedemptionDesk(ActingDesk):
    """Who took how much from which voucher, and what was put back."""

    list_display = ["number", "voucher", "person", "taken", "put_back_so_far", "created_at"]
    list_select_related = ("voucher__batch", "person")
    search_fields: ClassVar = ["number", "=voucher__last_four", "person__username", "person__email"]
    date_hierarchy = "created_at"
    ordering: ClassVar = ["-created_at", "-pk"]
    fields: ClassVar = ["number", "voucher", "person", "taken", "put_back_so_far", "created_at"]
    readonly_fields: ClassVar = ["taken", "put_back_so_far"]
    actions_detail: ClassVar = ["put_back"]

    @admin.display(description="amount", ordering="amount_micro")
    def taken(self, redemption: Redemption) -> str:
        return redemption.amount

    @admin.display(description="put back")
    def put_back_so_far(self, redemption: Redemption) -> str:
        return showing.money(redemption.put_back_micro or None, redemption.voucher.batch.currency)

    @action(description="Put back onto the voucher …", url_path="put-back", permissions=["act"])  # type: ignore[untyped-decorator]
    def put_back(self, request: HttpRequest, object_id: str) -> HttpResponse:
        redemption = Redemption.objects.select_related("voucher__batch", "person").get(pk=object_id)

        def act(values: dict[str, Any]) -> str:
            amount_micro = parse_amount(values["amount"], redemption.voucher.batch.currency)
            by, reason = request.user.get_username(), values["reason"]
            done = putting_back.put_back(redemption, amount_micro=amount_micro, key=values["key"], by=by, reason=reason)
            return f"{done.get_what_display()}."

        return asked(
            self,
            request,
            title="Put back onto the voucher",
            sentence=f"{redemption}. It leaves the wallet, and whoever has the code can redeem it again.",
            act=act,
            back=self.page(object_id),
            form=WithAmount,
        )


@admin.register(BonusTier)
class BonusTierDesk(ActingDesk):
    """What is given on top of a payment."""

    list_display = ["tier", "valid_from", "valid_until", "set_by", "ended_by"]
    list_filter: ClassVar = ["currency", ("valid_until", admin.EmptyFieldListFilter)]
    search_fields: ClassVar = ["set_by"]
    ordering: ClassVar = ["-pk"]
    fields: ClassVar = ["tier", "valid_from", "valid_until", "set_by", "ended_by"]
    readonly_fields: ClassVar = ["tier"]
    actions_list: ClassVar = ["set_tier"]
    actions_detail: ClassVar = ["end"]

    @admin.display(description="bonus")
    def tier(self, tier: BonusTier) -> str:
        return str(tier)

    @action(description="Give a bonus …", url_path="set-tier", permissions=["act"])  # type: ignore[untyped-decorator]
    def set_tier(self, request: HttpRequest) -> HttpResponse:
        def act(values: dict[str, Any]) -> str:
            currency = values["currency"]
            from_micro, bonus_micro = (parse_amount(values[name], currency) for name in ("payment", "bonus"))
            by = request.user.get_username()
            made = bonuses.set_tier(currency=currency, from_micro=from_micro, bonus_micro=bonus_micro, by=by)
            return f"{made}, from now on."

        return asked(
            self,
            request,
            title="Give a bonus",
            sentence="Every payment begun from now on brings it; it takes the place of one for the same amount.",
            act=act,
            back=reverse("admin:vouchers_bonustier_changelist"),
            form=TierForm,
        )

    @action(description="End …", url_path="end", permissions=["act"])  # type: ignore[untyped-decorator]
    def end(self, request: HttpRequest, object_id: str) -> HttpResponse:
        tier = BonusTier.objects.get(pk=object_id)

        def act(_: dict[str, Any]) -> str:
            bonuses.end_tier(tier, by=request.user.get_username())
            return f"{tier} is given no more."

        sentence = f"{tier}. Payments that were begun before still bring it."
        return asked(self, request, title="End", sentence=sentence, act=act, back=self.page(object_id))


def _made(request: HttpRequest, values: dict[str, Any]) -> str | HttpResponse:
    last_day = values["last_day"]
    issued = issuing.make(
        kind=VoucherBatch.Kind(values["kind"]),
        face_micro=parse_amount(values["amount"], values["currency"]),
        currency=values["currency"],
        count=values["count"],
        expires_at=datetime.combine(last_day, time(23, 59, 59), tzinfo=UTC) if last_day else None,
        key=values["key"],
        by=request.user.get_username(),
        reason=values["reason"],
    )
    return _answer(request, issued)


def _answer(request: HttpRequest, issued: Issued) -> str | HttpResponse:
    """The sheet, where there are codes to print; else in words how far the batch is."""
    batch = issued.batch
    if not issued.codes:
        return f"{batch}: {batch.get_state_display()}."
    made = sheet(batch, issued.codes, redeem_url=f"{settings.SITE_URL}{reverse('redeem')}")
    headers = {"Content-Disposition": f'attachment; filename="vouchers-{batch.number}.pdf"'}
    return HttpResponse(made, content_type="application/pdf", headers=headers)


def _sum(rows: "QuerySet[Any]", group: str, field: str) -> Coalesce:
    """The sum of a field of the rows of each batch, in one query for all."""
    total = rows.order_by().values(group).annotate(total=Sum(field)).values("total")
    return Coalesce(Subquery(total, output_field=BigIntegerField()), Value(0))


def _annotated(batch: VoucherBatch, name: str) -> int:
    return int(getattr(batch, name))
