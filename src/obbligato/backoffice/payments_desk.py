"""Payments, refunds, disputes, credits and alerts: read, and acted on with a who and a why."""

from collections.abc import Callable
from functools import partial
from typing import Any, ClassVar

from django import forms
from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.safestring import SafeString
from unfold.decorators import action
from unfold.widgets import UnfoldAdminTextInputWidget

from obbligato.backoffice import showing
from obbligato.backoffice.asking import WithAmount, asked, choice
from obbligato.backoffice.desk import ReadOnlyDesk
from obbligato.kernel import clock
from obbligato.kernel.money import parse_amount
from obbligato.kernel.refusals import Missing
from obbligato.payments import attempts, crediting, disputes, refunds
from obbligato.payments.models import Alert, Attempt, Credit, Dispute, Refund
from obbligato.people.models import Person
from obbligato.sales.documents import disputing


class ActingDesk(ReadOnlyDesk):
    """Rows that are only read, beside which acts stand that ask before they are done."""

    def page(self, pk: object) -> str:
        """The address of one row's page."""
        return reverse(f"admin:{self.model._meta.app_label}_{self.model._meta.model_name}_change", args=[pk])

    def has_act_permission(self, request: HttpRequest, object_id: str | None = None) -> bool:
        """Who may act on these rows: whoever may change them, though no form does."""
        return request.user.has_perm(f"{self.model._meta.app_label}.change_{self.model._meta.model_name}")


class TwoPersonDesk(ActingDesk):
    """Proposals that a second person approves or rejects; the children say by which verbs."""

    approval: Callable[..., Any]
    rejection: Callable[..., Any]
    actions_detail: ClassVar = ["approve", "reject"]

    @action(description="Approve …", url_path="approve", permissions=["act"])  # type: ignore[untyped-decorator]
    def approve(self, request: HttpRequest, object_id: str) -> HttpResponse:
        return self._decided(request, object_id, "Approve", self.approval)

    @action(description="Reject …", url_path="reject", permissions=["act"])  # type: ignore[untyped-decorator]
    def reject(self, request: HttpRequest, object_id: str) -> HttpResponse:
        return self._decided(request, object_id, "Reject", self.rejection)

    def _decided(self, request: HttpRequest, object_id: str, title: str, verb: Callable[..., Any]) -> HttpResponse:
        proposal = self.model._default_manager.get(pk=object_id)

        def act(_: dict[str, Any]) -> str:
            return f"{verb(proposal, by=request.user.get_username()).get_state_display()}."

        sentence = f"Asked for by {proposal.asked_by}: {proposal}. Why: {proposal.reason or 'no reason was given.'}"
        return asked(self, request, title=title, sentence=sentence, act=act, back=self.page(object_id))


@admin.register(Attempt)
class AttemptDesk(ActingDesk):
    """Every try to bring money in, and what the provider said of it."""

    list_display = ["number", "person", "provider", "asked_for", "state", "reason", "created_at", "settled_at"]
    list_select_related = ("person",)
    list_filter: ClassVar = ["state", "provider", "currency", "decline"]
    search_fields: ClassVar = ["number", "intent__number", "provider_reference", "person__username", "person__email"]
    date_hierarchy = "created_at"
    ordering: ClassVar = ["-created_at", "-pk"]
    fields: ClassVar = [
        "number", "person", "provider", "asked_for", "captured", "state", "reason", "decline", "provider_reference",
        "created_at", "dispatched_at", "superseded_at", "asked_at", "ask_next_at", "settled_at", "why_this_rail",
    ]  # fmt: skip
    readonly_fields: ClassVar = ["asked_for", "captured", "why_this_rail"]
    actions_detail: ClassVar = ["send_back", "accept_amount"]

    @admin.display(description="amount", ordering="amount_micro")
    def asked_for(self, attempt: Attempt) -> str:
        return attempt.amount

    @admin.display(description="came in")
    def captured(self, attempt: Attempt) -> str:
        if attempt.state == Attempt.State.MISMATCH:
            return f"{showing.money(attempt.reported_micro, attempt.reported_currency)}, set aside"
        return showing.money(attempt.captured_micro or None, attempt.currency)

    @admin.display(description="why this rail")
    def why_this_rail(self, attempt: Attempt) -> SafeString:
        """Each choice that was made for this payment: who could carry it, best first, and why others could not."""
        rows = [
            [one.created_at.strftime("%Y-%m-%d %H:%M:%S"), name, reason]
            for one in attempt.intent.decisions.order_by("pk")
            for name, reason in [
                *((name, f"Could carry it (score {one.answer['scores'][name]:,})") for name in one.answer["order"]),
                *one.answer["refused"].items(),
            ]
        ]
        return showing.table(["When (UTC)", "Rail", "Because"], rows)

    @action(description="Send back …", url_path="send-back", permissions=["act"])  # type: ignore[untyped-decorator]
    def send_back(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """A refund to where the money came from."""
        attempt = Attempt.objects.get(pk=object_id)
        left = showing.money(refunds.refundable_micro(attempt), attempt.currency)

        def act(values: dict[str, Any]) -> str:
            made = refunds.ask(
                attempt,
                amount_micro=parse_amount(values["amount"], attempt.currency),
                key=values["key"],
                by=request.user.get_username(),
                reason=values["reason"],
            )
            return f"{made.amount}: {made.get_state_display()}."

        return asked(
            self,
            request,
            title="Send back",
            sentence=f"Of this payment {left} can be sent back to where it came from; it leaves the wallet at once.",
            act=act,
            back=self.page(object_id),
            form=WithAmount,
        )

    @action(description="Accept this amount …", url_path="accept-amount", permissions=["act"])  # type: ignore[untyped-decorator]
    def accept_amount(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """A person decides that money reported otherwise than asked for is the buyer's."""
        attempt = Attempt.objects.get(pk=object_id)
        came = showing.money(attempt.reported_micro, attempt.reported_currency)

        def act(_: dict[str, Any]) -> str:
            accepted = attempts.accept_mismatch(attempt, by=request.user.get_username())
            is_waiting = accepted.state == Attempt.State.MISMATCH and accepted.proposed_by
            return "It waits for a second person." if is_waiting else f"{accepted.get_state_display()}."

        return asked(
            self,
            request,
            title="Accept this amount",
            sentence=f"{attempt.amount} was asked for and {came} is said to have come. It fills the wallet.",
            act=act,
            back=self.page(object_id),
        )


@admin.register(Refund)
class RefundDesk(TwoPersonDesk):
    """Money on its way back. What takes two people waits here for the second one."""

    list_display = ["number", "attempt", "amount", "state", "asked_by", "approved_by", "reason", "said", "created_at"]
    list_select_related = ("attempt__person",)
    list_filter: ClassVar = ["state", "attempt__provider"]
    search_fields: ClassVar = ["number", "attempt__number", "asked_by", "provider_reference"]
    date_hierarchy = "created_at"
    ordering: ClassVar = ["-created_at", "-pk"]

    approval, rejection = staticmethod(refunds.approve), staticmethod(refunds.reject)


@admin.register(Dispute)
class DisputeDesk(ActingDesk):
    """Payers who took their money back through their banks."""

    list_display = ["reference", "attempt", "amount", "state", "reason", "respond_by", "opened_at"]
    list_select_related = ("attempt__person",)
    list_filter: ClassVar = ["state"]
    search_fields: ClassVar = ["reference", "attempt__number"]
    date_hierarchy = "opened_at"
    ordering: ClassVar = ["-opened_at", "-pk"]
    actions_detail: ClassVar = ["evidence", "give_up"]

    @admin.display(description="amount", ordering="amount_micro")
    def amount(self, dispute: Dispute) -> str:
        return showing.money(dispute.amount_micro, dispute.attempt.currency)

    @action(description="What the store knows of it", url_path="evidence", permissions=["act"])  # type: ignore[untyped-decorator]
    def evidence(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """A text for whoever answers the payer's bank."""
        dispute = Dispute.objects.select_related("attempt__person").get(pk=object_id)
        headers = {"Content-Disposition": f'attachment; filename="dispute-{dispute.pk}.txt"'}
        return HttpResponse(disputing.evidence(dispute), content_type="text/plain; charset=utf-8", headers=headers)

    @action(description="Give it up …", url_path="give-up", permissions=["act"])  # type: ignore[untyped-decorator]
    def give_up(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Some companies never say that one is lost."""
        dispute = Dispute.objects.select_related("attempt").get(pk=object_id)

        def act(_: dict[str, Any]) -> str:
            return f"{disputes.give_up(dispute, by=request.user.get_username()).get_state_display()}."

        sentence = f"{dispute}: the money is not coming back. Should it come nevertheless, it is booked as won."
        return asked(self, request, title="Give it up", sentence=sentence, act=act, back=self.page(object_id))


class CreditForm(WithAmount):
    """Whose wallet, and where the money comes from."""

    person = forms.CharField(max_length=150, label="Username or e-mail", widget=UnfoldAdminTextInputWidget)
    currency = forms.CharField(max_length=3, initial="EUR", widget=UnfoldAdminTextInputWidget)
    kind = choice(list(Credit.Kind.choices), "Where it comes from")


class NoSuchPerson(Missing):
    """Nobody has that name or address."""


@admin.register(Credit)
class CreditDesk(TwoPersonDesk):
    """Cash taken at a table, and goodwill. What takes two people waits here for the second one."""

    list_display = ["number", "person", "kind", "amount", "state", "asked_by", "approved_by", "reason", "created_at"]
    list_select_related = ("person",)
    list_filter: ClassVar = ["state", "kind"]
    search_fields: ClassVar = ["number", "person__username", "person__email", "asked_by", "reason"]
    date_hierarchy = "created_at"
    ordering: ClassVar = ["-created_at", "-pk"]
    actions_list: ClassVar = ["give"]

    @action(description="Credit a wallet …", url_path="give", permissions=["act"])  # type: ignore[untyped-decorator]
    def give(self, request: HttpRequest) -> HttpResponse:
        back = reverse("admin:payments_credit_changelist")
        return asked(
            self,
            request,
            title="Credit a wallet",
            sentence="The reason is the number of the receipt, or why it is given.",
            act=partial(_given, request.user.get_username()),
            back=back,
            form=CreditForm,
        )

    approval, rejection = staticmethod(crediting.approve), staticmethod(crediting.reject)


@admin.register(Alert)
class AlertDesk(ActingDesk):
    """What no program should decide."""

    list_display = ["sentence", "kind", "subject", "created_at", "seen_at", "seen_by"]
    list_filter: ClassVar = ["kind", ("seen_at", admin.EmptyFieldListFilter)]
    search_fields: ClassVar = ["subject", "sentence"]
    date_hierarchy = "created_at"
    ordering: ClassVar = ["-created_at", "-pk"]
    actions_detail: ClassVar = ["seen"]

    @action(description="I have seen to it …", url_path="seen", permissions=["act"])  # type: ignore[untyped-decorator]
    def seen(self, request: HttpRequest, object_id: str) -> HttpResponse:
        found = Alert.objects.filter(pk=object_id)

        def act(_: dict[str, Any]) -> str:
            found.filter(seen_at__isnull=True).update(seen_at=clock.now(), seen_by=request.user.get_username())
            return "Noted."

        sentence = found.get().sentence
        return asked(self, request, title="I have seen to it", sentence=sentence, act=act, back=self.page(object_id))


def person_named(name: str) -> Person:
    """Who has this username or address. Raises NoSuchPerson."""
    name = name.strip()
    person = Person.objects.filter(username=name).first() or Person.objects.filter(email__iexact=name).first()
    if person is None:
        raise NoSuchPerson(f"Nobody here is called {name}.")
    return person


def _given(by: str, values: dict[str, Any]) -> str:
    credit = crediting.give(
        person_named(values["person"]),
        amount_micro=parse_amount(values["amount"], values["currency"]),
        currency=values["currency"],
        kind=Credit.Kind(values["kind"]),
        key=values["key"],
        by=by,
        reason=values["reason"],
    )
    return f"{credit}: {credit.get_state_display()}."
