"""Orders of courts and authorities: recorded, verified by a second person, amended, lifted, each act asked first."""

from collections.abc import Callable
from typing import Any, ClassVar

from django import forms
from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.safestring import SafeString
from unfold.decorators import action
from unfold.widgets import UnfoldAdminTextareaWidget

from obbligato.backoffice import showing
from obbligato.backoffice.asking import Sure, asked
from obbligato.backoffice.court_orders_forms import (
    AnswerForm,
    ForceForm,
    LiftingForm,
    OrderForm,
    PaperForm,
    document_of,
    moment_of,
    said_in,
)
from obbligato.backoffice.desk import ReadOnlyRows
from obbligato.backoffice.payments_desk import ActingDesk
from obbligato.claims.orders import forcing, saying, serving, verifying, writing
from obbligato.claims.orders.models import CourtOrder, OrderLetter, OrderStep, Paper
from obbligato.claims.orders.verifying import Answer


class WhyForm(Sure):
    """And why, for the file of the order."""

    why = forms.CharField(max_length=1_000, widget=UnfoldAdminTextareaWidget)


class PaperRows(ReadOnlyRows):
    """The papers that were served."""

    model = Paper
    fields: ClassVar = ["kind", "decided_at", "force", "recorded_by", "verified_by", "applied_at"]


class StepRows(ReadOnlyRows):
    """Who did what, when and why."""

    model = OrderStep
    fields: ClassVar = ["at", "kind", "by", "why"]
    show_change_link = False


class LetterRows(ReadOnlyRows):
    """What was written about it."""

    model = OrderLetter
    fields: ClassVar = ["made_at", "kind", "address", "mailed"]
    readonly_fields: ClassVar = ["mailed"]

    @admin.display(description="mail")
    def mailed(self, letter: OrderLetter) -> str:
        return showing.mail(writing.mail_of(letter), letter.sent_at)


@admin.register(CourtOrder)
class CourtOrderDesk(ActingDesk):
    """Each case with what it closes now."""

    list_display = ["number", "issuer", "case_number", "state", "received_at"]
    list_filter: ClassVar = ["state", "issuer_kind"]
    search_fields: ClassVar = ["number", "issuer", "case_number"]
    ordering: ClassVar = ["-received_at", "-pk"]
    fields: ClassVar = [
        "number", "issuer", "issuer_kind", "issuer_email", "case_number", "state", "received_at", "claims",
    ]  # fmt: skip
    readonly_fields: ClassVar = ["claims"]
    inlines: ClassVar = [PaperRows, StepRows, LetterRows]
    actions_list: ClassVar = ["record"]
    actions_detail: ClassVar = ["amend", "lift"]

    @admin.display(description="claims that ended by it")
    def claims(self, order: CourtOrder) -> SafeString | str:
        rows = [
            [showing.link("claims_claim", step.claim_id, step.claim), f"{step.at:%Y-%m-%d}"]
            for step in order.claim_steps.select_related("claim")
        ]
        return showing.table(["Claim", "Ended"], rows) if rows else showing.NOTHING

    @action(description="Record an order …", url_path="record", permissions=["act"])  # type: ignore[untyped-decorator]
    def record(self, request: HttpRequest) -> HttpResponse:
        """A paper that came; nothing changes before a second person has verified it."""

        def act(values: dict[str, Any]) -> str:
            order = serving.serve(
                said_in(values),
                document_of(values),
                issuer=values["issuer"],
                issuer_kind=CourtOrder.Issuer(values["issuer_kind"]),
                case_number=values["case_number"],
                issuer_email=values["issuer_email"],
                by=request.user.get_username(),
            )
            return f"{order.number} is recorded. A second person has to verify it; until then nothing changes."

        sentence = "Write down what the order says. Recording it changes nothing: somebody else has to verify it first."
        back = reverse("admin:court_orders_courtorder_changelist")
        return asked(self, request, title="Record", sentence=sentence, act=act, back=back, form=OrderForm)

    @action(description="Amend …", url_path="amend", permissions=["act"])  # type: ignore[untyped-decorator]
    def amend(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Another paper, whose scope takes the place of this one's."""
        sentence = "Its scope takes the place of the one now in effect, at one moment, once somebody else verified it."
        return self._served_again(request, object_id, Paper.Kind.AMENDMENT, sentence, PaperForm)

    @action(description="Lift …", url_path="lift", permissions=["act"])  # type: ignore[untyped-decorator]
    def lift(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Another paper, which ends it."""
        sentence = "It ends what the order closes, once somebody else verified it. What others close stays closed."
        return self._served_again(request, object_id, Paper.Kind.LIFTING, sentence, LiftingForm)

    def _served_again(
        self, request: HttpRequest, object_id: str, kind: Paper.Kind, sentence: str, form: type[Sure]
    ) -> HttpResponse:
        order = CourtOrder.objects.get(pk=object_id)

        def act(values: dict[str, Any]) -> str:
            by = request.user.get_username()
            serving.serve_again(order, kind, said_in(values), document_of(values), by=by)
            return (
                f"The {kind.label.lower()} is recorded. A second person has to verify it; until then nothing changes."
            )

        return asked(self, request, title="Record", sentence=sentence, act=act, back=self.page(object_id), form=form)


@admin.register(Paper)
class PaperDesk(ActingDesk):
    """One paper: what it would change, and the acts of a second person on it."""

    list_display = ["order", "kind", "decided_at", "force", "recorded_by", "verified_by", "applied_at"]
    list_select_related = ("order",)
    list_filter: ClassVar = ["kind", "force"]
    ordering: ClassVar = ["-recorded_at", "-pk"]
    fields: ClassVar = [
        "order", "kind", "scope", "change", "missing", "legal_basis", "operative_part", "language", "is_signed",
        "service", "served_at", "decided_at", "force", "force_since", "document", "document_sha256", "recorded_by",
        "recorded_at", "verified_by", "verified_at", "rejected_at", "applied_at",
    ]  # fmt: skip
    readonly_fields: ClassVar = ["scope", "change", "missing", "document"]
    actions_detail: ClassVar = ["verify", "ask_issuer", "complete", "reject", "put_in_force", "read"]

    @admin.display(description="scope")
    def scope(self, paper: Paper) -> str:
        return saying.scope_of(paper)

    @admin.display(description="what it changes")
    def change(self, paper: Paper) -> str:
        return showing.NOTHING if paper.applied_at else saying.difference_of(paper)

    @admin.display(description="to be asked first")
    def missing(self, paper: Paper) -> str:
        return " ".join(verifying.missing_of(paper)) or "Nothing is missing."

    @admin.display(description="document")
    def document(self, paper: Paper) -> SafeString | str:
        return paper.document_name

    @action(description="Verify …", url_path="verify", permissions=["act"])  # type: ignore[untyped-decorator]
    def verify(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """A second person's word that it is authentic."""
        paper = Paper.objects.select_related("order").get(pk=object_id)
        at_once = "It waits until it is in force. " if paper.force == Paper.Force.NONE else "It takes effect at once. "
        sentence = f"{at_once}{saying.difference_of(paper)} Say how you know that it is authentic."

        def act(values: dict[str, Any]) -> str:
            verifying.verify(paper, by=request.user.get_username(), why=values["why"])
            return self._state(paper)

        return self._asked(request, object_id, "Verify", sentence, act)

    @action(description="Ask its issuer …", url_path="ask-issuer", permissions=["act"])  # type: ignore[untyped-decorator]
    def ask_issuer(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """A letter with what is missing."""
        paper = Paper.objects.select_related("order").get(pk=object_id)
        missing = " ".join(verifying.missing_of(paper)) or "Nothing that every order needs is missing."

        def act(values: dict[str, Any]) -> str:
            verifying.ask_issuer(paper, question=values["why"], by=request.user.get_username())
            return "The letter is written; it goes by mail where there is an address, else print it from here."

        return self._asked(request, object_id, "Ask its issuer", f"{missing} What do you ask?", act)

    @action(description="Note its answer …", url_path="complete", permissions=["act"])  # type: ignore[untyped-decorator]
    def complete(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """What the issuer said was missing."""
        paper = Paper.objects.select_related("order").get(pk=object_id)

        def act(values: dict[str, Any]) -> str:
            answer = Answer(values["legal_basis"], values["language"], values["is_signed"])
            verifying.complete(paper, answer, by=request.user.get_username(), why=values["why"])
            return "It is noted; somebody else has to verify the paper."

        sentence = "Note what its issuer answered. Who notes it cannot verify the paper."
        return self._asked(request, object_id, "Note", sentence, act, form=AnswerForm)

    @action(description="Reject …", url_path="reject", permissions=["act"])  # type: ignore[untyped-decorator]
    def reject(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """It is not what it says it is."""
        paper = Paper.objects.select_related("order").get(pk=object_id)

        def act(values: dict[str, Any]) -> str:
            verifying.reject(paper, by=request.user.get_username(), why=values["why"])
            return "It is rejected; nothing changes by it."

        return self._asked(request, object_id, "Reject", "Why is this no order that this store has to obey?", act)

    @action(description="It is in force …", url_path="force", permissions=["act"])  # type: ignore[untyped-decorator]
    def put_in_force(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """A verified paper that waited takes effect."""
        paper = Paper.objects.select_related("order").get(pk=object_id)

        def act(values: dict[str, Any]) -> str:
            by, since = request.user.get_username(), moment_of(values["since"])
            forcing.note_force(paper, Paper.Force(values["force"]), since=since, by=by, why=values["why"])
            return self._state(paper)

        sentence = f"It takes effect at once. {saying.difference_of(paper)}"
        return self._asked(request, object_id, "Put in force", sentence, act, form=ForceForm)

    @action(description="The document", url_path="document", permissions=["act"])  # type: ignore[untyped-decorator]
    def read(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """As it was served; a browser never opens it as a page of this store. Raises kept_files.LostFile."""
        paper = Paper.objects.get(pk=object_id)
        return showing.saved(paper.content, paper.document_name)

    def _state(self, paper: Paper) -> str:
        return f"{CourtOrder.objects.get(pk=paper.order_id).get_state_display()}."

    def _asked(
        self,
        request: HttpRequest,
        object_id: str,
        title: str,
        sentence: str,
        act: Callable[[dict[str, Any]], str],
        form: type[Sure] = WhyForm,
    ) -> HttpResponse:
        return asked(self, request, title=title, sentence=sentence, act=act, back=self.page(object_id), form=form)


@admin.register(OrderLetter)
class OrderLetterDesk(ActingDesk):
    """Letters about orders, to be read and printed."""

    list_display = ["made_at", "kind", "order", "address", "sent_at"]
    list_select_related = ("order",)
    list_filter: ClassVar = ["kind"]
    ordering: ClassVar = ["-made_at", "-pk"]
    fields: ClassVar = ["order", "kind", "address", "subject", "text", "made_at", "mailed"]
    readonly_fields: ClassVar = ["mailed"]

    @admin.display(description="mail")
    def mailed(self, letter: OrderLetter) -> str:
        return showing.mail(writing.mail_of(letter), letter.sent_at)
