"""The desk of awards: shares in escrow go to a winner when one person proposed it and another confirms. No rules."""

from typing import Any, ClassVar

from django import forms
from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from unfold.decorators import action
from unfold.widgets import UnfoldAdminTextInputWidget

from obbligato.backoffice.asking import asked, choice
from obbligato.backoffice.claims_acts import WithText
from obbligato.backoffice.desk import ModelAdmin
from obbligato.backoffice.payments_desk import TwoPersonDesk
from obbligato.claims.awards import awarding
from obbligato.claims.awards.models import Award
from obbligato.claims.models import Claim


def propose(desk: ModelAdmin, request: HttpRequest, claim: Claim, back: str) -> HttpResponse:
    """Propose to give what waits in escrow to a winner."""

    class AwardForm(WithText):
        winner = forms.CharField(
            max_length=200,
            widget=UnfoldAdminTextInputWidget,
            help_text="A party of the split sheets; a new one is made.",
        )
        ground = choice(list(awarding.grounds_of(claim).items()), "What decides it")

    def act(values: dict[str, Any]) -> str:
        by = request.user.get_username()
        awarding.propose(claim, winner=values["winner"], ground=values["ground"], by=by, reason=values["reason"])
        return "It is proposed. Nothing moves before a second person has confirmed it, under Awards."

    sentence = "What waits for this claim goes to one party once a second person has confirmed it; that is for good."
    title = "Propose to give the shares to the winner"
    return asked(desk, request, title=title, sentence=sentence, act=act, back=back, form=AwardForm)


@admin.register(Award)
class AwardDesk(TwoPersonDesk):
    """Who proposed to give whose shares to whom, by what; what waits for a second person is first."""

    list_display = ["claim", "winner", "ground", "state", "asked_by", "asked_at", "decided_by"]
    list_select_related = ("claim",)
    list_filter: ClassVar = ["state"]
    search_fields: ClassVar = ["claim__number", "winner", "ground"]
    ordering: ClassVar = ["-state", "-pk"]
    fields: ClassVar = [
        "claim", "winner", "ground", "reason", "state", "asked_by", "asked_at", "decided_by", "decided_at",
    ]  # fmt: skip
    approval = staticmethod(awarding.confirm)

    @action(description="Reject …", url_path="reject", permissions=["act"])  # type: ignore[untyped-decorator]
    def reject(self, request: HttpRequest, object_id: str) -> HttpResponse:
        award = Award.objects.select_related("claim").get(pk=object_id)

        def act(values: dict[str, Any]) -> str:
            by = request.user.get_username()
            return f"{awarding.reject(award, by=by, reason=values['reason']).get_state_display()}."

        sentence = f"{award}. The shares go on waiting."
        back = self.page(object_id)
        return asked(self, request, title="Reject", sentence=sentence, act=act, back=back, form=WithText)
