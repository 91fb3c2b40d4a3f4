"""Case files at the desk: built from an incident's page, saved as files, built again to see that they are the same."""

from functools import partial
from typing import Any, ClassVar

from django.contrib import admin, messages
from django.http import FileResponse, Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.urls import URLPattern, path, reverse
from unfold.decorators import action

from obbligato.backoffice import showing
from obbligato.backoffice.asking import Sure, asked, choice
from obbligato.backoffice.payments_desk import ActingDesk
from obbligato.casefiles import building, making, rebuilding
from obbligato.casefiles.models import CaseFile
from obbligato.casefiles.profiles import Profile
from obbligato.kernel.refusals import Refused
from obbligato.standing.models import Incident


class ProfileForm(Sure):
    """For whom it is built."""

    profile = choice([(one.value, one.label) for one in Profile], "For whom")


@admin.register(CaseFile)
class CaseFileDesk(ActingDesk):
    """Everything about an incident in one archive, for one kind of reader."""

    list_display = ["number", "incident", "profile", "moment", "size", "built_by", "built_at"]
    list_select_related = ("incident",)
    list_filter: ClassVar = ["profile"]
    search_fields: ClassVar = ["number", "incident__number", "sha256"]
    date_hierarchy = "built_at"
    ordering: ClassVar = ["-pk"]
    fields: ClassVar = [
        "number", "incident", "profile", "moment", "ledger_through", "log_size", "sha256", "size", "built_by",
        "built_at",
    ]  # fmt: skip
    readonly_fields: ClassVar = ["size"]
    actions_detail: ClassVar = ["download", "again"]

    def get_urls(self) -> list[URLPattern]:
        guarded = self.admin_site.admin_view
        return [
            path("build/<int:incident>/", guarded(self.build), name="casefiles_casefile_build"),
            path("<int:pk>/archive/", guarded(self.archive), name="casefiles_casefile_archive"),
            *super().get_urls(),
        ]

    @admin.display(description="size", ordering="size_bytes")
    def size(self, case: CaseFile) -> str:
        return showing.size(case.size_bytes)

    def build(self, request: HttpRequest, incident: int) -> HttpResponse:
        """Ask for whom, and build it."""
        found = Incident.objects.filter(pk=incident).first()
        if not self.has_act_permission(request):
            return HttpResponse(status=403)
        if found is None:
            raise Http404
        return asked(
            self,
            request,
            title="Build a case file",
            sentence="What is known now is frozen. For anybody: no person, no letter. For the other side: letters, "
            "contract and rulings. For a court: everything, the store's own notes too.",
            act=partial(_built, found.number, request.user.get_username()),
            back=reverse("admin:standing_incident_change", args=[incident]),
            form=ProfileForm,
        )

    def archive(self, request: HttpRequest, pk: int) -> HttpResponseBase:
        """The archive, to be saved: a browser neither shows nor runs it."""
        if not self.has_view_permission(request):
            return HttpResponse(status=403)
        case = CaseFile.objects.filter(pk=pk).first()
        if case is None:
            raise Http404
        try:
            file = making.opened(case)
        except Refused as refusal:
            messages.error(request, str(refusal))
            return HttpResponseRedirect(self.page(pk))
        return FileResponse(
            file, as_attachment=True, filename=case.file_name, content_type="application/zip", headers=showing.NEVER_RUN
        )

    @action(description="Download", url_path="save", permissions=["view"])  # type: ignore[untyped-decorator]
    def download(self, request: HttpRequest, object_id: str) -> HttpResponseBase:
        return self.archive(request, int(object_id))

    @action(description="Build again and compare …", url_path="again", permissions=["act"])  # type: ignore[untyped-decorator]
    def again(self, request: HttpRequest, object_id: str) -> HttpResponse:
        case = CaseFile.objects.get(pk=object_id)
        return asked(
            self,
            request,
            title="Build again and compare",
            sentence=f"{case.number} is written once more from its snapshot; its row is not changed.",
            act=partial(_built_again, case.number),
            back=self.page(object_id),
        )


def _built(number: str, by: str, values: dict[str, Any]) -> str:
    case = building.build(number, values["profile"], by=by)
    return f"Built: {case}, SHA-256 {case.sha256}."


def _built_again(number: str, _: dict[str, Any]) -> str:
    return rebuilding.rebuild(number).sentence
