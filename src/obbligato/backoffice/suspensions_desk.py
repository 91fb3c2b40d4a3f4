"""The desk of suppliers who were warned or suspended: said from a claim, decided again by somebody else. No rules."""

from typing import Any, ClassVar

from django import forms
from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from unfold.decorators import action
from unfold.widgets import UnfoldAdminTextInputWidget

from obbligato.backoffice.asking import asked, choice
from obbligato.backoffice.claims_acts import MisuseForm, WithText
from obbligato.backoffice.desk import ModelAdmin
from obbligato.backoffice.payments_desk import ActingDesk
from obbligato.claims.models import Claim
from obbligato.claims.suspensions import appealing, suspending
from obbligato.claims.suspensions.models import SupplierWord


class SupplierMisuseForm(WithText, MisuseForm):
    """What it is judged on (DSA Article 23(3)), and why."""

    days = forms.IntegerField(
        min_value=0,
        max_value=suspending.LONGEST.days,
        initial=0,
        label="Days",
        widget=UnfoldAdminTextInputWidget,
        help_text="0: a warning. A suspension needs a warning before it.",
    )


class AppealForm(WithText):
    """What became of an appeal, and why."""

    outcome = choice([("stands", "It stands"), ("lifted", "It is taken back")], "Outcome")


def misuse_of(desk: ModelAdmin, request: HttpRequest, claim: Claim, back: str) -> HttpResponse:
    """Warn the supplier of a claim, or suspend what she publishes."""
    count, share = suspending.figures(claim.label) if claim.label else (0, 0)

    def act(values: dict[str, Any]) -> str:
        words = {name: values[name] for name in ("gravity", "intent", "reason")}
        by = request.user.get_username()
        if values["days"]:
            return f"{suspending.suspend(claim, days=values['days'], by=by, **words)}."
        return f"{suspending.warn(claim, by=by, **words)}."

    sentence = (
        f"By {count} claims something of {claim.label} is closed, {share / 10:g} % of all claims about it. A suspension"
        " keeps anything new of it from being published, for a time; what is on sale stays. The reason goes to her."
    )
    title = "Warn or suspend the supplier"
    return asked(desk, request, title=title, sentence=sentence, act=act, back=back, form=SupplierMisuseForm)


@admin.register(SupplierWord)
class SupplierWordDesk(ActingDesk):
    """Who was warned or suspended, on what that was judged, and what came of an appeal."""

    list_display = ["number", "label", "until", "by", "at", "appealed_at", "decided_by", "is_lifted"]
    list_select_related = ("label",)
    search_fields: ClassVar = ["number", "label__name"]
    ordering: ClassVar = ["-pk"]
    actions_detail: ClassVar = ["decide"]

    @action(description="Decide the appeal …", url_path="decide", permissions=["act"])  # type: ignore[untyped-decorator]
    def decide(self, request: HttpRequest, object_id: str) -> HttpResponse:
        word = SupplierWord.objects.select_related("label").get(pk=object_id)

        def act(values: dict[str, Any]) -> str:
            is_lifted, by = values["outcome"] == "lifted", request.user.get_username()
            appealing.decide(word, is_lifted=is_lifted, by=by, reason=values["reason"])
            return "It is taken back." if is_lifted else "It stands."

        sentence = f"{word}. She says: {word.appeal or 'nothing yet'}"
        back = self.page(object_id)
        return asked(self, request, title="Decide the appeal", sentence=sentence, act=act, back=back, form=AppealForm)
