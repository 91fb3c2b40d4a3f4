"""Every rail at a glance: health, what forbids it, its share, what its loss would mean; and blocking one by hand."""

from functools import partial
from typing import Any, ClassVar

from django.conf import settings
from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from unfold.decorators import action

from obbligato.backoffice import showing
from obbligato.backoffice.asking import WithReason, asked, choice
from obbligato.backoffice.payments_desk import ActingDesk
from obbligato.kernel import clock
from obbligato.payments import dispute_watch, health, rails, registry
from obbligato.payments.models import RailBlock, RailHealth
from obbligato.standing import holding

HEALTH = {
    health.Circuit.CLOSED: "well",
    health.Circuit.HALF_OPEN: "tried with a few payments",
    health.Circuit.OPEN: "failing, left alone for a while",
}
RAIL_COLUMNS = ("Rail", "Health", "Standing", "Last answers", "Success", "Share, 30 days", "Disputed, 30 days")


@admin.register(RailBlock)
class RailBlockDesk(ActingDesk):
    """What is sent nothing, since when, by whose word and why; and who let it be used again."""

    list_display = ["provider", "reason", "by", "since", "lifted_at", "lifted_by"]
    list_filter: ClassVar = ["provider", ("lifted_at", admin.EmptyFieldListFilter)]
    search_fields: ClassVar = ["provider", "reason", "by"]
    date_hierarchy = "since"
    ordering: ClassVar = ["-since", "-pk"]
    actions_list: ClassVar = ["glance", "block"]
    actions_detail: ClassVar = ["lift"]

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(self.rails)
        return [path("rails/", view, name="payments_rails"), *super().get_urls()]

    def rails(self, request: HttpRequest) -> HttpResponse:
        """All rails and all failure domains on one page."""
        if not self.has_view_permission(request):
            return HttpResponse(status=403)
        context = {
            **self.admin_site.each_context(request),
            "title": "Rails",
            "opts": self.model._meta,
            "rails": showing.table(RAIL_COLUMNS, _rails()),
            "domains": showing.table(["Domain", "Share, 30 days", "Then"], _domains()),
            "blocks": reverse("admin:payments_railblock_changelist"),
        }
        return TemplateResponse(request, "backoffice/rails.html", context)

    @action(description="All rails at a glance", url_path="glance", permissions=["view"])  # type: ignore[untyped-decorator]
    def glance(self, request: HttpRequest) -> HttpResponse:
        return self.rails(request)

    @action(description="Block a rail …", url_path="block", permissions=["act"])  # type: ignore[untyped-decorator]
    def block(self, request: HttpRequest) -> HttpResponse:
        class BlockForm(WithReason):
            provider = choice([(one.name, one.label) for one in registry.providers()], "Rail")

        return asked(
            self,
            request,
            title="Block a rail",
            sentence="Nothing more is sent to it until somebody lifts this. Payments under way are still followed.",
            act=partial(_blocked, request.user.get_username()),
            back=reverse("admin:payments_railblock_changelist"),
            form=BlockForm,
        )

    @action(description="Lift …", url_path="lift", permissions=["act"])  # type: ignore[untyped-decorator]
    def lift(self, request: HttpRequest, object_id: str) -> HttpResponse:
        found = RailBlock.objects.get(pk=object_id)

        def act(_: dict[str, Any]) -> str:
            holding.refuse_while_held(found.provider)
            rails.unblock(found.provider, by=request.user.get_username())
            return f"{found.provider} is used again."

        sentence = f"{found.provider} was blocked by {found.by}: {found.reason}"
        return asked(self, request, title="Lift", sentence=sentence, act=act, back=self.page(object_id))


def _blocked(by: str, values: dict[str, Any]) -> str:
    made = rails.block(values["provider"], reason=values["reason"], by=by)
    return f"{made.provider} is blocked: {made.reason}"


def _rails() -> list[list[object]]:
    now, disputed = clock.now(), dispute_watch.ratios()
    known = {row.provider: row.known for row in RailHealth.objects.all()}
    return [
        [
            rail.name,
            HEALTH[health.at(known.get(rail.name, health.Health()), now).circuit],
            rail.block or "usable",
            known.get(rail.name, health.Health()).recent or showing.NOTHING,
            f"{rail.success_basis_points / 100:g} %",
            f"{rail.share_basis_points / 100:g} %",
            f"{disputed[rail.name] / 100:g} %" if rail.name in disputed else "few or none",
        ]
        for rail in rails.rails(draw_per_mille=0)
    ]


def _domains() -> list[list[object]]:
    shares = rails.shares_basis_points(registry.providers())
    return [
        [
            domain,
            f"{shares[domain] / 100:g} %",
            f"nothing but balance and cash would carry {', '.join(lost)}" if lost else "others carry on",
        ]
        for domain, lost in rails.lost_with([settings.CURRENCY]).items()
    ]
