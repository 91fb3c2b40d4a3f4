"""The desk of claims: the queue, one page for each with all that a decision needs, and what may be done now."""

from collections.abc import Callable
from typing import Any, ClassVar

from django.conf import settings
from django.contrib import admin
from django.db.models import F, QuerySet
from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from unfold.decorators import action

from obbligato.backoffice import awards_desk, claims_acts, showing, suspensions_desk
from obbligato.backoffice.desk import Desk, ModelForm, ReadOnlyDesk
from obbligato.backoffice.payments_desk import ActingDesk
from obbligato.claims import deciding, documents, examining, policies, stepping, telling
from obbligato.claims.elements import elements_of
from obbligato.claims.models import Claim, ClaimStep, Document, Misuse, Policy, Supplier, TrustedFlagger
from obbligato.claims.regimes.steps import Who
from obbligato.claims.wording import ACTS
from obbligato.ledger import accounts
from obbligato.ledger.models import Account
from obbligato.rights.models import Party

MOST_PLACES = 200
ALWAYS = {"standing", "misuse", "supplier_misuse"}


def _step(name: str) -> Callable[..., HttpResponse]:
    title, _ = claims_acts.STEPS[name]

    @action(description=f"{title} …", url_path=name.replace("_", "-"), permissions=["act"])  # type: ignore[untyped-decorator]
    def page(self: "ClaimDesk", request: HttpRequest, object_id: str) -> HttpResponse:
        return claims_acts.step(self, request, Claim.objects.get(pk=object_id), self.page(object_id), name=name)

    page.__name__ = name
    return page  # type: ignore[no-any-return]


@admin.register(Claim)
class ClaimDesk(ActingDesk):
    """Trusted flaggers first, then whose time is nearest."""

    list_display = [
        "number",
        "name",
        "label",
        "regime_name",
        "state",
        "standing",
        "is_trusted",
        "deadline",
        "received_at",
    ]
    list_select_related = ("label",)
    list_filter: ClassVar = ["state", "regime_name", "standing", "role"]
    search_fields: ClassVar = ["number", "name", "mail", "work", "targets__locator"]
    date_hierarchy = "received_at"
    view_on_site = False  # The page there is the claimant's own.
    fields: ClassVar = [
        "number", "state", "state_since", "deadline", "regime_name", "routing_note", "stands_out", "elements", "places",
        "escrow", "steps_so_far", "decisions", "papers", "name", "mail", "address", "role", "on_behalf_of", "standing",
        "work", "rights", "claimed_for", "explanation", "signature", "language", "channel", "label", "supplier_told_at",
        "mails", "links",
    ]  # fmt: skip
    readonly_fields: ClassVar = [
        "stands_out", "elements", "places", "escrow", "steps_so_far", "decisions", "papers", "claimed_for", "mails",
        "links",
    ]  # fmt: skip
    actions_detail: ClassVar = [
        "restrict",
        *claims_acts.STEPS,
        "court_order",
        "standing",
        "award",
        "misuse",
        "supplier_misuse",
    ]
    decline, skip_hearing, uphold, reverse = map(_step, ["decline", "skip_hearing", "uphold", "reverse"])
    restore, answer_claimant, close = map(_step, ["restore", "answer_claimant", "close"])

    def get_fields(self, request: HttpRequest, obj: object = None) -> list[Any]:
        """Whoever has a side's link can act as that side, so who may only look does not see it."""
        found = super().get_fields(request, obj)
        return [one for one in found if one != "links" or self.has_act_permission(request)]

    def get_queryset(self, request: HttpRequest) -> "QuerySet[Claim]":
        return super().get_queryset(request).order_by("-is_trusted", F("deadline").asc(nulls_last=True), "pk")

    def get_actions_detail(self, request: HttpRequest, object_id: int) -> list[Any]:
        """Those that the claim's law allows now."""
        claim = Claim.objects.get(pk=object_id)
        possible = stepping.open_acts(claim, Who.DESK) | ALWAYS
        if claim.state in deciding.WON:
            possible.add("award")
        found: list[Any] = super().get_actions_detail(request, object_id)  # type: ignore[misc]
        return [one for one in found if one.action_name.removeprefix("claims_claim_") in possible]

    def get_urls(self) -> list[URLPattern]:
        document = self.admin_site.admin_view(self.document)
        return [path("<int:object_id>/documents/<int:pk>", document, name="claims_document"), *super().get_urls()]

    def document(self, request: HttpRequest, object_id: int, pk: int) -> HttpResponse:
        """A document, to be saved: never shown in place, whatever its sender says it is."""
        if not self.has_view_permission(request):
            return HttpResponse(status=403)
        found = Document.objects.get(pk=pk, claim=object_id)
        return showing.saved(documents.content_of(found), f"{found.sha256[:12]}.{found.kind}")

    @admin.display(description="what stands out")
    def stands_out(self, claim: Claim) -> SafeString | str:
        remarks = examining.remarks(claim)
        items = format_html_join("", "<li>{}</li>", ((one,) for one in remarks))
        return format_html("<ul>{}</ul>", items) if remarks else showing.NOTHING

    @admin.display(description="what the law wants in it")
    def elements(self, claim: Claim) -> SafeString:
        located = claim.targets.exclude(release__isnull=True, recording__isnull=True).count()
        found = elements_of(claim.regime_name, claim.notice, located)
        rows = [[one.code, "✓" if one.is_there else "–", "" if one.is_there else one.sentence] for one in found]
        return showing.table(["Provision", "There", "Missing"], rows)

    @admin.display(description="what it names")
    def places(self, claim: Claim) -> SafeString:
        rows = [
            [one.locator, one.recording or one.release or "leads to nothing here"]
            for one in claim.targets.select_related("release__edition", "recording")[:MOST_PLACES]
        ]
        return showing.table(["Place", "What is there"], rows)

    @admin.display(description="in escrow")
    def escrow(self, claim: Claim) -> SafeString | str:
        found = Account.objects.filter(kind=Account.Kind.ESCROW, name__startswith=f"escrow:{claim.number}:")
        parties = Party.objects.in_bulk([int(one.name.rpartition(":")[2]) for one in found])
        rows = [
            [parties[int(one.name.rpartition(":")[2])], showing.money(accounts.balance_micro(one), one.currency)]
            for one in found
        ]
        asked = [
            [showing.link("awards_award", one.pk, one), one.get_state_display()] for one in claim.awards.order_by("pk")
        ]
        waits = showing.table(["Whose it was", "Waits"], rows) if rows else showing.NOTHING
        return format_html("{}{}", waits, showing.table(["Proposed", "State"], asked)) if asked else waits

    @admin.display(description="what happened")
    def steps_so_far(self, claim: Claim) -> SafeString:
        rows = [
            [f"{one.at:%Y-%m-%d %H:%M}", _what(one), one.by, one.reason] for one in claim.steps.select_related("order")
        ]
        rows += [
            [f"{one.received_at:%Y-%m-%d %H:%M}", "Complaint", one.who, one.text] for one in claim.complaints.all()
        ]
        return showing.table(["When (UTC)", "What", "Who", "Why"], rows)

    @admin.display(description="decisions")
    def decisions(self, claim: Claim) -> SafeString | str:
        rows = [
            [
                one.number,
                ", ".join(one.territories),
                ", ".join(one.effect_labels),
                "in effect" if one.is_in_effect else "ended",
            ]
            for one in claim.statements.all()
        ]
        return showing.table(["Decision", "Territories", "Closes", "Now"], rows) if rows else showing.NOTHING

    @admin.display(description="documents")
    def papers(self, claim: Claim) -> SafeString | str:
        rows = [
            [format_html('<a href="{}" class="text-link">{}</a>', self._address(one), one), one.sent_by, one.sha256]
            for one in claim.documents.order_by("pk")
        ]
        return showing.table(["To be saved", "From", "SHA-256"], rows) if rows else showing.NOTHING

    @admin.display(description="territories")
    def claimed_for(self, claim: Claim) -> str:
        return ", ".join(claim.territories)

    @admin.display(description="mails")
    def mails(self, claim: Claim) -> SafeString | str:
        """Whom a mail did not reach can be given her link, which stands below."""
        rows = [
            [one.to, one.kind, showing.mail(telling.mail_of(one), one.sent_at)] for one in claim.mails.order_by("pk")
        ]
        return showing.table(["To", "What", "Mail"], rows) if rows else showing.NOTHING

    @admin.display(description="links to hand on")
    def links(self, claim: Claim) -> SafeString:
        """Where mail does not reach somebody, the desk can hand on her link."""
        supplier = reverse("supplier_claim", args=[claim.number, claim.supplier_secret])
        links = (("Claimant", claim.get_absolute_url()), ("Supplier", supplier))
        return showing.table(["Whose", "Link"], [[whose, settings.SITE_URL + link] for whose, link in links])

    @action(description="Restrict with reasons …", url_path="restrict", permissions=["act"])  # type: ignore[untyped-decorator]
    def restrict(self, request: HttpRequest, object_id: str) -> HttpResponse:
        return claims_acts.restrict(self, request, Claim.objects.get(pk=object_id), self.page(object_id))

    @action(description="A court has ordered …", url_path="court-order", permissions=["act"])  # type: ignore[untyped-decorator]
    def court_order(self, request: HttpRequest, object_id: str) -> HttpResponse:
        return claims_acts.court_order(self, request, Claim.objects.get(pk=object_id), self.page(object_id))

    @action(description="Record standing …", url_path="standing", permissions=["act"])  # type: ignore[untyped-decorator]
    def standing(self, request: HttpRequest, object_id: str) -> HttpResponse:
        return claims_acts.standing(self, request, Claim.objects.get(pk=object_id), self.page(object_id))

    @action(description="Give the shares to the winner …", url_path="award", permissions=["act"])  # type: ignore[untyped-decorator]
    def award(self, request: HttpRequest, object_id: str) -> HttpResponse:
        return awards_desk.propose(self, request, Claim.objects.get(pk=object_id), self.page(object_id))

    @action(description="Warn or pause the sender …", url_path="misuse", permissions=["act"])  # type: ignore[untyped-decorator]
    def misuse(self, request: HttpRequest, object_id: str) -> HttpResponse:
        return claims_acts.misuse_of(self, request, Claim.objects.get(pk=object_id), self.page(object_id))

    @action(description="Warn or suspend the supplier …", url_path="supplier-misuse", permissions=["act"])  # type: ignore[untyped-decorator]
    def supplier_misuse(self, request: HttpRequest, object_id: str) -> HttpResponse:
        claim = Claim.objects.select_related("label").get(pk=object_id)
        return suspensions_desk.misuse_of(self, request, claim, self.page(object_id))

    def _address(self, document: Document) -> str:
        return reverse("admin:claims_document", args=[document.claim_id, document.pk])


def _what(step: ClaimStep) -> SafeString | str:
    words = str(ACTS[step.act])
    if step.order is None:
        return words
    return format_html("{} {}", words, showing.link("court_orders_courtorder", step.order.pk, step.order))


@admin.register(Policy)
class PolicyDesk(Desk):
    """What the store is, as laws on claims ask it. A change is a new row; what runs keeps its law."""

    list_display = ["set_at", "is_large", "us_agent", "set_by"]
    ordering: ClassVar = ["-pk"]

    def has_change_permission(self, request: HttpRequest, obj: object = None) -> bool:
        return False

    def save_model(self, request: HttpRequest, obj: Policy, form: ModelForm, change: bool) -> None:
        by = request.user.get_username()
        obj.pk = policies.declare(is_large=obj.is_large, us_agent=obj.us_agent, by=by).pk


@admin.register(Supplier)
class SupplierDesk(Desk):
    """Where labels are reached about claims."""

    list_display = ["label", "mail", "language"]
    list_select_related = ("label",)
    search_fields: ClassVar = ["mail", "label__name"]
    autocomplete_fields: ClassVar = ["label"]
    ordering: ClassVar = ["label__name", "mail"]


@admin.register(TrustedFlagger)
class TrustedFlaggerDesk(Desk):
    """Whose notices come first."""

    list_display = ["name", "domain", "awarded_by", "until"]
    search_fields: ClassVar = ["name", "domain"]
    ordering: ClassVar = ["name"]


@admin.register(Misuse)
class MisuseDesk(ReadOnlyDesk):
    """Who was warned or paused, and on what that was judged."""

    list_display = ["mail", "suspended_until", "number", "share_per_mille", "by", "at"]
    search_fields: ClassVar = ["mail"]
    ordering: ClassVar = ["-pk"]
