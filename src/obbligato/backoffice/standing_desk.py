"""Incidents, and the standing of every rail: read on one page each, and acted on with a who and a why."""

from functools import partial
from typing import Any, ClassVar

from django.contrib import admin, messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from unfold.decorators import action

from obbligato.backoffice import incident_forms, incident_pages, showing
from obbligato.backoffice.asking import WithReason, asked, choice
from obbligato.backoffice.incident_acts import ACTS, said_of
from obbligato.backoffice.payments_desk import ActingDesk
from obbligato.kernel.refusals import Refused
from obbligato.payments import rails, registry
from obbligato.standing import contracting, detecting, holding
from obbligato.standing.models import OPEN_STATES, Document, Incident, IncidentRail, ProviderStanding
from obbligato.standing.words import Standing

COLUMNS = ("Rail", "Standing", "Incident", "Since", "Why", "Fails together with")


@admin.register(Incident)
class IncidentDesk(ActingDesk):
    """What payment companies did, each with all that followed."""

    list_display = ["number", "subject", "kind", "state", "basis", "opened_by", "opened_at"]
    list_filter: ClassVar = ["state", "kind", "basis"]
    search_fields: ClassVar = ["number", "subject", "case_number", "instructing_party"]
    date_hierarchy = "opened_at"
    ordering: ClassVar = ["-opened_at", "-pk"]
    actions_list: ClassVar = ["enter_letter"]

    def get_urls(self) -> list[URLPattern]:
        guarded = self.admin_site.admin_view
        return [
            path("<int:pk>/acts/<slug:slug>/", guarded(self.act), name="standing_incident_act"),
            path("<int:pk>/documents/<int:document>/", guarded(self.document), name="standing_incident_document"),
            *super().get_urls(),
        ]

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """The one page of an incident."""
        incident = self._found(object_id)
        if not self.has_view_permission(request, incident):
            return HttpResponse(status=403)
        context = {
            **self.admin_site.each_context(request),
            "opts": self.model._meta,
            **incident_pages.context_of(incident),
        }
        if not self.has_act_permission(request):
            context |= {"acts": [], "build_case_file": ""}
        return TemplateResponse(request, "backoffice/incident.html", context)

    @action(description="Enter a letter …", url_path="enter-letter", permissions=["act"])  # type: ignore[untyped-decorator]
    def enter_letter(self, request: HttpRequest) -> HttpResponse:
        return asked(
            self,
            request,
            title="Enter a letter",
            sentence="Where it is in effect, nothing more is sent to the rail from this moment on. "
            "Payments under way and refunds are still followed.",
            act=partial(self._entered, request),
            back=reverse("admin:standing_incident_changelist"),
            form=incident_forms.new_letter(),
        )

    def act(self, request: HttpRequest, pk: int, slug: str) -> HttpResponse:
        """One act of the table, asked first."""
        act, incident = ACTS.get(slug), self._found(pk)
        if not self.has_act_permission(request):
            return HttpResponse(status=403)
        if act is None:
            raise Http404
        if not act.is_possible(incident):
            messages.error(request, f"“{act.title}” is not possible now: {incident.get_state_display()}.")
            return HttpResponseRedirect(self.page(pk))
        by = request.user.get_username()
        return asked(
            self,
            request,
            title=act.title,
            sentence=act.sentence,
            act=lambda values: act.verb(incident, values, by),
            back=self.page(pk),
            form=act.form(incident),
        )

    def document(self, request: HttpRequest, pk: int, document: int) -> HttpResponse:
        """A file, to be saved."""
        if not self.has_view_permission(request):
            return HttpResponse(status=403)
        found = Document.objects.filter(incident_id=pk, pk=document).first()
        if found is None:
            raise Http404
        try:
            return incident_pages.downloaded(found)
        except Refused as refusal:
            messages.error(request, str(refusal))
            return HttpResponseRedirect(self.page(pk))

    def _entered(self, request: HttpRequest, values: dict[str, Any]) -> HttpResponse:
        made = detecting.enter_letter(values["subject"], said_of(values), by=request.user.get_username())
        messages.success(request, f"{made}: {made.get_state_display()}.")
        return HttpResponseRedirect(self.page(made.pk))

    def _found(self, pk: int | str) -> Incident:
        found = Incident.objects.filter(pk=pk).first() if str(pk).isdecimal() else None
        if found is None:
            raise Http404
        return found


@admin.register(ProviderStanding)
class StandingDesk(ActingDesk):
    """The legal state of every rail, now and before."""

    list_display = ["provider", "state", "until", "holds_funds", "share_per_mille", "since", "by", "why", "incident"]
    list_select_related = ("incident",)
    list_filter: ClassVar = ["state", "provider"]
    search_fields: ClassVar = ["provider", "why", "by"]
    date_hierarchy = "since"
    ordering: ClassVar = ["-pk"]
    actions_list: ClassVar = ["glance", "contract"]

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(self.now)
        return [path("now/", view, name="standing_now"), *super().get_urls()]

    def now(self, request: HttpRequest) -> HttpResponse:
        """Every rail with its present standing."""
        if not self.has_view_permission(request):
            return HttpResponse(status=403)
        context = {
            **self.admin_site.each_context(request),
            "title": "Standing of the rails",
            "opts": self.model._meta,
            "rails": showing.table(COLUMNS, _rails()),
            "incidents": reverse("admin:standing_incident_changelist"),
        }
        return TemplateResponse(request, "backoffice/standing.html", context)

    @action(description="All rails now", url_path="glance", permissions=["view"])  # type: ignore[untyped-decorator]
    def glance(self, request: HttpRequest) -> HttpResponse:
        return self.now(request)

    @action(description="A contract begins …", url_path="contract", permissions=["act"])  # type: ignore[untyped-decorator]
    def contract(self, request: HttpRequest) -> HttpResponse:
        class ContractForm(WithReason):
            provider = choice([(one.name, one.label) for one in registry.providers()], "Rail")
            state = choice([(one.value, one.label) for one in contracting.BEGINNINGS], "It is")

        return asked(
            self,
            request,
            title="A contract begins",
            sentence="While it is being set up nothing is sent there. What closed incidents left stopped is over.",
            act=partial(_begun, request.user.get_username()),
            back=reverse("admin:standing_now"),
            form=ContractForm,
        )


def _begun(by: str, values: dict[str, Any]) -> str:
    return f"{contracting.begin(values['provider'], Standing(values['state']), by=by, why=values['reason'])}."


def _rails() -> list[list[object]]:
    """Those that are offered, and those that once had a standing."""
    present = holding.present()
    offered = {one.name: one for one in registry.providers()}
    opened = {
        row.provider: row.incident
        for row in IncidentRail.objects.filter(incident__state__in=OPEN_STATES)
        .select_related("incident")
        .order_by("pk")
    }
    rows: list[list[object]] = []
    for name in sorted(offered.keys() | present.keys()):
        row, incident = present.get(name), opened.get(name)
        domains = rails.domains_of(offered[name])[1:] if name in offered else ()
        rows.append([
            name,
            f"{row.get_state_display()}{', funds held' if row.holds_funds else ''}" if row else "Active",
            showing.link("standing_incident", incident.pk, incident.number) if incident else showing.NOTHING,
            f"{row.since:%Y-%m-%d}" if row else showing.NOTHING,
            row.why if row else showing.NOTHING,
            ", ".join(domains) or "nothing else",
        ])  # fmt: skip
    return rows
