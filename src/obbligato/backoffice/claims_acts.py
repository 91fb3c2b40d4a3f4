"""What dana does about a claim: a page that asks for what each act needs, then acts once. No rules."""

from datetime import UTC, datetime, time
from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse
from unfold.widgets import (
    UnfoldAdminSingleDateWidget,
    UnfoldAdminTextareaWidget,
    UnfoldAdminTextInputWidget,
    UnfoldBooleanWidget,
)

from obbligato.backoffice.asking import Sure, asked, choice
from obbligato.backoffice.desk import ModelAdmin
from obbligato.catalog.restrictions.models import Effect
from obbligato.claims import deciding, misuse
from obbligato.claims.deciding import EFFECTS, Reasons
from obbligato.claims.models import Claim, StatementOfReasons
from obbligato.claims.notices import territories_of
from obbligato.claims.orders import ending

STEPS = {
    "decline": ("Decline it", "Nothing is closed. The reason goes to the claimant, who may complain."),
    "skip_hearing": ("Decide without a hearing", "Only where it is manifestly illegal. Say by what that can be seen."),
    "uphold": ("Let it stand", "The decision stands, for good."),
    "reverse": ("Reverse the decision", "What was closed opens again, and shares that waited are paid."),
    "restore": ("Put it back", "What was closed opens again, and shares that waited are paid."),
    "answer_claimant": ("Answer the claimant", "The reason is the answer that she gets by mail. Nothing is deleted."),
    "close": ("Close it", "Shares that waited are paid. A court's order can come all the same."),
}


class WithText(Sure):
    """And why, in as many words as it takes."""

    reason = forms.CharField(max_length=5_000, widget=UnfoldAdminTextareaWidget(attrs={"rows": 4}))


def court_order(desk: ModelAdmin, request: HttpRequest, claim: Claim, back: str) -> HttpResponse:
    """The claim ends by an order that is in effect."""

    class OrderForm(WithText):
        number = choice([(one.number, str(one)) for one in ending.orders_about(claim)], "Order")

    def act(values: dict[str, Any]) -> str:
        ending.end_by(claim, values["number"], by=request.user.get_username(), reason=values["reason"])
        return f"{Claim.objects.get(pk=claim.pk).get_state_display()}."

    sentence = (
        "Choose the order by which this claim ends: one in effect that closes something the claim names. Is it not"
        " here, then record it among the court orders, and have a second person verify it. It closes what it says."
    )
    return asked(desk, request, title="A court has ordered", sentence=sentence, act=act, back=back, form=OrderForm)


class StandingForm(WithText):
    """What is known of her standing."""

    standing = choice([(one.value, str(one.label)) for one in Claim.Standing], "Standing")


class MisuseForm(Sure):
    """What a warning or a pause is judged on, besides the numbers (DSA Article 23(3))."""

    days = forms.IntegerField(
        min_value=0,
        max_value=misuse.LONGEST_PAUSE.days,
        initial=0,
        label="Days",
        widget=UnfoldAdminTextInputWidget,
        help_text="0: a warning. A pause needs a warning before it.",
    )
    gravity = forms.CharField(max_length=2_000, widget=UnfoldAdminTextareaWidget(attrs={"rows": 3}))
    intent = forms.CharField(max_length=2_000, widget=UnfoldAdminTextareaWidget(attrs={"rows": 3}))


class ReasonsForm(Sure):
    """A statement of reasons (DSA Article 17). Everything in it is public: no names, no addresses, no numbers."""

    ground = choice([(one.value, str(one.label)) for one in StatementOfReasons.Ground], "Ground")
    legal_ground = forms.CharField(
        max_length=300, label="Provision", widget=UnfoldAdminTextInputWidget, help_text="Of the law, or of the terms."
    )
    facts = forms.CharField(
        max_length=deciding.LONGEST_FACTS,
        widget=UnfoldAdminTextareaWidget(attrs={"rows": 4}),
        help_text="Public. Write “the claimant”, never her name.",
    )
    explanation = forms.CharField(
        max_length=deciding.LONGEST_EXPLANATION,
        label="Why it applies",
        widget=UnfoldAdminTextareaWidget(attrs={"rows": 4}),
        help_text="Public.",
    )
    territories = forms.CharField(
        max_length=800,
        required=False,
        widget=UnfoldAdminTextInputWidget,
        help_text="Codes such as DE, AT. Empty: wherever the claimant says that she has the right.",
    )
    effects = forms.MultipleChoiceField(
        choices=[(one.value, one.label) for one in EFFECTS],
        initial=["sell", "preview", "gift"],
        label="What is closed",
        widget=forms.CheckboxSelectMultiple,
    )
    ends_on = forms.DateField(required=False, label="Until (empty: until lifted)", widget=UnfoldAdminSingleDateWidget)
    detected = forms.BooleanField(
        required=False, label="It was found by a program, not by a person", widget=UnfoldBooleanWidget
    )


def restrict(desk: ModelAdmin, request: HttpRequest, claim: Claim, back: str) -> HttpResponse:
    """Close what the claim names, with a statement of reasons."""

    def act(values: dict[str, Any]) -> str:
        ends_on = values["ends_on"]
        reasons = Reasons(
            ground=values["ground"],
            legal_ground=values["legal_ground"],
            facts=values["facts"],
            explanation=values["explanation"],
            territories=territories_of(values["territories"] or " ".join(claim.territories)),
            effects=[Effect(one) for one in values["effects"]],
            ends_at=datetime.combine(ends_on, time(), UTC) if ends_on else None,
            is_detected_automatically=values["detected"],
        )
        return f"Decision {deciding.restrict(claim, reasons, by=request.user.get_username())} is made and in effect."

    sentence = (
        "The statement of reasons is made first and goes to both sides and to the public register. Then what it says is"
        " closed. Owners keep what they bought."
    )
    return asked(desk, request, title="Restrict with reasons", sentence=sentence, act=act, back=back, form=ReasonsForm)


def step(desk: ModelAdmin, request: HttpRequest, claim: Claim, back: str, *, name: str) -> HttpResponse:
    """Any other step of the table, with its reason."""
    title, sentence = STEPS[name]

    def act(values: dict[str, Any]) -> str:
        deciding.act(claim, name, by=request.user.get_username(), reason=values["reason"])
        return f"{Claim.objects.get(pk=claim.pk).get_state_display()}."

    return asked(desk, request, title=title, sentence=sentence, act=act, back=back, form=WithText)


def standing(desk: ModelAdmin, request: HttpRequest, claim: Claim, back: str) -> HttpResponse:
    """Record what is known of the claimant's standing."""

    def act(values: dict[str, Any]) -> str:
        by = request.user.get_username()
        made = deciding.set_standing(claim, values["standing"], by=by, reason=values["reason"])
        return f"Standing: {made.get_standing_display()}."

    sentence = f"It is now: {claim.get_standing_display()}. Without standing no shares wait, and nothing can be closed."
    return asked(desk, request, title="Record standing", sentence=sentence, act=act, back=back, form=StandingForm)


def misuse_of(desk: ModelAdmin, request: HttpRequest, claim: Claim, back: str) -> HttpResponse:
    """Warn the sender of unfounded notices, or pause hers."""
    number, share = misuse.figures(claim.mail)

    def act(values: dict[str, Any]) -> str:
        words = {"gravity": values["gravity"], "intent": values["intent"], "by": request.user.get_username()}
        if values["days"]:
            return f"Noted: {misuse.suspend(claim.mail, days=values['days'], **words)}."
        return f"Noted: {misuse.warn(claim.mail, **words)}."

    sentence = f"Of her notices {number} were unfounded, {share / 10:g} % of all. Judge also gravity and intent."
    return asked(desk, request, title="Misuse", sentence=sentence, act=act, back=back, form=MisuseForm)
