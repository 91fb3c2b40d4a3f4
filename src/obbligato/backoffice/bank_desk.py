"""The store's bank account: statements imported, whose each entry is, and transfers that an operator has to send."""

from collections.abc import Callable
from functools import partial
from typing import Any, ClassVar

from django import forms
from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from unfold.decorators import action
from unfold.widgets import UnfoldAdminFileFieldWidget, UnfoldAdminTextInputWidget

from obbligato.backoffice import showing
from obbligato.backoffice.asking import Sure, asked, choice
from obbligato.backoffice.desk import ReadOnlyRows
from obbligato.backoffice.payments_desk import ActingDesk, person_named
from obbligato.payments import registry
from obbligato.payments.bank import assigning, outgoing, own_account
from obbligato.payments.bank.importing import import_file
from obbligato.payments.bank.models import RAIL, BankEntry, BankStatement, OutgoingTransfer, OwnAccount, StatementFile
from obbligato.payments.bank.reading_csv import headings_of

TO_SEND = OutgoingTransfer.State.TO_SEND


class ImportForm(Sure):
    """A file as the bank gave it."""

    file = forms.FileField(
        label="Statement",
        widget=UnfoldAdminFileFieldWidget,
        help_text="camt.053, MT940 or CSV, also in a zip. For very large ones: obbligato bank import FILE.",
    )
    headings = forms.CharField(
        required=False,
        max_length=400,
        label="Headings of a CSV, where they are others",
        widget=UnfoldAdminTextInputWidget,
        help_text="booked_on=Buchungstag,amount=Betrag,currency=Waehrung",
    )


class StatementRows(ReadOnlyRows):
    """What was in the file."""

    model = BankStatement
    fields: ClassVar = ["account_iban", "format", "number", "first_on", "last_on", "opens", "closes"]
    readonly_fields: ClassVar = ["opens", "closes"]
    show_change_link = False

    @admin.display(description="opens with")
    def opens(self, statement: BankStatement) -> str:
        return showing.money(statement.opening_micro, statement.currency)

    @admin.display(description="closes with")
    def closes(self, statement: BankStatement) -> str:
        return showing.money(statement.closing_micro, statement.currency)


@admin.register(StatementFile)
class StatementFileDesk(ActingDesk):
    """Files as the bank gave them, each once."""

    list_display = ["name", "imported_at", "by"]
    search_fields: ClassVar = ["name", "sha256"]
    date_hierarchy = "imported_at"
    ordering: ClassVar = ["-imported_at", "-pk"]
    inlines: ClassVar = [StatementRows]
    actions_list: ClassVar = ["take_in"]

    @action(description="Import a statement …", url_path="import", permissions=["act"])  # type: ignore[untyped-decorator]
    def take_in(self, request: HttpRequest) -> HttpResponse:
        def act(values: dict[str, Any]) -> str:
            imported = import_file(
                values["file"],
                name=values["file"].name,
                by=request.user.get_username(),
                headings=headings_of(values["headings"]),
            )
            return imported.sentence

        return asked(
            self,
            request,
            title="Import a statement",
            sentence="Each entry counts once, however often its file comes. A file is taken in whole or not at all.",
            act=act,
            back=reverse("admin:bank_statementfile_changelist"),
            form=ImportForm,
        )


class ForAttempt(Sure):
    """Which payment."""

    number = forms.CharField(max_length=32, label="The payment's number", widget=UnfoldAdminTextInputWidget)


class ForPerson(Sure):
    """Whom."""

    person = forms.CharField(max_length=150, label="Username or e-mail", widget=UnfoldAdminTextInputWidget)


class WithIban(Sure):
    """As the bank's papers have it."""

    iban = forms.CharField(max_length=42, label="IBAN", widget=UnfoldAdminTextInputWidget)


@admin.register(BankEntry)
class BankEntryDesk(ActingDesk):
    """Every booked entry and whose it is. What nobody could name is decided here."""

    list_display = ["booked_on", "amount", "payer_name", "text", "state", "attempt", "reason", "proposed_by"]
    list_select_related = ("attempt",)
    list_filter: ClassVar = ["state", "currency"]
    search_fields: ClassVar = ["payer_name", "payer_iban", "text", "structured_reference", "bank_reference"]
    date_hierarchy = "booked_on"
    ordering: ClassVar = ["-booked_on", "-pk"]
    fields: ClassVar = [
        "booked_on", "value_on", "amount", "payer_name", "payer_iban", "text", "structured_reference", "end_to_end_id",
        "bank_reference", "takes_back", "state", "reason", "attempt", "outgoing", "undoes", "proposal", "proposed_by",
        "decided_by", "statement", "identity",
    ]  # fmt: skip
    readonly_fields: ClassVar = ["amount"]
    actions_detail: ClassVar = ["assign_to_payment", "assign_to_person", "payout", "send_back"]

    @action(description="It is of a payment …", url_path="payment", permissions=["act"])  # type: ignore[untyped-decorator]
    def assign_to_payment(self, request: HttpRequest, object_id: str) -> HttpResponse:
        def verb(entry: BankEntry, values: dict[str, Any], by: str) -> BankEntry:
            return assigning.to_attempt(entry, values["number"], by=by)

        return self._decided(request, object_id, "It is of a payment", verb, ForAttempt)

    @action(description="It is of a person …", url_path="person", permissions=["act"])  # type: ignore[untyped-decorator]
    def assign_to_person(self, request: HttpRequest, object_id: str) -> HttpResponse:
        def verb(entry: BankEntry, values: dict[str, Any], by: str) -> BankEntry:
            return assigning.to_person(entry, person_named(values["person"]), by=by)

        return self._decided(request, object_id, "It is of a person", verb, ForPerson)

    @action(description="A company paid it out …", url_path="payout", permissions=["act"])  # type: ignore[untyped-decorator]
    def payout(self, request: HttpRequest, object_id: str) -> HttpResponse:
        others = [(one.name, one.label) for one in registry.providers() if one.name != RAIL]

        class ForRail(Sure):
            rail = choice(others, "Rail")

        def verb(entry: BankEntry, values: dict[str, Any], by: str) -> BankEntry:
            return assigning.to_rail(entry, values["rail"], by=by)

        return self._decided(request, object_id, "A company paid it out", verb, ForRail)

    @action(description="Send it back …", url_path="back", permissions=["act"])  # type: ignore[untyped-decorator]
    def send_back(self, request: HttpRequest, object_id: str) -> HttpResponse:
        def verb(entry: BankEntry, values: dict[str, Any], by: str) -> BankEntry:
            return assigning.send_back(entry, by=by)

        return self._decided(request, object_id, "Send it back", verb, Sure)

    def _decided(
        self,
        request: HttpRequest,
        object_id: str,
        title: str,
        verb: Callable[[BankEntry, dict[str, Any], str], BankEntry],
        form: type[Sure],
    ) -> HttpResponse:
        entry = BankEntry.objects.get(pk=object_id)

        def act(values: dict[str, Any]) -> str:
            decided = verb(entry, values, request.user.get_username())
            if decided.state == BankEntry.State.UNIDENTIFIED:
                return "It takes two: somebody else has to say the same."
            return f"{decided.get_state_display()}."

        sentence = f"{entry}. {entry.reason} “{entry.text[:200]}”"
        return asked(self, request, title=title, sentence=sentence, act=act, back=self.page(object_id), form=form)


@admin.register(OutgoingTransfer)
class OutgoingTransferDesk(ActingDesk):
    """What an operator sends at her bank. It is done when a statement shows its booking, and not before."""

    list_display = ["created_at", "amount", "name", "iban", "end_to_end_id", "state", "settled_at"]
    list_filter: ClassVar = ["state", "currency"]
    search_fields: ClassVar = ["name", "iban", "end_to_end_id", "attempt__number"]
    date_hierarchy = "created_at"
    ordering: ClassVar = ["-created_at", "-pk"]
    fields: ClassVar = [
        "amount", "name", "iban", "end_to_end_id", "state", "attempt", "entry", "by", "reason", "created_at",
        "settled_at",
    ]  # fmt: skip
    readonly_fields: ClassVar = ["amount"]
    actions_list: ClassVar = ["download"]
    actions_detail: ClassVar = ["cancel"]

    @action(description="Download what is to be sent", url_path="download", permissions=["view"])  # type: ignore[untyped-decorator]
    def download(self, request: HttpRequest) -> HttpResponse:
        rows = list(OutgoingTransfer.objects.filter(state=TO_SEND).order_by("pk"))
        headers = {"Content-Disposition": 'attachment; filename="transfers.csv"'}
        return HttpResponse(outgoing.as_csv(rows), content_type="text/csv; charset=utf-8", headers=headers)

    @action(description="It is not going to be sent …", url_path="cancel", permissions=["act"])  # type: ignore[untyped-decorator]
    def cancel(self, request: HttpRequest, object_id: str) -> HttpResponse:
        made = OutgoingTransfer.objects.get(pk=object_id)
        return asked(
            self,
            request,
            title="It is not going to be sent",
            sentence=f"{made}. Only where it was not sent at the bank: the money is again where it was before.",
            act=partial(_cancelled, made, request.user.get_username()),
            back=self.page(object_id),
        )


@admin.register(OwnAccount)
class OwnAccountDesk(ActingDesk):
    """Which account the store had, since when, and who confirmed it."""

    list_display = ["__str__", "since", "confirmed_at", "confirmed_by"]
    search_fields: ClassVar = ["iban"]
    ordering: ClassVar = ["-pk"]
    actions_detail: ClassVar = ["confirm"]

    @action(description="It is the store's …", url_path="confirm", permissions=["act"])  # type: ignore[untyped-decorator]
    def confirm(self, request: HttpRequest, object_id: str) -> HttpResponse:
        account = OwnAccount.objects.get(pk=object_id)

        def act(values: dict[str, Any]) -> str:
            confirmed = own_account.confirm(account, iban=values["iban"], by=request.user.get_username())
            return f"Confirmed by {confirmed.confirmed_by or 'nobody, as it was the first'}."

        return asked(
            self,
            request,
            title="It is the store's account",
            sentence="Type it in from the bank's own papers, not from this page. Buyers are told of it from then on.",
            act=act,
            back=self.page(object_id),
            form=WithIban,
        )


def _cancelled(made: OutgoingTransfer, by: str, _: dict[str, Any]) -> str:
    return f"{assigning.keep(made, by=by).get_state_display()}."
